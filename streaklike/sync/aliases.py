"""Send-as aliases (R12): Gmail sends only as an address that the mailbox's owner has proven to be theirs."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.mail.team import Team
from streaklike.store.models import Mailbox, TeamAddress
from streaklike.store.writing import insert_missing


def learn_aliases(session: Session, mailbox_id: int, team: Team, sent_as: Iterable[str]) -> Team:
    """The team, with the addresses from which this mailbox sent: whoever owns it answers for them.

    An alias makes its own address ours and nobody else's at its domain. Mail stored before it was known is judged anew
    by `jobs.team.settle_team`.
    """
    found = {key for key in sent_as if not team.is_inside(key)}
    if not found:
        return team
    user_id = session.scalar(select(Mailbox.user_id).where(Mailbox.id == mailbox_id))
    insert_missing(session, TeamAddress, [{"key": key, "user_id": user_id} for key in sorted(found)])
    return replace(team, addresses=team.addresses | found)
