"""The fencing token of a mailbox: of several processes that believe they read it, one can write (Q6).

The queue decides who begins. A process that was suspended for longer than its hold, or that lost the database for so long,
does not know that another has begun since. Its next transaction finds another token on the mailbox and writes nothing.
"""

from sqlalchemy import update
from sqlalchemy.orm import Session

from streaklike.jobs.leases import make_holder
from streaklike.store.database import Database
from streaklike.store.models import Mailbox


class LeaseLost(Exception):
    """Another process has begun to read the mailbox since. The sentence is for the operator."""


def take_mailbox(database: Database, mailbox_id: int) -> str:
    """Become the one that may write what is read of the mailbox; the token that proves it.

    Waits for a transaction of the previous holder that is under way; that holder's next one raises LeaseLost.
    """
    token = make_holder()
    with database.begin() as session:
        session.execute(update(Mailbox).where(Mailbox.id == mailbox_id).values(lease_token=token))
    return token


def check_lease(session: Session, mailbox_id: int, token: str) -> Mailbox:
    """The mailbox, locked until the transaction ends so that nobody takes it over in between. Raises LeaseLost."""
    # FOR NO KEY UPDATE: rows that refer to the mailbox, such as those of an import, may be inserted meanwhile.
    mailbox = session.get_one(Mailbox, mailbox_id, with_for_update={"key_share": True})
    if mailbox.lease_token != token:
        raise LeaseLost(
            f"Another sync or re-reading of {mailbox.email} has taken over from this one, and goes on. "
            "What was saved before is safe. Nothing needs to be done."
        )
    return mailbox
