"""Sessions of signed-in members, kept on the server (Q27): begun, looked up, listed, ended.

A session ends 12 hours after it was last used, 14 days after it began, and at once where its member signs out, ends it
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
"""How exact `last_seen_at` is: it is not written more often than this."""
CLOCK_SLACK: Final = 5 * MINUTE
"""How far clocks may differ. What says that it began or was used later than that was written by a clock that was ahead:
it would outlive its time, so it is over."""
KEPT: Final = 90 * DAY
"""How long a member's old sessions are kept after they began. The newest is always kept: it tells that they signed in."""


def new_token() -> str:
    """A secret of 256 bits, fit for a URL."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What is stored in a token's place. A random token of 256 bits needs neither salt nor a slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def start_session(session: Session, user: User, *, now: int) -> str:
    """Begin a session of this member and return its token, which is kept nowhere but in their browser."""
    outdated = UserSession.user_id == user.id, UserSession.created_at < now - KEPT
    session.execute(delete(UserSession).where(*outdated))
    token = new_token()
    session.add(UserSession(token_hash=hash_token(token), user_id=user.id, created_at=now, last_seen_at=now))
    session.flush()
    return token


def find_session(session: Session, token: str, *, now: int) -> tuple[UserSession, User] | None:
    """The live session with this token and its member; None where it ended, ran out, or its member has no access."""
    row = session.execute(
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == hash_token(token), _is_live(now), User.disabled_at.is_(None))
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def list_sessions(session: Session, user_id: int, *, now: int) -> Sequence[UserSession]:
    """The member's live sessions, the last used first."""
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, _is_live(now))
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    ).all()


def end_session(session: Session, user_id: int, session_id: int, *, now: int) -> bool:
    """End one session of this member. False where it is not theirs, or is over already."""
    return _end(session, UserSession.user_id == user_id, UserSession.id == session_id, now=now) > 0


def end_sessions(session: Session, user: User, now: int, *, but: int | None = None) -> int:
    """End every session of this member, `but` one where its id is given. Returns how many were live until now.

    For whatever changes what a member may do: a session begun under other rights must not outlive them. Sign-in links
    that wait to be used end too: they were made for the member as they were.
    """
    waiting = SignInLink.user_id == user.id, SignInLink.used_at.is_(None), SignInLink.expires_at > now
    session.execute(update(SignInLink).where(*waiting).values(expires_at=now))
    others = (UserSession.id != but,) if but is not None else ()
    return _end(session, UserSession.user_id == user.id, *others, now=now)


def see_sessions(session: Session, seen: Mapping[int, int]) -> None:
    """Write down when sessions were last used: instants by their ids. What has ended stays as it is."""
    for session_id, at in seen.items():
        session.execute(
            update(UserSession)
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
    """Also those that ran out get their end, so that a clock put back revives none."""
    live = len(session.scalars(select(UserSession.id).where(*which, _is_live(now))).all())
    session.execute(update(UserSession).where(*which, UserSession.ended_at.is_(None)).values(ended_at=now))
    return live
