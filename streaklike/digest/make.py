"""One member's digest of a kind, read and said."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from streaklike.digest.compose import Digest, compose, compose_week, make_localizer
from streaklike.digest.gather import gather
from streaklike.digest.links import TAKE_LASTS, Links, Take, sign_pause, sign_take
from streaklike.digest.preferences import Reader
from streaklike.digest.schedule import LEAD_ROLE, WEEKLY
from streaklike.digest.weekly import gather_week


@dataclass(frozen=True, slots=True)
class DigestConfig:
    """What every digest of a team shares: the app's public address (empty where none is set), its secret, the team's zone."""

    public_url: str
    secret: str
    team_zone: str


def make_digest(
    session: Session,
    reader: Reader,
    kind: str,
    *,
    digest_config: DigestConfig,
    now: int,
    is_past: bool = False,
) -> Digest:
    """The digest as it would be sent at `now`; `is_past` folds what has changed since (R51)."""

    def sign(contact_id: int, conversation_id: int, waiting_since_at: int) -> str:
        take = Take(reader.user_id, contact_id, conversation_id, waiting_since_at, now + TAKE_LASTS)
        return sign_take(digest_config.secret, take, reader.email)

    links = Links(
        digest_config.public_url, sign_pause(digest_config.secret, reader.user_id, reader.email), sign
    )
    is_admin = reader.role == LEAD_ROLE
    localizer = make_localizer(reader.locale, zone=reader.zone, now=now, links=links, is_admin=is_admin)
    if kind == WEEKLY:
        return compose_week(
            gather_week(session, reader, now=now, team_zone=digest_config.team_zone, is_past=is_past),
            localizer,
        )
    return compose(
        gather(session, reader, now=now, team_zone=digest_config.team_zone, is_past=is_past), localizer
    )
