"""People: who they are, what was said, what is logged and promised."""

from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from streaklike.boxes import notes, tasks
from streaklike.boxes.follow_ups import add_follow_up, find_since
from streaklike.cadence.calendar.due_dates import follow_up_at, parse_days
from streaklike.cadence.calendar.work_calendar import load_calendar
from streaklike.cli.context import as_json, get_member, opened, print_lines
from streaklike.cli.dates import DATE, as_instant, read_day
from streaklike.cli.results import as_result, done
from streaklike.cli.spelling import Choice
from streaklike.instants import format_instant, now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.people import contacts as verbs
from streaklike.people.errors import ContactNotFound
from streaklike.people.finding import find_address, find_contact, get_contact
from streaklike.people.merging import merge, unmerge
from streaklike.people.timeline import TimelineEntry, iter_timeline
from streaklike.settings import Settings
from streaklike.store.models import FOREVER, Contact, FollowUp, User
from streaklike.store.writing import lock_writer


def _stamp(instant: int | None) -> str | None:
    return None if instant is None else format_instant(instant)


@click.command()
@click.argument("address")
@click.option("--all", "is_all", is_flag=True, help="Newsletters and lists too.")
@as_json
def timeline(address: str, *, is_all: bool, is_json: bool) -> None:
    """Show everything with one person, oldest first."""
    with opened() as (_, database), database.read() as session:
        contact = get_contact(session, address)
        entries = iter_timeline(session, contact.id, include_hidden=is_all)
        if is_json:
            print_lines(_timeline_line(entry) for entry in entries)
            return
        for entry in entries:
            arrow = {"inbound": "<-", "outbound": "->"}.get(entry.direction or "", "  ")
            what = entry.subject or entry.text.partition("\n")[0]
            if entry.is_not_in_sent:
                what = f"[not in that colleague's Sent] {what}"
            click.echo(f"{format_instant(entry.at)} {arrow} {entry.kind:8} {entry.author or '':30} {what}")


def _timeline_line(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "at": format_instant(entry.at),
        "kind": entry.kind,
        "direction": entry.direction,
        "message_id": entry.message_id,
        "uid": entry.uid,
        "subject": entry.subject,
        "from": entry.sender.address if entry.sender else None,
        "from_name": entry.sender.name if entry.sender else None,
        "to": [person.address for person in entry.to],
        "cc": [person.address for person in entry.cc],
        "author": entry.author,
        "mailboxes": list(entry.mailboxes),
        "conversation": entry.conversation_id,
        "class": entry.mail_class if entry.kind == "email" else None,
        "touch_class": entry.touch_class,
        "text": entry.text,
        "dated_at": _stamp(entry.dated_at),
        "is_conflicting": entry.is_conflicting,
        "is_not_delivered": entry.is_not_delivered,
        "is_by_form": entry.is_by_form,
        "is_not_in_sent": entry.is_not_in_sent,
        "box": entry.box_name,
        "due_at": _stamp(entry.task_due_at),
        "done_at": _stamp(entry.task_done_at),
        "data": entry.data,
    }


@click.group()
def contact() -> None:
    """Change what is kept of a person."""


@contact.command("set")
@click.argument("address")
@click.option("--tier", type=Choice(["A", "B", "C", "none"]), help="How close they are to us.")
@click.option(
    "--do-not-contact-until",
    "until",
    metavar="DATE|never|clear",
    help="Leave them alone until the end of that day.",
)
@click.option("--reason", default="", help="Why they are to be left alone.")
@click.option("--name", help="The name to show.")
@click.option(
    "--address",
    "others",
    multiple=True,
    metavar="ADDRESS",
    help="Another address of theirs; may be given again.",
)
@click.option(
    "--add", "is_added", is_flag=True, help="Somebody unknown is meant: add them and leave them alone."
)
@as_result
def contact_set(
    address: str,
    tier: str | None,
    until: str | None,
    reason: str,
    name: str | None,
    others: tuple[str, ...],
    *,
    is_added: bool,
) -> None:
    """Set what is given; somebody unknown becomes a contact, with the mail that is stored already.

    Whoever is to be left alone must be known, or --add given: by a slip in the address nobody would be.
    """
    with opened() as (settings, database):
        instant = read_until(until, ZoneInfo(settings.timezone)) if until is not None else None
        with database.begin() as session:
            lock_writer(session)
            now = now_instant()
            person = find_contact(session, address)
            if person is None and until is not None and not is_added:
                raise ContactNotFound(
                    f"Nobody with the address {address} is known, so nobody would be left alone. Nothing was changed. "
                    "Check the spelling; where somebody new is meant, say it again with --add."
                )
            if person is None or person.kind == "candidate":
                person = verbs.add_contact(session, address, by=None, now=now)
            if tier is not None:
                verbs.set_tier(session, person, tier, by=None, now=now)
            if until is not None:
                verbs.set_do_not_contact(session, person, until=instant, reason=reason, by=None, now=now)
            if name is not None:
                verbs.set_name(session, person, name, by=None, now=now)
            for other in others:
                verbs.add_address(session, person, other, by=None, now=now)
        refresh_due(database, settings)
    done(f"{address} is up to date.")


def read_until(text: str, zone: ZoneInfo) -> int | None:
    """The end of a day in the zone, FOREVER for `never`, None for `clear`."""
    if text == "clear":
        return None
    if text == "never":
        return FOREVER
    return tasks.end_of_day(read_day(text), zone)


@contact.command("merge")
@click.argument("keep")
@click.argument("other")
@as_result
def contact_merge(keep: str, other: str) -> None:
    """Make two people one: OTHER becomes part of KEEP."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            merge(
                session, get_contact(session, keep), get_contact(session, other), by=None, now=now_instant()
            )
        refresh_due(database, settings)
    done(f"{other} is now part of {keep}. Take it back with: streaklike contact unmerge {other}")


@contact.command("unmerge")
@click.argument("address")
@as_result
def contact_unmerge(address: str) -> None:
    """Take a merge back: both timelines are as they were."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            part = find_address(session, address) or get_contact(session, address)
            unmerge(session, part, by=None, now=now_instant())
        refresh_due(database, settings)
    done(f"{address} stands alone again.")


@click.command()
@click.argument("kind", type=Choice(["note", "call", "meeting", "message", "gift"]))
@click.argument("address")
@click.argument("text", default="")
@click.option("--by", "by_email", required=True, metavar="EMAIL", help="Which member it was.")
@click.option("--at", "at", callback=as_instant, metavar=DATE, help="When it was; now unless given.")
@click.option("--follow-up", metavar="DAYS", help="Ask again unless they write within so many days, as 7d.")
@click.option(
    "--direction",
    type=Choice(["inbound", "outbound"]),
    help="Who came to whom; outbound, us to them, unless given.",
)
@click.option(
    "--wants-reply/--no-reply-needed",
    "wants_reply",
    default=None,
    help="Whether what came from them wants a reply; a message does unless it is said, a call does not.",
)
@click.option("--amount", help="How much a gift is worth.")
@click.option("--currency", default="TWD", show_default=True, help="Of a gift's amount.")
@as_result
def log(
    kind: str,
    address: str,
    text: str,
    by_email: str,
    at: int | None,
    direction: str | None,
    wants_reply: bool | None,
    amount: str | None,
    currency: str,
    follow_up: str | None,
) -> None:
    """Log a note, a call, a meeting, a message of another channel or a gift onto a person's timeline.

    A gift needs no text; it wants thanks within 48 hours.
    """
    if amount is not None and kind != "gift":
        raise click.UsageError("Only a gift has an amount. Nothing was written.")
    if direction is not None and kind in ("note", "gift"):
        raise click.UsageError("Only a call, a meeting or a message has a direction. Nothing was written.")
    if wants_reply is not None and (kind not in notes.ASKING_KINDS or direction != "inbound"):
        raise click.UsageError(
            "Only a call or a message with --direction inbound wants a reply or not. Nothing was written."
        )
    days = parse_days(follow_up) if follow_up is not None else None
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            now = now_instant()
            by = get_member(session, by_email)
            person = get_contact(session, address)
            said_at = now if at is None else at
            facts: dict[str, Any] = {
                "contact": person,
                "by": by,
                "at": said_at,
                "text": text,
                "now": now,
            }
            if kind == "gift":
                notes.log_gift(session, amount=amount, currency=currency, **facts)
            else:
                notes.log(session, kind, direction=direction or "outbound", wants_reply=wants_reply, **facts)
            if days is not None:
                _follow_up(session, settings, person, text, by, days, since_at=said_at, now=now)
        refresh_due(database, settings)
    done(f"Logged a {kind} with {address}.")


@click.group()
def task() -> None:
    """What was promised."""


@task.command("add")
@click.argument("address")
@click.argument("text")
@click.option("--by", "by_email", required=True, metavar="EMAIL", help="Who promised it.")
@click.option("--due", metavar="DATE", help="The day it is due.")
@click.option("--follow-up", metavar="DAYS", help="In so many days, as 7d, unless they write before.")
@as_result
def task_add(address: str, text: str, by_email: str, due: str | None, follow_up: str | None) -> None:
    """Promise something to a person by a day, or ask them again unless they write."""
    if (due is None) == (follow_up is None):
        raise click.UsageError("Say either --due or --follow-up.")
    if follow_up is not None:
        _add_follow_up(address, text, by_email, parse_days(follow_up))
        return
    day = read_day(due or "")
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            by = get_member(session, by_email)
            zone = ZoneInfo(settings.timezone)
            person = get_contact(session, address)
            uid = tasks.add_task(
                session, text=text, due_on=day, zone=zone, contact=person, by=by, now=now_instant()
            ).uid
        refresh_due(database, settings)
    done(f"Due on {day.isoformat()}: {text}", uid=uid, due_on=day.isoformat())


def _add_follow_up(address: str, text: str, by_email: str, days: int) -> None:
    with opened() as (settings, database), database.begin() as session:
        lock_writer(session)
        by, person = get_member(session, by_email), get_contact(session, address)
        now = now_instant()
        since_at = find_since(session, person, now=now)
        made = _follow_up(session, settings, person, text, by, days, since_at=since_at, now=now)
        uid, due_at = made.uid, format_instant(made.due_at)
    done(f"Due at {due_at} unless {address} writes: {text}", uid=uid, due_at=due_at)


def _follow_up(
    session: Session,
    settings: Settings,
    person: Contact,
    text: str,
    by: User,
    days: int,
    *,
    since_at: int,
    now: int,
) -> FollowUp:
    due_at = follow_up_at(now, days, load_calendar(session, settings.timezone))
    return add_follow_up(session, contact=person, due_at=due_at, since_at=since_at, text=text, by=by, now=now)
