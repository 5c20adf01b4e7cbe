"""One-time sign-in links, for members without another way in and for making the first admin.

A link is valid once and for an hour. Viewing it does not use it up; claiming it is one guarded UPDATE, so
that of two simultaneous clicks only one succeeds.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR
from streaklike.people.errors import UserHasLeft
from streaklike.people.event_kinds import EventKind
from streaklike.people.events import record_event
from streaklike.people.sessions import CLOCK_SLACK, end_sessions, hash_token, new_token
from streaklike.store.models import SignInLink, User, UserSession

KIND: Final = EventKind.SIGN_IN_LINK
GOOD_FOR: Final = HOUR
KEPT: Final = 90 * DAY


def make_sign_in_link(session: Session, user: User, *, now: int) -> str:
    """Create a token that signs this member in, recorded as an event. Raises UserHasLeft if they have no access."""
    if user.disabled_at is not None:
        raise UserHasLeft(
            f"{user.email} has no access, so no link was made. "
            f"Give it back first: streaklike user enable {user.email} --by ADMIN"
        )
    record_event(session, KIND, at=now, now=now, author_id=None, data={"user": user.email, "did": "made"})
    return _issue(session, user.id, now=now)


def offer_first_link(session: Session, *, now: int) -> str | None:
    """Create a token that makes the first admin; None if an admin has signed in already."""
    return None if has_admin_signed_in(session) else _issue(session, None, now=now)


def has_admin_signed_in(session: Session) -> bool:
    """Return whether a current admin has ever signed in: then the team can grant access by itself."""
    is_admin = User.role == "admin", User.disabled_at.is_(None)
    found = select(UserSession.id).join(User, User.id == UserSession.user_id).where(*is_admin)
    return bool(session.scalar(select(exists(found))))


def list_admins(session: Session) -> Sequence[User]:
    """List the admins with access, oldest first."""
    is_admin = User.role == "admin", User.disabled_at.is_(None)
    return session.scalars(select(User).where(*is_admin).order_by(User.id)).all()


def find_link(session: Session, token: str, *, now: int) -> SignInLink | None:
    """Return the link with this token if it can still be claimed."""
    link = session.scalar(
        select(SignInLink).where(
            SignInLink.token_hash == hash_token(token),
            SignInLink.used_at.is_(None),
            SignInLink.expires_at > now,
            SignInLink.expires_at <= now + GOOD_FOR + CLOCK_SLACK,  # # else made by a clock running ahead
        )
    )
    if link is None:
        return None
    if link.user_id is None:
        return None if has_admin_signed_in(session) else link
    user = session.get_one(User, link.user_id)
    return link if user.disabled_at is None else None


def claim_link(session: Session, link: SignInLink, *, now: int) -> bool:
    """Use up the link. Returns False if another request claimed it first."""
    # The condition is checked by the UPDATE itself: reading first would let two requests pass.
    claimed = session.scalar(
        update(SignInLink)
        .where(SignInLink.id == link.id, SignInLink.used_at.is_(None), SignInLink.expires_at > now)
        .values(used_at=now)
        .returning(SignInLink.id)
    )
    return claimed is not None


def make_first_admin(session: Session, user: User, *, now: int) -> None:
    """Make this member the first admin, recorded as an event.

    Raises UserHasLeft if they have no access.

    Whoever holds the first link runs the server, and could do the same on its command line.
    """
    if user.disabled_at is not None:
        raise UserHasLeft(f"{user.email} has no access. Nothing was changed. Give another address.")
    end_sessions(session, user, now)
    user.role = "admin"
    data = {"user": user.email, "did": "first_admin"}
    record_event(session, KIND, at=now, now=now, author_id=user.id, data=data)


def _issue(session: Session, user_id: int | None, *, now: int) -> str:
    session.execute(
        delete(SignInLink).where(or_(SignInLink.expires_at < now - KEPT, SignInLink.used_at < now - KEPT))
    )
    token = new_token()
    session.add(
        SignInLink(token_hash=hash_token(token), user_id=user_id, created_at=now, expires_at=now + GOOD_FOR)
    )
    session.flush()
    return token
