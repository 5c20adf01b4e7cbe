"""Members and their mailboxes: entry points that own their transactions."""

from streaklike.gmail.auth import StoredCredentials, TokenVault
from streaklike.instants import now_instant
from streaklike.jobs.queue import enqueue
from streaklike.jobs.registry import SYNC, WATCH
from streaklike.jobs.team import settle_team
from streaklike.people.access import change_role
from streaklike.settings import Settings, load_secret_key
from streaklike.store.database import Database
from streaklike.store.writing import lock_writer
from streaklike.sync.directory import ensure_mailbox, ensure_user, parse_member_address


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
    settle_team(database, settings.team_domains)
    return role


def add_mailbox(database: Database, settings: Settings, email: str, credentials: StoredCredentials) -> None:
    """Connect a mailbox with consent given elsewhere, and ask for its first sync in the same transaction.

    Tokens are stored sealed, bound to this mailbox.
    """
    address = parse_member_address(email)
    vault = TokenVault(load_secret_key(settings))
    with database.begin() as session:
        mailbox = ensure_mailbox(session, address, now=now_instant())
        mailbox.credentials = vault.seal(address, credentials)
        mailbox.source, mailbox.error, mailbox.needs_reconnect = "gmail", None, False
        enqueue(session, SYNC, address, now=now_instant())
        if settings.gmail_pubsub_topic:
            enqueue(session, WATCH, address, now=now_instant())
    settle_team(database, settings.team_domains)
