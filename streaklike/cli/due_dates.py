"""What is one member's own: snoozes and reminders. And the queue in which they show."""

from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.reminders import add_reminder, complete_reminder, postpone_reminder
from streaklike.cadence.calendar.due_dates import CHOICES, parse_when
from streaklike.cadence.calendar.work_calendar import load_calendar
from streaklike.cadence.queries.before_queue import BEFORE, BeforeRow, list_before
from streaklike.cadence.queries.due import Due, list_due, list_reminders
from streaklike.cadence.queries.queue import SECTIONS, SNOOZED, QueueRow, list_queue
from streaklike.cadence.rules.urgency import Sign
from streaklike.cli.context import as_json, get_member, opened, print_lines
from streaklike.cli.results import as_result, done
from streaklike.cli.spelling import Choice
from streaklike.instants import format_instant, now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.people.finding import get_contact
from streaklike.people.snoozes import snooze as fall_asleep
from streaklike.people.snoozes import wake
from streaklike.people.unknown_senders import UnknownSender, list_unknown_senders
from streaklike.settings import Settings
from streaklike.store.models import Address, Box, Contact, Message, Participant, Reminder, User
from streaklike.store.writing import lock_writer

UNKNOWN_SENDER = "unknown_sender"
WHEN = f"DATE|3d|{'|'.join(CHOICES)}"

by_member = click.option("--by", "by_email", required=True, metavar="EMAIL", help="Whose it is.")


@click.command()
@click.argument("address")
@by_member
@click.option("--until", metavar=WHEN, help="When they come back to this member's queue.")
@click.option("--wake", "is_waking", is_flag=True, help="Have them back now.")
@as_result
def snooze(address: str, by_email: str, until: str | None, *, is_waking: bool) -> None:
    """Have a person out of one member's queue for a while; it ends early when they write."""
    if (until is None) != is_waking:
        raise click.UsageError("Say either --until or --wake.")
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            now, by, person = now_instant(), get_member(session, by_email), get_contact(session, address)
            if is_waking:
                is_changed = wake(session, person, by=by, now=now) is not None
                said = f"{address} is back." if is_changed else f"{address} did not sleep."
            else:
                instant = _when(session, settings, by, until or "", now)
                fall_asleep(session, person, until=instant, by=by, now=now)
                said = (
                    f"{address} sleeps for {by.email} until {format_instant(instant)}, or until they write."
                )
        refresh_due(database, settings)
    done(said)


@click.group()
def reminder() -> None:
    """A member's own dates; nobody else sees them."""


@reminder.command("add")
@click.argument("about")
@click.argument("text")
@by_member
@click.option("--at", "when", required=True, metavar=WHEN, help="When to be reminded.")
@as_result
def reminder_add(about: str, text: str, by_email: str, when: str) -> None:
    """Remind a member of TEXT. ABOUT is a person's address, a box's uid, or a conversation's <Message-ID>."""
    with opened() as (settings, database), database.begin() as session:
        lock_writer(session)
        now, by = now_instant(), get_member(session, by_email)
        due_at = _when(session, settings, by, when, now)
        made = add_reminder(session, text=text, due_at=due_at, by=by, now=now, **_find(session, about))
        uid = made.uid
    at = format_instant(due_at)
    done(f"{at}: {text}. Done with it: streaklike reminder done {uid} --by {by_email}", uid=uid, due_at=at)


@reminder.command("list")
@by_member
@as_json
def reminder_list(by_email: str, *, is_json: bool) -> None:
    """List a member's open reminders, the earliest first."""
    with opened() as (_, database), database.read() as session:
        found = list_reminders(session, get_member(session, by_email).id)
    _print_due(found, is_json=is_json)


@reminder.command("done")
@click.argument("uid")
@by_member
@as_result
def reminder_done(uid: str, by_email: str) -> None:
    """Put a reminder away."""
    with opened() as (_, database), database.begin() as session:
        lock_writer(session)
        found = _reminder(session, uid, get_member(session, by_email))
        complete_reminder(session, found, now=now_instant())
        text = found.text
    done(f"Done: {text}", uid=uid)


@reminder.command("later")
@click.argument("uid")
@by_member
@click.option("--at", "when", required=True, metavar=WHEN, help="When to be reminded again.")
@as_result
def reminder_later(uid: str, by_email: str, when: str) -> None:
    """Have a reminder come back at another time."""
    with opened() as (settings, database), database.begin() as session:
        lock_writer(session)
        now, by = now_instant(), get_member(session, by_email)
        due_at = _when(session, settings, by, when, now)
        found = _reminder(session, uid, by)
        postpone_reminder(session, found, due_at=due_at, now=now)
        text = found.text
    at = format_instant(due_at)
    done(f"{at}: {text}", uid=uid, due_at=at)


@click.command()
@click.option(
    "--of", "of_email", metavar="EMAIL", help="One member's own, with what is due; all unless given."
)
@click.option(
    "--section",
    type=Choice([*SECTIONS, SNOOZED, BEFORE, UNKNOWN_SENDER]),
    help="One section alone.",
)
@as_json
def queue(of_email: str | None, section: str | None, *, is_json: bool) -> None:
    """The review queue: what is due, who waits, who had too much, whom we forget.

    At its end, in no total, what is from before we began, and mail whose sender could not be read.
    """
    with opened() as (settings, database):
        refresh_due(database, settings)
        with database.read() as session:
            now = now_instant()
            user_id = get_member(session, of_email).id if of_email else None
            due = [] if section else list_due(session, user_id, now)
            shown = list_queue(
                session,
                now=now,
                user_id=user_id,
                section=section if section in (*SECTIONS, SNOOZED) else None,
                limit=10_000 if section in (None, *SECTIONS, SNOOZED) else 0,
                team_zone=settings.timezone,
            )
            before, unknown = _list_apart(session, section, user_id, now)
    _print_due(due, is_json=is_json)
    if is_json:
        print_lines(_row_line(row) for row in shown.rows)
        print_lines(_before_line(row) for row in before)
        print_lines(_unknown_line(mail) for mail in unknown)
        return
    for row in shown.rows:
        reasons = ", ".join(flag.reason for flag in row.flags) or row.reply_state
        click.echo(f"{row.section:9} {row.name or row.address}: {reasons} ({row.owner or 'nobody'})")
    for each in before:
        since = format_instant(each.since_at)
        click.echo(f"{BEFORE:9} {each.name or each.address}: since {since} ({each.owner or 'nobody'})")
    for mail in unknown:
        click.echo(f"{UNKNOWN_SENDER} <{mail.rfc_id}> {mail.subject} ({mail.owner or 'nobody'})")


def _list_apart(
    session: Session, section: str | None, user_id: int | None, now: int
) -> tuple[tuple[BeforeRow, ...], list[UnknownSender]]:
    """What stands at the queue's end, outside its totals (R13, R59)."""
    before: tuple[BeforeRow, ...] = ()
    if section in (None, BEFORE):
        before = list_before(session, now=now, member_id=user_id, limit=10_000).rows
    is_shown = section in (None, UNKNOWN_SENDER)
    return before, list_unknown_senders(session, now=now, owner_id=user_id) if is_shown else []


def _when(session: Session, settings: Settings, by: User, text: str, now: int) -> int:
    zone = ZoneInfo(by.timezone or settings.timezone)
    return parse_when(text, now=now, zone=zone, calendar=load_calendar(session, settings.timezone))


def _find(session: Session, about: str) -> dict[str, Any]:
    if about.startswith("<"):
        rfc_id = about.strip("<>")
        return {"message": rfc_id, "contact": _get_person_of(session, rfc_id)}
    if "@" in about:
        return {"contact": get_contact(session, about)}
    box = session.scalar(select(Box).where(Box.uid == about))
    if box is None:
        raise LookupError(f"{about!r} is no address, no box's uid and no <Message-ID>. Nothing was changed.")
    return {"box": box}


def _get_person_of(session: Session, rfc_id: str) -> Contact:
    """Who outside stands on the mail: its author, else whom it is to."""
    found = session.scalar(
        select(Contact)
        .join(Address, Address.contact_id == Contact.id)
        .join(Participant, Participant.address_id == Address.id)
        .join(Message, Message.id == Participant.message_id)
        .where(Message.rfc_id == rfc_id, Participant.role.in_(("author", "to", "cc")))
        .order_by(Participant.role, Address.key)
        .limit(1)
    )
    if found is None:
        raise LookupError(f"Nobody is known by the Message-ID <{rfc_id}>. Nothing was changed.")
    return found


def _reminder(session: Session, uid: str, by: User) -> Reminder:
    found = session.scalar(select(Reminder).where(Reminder.uid == uid, Reminder.user_id == by.id))
    if found is None:
        raise LookupError(f"{by.email} has no reminder {uid}. Nothing was changed.")
    return found


def _print_due(found: list[Due], *, is_json: bool) -> None:
    if is_json:
        print_lines(_due_line(due) for due in found)
        return
    for due in found:
        about = due.name or due.address or due.box
        click.echo(f"{format_instant(due.due_at)} {due.kind:9} {about}: {due.text}  {due.uid}")


def _due_line(due: Due) -> dict[str, Any]:
    return {
        "kind": due.kind,
        "uid": due.uid,
        "text": due.text,
        "due_at": format_instant(due.due_at),
        "contact": due.address or None,
        "name": due.name or None,
        "box": due.box,
        "subject": due.subject or None,
        "owner": due.owner,
    }


def _before_line(row: BeforeRow) -> dict[str, Any]:
    return {
        "kind": "person",
        "section": BEFORE,
        "contact": row.address,
        "name": row.name,
        "since_at": format_instant(row.since_at),
        "conversations": row.conversations,
        "subject": row.subject,
        "owner": row.owner,
    }


def _unknown_line(mail: UnknownSender) -> dict[str, Any]:
    return {
        "kind": "mail",
        "section": UNKNOWN_SENDER,
        "message_id": mail.rfc_id,
        "at": format_instant(mail.at),
        "subject": mail.subject,
        "owner": mail.owner,
    }


def _row_line(row: QueueRow) -> dict[str, Any]:
    return {
        "kind": "person",
        "section": row.section,
        "contact": row.address,
        "name": row.name,
        "reply_state": row.reply_state,
        "waiting_since_at": None if row.waiting_since_at is None else format_instant(row.waiting_since_at),
        "owner": row.owner,
        "flags": [flag.reason for flag in row.flags],
        "urgency": [_sign_line(sign) for sign in row.urgency],
        "snoozed_until": None if row.snoozed_until is None else format_instant(row.snoozed_until),
    }


def _sign_line(sign: Sign) -> dict[str, Any]:
    """One thing that makes an answer urgent, with its points."""
    return {
        "sign": sign.kind,
        "points": sign.points,
        "named_on": None if sign.named_on is None else sign.named_on.isoformat(),
        "word": sign.word or None,
    }
