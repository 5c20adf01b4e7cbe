"""One member's digest of a kind, read and said."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from streaklike.digest.compose import Digest, compose, compose_week, give_voice
from streaklike.digest.gather import gather
from streaklike.digest.links import Links, sign_pause
from streaklike.digest.schedule import WEEKLY
from streaklike.digest.weekly import gather_week
from streaklike.digest.wishes import Reader


@dataclass(frozen=True, slots=True)
class House:
    """What every digest of a team shares: the app's public address, its secret, the team's zone."""

    public_url: str
    secret: str
    team_zone: str


def make_digest(
    session: Session, reader: Reader, kind: str, *, house: House, now: int, is_past: bool = False
) -> Digest:
    """The digest as it would be sent at `now`; `is_past` folds what has changed since (R51)."""
    links = Links(house.public_url, sign_pause(house.secret, reader.user_id, reader.email))
    voice = give_voice(reader.locale, zone=reader.zone, now=now, links=links)
    if kind == WEEKLY:
        return compose_week(
            gather_week(session, reader, now=now, team_zone=house.team_zone, is_past=is_past), voice
        )
    return compose(gather(session, reader, now=now, team_zone=house.team_zone, is_past=is_past), voice)
