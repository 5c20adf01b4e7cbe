"""Who of the team has access (Q27): an admin takes it from a leaver and gives it back. Each is an event, and undoable."""

from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.people.errors import LastAdmin, NotAnAdmin
from streaklike.people.events import record_event
from streaklike.people.sessions import end_sessions
from streaklike.store.models import Event, User

KIND: Final = "access"


def disable_member(session: Session, user: User, *, by: User, now: int) -> Event | None:
    """End a member's access: pages, digest and the reading of their mailbox stop at once; what is stored stays.

    None where they have none already. Raises NotAnAdmin, and LastAdmin where nobody could let anybody in again.
    """
    _check_admin(by)
    if user.disabled_at is not None:
        return None
    _take_access(session, user, now=now)
    return _record(session, user, "disabled", by=by, now=now)


def enable_member(session: Session, user: User, *, by: User, now: int) -> Event | None:
    """Give a member access again; None where they have it. Raises NotAnAdmin."""
    _check_admin(by)
    if user.disabled_at is None:
        return None
    user.disabled_at = None
    return _record(session, user, "enabled", by=by, now=now)


def take_back(session: Session, event: Event, *, by: User | None, now: int) -> None:
    """Reverse what an access event did. Raises as the verbs do."""
    _check_admin(by)
    user = session.scalars(select(User).where(User.email == event.data["user"])).one()
    if event.data["did"] == "disabled":
        user.disabled_at = None
    else:
        _take_access(session, user, now=now)
    session.flush()


def _check_admin(by: User | None) -> None:
    if by is None or by.role != "admin" or by.disabled_at is not None:
        name = by.email if by is not None else "Somebody unnamed"
        raise NotAnAdmin(f"{name} is no admin, and only admins say who has access. Nothing was changed.")


def _take_access(session: Session, user: User, *, now: int) -> None:
    others = User.role == "admin", User.disabled_at.is_(None), User.id != user.id
    if user.role == "admin" and not session.scalar(select(func.count()).select_from(User).where(*others)):
        raise LastAdmin(
            f"{user.email} is the last admin: without one nobody could let anybody in again. Nothing was changed. "
            "Make another member an admin first: streaklike user add EMAIL --role admin"
        )
    user.disabled_at = now
    end_sessions(session, user, now)  # they stay ended where access is given back


def _record(session: Session, user: User, did: str, *, by: User, now: int) -> Event:
    data = {"user": user.email, "did": did}
    return record_event(session, KIND, at=now, now=now, author_id=by.id, data=data)
