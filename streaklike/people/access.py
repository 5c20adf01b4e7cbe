"""Team members' access and roles (Q27), decided by admins. Each decision is an undoable event."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.people.errors import BadValue, LastAdmin
from streaklike.people.event_kinds import EventKind, check_may_do
from streaklike.people.events import mark_conversations_due, mark_due, record_event, user_id
from streaklike.people.sessions import end_sessions
from streaklike.store.models import (
    BoxContact,
    BoxConversation,
    BoxOwner,
    Contact,
    Conversation,
    Event,
    User,
)

ROLES: Final = ("admin", "member", "viewer")
KINDS: Final = (EventKind.ACCESS.value, EventKind.ROLE.value)
"""Event kinds about a member rather than about the team's work."""


def disable_member(session: Session, user: User, *, by: User, now: int) -> Event | None:
    """End a member's access: pages, digests and reading their mailbox stop at once; stored data stays.

    Returns None if they have none already. Raises NotAnAdmin, and LastAdmin if nobody could grant access
    again.
    """
    return _set_access(session, user, is_given=False, by=by, now=now)


def enable_member(session: Session, user: User, *, by: User, now: int) -> Event | None:
    """Restore a member's access; None if they have it. Raises NotAnAdmin."""
    return _set_access(session, user, is_given=True, by=by, now=now)


def change_role(session: Session, user: User, role: str, *, by: User | None, now: int) -> Event | None:
    """Change a member's role; `by` None is an operator's command.

    Returns None if the role is the same.

    Raises NotAnAdmin, BadValue for an unknown role, and LastAdmin for the only admin with access.
    """
    check_may_do(EventKind.ROLE, {}, by)
    if role not in ROLES:
        raise BadValue(f"There is no role {role!r}. Nothing was changed. Choose admin, member or viewer.")
    if user.role == role:
        return None
    was = user.role
    _write(session, user, role=role, disabled_at=user.disabled_at, now=now)
    facts = {"user": user.email, "role": role, "was": was}
    return record_event(session, EventKind.ROLE, at=now, now=now, author_id=user_id(by), data=facts)


def revert(session: Session, event: Event, *, now: int) -> None:
    """Reverse an access or role event. Raises LastAdmin."""
    user = session.scalars(select(User).where(User.email == event.data["user"])).one()
    if event.kind == EventKind.ROLE:
        _write(session, user, role=event.data["was"], disabled_at=user.disabled_at, now=now)
    else:
        is_given = event.data["did"] == "disabled"
        _write(session, user, role=user.role, disabled_at=None if is_given else now, now=now)


def _set_access(session: Session, user: User, *, is_given: bool, by: User, now: int) -> Event | None:
    check_may_do(EventKind.ACCESS, {}, by)
    if (user.disabled_at is None) == is_given:
        return None
    _write(session, user, role=user.role, disabled_at=None if is_given else now, now=now)
    facts = {"user": user.email, "did": "enabled" if is_given else "disabled"}
    return record_event(session, EventKind.ACCESS, at=now, now=now, author_id=by.id, data=facts)


def _write(session: Session, user: User, *, role: str, disabled_at: int | None, now: int) -> None:
    """Set a member's role and access. All changes go through here, so that what depends on them ends here."""
    if role != "admin" or disabled_at is not None:
        _check_not_last(session, user)
    if (user.disabled_at is None) != (disabled_at is None):
        _invalidate_responsible_for(session, user)
    user.role, user.disabled_at = role, disabled_at
    # Sessions were granted under the old rights. They stay ended even if access is restored.
    end_sessions(session, user, now)
    session.flush()


def _invalidate_responsible_for(session: Session, user: User) -> None:
    """Invalidate everybody the member is or was responsible for: without access they are not responsible (R58)."""
    own = select(Contact.id).where(Contact.owner_id == user.id)
    of_boxes = (
        select(BoxContact.contact_id)
        .join(BoxOwner, BoxOwner.box_id == BoxContact.box_id)
        .where(BoxOwner.user_id == user.id)
    )
    in_boxes = (
        select(BoxConversation.conversation_id)
        .join(BoxOwner, BoxOwner.box_id == BoxConversation.box_id)
        .where(BoxOwner.user_id == user.id)
    )
    for ids in (own, of_boxes):
        mark_due(session, session.scalars(ids))
    taken = select(Conversation.id).where(Conversation.owner_id == user.id)
    for conversation_ids in (taken, in_boxes):
        mark_conversations_due(session, conversation_ids)


def _check_not_last(session: Session, user: User) -> None:
    """Raise LastAdmin if this member is the only admin with access."""
    if user.role != "admin" or user.disabled_at is not None:
        return
    others = User.role == "admin", User.disabled_at.is_(None), User.id != user.id
    if not session.scalar(select(func.count()).select_from(User).where(*others)):
        raise LastAdmin(
            f"{user.email} is the last admin: without one nobody could let anybody in again. Nothing was changed. "
            "Make another member an admin first: streaklike user add EMAIL --role admin"
        )
