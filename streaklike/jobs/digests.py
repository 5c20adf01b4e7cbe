"""Digests that are due are made and sent: the entry point that owns its transactions, one for each step (Q7).

No mail server is spoken to inside a transaction; one digest that fails harms no other.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Protocol

from sqlalchemy import select

from streaklike.cadence.calendar.work_calendar import load_calendar
from streaklike.digest import deliver, smtp
from streaklike.digest.deliver import Claim, ClaimLost, claim, resolve_lost
from streaklike.digest.errors import CannotSend
from streaklike.digest.links import make_message_id
from streaklike.digest.make import DigestConfig, make_digest
from streaklike.digest.message import build_message, parse_sender
from streaklike.digest.preferences import Reader, list_readers
from streaklike.digest.schedule import DigestSlot, list_due
from streaklike.digest.smtp import NotSent, PerhapsSent
from streaklike.gmail.auth import TokenVault
from streaklike.gmail.errors import GmailError, GmailUnavailable
from streaklike.instants import local_day, to_datetime
from streaklike.jobs.sync import open_mailbox, share_budgets
from streaklike.settings import Settings, load_secret_key
from streaklike.store.database import Database, DatabaseUnavailable
from streaklike.store.models import Mailbox
from streaklike.sync.account import check_address

FARTHEST_WEST = timedelta(hours=12)
"""So far behind UTC may a day begin."""

log = logging.getLogger(__name__)


class MailTransport(Protocol):
    """A way of sending mail. Calls `before_content` when nothing but the content is left to hand over.

    Raises NotSent where the mail certainly did not go, PerhapsSent where that is not known.
    """

    def send(self, message: EmailMessage, before_content: Callable[[], None]) -> None: ...


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """By the team's mail server."""

    server: smtp.Server

    def send(self, message: EmailMessage, before_content: Callable[[], None]) -> None:
        smtp.send(self.server, message, before_content=before_content)


@dataclass(frozen=True, slots=True)
class GmailTransport:
    """By a connected mailbox that gave leave to send (gmail.send)."""

    mailbox: Mailbox
    settings: Settings

    def send(self, message: EmailMessage, before_content: Callable[[], None]) -> None:
        vault = TokenVault(load_secret_key(self.settings))
        is_handed_over = False
        try:
            with open_mailbox(self.mailbox, self.settings, vault, share_budgets(self.settings)) as client:
                check_address(client, self.mailbox.email)  # R60: never by somebody else's account
                before_content()
                is_handed_over = True
                client.send_message(message.as_bytes())
        except GmailError as error:
            if is_handed_over and isinstance(error, GmailUnavailable):
                raise PerhapsSent(str(error)) from error
            raise NotSent(str(error)) from error


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one digest: sent, skipped, failed or unknown, and why."""

    email: str
    kind: str
    day: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveryRun:
    """What one round of deliveries shares. `clock` gives the present instant."""

    database: Database
    digest_config: DigestConfig
    sender: str
    transport: MailTransport
    clock: Callable[[], int]


def deliver_due(database: Database, settings: Settings, now: int) -> list[Delivered]:
    """Make and send every digest that is due at `now`; what became of those that were taken up.

    Without a way of sending mail nothing is claimed. Raises BadSender and BadServer where that is set up wrongly, and
    DatabaseUnavailable.
    """
    if not settings.mail_from:
        return []
    began = time.monotonic()
    each = DeliveryRun(
        database,
        digest_config_of(settings),
        settings.mail_from,
        open_transport(database, settings),
        clock=lambda: now + round((time.monotonic() - began) * 1_000),
    )
    with database.begin() as session:
        deliver.pull_in(session, now=now)
        resolve_lost(session, now=now, today=(to_datetime(now) - FARTHEST_WEST).date())
    with database.read() as session:
        readers = list_readers(session, team_zone=settings.timezone)
        calendar = load_calendar(session, settings.timezone)
    found = []
    for reader in readers:
        for slot in list_due(
            now=now, zone=reader.zone, hour=reader.hour, role=reader.role, calendar=calendar
        ):
            done = _deliver(each, reader, slot)
            if done is not None:
                found.append(done)
    return found


def digest_config_of(settings: Settings) -> DigestConfig:
    """What all digests share, from the settings."""
    return DigestConfig(settings.mailed_url, load_secret_key(settings), settings.timezone)


def open_transport(database: Database, settings: Settings) -> MailTransport:
    """The way of sending that is set up: SMTP, else the connected mailbox that STREAKLIKE_MAIL_FROM names.

    Raises BadSender, BadServer, and CannotSend where there is neither.
    """
    if not settings.mail_from:
        raise CannotSend(
            "No digest can be sent: STREAKLIKE_MAIL_FROM is not set. Set it, and STREAKLIKE_SMTP_URL, in the "
            "environment or in .env."
        )
    _, address = parse_sender(settings.mail_from)
    url = settings.smtp_url.get_secret_value()
    if url:
        return SmtpTransport(smtp.parse_server(url))
    with database.read() as session:
        mailbox = session.scalar(
            select(Mailbox).where(Mailbox.email == address.lower(), Mailbox.source == "gmail")
        )
    if mailbox is None:
        raise CannotSend(
            f"No digest can be sent: STREAKLIKE_SMTP_URL is not set, and {address} is no connected mailbox. Set one up."
        )
    return GmailTransport(mailbox, settings)


def _deliver(each: DeliveryRun, reader: Reader, slot: DigestSlot) -> Delivered | None:
    """Take up one digest; None where it is settled already or another's."""
    database = each.database
    with database.begin() as session:
        held = claim(
            session, reader.user_id, slot, message_id=_identify(each, reader, slot), now=each.clock()
        )
    if held is None:
        return None
    if reader.paused_at is not None:
        return _skip(each, reader, slot, held, deliver.PAUSED)
    if slot.is_late_at(each.clock()):
        reason = f"{deliver.LATE}: {held.reason}" if held.reason else deliver.LATE
        return _skip(each, reader, slot, held, reason)
    try:
        return _make_and_send(each, reader, slot, held)
    except DatabaseUnavailable:
        raise
    except ClaimLost:
        return None
    except Exception as error:
        log.exception("The %s digest of %s could not be made.", slot.kind, reader.email)
        reason = f"A fault of ours ({type(error).__name__}); the log has the details."
        with database.begin() as session:
            state = deliver.record_fault(session, held, reason, now=each.clock())
        return _tell(reader, slot, state, reason)


def _identify(each: DeliveryRun, reader: Reader, slot: DigestSlot) -> str:
    return make_message_id(
        each.digest_config.secret,
        email=reader.email,
        kind=slot.kind,
        day=slot.day.isoformat(),
        domain=parse_sender(each.sender)[1].rpartition("@")[2],
    )


def _make_and_send(each: DeliveryRun, reader: Reader, slot: DigestSlot, held: Claim) -> Delivered:
    composed_at = each.clock()
    with each.database.read() as session:
        digest = make_digest(session, reader, slot.kind, digest_config=each.digest_config, now=composed_at)
    if digest.is_empty:
        return _skip(each, reader, slot, held, deliver.NOTHING)
    message = build_message(
        digest,
        sender=each.sender,
        name=reader.name,
        to=reader.email,
        message_id=held.message_id,
        now=composed_at,
        zone=reader.zone,
    )

    def before_content() -> None:
        with each.database.begin() as session:
            deliver.begin_sending(session, held, composed_at=composed_at, now=each.clock())

    try:
        each.transport.send(message, before_content)
    except PerhapsSent as error:
        log.warning("Whether the %s digest of %s was sent is not known: %s", slot.kind, reader.email, error)
        with each.database.begin() as session:
            deliver.record_unknown(session, held, str(error), now=each.clock())
        return _tell(reader, slot, deliver.UNKNOWN, str(error))
    except NotSent as error:
        if error.is_permanent:
            return _skip(each, reader, slot, held, f"{deliver.REFUSED}: {error}")
        return _fail(each, reader, slot, held, str(error))
    with each.database.begin() as session:
        deliver.record_sent(session, held, now=each.clock())
    return _tell(reader, slot, deliver.SENT, "")


def _skip(each: DeliveryRun, reader: Reader, slot: DigestSlot, held: Claim, reason: str) -> Delivered:
    with each.database.begin() as session:
        deliver.record_skipped(session, held, reason, now=each.clock())
    return _tell(reader, slot, deliver.SKIPPED, reason)


def _fail(each: DeliveryRun, reader: Reader, slot: DigestSlot, held: Claim, reason: str) -> Delivered:
    log.warning("The %s digest of %s was not sent: %s", slot.kind, reader.email, reason)
    with each.database.begin() as session:
        deliver.record_failed(session, held, reason, now=each.clock())
    return _tell(reader, slot, deliver.FAILED, reason)


def _tell(reader: Reader, slot: DigestSlot, state: str, reason: str) -> Delivered:
    return Delivered(reader.email, slot.kind, slot.day.isoformat(), state, reason)


def send_now(database: Database, settings: Settings, reader: Reader, kind: str, now: int) -> Delivered:
    """Send a member's digest of today at their own word, whatever the hour or the day; still at most one a day.

    Raises LookupError where today's is settled already or on its way, and what `open_transport` does.
    """
    began = time.monotonic()
    each = DeliveryRun(
        database,
        digest_config_of(settings),
        settings.mail_from,
        open_transport(database, settings),
        clock=lambda: now + round((time.monotonic() - began) * 1_000),
    )
    today = local_day(now, reader.zone)
    done = _deliver(each, replace(reader, paused_at=None), DigestSlot(kind, today, now, now + deliver.LEASE))
    if done is None:
        raise LookupError(
            f"Today's {kind} digest of {reader.email} is settled or on its way already. Nothing was sent."
        )
    return done
