"""Members and their mailboxes: entry points that own their transactions."""

from streaklike.gmail.auth import StoredCredentials, TokenVault
from streaklike.instants import now_instant
from streaklike.jobs.queue import enqueue
from streaklike.jobs.registry import SYNC, WATCH
from streaklike.jobs.team import settle_team
from streaklike.settings import Settings, load_secret_key
from streaklike.store.database import Database
from streaklike.sync.directory import ensure_mailbox, ensure_user, parse_member_address


def add_user(
    database: Database, settings: Settings, email: str, *, name: str, role: str, locale: str | None = None
) -> None:
    """Make a member, or give an existing one this name, role and language (zh or en)."""
    address = parse_member_address(email)
    with database.begin() as session:
        user = ensure_user(session, address, now=now_instant(), name=name, role=role)
        user.name, user.role, user.locale = name or user.name, role, locale or user.locale
    settle_team(database, settings.team_domains)


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
