"""Check that an OAuth consent opens the mailbox's own Google account (R60)."""

from collections.abc import Collection
from typing import Final, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.gmail.errors import WrongAccount
from streaklike.gmail.types import GmailId, Profile
from streaklike.mail.addresses import address_key
from streaklike.store.in_values import in_values
from streaklike.store.models import Mailbox, MailboxMessage
from streaklike.store.writing import in_chunks
from streaklike.sync.copy_filters import FROM_GMAIL
from streaklike.sync.pages import Gmail, Reader

ENOUGH: Final = 3
"""Message ids in common that prove two addresses are one account. Gmail's ids are unique to a mailbox."""


class HasProfile(Protocol):
    """A client that can return its account's profile."""

    def get_profile(self) -> Profile: ...


def is_own(email: str, profile: Profile) -> bool:
    """Whether the profile is that of this address, ignoring case and Gmail's dots (R1, R2)."""
    return address_key(profile.email) == address_key(email)


def check_address(gmail: HasProfile, email: str) -> None:
    """Raise WrongAccount unless the consent opens this address's account. Costs 1 quota unit."""
    profile = gmail.get_profile()
    if not is_own(email, profile):
        raise WrongAccount(explain_other(email, profile))


def check_account(gmail: Gmail, mailbox_id: int, read: Reader) -> Profile:
    """Return the profile of a mailbox's account. Call it before anything from the account is stored.

    Costs 1 quota unit, and 5 more if the account is another. Raises WrongAccount, whose message differs for
    an account that Google renamed and an unrelated account.
    """
    profile = gmail.get_profile()
    with read() as session:
        email = session.get_one(Mailbox, mailbox_id).email
    if is_own(email, profile):
        return profile
    listed = [row.id for row in gmail.list_messages(None).rows]
    with read() as session:
        is_renamed = holds(session, mailbox_id, listed)
    raise WrongAccount(explain_renamed(email, profile.email) if is_renamed else explain_other(email, profile))


def holds(session: Session, mailbox_id: int, gmail_ids: Collection[GmailId]) -> bool:
    """Whether these ids, the newest of an account, show that the mailbox holds that account's mail."""
    held = select(func.count()).where(MailboxMessage.mailbox_id == mailbox_id, FROM_GMAIL)
    total = session.scalar(held) or 0
    known = sum(
        session.scalar(held.where(in_values(session, MailboxMessage.gmail_id, chunk))) or 0
        for chunk in in_chunks(gmail_ids)
    )
    return 0 < known >= min(ENOUGH, total)


def has_copies(session: Session, mailbox_id: int) -> bool:
    """Whether anything from the mailbox's Gmail account is stored or listed."""
    known = (
        select(MailboxMessage.gmail_id).where(MailboxMessage.mailbox_id == mailbox_id, FROM_GMAIL).limit(1)
    )
    return session.scalar(known) is not None


def find_holder(session: Session, gmail_ids: Collection[GmailId]) -> str | None:
    """Return the address of the mailbox that holds the mail of an account with these newest ids, or None."""
    for mailbox in session.scalars(select(Mailbox).where(Mailbox.source == "gmail").order_by(Mailbox.id)):
        if gmail_ids and holds(session, mailbox.id, gmail_ids):
            return mailbox.email
    return None


def explain_other(email: str, profile: Profile) -> str:
    """Error message for the consent of another account."""
    return (
        f"This consent opens the Google account {profile.email}, not {email}. Nothing was stored. Sign in to Google as "
        f"{email} and connect again, or connect that account under its own address: "
        f"streaklike mailbox connect {profile.email} --client-secrets FILE"
    )


def explain_renamed(old: str, new: str) -> str:
    """Error message for the same account under a new address."""
    return (
        f"Google renamed this account: {old} is now {new}. Nothing more was stored, and what was stored before is safe. "
        f"To go on with it under its new address: streaklike mailbox rename {old} {new}"
    )
