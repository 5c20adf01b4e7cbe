"""Members and their mailboxes: entry points that own their transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from streaklike.digest.errors import BadSender
from streaklike.digest.message import parse_sender
from streaklike.gmail.auth import READ_SCOPE, SEND_SCOPE, StoredCredentials, TokenVault, refuse_wider_scopes
from streaklike.gmail.client import GmailClient, open_client
from streaklike.gmail.errors import GmailUnavailable, RateLimited, WrongAccount
from streaklike.gmail.retrying import RetryPolicy
from streaklike.instants import now_instant
from streaklike.jobs.queue import enqueue
from streaklike.jobs.registry import SYNC, WATCH
from streaklike.jobs.sync import share_budgets
from streaklike.jobs.team import ensure_team
from streaklike.mail.addresses import address_key
from streaklike.people.access import change_role
from streaklike.settings import Settings, load_secret_key
from streaklike.store.database import Database
from streaklike.store.models import Job, Mailbox, TeamAddress
from streaklike.store.writing import insert_missing, lock_writer
from streaklike.sync.account import (
    check_address,
    explain_other,
    explain_renamed,
    find_holder,
    has_copies,
    holds,
    is_own,
)
from streaklike.sync.directory import BadAddress, ensure_mailbox, ensure_user, parse_member_address

VERIFYING: Final = RetryPolicy(attempts=3, throttled_attempts=3, total_seconds=10.0)
"""Somebody waits for it, and what cannot be verified now is verified before the first sync stores anything."""

VERIFYING_TIMEOUT: Final = 10.0


def add_user(
    database: Database,
    settings: Settings,
    email: str,
    *,
    name: str,
    role: str | None = None,
    locale: str | None = None,
) -> str:
    """Make a member, or give an existing one this name, role and language (zh or en); the role they now have.

    Without a role a new member is `member`, and an existing one stays what they are. Raises LastAdmin.
    """
    address = parse_member_address(email)
    with database.begin() as session:
        lock_writer(session)
        now = now_instant()
        user = ensure_user(session, address, now=now, name=name, role=role or "member")
        user.name, user.locale = name or user.name, locale or user.locale
        if role is not None:
            change_role(session, user, role, by=None, now=now)
        role = user.role
    ensure_team(database, settings.team_domains)
    return role


def add_mailbox(
    database: Database,
    settings: Settings,
    email: str,
    credentials: StoredCredentials,
    *,
    may_open_more: bool = False,
) -> bool:
    """Connect a mailbox with consent given elsewhere, and ask for its first sync in the same transaction.

    Whether Gmail could be asked whose account it is. Where it could not, the first sync asks before it stores anything
    (R60). Tokens are stored sealed, bound to this mailbox. Raises BadAddress; WrongAccount, AuthorizationRevoked and
    AccessDenied where Google says so; BadCredentials where the consent opens more than reading and not `may_open_more`.
    Nothing is stored then.
    """
    address = parse_member_address(email)
    is_verified = _verify(database, settings, address, credentials, may_open_more=may_open_more)
    vault = TokenVault(load_secret_key(settings))
    with database.begin() as session:
        mailbox = ensure_mailbox(session, address, now=now_instant())
        mailbox.credentials = vault.seal(address, credentials)
        mailbox.source, mailbox.error, mailbox.needs_reconnect = "gmail", None, False
        if not is_verified and mailbox.state == "current":
            mailbox.state = "new"  # a full sync begins by asking whose account it is; a partial one does not
        _ask_for_first_sync(session, settings, address)
    ensure_team(database, settings.team_domains)
    return is_verified


def rename_mailbox(
    database: Database,
    settings: Settings,
    old: str,
    new: str,
    credentials: StoredCredentials | None = None,
    *,
    may_open_more: bool = False,
) -> None:
    """Give a mailbox the new address of its account, which Google renamed; its mail, labels and settings stay (R60).

    `credentials` replace the stored ones where given. Both are proven with Gmail: that the account has the new address,
    and that it holds the mail that is stored. The member keeps the address they sign in with. Raises LookupError,
    BadAddress, WrongAccount and other GmailErrors with nothing changed.
    """
    before, after = old.strip().lower(), parse_member_address(new)
    vault = TokenVault(load_secret_key(settings))
    with database.read() as session:
        mailbox = _get_renamable(session, before, after)
        kept = credentials or (mailbox.credentials and vault.open(before, mailbox.credentials))
    if not kept:
        raise LookupError(
            f"{before} has no consent. Nothing was changed. Give the new one with --credentials FILE."
        )
    with _opened(settings, after, kept) as client:
        check_address(client, after)
        _check_scopes(settings, after, client, may_open_more=may_open_more or credentials is None)
        listed = [row.id for row in client.list_messages().rows]
    with database.begin() as session:
        mailbox = _get_renamable(session, before, after)
        if has_copies(session, mailbox.id) and not holds(session, mailbox.id, listed):
            raise WrongAccount(
                f"The account {after} holds none of the mail that is stored for {before}: it is another account. Nothing "
                f"was changed. Connect it for itself: streaklike mailbox connect {after} --client-secrets FILE"
            )
        session.execute(delete(Job).where(Job.subject == before, Job.state == "waiting"))
        mailbox.email, mailbox.credentials = after, vault.seal(after, kept)
        mailbox.error, mailbox.needs_reconnect = None, False
        insert_missing(session, TeamAddress, [{"key": address_key(after), "user_id": mailbox.user_id}])
        _ask_for_first_sync(session, settings, after)
    ensure_team(database, settings.team_domains)


def _ask_for_first_sync(session: Session, settings: Settings, address: str) -> None:
    enqueue(session, SYNC, address, now=now_instant())
    if settings.gmail_pubsub_topic:
        enqueue(session, WATCH, address, now=now_instant())


def _get_renamable(session: Session, before: str, after: str) -> Mailbox:
    mailbox = session.scalar(select(Mailbox).where(Mailbox.email == before, Mailbox.source == "gmail"))
    if mailbox is None:
        raise LookupError(f"{before} is no connected mailbox. Nothing was changed.")
    if session.scalar(select(exists().where(Mailbox.email == after))):
        raise BadAddress(f"{after} is a mailbox of the team already. Nothing was changed.")
    lock = SYNC.lock and SYNC.lock.format(before)
    if session.scalar(select(exists().where(Job.lock == lock, Job.state == "running"))):
        raise LookupError(
            f"{before} is being read at the moment. Nothing was changed. Try again in a minute."
        )
    return mailbox


def _verify(
    database: Database,
    settings: Settings,
    address: str,
    credentials: StoredCredentials,
    *,
    may_open_more: bool,
) -> bool:
    """Whether Gmail says that the consent opens this account and no more than it should; False where it cannot be asked."""
    asked = _list_scopes(settings, address)
    if not may_open_more:
        refuse_wider_scopes(credentials.scopes, asked)
    try:
        with _opened(settings, address, credentials) as client:
            profile = client.get_profile()
            _check_scopes(settings, address, client, may_open_more=may_open_more)
            if is_own(address, profile):
                _refuse_renamed(database, client, address)
                return True
    except (GmailUnavailable, RateLimited):
        return False
    raise WrongAccount(explain_other(address, profile))


def _refuse_renamed(database: Database, client: GmailClient, address: str) -> None:
    """Raise WrongAccount where a mailbox under another address holds this account's mail: it would be stored twice."""
    with database.read() as session:
        others = select(Mailbox.id).where(Mailbox.source == "gmail", Mailbox.email != address)
        is_known = session.scalar(select(exists().where(Mailbox.email == address)))
        if is_known or session.scalar(others.limit(1)) is None:
            return
    listed = [row.id for row in client.list_messages().rows]
    with database.read() as session:
        holder = find_holder(session, listed)
    if holder is not None:
        raise WrongAccount(explain_renamed(holder, address))


def _check_scopes(settings: Settings, address: str, client: GmailClient, *, may_open_more: bool) -> None:
    if not may_open_more:
        refuse_wider_scopes(client.granted_scopes, _list_scopes(settings, address))


def _list_scopes(settings: Settings, address: str) -> set[str]:
    """What a mailbox's consent is to open: reading, and sending for the one that sends the digests."""
    try:
        sender = parse_sender(settings.mail_from)[1]
    except BadSender:  # said where a digest is to be sent
        return {READ_SCOPE}
    return {READ_SCOPE, SEND_SCOPE} if address_key(sender) == address_key(address) else {READ_SCOPE}


@contextmanager
def _opened(settings: Settings, address: str, credentials: StoredCredentials) -> Iterator[GmailClient]:
    budgets = share_budgets(settings)
    with open_client(
        credentials,
        endpoint=settings.gmail_endpoint,
        mailbox_budget=budgets.mailboxes.of(address),
        project_budget=budgets.project,
        timeout=VERIFYING_TIMEOUT,
        policy=VERIFYING,
    ) as client:
        yield client
