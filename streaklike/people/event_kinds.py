"""Every event kind: who may do it, who may undo it, and whether it is private.

No right is granted elsewhere.

`record_event` calls `check_may_do` before writing, `boxes.undo` calls `check_may_undo` before reversing. A
kind without a rule here cannot be recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Any, Final

from streaklike.people.errors import NotAllowed, NotAnAdmin, UnknownKind
from streaklike.store.models import Event, User


class EventKind(StrEnum):
    """The actions people can take, as stored in `Event.kind`."""

    NOTE = auto()
    CALL = auto()
    MEETING = auto()
    MESSAGE = auto()
    GIFT = auto()
    ASK = auto()
    TASK = auto()
    TASK_DONE = auto()
    TASK_OWNER = auto()
    FOLLOW_UP = auto()
    FOLLOW_UP_DONE = auto()
    FOLLOW_UP_LATER = auto()
    FOLLOW_UP_OWNER = auto()
    REMINDER = auto()
    REMINDER_DONE = auto()
    REMINDER_LATER = auto()
    SNOOZE = auto()
    BOX = auto()
    STAGE = auto()
    OWNER = auto()
    HANDOVER = auto()
    CONTACT = auto()
    ADDRESS = auto()
    NAME = auto()
    TIER = auto()
    DO_NOT_CONTACT = auto()
    MERGE = auto()
    UNMERGE = auto()
    NO_REPLY_NEEDED = auto()
    BEFORE_CLOSED = auto()
    ANSWERED_ELSEWHERE = auto()
    REOPENED = auto()
    DISMISSED = auto()
    REFUSAL_DECLINED = auto()
    TOUCH_CLASS = auto()
    FORWARD = auto()
    POLICY = auto()
    RETUNING = auto()
    ACCESS = auto()
    ROLE = auto()
    SIGN_IN_LINK = auto()
    FORM_ADDRESS = auto()
    UNDO = auto()


class Who(Enum):
    """Who may do something, among members with access. Viewers may only do what ANYBODY may."""

    NOBODY = auto()
    AUTHOR = auto()
    AUTHOR_OR_ADMIN = auto()
    SUBJECT_OR_ADMIN = auto()
    """The member named by the event's `from`, or an admin; any writing member if it names nobody."""
    ANYBODY = auto()
    """Everybody with access, viewers included: it concerns their own sign-in."""
    MEMBER = auto()
    """Everybody who may write: members and admins."""
    ADMIN = auto()


@dataclass(frozen=True, slots=True)
class Rule:
    """The rights for one event kind.

    `is_private`: visible to its author only. `by_operator`: a command may do and undo it without naming a
    member.
    """

    do: Who
    undo: Who
    is_private: bool = False
    by_operator: bool = True


# A colleague could reverse these by the opposite action, so every writing member may undo them.
_SHARED = Rule(do=Who.MEMBER, undo=Who.MEMBER)
# Undoing these removes what somebody recorded.
_SAID = Rule(do=Who.MEMBER, undo=Who.AUTHOR_OR_ADMIN)
_PRIVATE = Rule(do=Who.MEMBER, undo=Who.AUTHOR, is_private=True, by_operator=False)
_FINAL = Rule(do=Who.MEMBER, undo=Who.NOBODY)

RULES: Final[Mapping[EventKind, Rule]] = {
    EventKind.NOTE: _SAID,
    EventKind.CALL: _SAID,
    EventKind.MEETING: _SAID,
    EventKind.MESSAGE: _SAID,
    EventKind.GIFT: _SAID,
    EventKind.ASK: _SAID,
    EventKind.TASK: _SHARED,
    EventKind.TASK_DONE: _SHARED,
    EventKind.TASK_OWNER: _SHARED,
    EventKind.FOLLOW_UP: _SHARED,
    EventKind.FOLLOW_UP_DONE: _SHARED,
    EventKind.FOLLOW_UP_LATER: _SHARED,
    EventKind.FOLLOW_UP_OWNER: _SHARED,
    EventKind.REMINDER: _PRIVATE,
    EventKind.REMINDER_DONE: _PRIVATE,
    EventKind.REMINDER_LATER: _PRIVATE,
    EventKind.SNOOZE: _PRIVATE,
    EventKind.BOX: _SHARED,
    EventKind.STAGE: _SHARED,
    EventKind.OWNER: _SHARED,
    EventKind.HANDOVER: Rule(do=Who.SUBJECT_OR_ADMIN, undo=Who.AUTHOR_OR_ADMIN),
    EventKind.CONTACT: _SHARED,
    EventKind.ADDRESS: _FINAL,
    EventKind.NAME: _SHARED,
    EventKind.TIER: _SHARED,
    EventKind.DO_NOT_CONTACT: _SHARED,
    EventKind.MERGE: _SHARED,
    EventKind.UNMERGE: _FINAL,
    EventKind.NO_REPLY_NEEDED: _SHARED,
    EventKind.BEFORE_CLOSED: _SHARED,
    EventKind.ANSWERED_ELSEWHERE: _SHARED,
    EventKind.REOPENED: _SHARED,
    EventKind.DISMISSED: _SHARED,
    EventKind.REFUSAL_DECLINED: _SHARED,
    EventKind.TOUCH_CLASS: _SHARED,
    EventKind.FORWARD: _SHARED,
    EventKind.POLICY: Rule(do=Who.ADMIN, undo=Who.ADMIN),
    EventKind.RETUNING: _SHARED,
    EventKind.ACCESS: Rule(do=Who.ADMIN, undo=Who.ADMIN, by_operator=False),
    EventKind.ROLE: Rule(do=Who.ADMIN, undo=Who.ADMIN),
    EventKind.FORM_ADDRESS: Rule(do=Who.ADMIN, undo=Who.ADMIN),
    EventKind.SIGN_IN_LINK: Rule(do=Who.ANYBODY, undo=Who.NOBODY),
    EventKind.UNDO: _FINAL,
}
"""One rule per kind. RETUNING is a `policy` event by which "this was wrong" changes one person's threshold (R50)."""

PRIVATE_KINDS: Final = tuple(kind.value for kind, rule in RULES.items() if rule.is_private)
"""The kinds visible to their author only, for queries."""


def find_rule(kind: str, data: Mapping[str, Any]) -> tuple[EventKind, Rule]:
    """Return the kind and rule for an event with this data. Raises UnknownKind if there is no rule."""
    try:
        known = EventKind(kind)
    except ValueError as error:
        raise UnknownKind(f"No rule says who may do {kind!r}. Nothing was changed.") from error
    # Retuning one person is open to members, whereas editing the team's policy is for admins.
    if known is EventKind.POLICY and "dismissal" in data:
        known = EventKind.RETUNING
    return known, RULES[known]


def check_may_do(kind: str, data: Mapping[str, Any], by: User | None) -> None:
    """Raise NotAllowed if `by` may not do this; None is an operator's command that names no member."""
    known, rule = find_rule(kind, data)
    if not _may(rule, rule.do, by, author_id=by.id if by else None, subject=data.get("from")):
        raise _refusal(known, rule.do, by)


def check_may_undo(event: Event, by: User | None) -> None:
    """Raise NotAllowed if `by` may not undo this event."""
    known, rule = find_rule(event.kind, event.data)
    if not may_undo(event, by):
        raise _refusal(known, rule.undo, by)


def may_undo(event: Event, by: User | None) -> bool:
    """Return whether `by` has the right to undo this event."""
    _, rule = find_rule(event.kind, event.data)
    return _may(rule, rule.undo, by, author_id=event.author_id, subject=event.data.get("from"))


def may_hand_over(source_email: str | None, by: User) -> bool:
    """Return whether `by` may hand over the work of the member with this email; None: work without an owner."""
    rule = RULES[EventKind.HANDOVER]
    return _may(rule, rule.do, by, author_id=by.id, subject=source_email)


def may_see(kind: str, author_id: int | None, reader_id: int) -> bool:
    """Return whether a reader may see an event: private ones are for their author only."""
    return kind not in PRIVATE_KINDS or author_id == reader_id


def _may(rule: Rule, who: Who, by: User | None, *, author_id: int | None, subject: Any) -> bool:
    if who is Who.NOBODY:
        return False
    if by is None:
        return rule.by_operator
    if by.disabled_at is not None:
        return False
    if who is Who.ANYBODY:
        return True
    if by.role not in ("member", "admin"):
        return False
    is_admin, is_author = by.role == "admin", author_id == by.id
    return {
        Who.AUTHOR: is_author,
        Who.AUTHOR_OR_ADMIN: is_author or is_admin,
        Who.SUBJECT_OR_ADMIN: subject is None or subject == by.email or is_admin,
        Who.MEMBER: True,
        Who.ADMIN: is_admin,
    }[who]


def _refusal(kind: EventKind, who: Who, by: User | None) -> NotAllowed:
    name = by.email if by is not None else "A command that names no member"
    if who is Who.ADMIN:
        what = {
            EventKind.ACCESS: "say who has access",
            EventKind.ROLE: "change roles",
            EventKind.POLICY: "edit the policy",
            EventKind.FORM_ADDRESS: "name addresses as forms",
        }.get(kind, "do this")
        return NotAnAdmin(f"{name} is no admin, and only admins {what}. Nothing was changed.")
    if who is Who.NOBODY:
        return NotAllowed("This cannot be undone. Nothing was changed. Set things right by hand instead.")
    whose = {
        Who.AUTHOR: "whoever did it",
        Who.AUTHOR_OR_ADMIN: "whoever did it, and admins",
        Who.SUBJECT_OR_ADMIN: "the member whose work it is, and admins",
    }.get(who, "members with access; a viewer looks only")
    return NotAllowed(f"{name} may not do this. Nothing was changed. It is for {whose}.")
