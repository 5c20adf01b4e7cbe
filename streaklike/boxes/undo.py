"""Undo every kind of action. An event can be undone once, and only while no newer event depends on it."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from streaklike.boxes.conversation_undo import undo_action
from streaklike.boxes.errors import CannotUndo
from streaklike.boxes.follow_ups import revert_follow_up
from streaklike.boxes.movement import revert_move
from streaklike.boxes.owners import write_owners
from streaklike.boxes.policy_store import read_changes, revert_changes, revert_retuning
from streaklike.boxes.reminders import revert_reminder
from streaklike.boxes.responsible import revert_given
from streaklike.boxes.tasks import revert_done, revert_giving, revert_task
from streaklike.people import access, contacts, form_addresses, marks, touch_classes
from streaklike.people.event_kinds import check_may_undo
from streaklike.people.events import undo_event
from streaklike.people.merging import revert_merge
from streaklike.store.models import Box, Event, FollowUp, Reminder, User

UndoFunction = Callable[[Session, Event, int], None]


def undo(session: Session, event: Event, *, by: User | None, now: int) -> Event:
    """Undo an event. Returns the event that records it.

    Raises NotAllowed if `by` may not undo this kind of event, and CannotUndo if it was undone before, a newer
    event depends on it, or its kind cannot be undone. Both are raised before anything is written.
    """
    if event.kind not in UNDO_BY_KIND:
        raise CannotUndo("This cannot be undone. Nothing was changed. Set things right by hand instead.")
    check_may_undo(event, by)
    _check(session, event)
    undoing = undo_event(session, event, by=by, now=now)
    UNDO_BY_KIND[event.kind](session, event, now)
    session.flush()
    return undoing


def _check(session: Session, event: Event) -> None:
    if event.undone_by_id is not None:
        raise CannotUndo("This was undone before. Nothing was changed. Reload to see how things stand.")
    if _has_newer(session, event):
        raise CannotUndo(
            "Something newer was done here since. Nothing was changed. Undo that first, or set things right by hand."
        )
    if event.kind == "stage" and session.get_one(Box, event.box_id).closed_at is not None:
        raise CannotUndo("The box was closed since. Nothing was changed. Open it again first.")


def _has_newer(session: Session, event: Event) -> bool:
    """Whether a later event that is not undone depends on this one."""
    scope = _same_scope(event)
    if scope is None:
        return False
    later = session.scalars(
        select(Event).where(scope, Event.id > event.id, Event.undone_by_id.is_(None), Event.kind != "undo")
    )
    return any(_depends_on(newer, event) for newer in later)


def _same_scope(event: Event) -> ColumnElement[bool] | None:
    if event.kind in ("task", "task_done", "task_owner"):
        return Event.task_id == event.task_id
    if event.kind in (*access.KINDS, form_addresses.KIND):
        return and_(Event.kind == event.kind)
    if event.kind == "policy" and event.contact_id is None:
        return and_(Event.kind == "policy", Event.contact_id.is_(None))
    for column, value in (
        (Event.box_id, event.box_id),
        (Event.conversation_id, event.conversation_id),
        (Event.contact_id, event.contact_id),
    ):
        if value is not None:
            return and_(column == value)
    return None


def _depends_on(newer: Event, event: Event) -> bool:
    if event.kind == "task" or (event.kind == "box" and event.data["did"] == "created"):
        return True
    if (row := _row_of(event)) is not None:
        return _row_of(newer) == row and (event.kind in ("reminder", "follow_up") or newer.kind == event.kind)
    if event.kind == "do_not_contact" and "do_not_contact" in newer.data:
        return True
    if newer.kind != event.kind or event.kind not in RESTING:
        return False
    if event.kind == "policy":
        return not {change.place for change in read_changes(newer.data)}.isdisjoint(
            change.place for change in read_changes(event.data)
        )
    return event.kind not in ("box", form_addresses.KIND, *access.KINDS) or _subject(newer) == _subject(event)


RESTING: Final = frozenset(
    {
        "stage",
        "owner",
        "tier",
        "do_not_contact",
        "name",
        "box",
        "task_done",
        "task_owner",
        "policy",
        form_addresses.KIND,
        *access.KINDS,
    }
)
"""Kinds whose effect the next event of the same kind replaces. Notes or dismissals are independent."""


def _row_of(event: Event) -> str | None:
    """The uid of the reminder or follow-up that the event is about."""
    row: str | None = event.data.get("reminder") or event.data.get("follow_up")
    return row


def _subject(event: Event) -> tuple[str, str]:
    """What an event on a box or on a member's access is about: events with equal subjects depend on each
    other.
    """
    if event.kind in access.KINDS:
        return event.kind, event.data["user"]
    if event.kind == form_addresses.KIND:
        return event.kind, event.data["address"]
    did = event.data["did"]
    if did in ("closed", "reopened"):
        return "openness", ""
    what, _, _ = did.partition("_")
    return what, str(
        event.data.get("contact") or event.data.get("contacts") or event.data.get("conversation")
    )


def _revert_owner(session: Session, event: Event, now: int) -> None:
    if event.box_id is not None:
        write_owners(session, session.get_one(Box, event.box_id), event.data["was"])
    elif event.conversation_id is not None:
        marks.revert_owner(session, event)
    else:
        contacts.revert(session, event)
        revert_given(session, event, by=_undoing_user(session, event), now=now)


def _revert_move(session: Session, event: Event, _now: int) -> None:
    before = session.scalar(
        select(Event.at)
        .where(
            Event.box_id == event.box_id,
            Event.kind == "stage",
            Event.id < event.id,
            Event.undone_by_id.is_(None),
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    box = session.get_one(Box, event.box_id)
    revert_move(session, event, since_at=box.created_at if before is None else before)


def _revert_reminder(session: Session, event: Event, _now: int) -> None:
    reminder = session.scalar(select(Reminder).where(Reminder.uid == event.data["reminder"]))
    if reminder is not None:
        revert_reminder(session, event, reminder)


def _revert_follow_up(session: Session, event: Event, _now: int) -> None:
    follow_up = session.scalar(select(FollowUp).where(FollowUp.uid == event.data["follow_up"]))
    if follow_up is not None:
        revert_follow_up(session, event, follow_up)


def _revert_handover(session: Session, event: Event, now: int) -> None:
    """Undo the parts of a handover, except those reassigned or undone since."""
    by = _undoing_user(session, event)
    parts = session.scalars(
        select(Event)
        .where(Event.at == event.at, Event.kind.in_(OWNER_KINDS), Event.undone_by_id.is_(None))
        .order_by(Event.id)
    )
    for part in [each for each in parts if each.data.get("handover") == event.uid]:
        if not _has_newer(session, part):
            undo(session, part, by=by, now=now)


def _revert_bulk_closing(session: Session, event: Event, now: int) -> None:
    """Reopen what was closed in bulk (R59), except what was reopened on its own since."""
    by = _undoing_user(session, event)
    parts = session.scalars(
        select(Event)
        .where(Event.at == event.at, Event.kind == "no_reply_needed", Event.undone_by_id.is_(None))
        .order_by(Event.id)
    )
    for part in [each for each in parts if each.data.get("before") == event.uid]:
        undo_event(session, part, by=by, now=now)


def _revert_verdict(session: Session, event: Event, _now: int) -> None:
    marks.settle_verdict(session, event)


def _undoing_user(session: Session, event: Event) -> User | None:
    undoing = session.get_one(Event, event.undone_by_id)
    return session.get(User, undoing.author_id) if undoing.author_id is not None else None


def _revert_access(session: Session, event: Event, now: int) -> None:
    access.revert(session, event, now=now)


def _revert_dismissal(session: Session, event: Event, now: int) -> None:
    revert_retuning(session, event, by=_undoing_user(session, event), now=now)


OWNER_KINDS: Final = ("owner", "task_owner", "follow_up_owner")


def _no_effect(_session: Session, _event: Event, _now: int) -> None:
    """Undo of entries with no other effect: marking the event as undone is enough."""


def _without_now(revert: Callable[[Session, Event], None]) -> UndoFunction:
    return lambda session, event, _now: revert(session, event)


UNDO_BY_KIND: Final[dict[str, UndoFunction]] = {
    "stage": _revert_move,
    "owner": _revert_owner,
    "box": _without_now(undo_action),
    "task": _without_now(revert_task),
    "task_done": _without_now(revert_done),
    "task_owner": _without_now(revert_giving),
    **dict.fromkeys(("reminder", "reminder_done", "reminder_later"), _revert_reminder),
    **dict.fromkeys(("follow_up", "follow_up_done", "follow_up_later", "follow_up_owner"), _revert_follow_up),
    "handover": _revert_handover,
    "before_closed": _revert_bulk_closing,
    **dict.fromkeys(("no_reply_needed", "reopened"), _revert_verdict),
    **dict.fromkeys(access.KINDS, _revert_access),
    form_addresses.KIND: lambda session, event, now: form_addresses.revert(session, event, now=now),
    "dismissed": _revert_dismissal,
    "policy": _without_now(revert_changes),
    "tier": _without_now(contacts.revert),
    "do_not_contact": _without_now(contacts.revert),
    "name": _without_now(contacts.revert),
    touch_classes.KIND: lambda session, _event, _now: touch_classes.relearn(session),
    "contact": lambda session, event, now: contacts.revert_adding(session, event, now=now),
    "merge": lambda session, event, now: revert_merge(session, event, now=now),
    **dict.fromkeys(
        (
            "note",
            "call",
            "meeting",
            "message",
            "gift",
            "ask",
            "answered_elsewhere",
            "snooze",
            "refusal_declined",
        ),
        _no_effect,
    ),
}
"""By event kind: how to revert its effect, after the event was marked as undone."""
