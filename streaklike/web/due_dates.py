"""What comes back by its date, from the pages: snoozes and reminders are the reader's own, follow-ups the team's."""

from typing import Any

from flask import Blueprint, abort, current_app, g, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from streaklike.boxes import follow_ups, reminders
from streaklike.cadence.calendar.due_dates import parse_when
from streaklike.cadence.calendar.work_calendar import load_calendar
from streaklike.people.snoozes import snooze as fall_asleep
from streaklike.people.snoozes import wake as wake_up
from streaklike.store.models import Box, Contact, Conversation, Event, FollowUp, Message, Reminder
from streaklike.web.actions import done, find_waiting, get_person, me, name_of, read_follow_up
from streaklike.web.forms import Unreadable
from streaklike.wording.times import full

blueprint = Blueprint("later", __name__)


@blueprint.post("/people/<int:contact_id>/snooze")
def snooze(contact_id: int) -> Response:
    """Have the person out of the reader's queue until a moment, or until they write (R38)."""
    contact, until = get_person(contact_id), _read_when()
    event = fall_asleep(g.session, contact, until=until, by=me(), now=g.now)
    return done("snoozed", event=event, name=name_of(contact), when=_say_when(until))


@blueprint.post("/people/<int:contact_id>/wake")
def wake(contact_id: int) -> Response:
    """Have the person back."""
    contact = get_person(contact_id)
    event = wake_up(g.session, contact, by=me(), now=g.now)
    return done("woken" if event else "unchanged", event=event, name=name_of(contact))


@blueprint.post("/people/<int:contact_id>/remind")
def remind(contact_id: int) -> Response:
    """Remind the reader of the person, of a box of theirs, or of the conversation that waits."""
    contact, due_at = get_person(contact_id), _read_when()
    reminder = reminders.add_reminder(
        g.session,
        text=request.form.get("text", ""),
        due_at=due_at,
        contact=contact,
        by=me(),
        now=g.now,
        **_read_about(contact),
    )
    event = _find_event("reminder", reminder.uid)
    return done("reminded", event=event, name=name_of(contact), when=_say_when(due_at))


@blueprint.post("/people/<int:contact_id>/follow-up")
def follow_up(contact_id: int) -> Response:
    """Ask the person again in some days, unless they write: in the conversation that waits, or at all."""
    contact, due_at = get_person(contact_id), read_follow_up("days")
    made = follow_ups.add_follow_up(
        g.session,
        contact=contact,
        due_at=due_at,
        since_at=follow_ups.find_since(g.session, contact, now=g.now),
        text=request.form.get("text", ""),
        by=me(),
        now=g.now,
    )
    event = _find_event("follow_up", made.uid)
    return done("follow_up", event=event, name=name_of(contact), when=_say_when(due_at))


@blueprint.post("/conversations/<int:conversation_id>/follow-up/<int:contact_id>")
def follow_up_conversation(conversation_id: int, contact_id: int) -> Response:
    """The same of one conversation."""
    contact, due_at = get_person(contact_id), read_follow_up("days")
    conversation = g.session.get(Conversation, conversation_id)
    if conversation is None:
        abort(404)
    made = follow_ups.follow_up_conversation(
        g.session, conversation, contact=contact, due_at=due_at, by=me(), now=g.now
    )
    event = _find_event("follow_up", made.uid)
    return done("follow_up", event=event, name=name_of(contact), when=_say_when(due_at))


@blueprint.post("/reminders/<uid>/done")
def reminder_done(uid: str) -> Response:
    """Put a reminder of the reader's away."""
    found = _get_reminder(uid)
    event = reminders.complete_reminder(g.session, found, now=g.now)
    return done("task_done", event=event, text=found.text)


@blueprint.post("/reminders/<uid>/later")
def reminder_later(uid: str) -> Response:
    """Have a reminder of the reader's come back at another moment."""
    found, due_at = _get_reminder(uid), _read_when()
    event = reminders.postpone_reminder(g.session, found, due_at=due_at, now=g.now)
    return done("put_off", event=event, text=found.text, when=_say_when(due_at))


@blueprint.post("/follow-ups/<uid>/done")
def follow_up_done(uid: str) -> Response:
    """Tick a follow-up off."""
    found = _get_follow_up(uid)
    event = follow_ups.complete_follow_up(g.session, found, by=me(), now=g.now)
    return done("followed_up", event=event, name=_name_by_id(found.contact_id))


@blueprint.post("/follow-ups/<uid>/later")
def follow_up_later(uid: str) -> Response:
    """Give them longer to write."""
    found, due_at = _get_follow_up(uid), _read_when()
    event = follow_ups.postpone_follow_up(g.session, found, due_at=due_at, by=me(), now=g.now)
    return done("put_off", event=event, text=_name_by_id(found.contact_id), when=_say_when(due_at))


def _read_when() -> int:
    """The moment of the form: a name or span in `when`, else the local date and time in `at`."""
    text = request.form.get("when") or request.form.get("at") or ""
    if not text.strip():
        raise Unreadable("date")
    calendar = load_calendar(g.session, current_app.config["TIMEZONE"])
    return parse_when(text, now=g.now, zone=g.zone, calendar=calendar)


def _read_about(contact: Contact) -> dict[str, Any]:
    kind, _, uid = request.form.get("about", "").partition(":")
    if kind == "box":
        box = g.session.scalar(select(Box).where(Box.uid == uid))
        if box is None:
            abort(404)
        return {"box": box}
    conversation = find_waiting(contact) if kind == "conversation" else None
    if conversation is None:
        return {}
    newest = (
        select(Message.rfc_id)
        .where(Message.conversation_id == conversation.id, Message.is_live)
        .order_by(Message.at.desc(), Message.rfc_id.desc())
        .limit(1)
    )
    return {"message": g.session.scalar(newest)}


def _get_reminder(uid: str) -> Reminder:
    """Another member's reminder is not there, as one that never was."""
    mine = select(Reminder).where(Reminder.uid == uid, Reminder.user_id == g.member.id)
    found: Reminder | None = g.session.scalar(mine)
    if found is None:
        abort(404)
    return found


def _get_follow_up(uid: str) -> FollowUp:
    found: FollowUp | None = g.session.scalar(select(FollowUp).where(FollowUp.uid == uid))
    if found is None:
        abort(404)
    return found


def _find_event(kind: str, uid: str) -> Event | None:
    """The event that a reminder or follow-up was just made by."""
    made = select(Event).where(Event.kind == kind, Event.at == g.now, Event.author_id == g.member.id)
    events = g.session.scalars(made.order_by(Event.id.desc()))
    return next((event for event in events if event.data[kind] == uid), None)


def _name_by_id(contact_id: int) -> str:
    return name_of(g.session.get_one(Contact, contact_id))


def _say_when(instant: int) -> str:
    return full(g.t, instant, g.now, g.zone)
