"""What members do to a person from a page: each a POST that writes events and says what happened, with a way back."""

import re
from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from streaklike.boxes.errors import BoxError
from streaklike.boxes.follow_ups import add_follow_up
from streaklike.boxes.notes import ASKING_KINDS, log, log_gift
from streaklike.boxes.policy_store import read_changes
from streaklike.boxes.responsible import find_responsible, set_responsible
from streaklike.boxes.tasks import add_task, complete_task, end_of_day
from streaklike.boxes.undo import undo as apply_undo
from streaklike.cadence.calendar.due_dates import follow_up_at, parse_days
from streaklike.cadence.calendar.work_calendar import load_calendar
from streaklike.cadence.editing.retune import dismiss_as_wrong
from streaklike.gmail.errors import BadCredentials, GmailError
from streaklike.people import contacts, marks
from streaklike.people.errors import PeopleError
from streaklike.people.event_kinds import may_see
from streaklike.people.finding import primary_address, root_of
from streaklike.store.models import (
    FOREVER,
    Contact,
    ContactStatus,
    Conversation,
    Event,
    Flag,
    Message,
    Task,
    User,
)
from streaklike.sync.labels import BadLabel
from streaklike.web.account import local_path
from streaklike.web.evaluating import evaluate_concerned
from streaklike.web.forms import Unreadable, read_day, read_moment
from streaklike.web.requests import whole_number
from streaklike.web.texts import load_catalogue
from streaklike.wording.evidence import load_evidence

blueprint = Blueprint("actions", __name__)


def done(key: str, *, event: Event | None = None, **values: Any) -> Response:
    """Let cadence look again, say what was done with a way back where there is one, and go on to the page."""
    waiting = evaluate_concerned()
    say(f"done.{key}", undo=event.uid if event is not None else None, **values)
    if waiting:
        say("done.working_out", n=waiting)
    return redirect(local_path(request.form.get("next", "")), 303)


def say(key: str, *, undo: str | None = None, **values: Any) -> None:
    """Keep news for the next page: a text with its values, and the action that can be undone."""
    item = {"key": key, "values": values, "undo": undo}
    g.setdefault("news", []).append(item)  # a repetition of this form shows it again
    flash(item)  # type: ignore[arg-type]  # any JSON will do


@blueprint.app_errorhandler(PeopleError)
@blueprint.app_errorhandler(BoxError)
@blueprint.app_errorhandler(GmailError)
@blueprint.app_errorhandler(BadCredentials)
@blueprint.app_errorhandler(BadLabel)
@blueprint.app_errorhandler(Unreadable)
def refuse(error: Exception) -> Response:
    """Say why nothing was changed, and see to it that nothing was."""
    g.is_refused = True
    say(refusal_key(error))
    return redirect(local_path(request.form.get("next", "")), 303)


def refusal_key(error: Exception) -> str:
    """The text that explains a refusal; one for all that have none of their own."""
    name = error.key if isinstance(error, Unreadable) else type(error).__name__
    key = "refused." + re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return key if key in load_catalogue("en").entries else "refused.refused"


def me() -> User:
    """The member who acts."""
    user: User = g.session.get_one(User, g.member.id)
    return user


@blueprint.post("/people/<int:contact_id>/add")
def add(contact_id: int) -> Response:
    """Make a candidate a contact (R9)."""
    contact = get_person(contact_id)
    contacts.add_contact(g.session, primary_address(g.session, contact), by=me(), now=g.now)
    return done("added", name=name_of(contact))


@blueprint.post("/people/add")
def add_stranger() -> Response:
    """Make the address of the form a contact."""
    contact = contacts.add_contact(g.session, request.form.get("address", ""), by=me(), now=g.now)
    return done("added", name=name_of(contact))


@blueprint.post("/people/<int:contact_id>/take")
def take(contact_id: int) -> Response:
    """Take on what waits with the person; where nothing waits, the person."""
    contact = get_person(contact_id)
    conversation = find_waiting(contact)
    if conversation is not None:
        event = marks.take_conversation(g.session, conversation, by=me(), now=g.now)
    else:
        event = set_responsible(g.session, contact, me(), by=me(), now=g.now)
    return done("taken" if event else "taken_already", event=event, name=name_of(contact))


@blueprint.post("/people/<int:contact_id>/owner")
def owner(contact_id: int) -> Response:
    """Say who is responsible for the person and for what waits there (R58); an empty choice means nobody.

    Where somebody else is so all the same, by a box of theirs or because they took it, the news says who.
    """
    contact = get_person(contact_id)
    chosen = g.session.get(User, whole_number(request.form.get("user")) or 0)
    event = set_responsible(g.session, contact, chosen, by=me(), now=g.now)
    remains = find_responsible(g.session, contact)
    if remains is not None and remains is not chosen:
        return done("owner_else", event=event, name=name_of(contact), owner=remains.name)
    return done("owner" if event else "unchanged", event=event, name=name_of(contact))


@blueprint.post("/people/<int:contact_id>/no-reply-needed")
def no_reply_needed(contact_id: int) -> Response:
    """Close what waits with the person, with a reason (R37)."""
    contact = get_person(contact_id)
    conversation, reason = find_waiting(contact), request.form.get("reason", "")
    if conversation is not None:
        event = marks.mark_no_reply_needed(g.session, conversation, by=me(), reason=reason, now=g.now)
    elif is_waiting(contact):
        event = marks.mark_logged_done(g.session, contact, by=me(), reason=reason, now=g.now)
    else:
        return done("unchanged")
    return done("no_reply", event=event, name=name_of(contact))


@blueprint.post("/people/<int:contact_id>/take-answer")
def take_answer(contact_id: int) -> Response:
    """Take the mail of ours that is suggested as the answer to what waits with the person (R36)."""
    contact = get_person(contact_id)
    flag = g.session.scalar(
        select(Flag).where(
            Flag.contact_id == contact.id,
            Flag.suggested_answer == request.form.get("answer", ""),
            Flag.conversation_id == whole_number(request.form.get("conversation")),
        )
    )
    if flag is None:
        return done("unchanged")
    answer = g.session.scalar(
        select(Message).where(
            Message.rfc_id == flag.suggested_answer, Message.is_live, Message.direction == "outbound"
        )
    )
    conversation = g.session.get(Conversation, flag.conversation_id)
    if conversation is None:
        return done("unchanged")
    if answer is not None and answer.conversation_id != conversation.id:
        event = marks.accept_answer(g.session, contact, conversation, answer, by=me(), now=g.now)
        return done("answered_elsewhere", event=event, name=name_of(contact))
    # It went to a group of ours alone (R35): internal mail is not stored, but when it was sent is known.
    key = str(flag.suggested_answer)
    replied = load_evidence(g.session, [key]).get(key)
    if replied is None:
        return done("unchanged")
    event = marks.accept_group_answer(
        g.session, contact, conversation, rfc_id=key, at=replied.at, by=me(), now=g.now
    )
    return done("answered_elsewhere", event=event, name=name_of(contact))


@blueprint.post("/people/<int:contact_id>/dismiss")
def dismiss(contact_id: int) -> Response:
    """Set a flag aside, with a reason; where the count is wrong, retune the person too (R50)."""
    contact = get_person(contact_id)
    meant: dict[str, Any] = {
        "flag": request.form.get("flag", ""),
        "reason": request.form.get("flag_reason", ""),
        "since_at": whole_number(request.form.get("since_at")) or 0,
        "by": me(),
        "now": g.now,
    }
    wrong = request.form.get("wrong")
    if wrong is None:
        event = marks.dismiss_flag(g.session, contact, because=request.form.get("reason", ""), **meant)
        return done("dismissed", event=event, name=name_of(contact))
    event, retuned = dismiss_as_wrong(
        g.session, contact, because=wrong, team_zone=current_app.config["TIMEZONE"], **meant
    )
    if retuned is None:
        return done("dismissed", event=event, name=name_of(contact))
    (change,) = read_changes(retuned.data)
    what = g.t(f"policy.key.{change.key}")
    value = g.t("policy.off") if change.after is False else change.after
    return done("retuned", event=event, name=name_of(contact), what=what, value=value)


@blueprint.post("/people/<int:contact_id>/tier")
def tier(contact_id: int) -> Response:
    """Set how often the person should hear from us (R48)."""
    contact = get_person(contact_id)
    event = contacts.set_tier(g.session, contact, request.form.get("tier", ""), by=me(), now=g.now)
    return done("tier" if event else "unchanged", event=event, name=name_of(contact))


@blueprint.post("/people/<int:contact_id>/do-not-contact")
def do_not_contact(contact_id: int) -> Response:
    """Forbid writing to the person until the end of a day, or for good; or allow it again (R49)."""
    contact = get_person(contact_id)
    is_allowed = "clear" in request.form
    until = (
        None
        if is_allowed
        else end_of_day(read_day("until"), g.zone)
        if request.form.get("until")
        else FOREVER
    )
    event = contacts.set_do_not_contact(
        g.session, contact, until=until, reason=request.form.get("reason", ""), by=me(), now=g.now
    )
    key = "unchanged" if event is None else "allowed" if is_allowed else "stopped"
    return done(key, event=event, name=name_of(contact))


@blueprint.post("/people/<int:contact_id>/log")
def log_entry(contact_id: int) -> Response:
    """Log a note, a call, a meeting, a message or a gift on the person's timeline."""
    contact = get_person(contact_id)
    kind, text = request.form.get("kind", ""), request.form.get("text", "")
    at = read_moment("at") or g.now
    if kind == "gift":
        amount = request.form.get("amount", "").strip() or None
        event = log_gift(g.session, contact=contact, amount=amount, by=me(), at=at, now=g.now, text=text)
    else:
        event = log(
            g.session,
            kind,
            contact=contact,
            by=me(),
            at=at,
            now=g.now,
            text=text,
            direction=read_direction(kind),
            wants_reply=read_wants_reply(kind),
        )
    if request.form.get("follow_up"):
        add_follow_up(
            g.session,
            contact=contact,
            due_at=read_follow_up("follow_up"),
            since_at=at,
            text=text.partition("\n")[0][:200],
            by=me(),
            now=g.now,
        )
    return done("logged", event=event, name=name_of(contact))


@blueprint.post("/people/<int:contact_id>/task")
def task(contact_id: int) -> Response:
    """Promise something to the person by the end of a day in the reader's zone."""
    contact = get_person(contact_id)
    promised = add_task(
        g.session,
        text=request.form.get("text", ""),
        due_on=read_day("due"),
        zone=g.zone,
        contact=contact,
        by=me(),
        now=g.now,
    )
    event = g.session.scalar(select(Event).where(Event.task_id == promised.id, Event.kind == "task"))
    return done("task", event=event, name=name_of(contact))


@blueprint.post("/tasks/<uid>/done")
def task_done(uid: str) -> Response:
    """Tick a task off."""
    found = g.session.scalar(select(Task).where(Task.uid == uid))
    if found is None:
        abort(404)
    event = complete_task(g.session, found, by=me(), now=g.now)
    return done("task_done", event=event, text=found.text)


@blueprint.post("/undo/<uid>")
def undo(uid: str) -> Response:
    """Undo an action."""
    event = g.session.scalar(select(Event).where(Event.uid == uid))
    if event is None or not may_see(event.kind, event.author_id, g.member.id):
        abort(404)
    apply_undo(g.session, event, by=me(), now=g.now)
    return done("undone")


def read_follow_up(field: str) -> int:
    """When a follow-up of the form's days comes due."""
    calendar = load_calendar(g.session, current_app.config["TIMEZONE"])
    return follow_up_at(g.now, parse_days(request.form.get(field, "")), calendar)


def name_of(contact: Contact) -> str:
    """The name a person goes by: given, known, or their address."""
    return contact.given_name or contact.name or primary_address(g.session, contact)


def read_direction(kind: str) -> str:
    """Who came to whom, as the log's form says; a note has no direction."""
    chosen = request.form.get("direction", "outbound")
    return "outbound" if kind == "note" else chosen


def read_wants_reply(kind: str) -> bool | None:
    """What the log's form says of a call or message of theirs; None where it leaves it to the kind."""
    if kind not in ASKING_KINDS or read_direction(kind) != "inbound":
        return None
    chosen = request.form.get("wants_reply", "")
    return chosen == "1" if chosen in ("0", "1") else None


def get_person(contact_id: int) -> Contact:
    """The person of a path (a root); answers 404 where there is none."""
    contact = g.session.get(Contact, contact_id)
    if contact is None:
        abort(404)
    return root_of(g.session, contact)


def is_waiting(contact: Contact) -> bool:
    """Whether the person waits for us, be it in no conversation (R56)."""
    contact_status = g.session.get(ContactStatus, contact.id)
    return contact_status is not None and contact_status.waiting_since_at is not None


def find_waiting(contact: Contact) -> Conversation | None:
    """The conversation in which the person waits for us; where nothing newer waits, that from before we began (R59)."""
    contact_status = g.session.get(ContactStatus, contact.id)
    if contact_status is None:
        return None
    waiting_id = contact_status.waiting_conversation_id
    if contact_status.waiting_since_at is None:
        waiting_id = contact_status.before_conversation_id
    return g.session.get(Conversation, waiting_id) if waiting_id is not None else None
