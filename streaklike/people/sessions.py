"""Sessions of signed-in members, kept on the server (Q27): begun, looked up, listed, ended.

A session ends 12 hours after it was last used, 14 days after it began, and at once if its member signs out, ends it
from another browser, or loses access. An ended session never resumes, whatever the cookie says.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.store.models import SignInLink, User, UserSession

IDLE: Final = 12 * HOUR
LIFETIME: Final = 14 * DAY
SEEN_EVERY: Final = 5 * MINUTE
"""Precision of `last_seen_at`: it is written at most this often."""
CLOCK_SLACK: Final = 5 * MINUTE
"""Maximum clock difference.

A session begun or used later than this was written by a clock running ahead.

It would outlive its limits, so it counts as ended.
"""
KEPT: Final = 90 * DAY
"""How long old sessions are kept after they began. The newest is always kept: it shows that the member signed in."""


def new_token() -> str:
    """Return a URL-safe random secret of 256 bits."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the stored hash of a token. A random 256-bit token needs neither salt nor a slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def start_session(session: Session, user: User, *, now: int) -> str:
    """Start a session for this member and return its token, which is stored only in their browser."""
    outdated = UserSession.user_id == user.id, UserSession.created_at < now - KEPT
    session.execute(delete(UserSession).where(*outdated))
    token = new_token()
    session.add(UserSession(token_hash=hash_token(token), user_id=user.id, created_at=now, last_seen_at=now))
    session.flush()
    return token


def find_session(session: Session, token: str, *, now: int) -> tuple[UserSession, User] | None:
    """Return the live session with this token and its member; None if it ended, expired, or access was removed."""
    row = session.execute(
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == hash_token(token), _is_live(now), User.disabled_at.is_(None))
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def list_sessions(session: Session, user_id: int, *, now: int) -> Sequence[UserSession]:
    """List the member's live sessions, most recently used first."""
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, _is_live(now))
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    ).all()


def end_session(session: Session, user_id: int, session_id: int, *, now: int) -> bool:
    """End one session of this member. Returns False if it is not theirs, or is over already."""
    return _end(session, UserSession.user_id == user_id, UserSession.id == session_id, now=now) > 0


def end_sessions(session: Session, user: User, now: int, *, but: int | None = None) -> int:
    """End every session of this member except `but`.

    Returns how many were live.

    For every change of a member's rights: a session started under other rights must not outlive them. Unused
    sign-in links expire too: they were made for the member as they were.
    """
    waiting = SignInLink.user_id == user.id, SignInLink.used_at.is_(None), SignInLink.expires_at > now
    session.execute(update(SignInLink).where(*waiting).values(expires_at=now))
    others = (UserSession.id != but,) if but is not None else ()
    return _end(session, UserSession.user_id == user.id, *others, now=now)


def see_sessions(session: Session, seen: Mapping[int, int]) -> None:
    """Record when sessions were last used, as instants by id. Ended sessions are unchanged."""
    for session_id, at in seen.items():
        session.execute(
            update(UserSession)
            # Guarded: requests are recorded late and out of order, and must neither revive a session nor set
            # it back.
            .where(
                UserSession.id == session_id, UserSession.ended_at.is_(None), UserSession.last_seen_at < at
            )
            .values(last_seen_at=at)
        )


def _is_live(now: int) -> ColumnElement[bool]:
    return and_(
        UserSession.ended_at.is_(None),
        UserSession.last_seen_at > now - IDLE,
        UserSession.created_at > now - LIFETIME,
        UserSession.last_seen_at <= now + CLOCK_SLACK,
        UserSession.created_at <= now + CLOCK_SLACK,
    )


def _end(session: Session, *which: ColumnElement[bool], now: int) -> int:
    """End the matching sessions, expired ones too, so that a clock set back revives none.

    Returns how many were live.
    """
    live = len(session.scalars(select(UserSession.id).where(*which, _is_live(now))).all())
    session.execute(update(UserSession).where(*which, UserSession.ended_at.is_(None)).values(ended_at=now))
    return live
