"""Send-as aliases (R12). Gmail lets a user send only from addresses they have verified."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.mail.team import Team
from streaklike.store.models import Mailbox, TeamAddress
from streaklike.store.writing import insert_missing


def learn_aliases(session: Session, mailbox_id: int, team: Team, sent_as: Iterable[str]) -> Team:
    """Add the addresses this mailbox sent from to the team, for the mailbox's owner; returns the new team.

    An alias makes only its own address internal, not its domain. Mail stored before is reclassified by
    `jobs.team.ensure_team`.
    """
    found = {key for key in sent_as if not team.is_inside(key)}
    if not found:
        return team
    user_id = session.scalar(select(Mailbox.user_id).where(Mailbox.id == mailbox_id))
    insert_missing(session, TeamAddress, [{"key": key, "user_id": user_id} for key in sorted(found)])
    return replace(team, addresses=team.addresses | found)
