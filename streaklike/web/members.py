"""The member at the screen: the cookie carries a session's token, the session's row decides at each request (Q27).

Flask-Login keeps the token in the signed cookie, as what it calls an alternative id of its user.
"""

import logging
import threading
from dataclasses import dataclass, field

from flask import Flask, g, session
from flask_login import LoginManager, current_user, login_user, logout_user

from streaklike.people.sessions import SEEN_EVERY, end_session, find_session, see_sessions, start_session
from streaklike.store.database import Database
from streaklike.store.models import User

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Member:
    """A signed-in member of the team. A viewer looks; members and admins write."""

    id: int
    email: str
    name: str
    role: str
    locale: str
    timezone: str | None
    session_id: int
    session_token: str = field(repr=False)
    seen_at: int
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def may_write(self) -> bool:
        return self.role in {"member", "admin"}

    def get_id(self) -> str:
        """What Flask-Login puts into the cookie."""
        return self.session_token


class LastSeen:
    """Writes down when sessions were last used, in a thread and transactions of its own.

    A page that only reads must neither wait for the database's writer nor fail because of it. What cannot be written is
    left out: the next request brings it again.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._waiting: dict[int, int] = {}
        self._is_writing = False

    def note(self, session_id: int, now: int) -> None:
        """Have it written soon that the session was used at `now`. Returns at once."""
        with self._lock:
            self._waiting[session_id] = now
            if self._is_writing:
                return
            self._is_writing = True
        threading.Thread(target=self._write, name="last-seen", daemon=True).start()

    def _write(self) -> None:
        while seen := self._take():
            try:
                with self._database.begin() as transaction:
                    see_sessions(transaction, seen)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is no request's business
                logger.warning("When sessions were last used was not written: %s", type(error).__name__)

    def _take(self) -> dict[int, int]:
        with self._lock:
            seen, self._waiting = self._waiting, {}
            self._is_writing = bool(seen)
        return seen


def init_app(app: Flask, database: Database) -> None:
    """Let Flask-Login find the member of a session."""
    manager = LoginManager()
    manager.init_app(app, add_context_processor=False)  # an error page must not ask the database
    manager.session_protection = (
        None  # it compares addresses and browsers, which tell nothing the row does not
    )
    manager.user_loader(_find_member)
    last_seen = LastSeen(database)

    def note_seen(member: Member, now: int) -> None:
        if now - member.seen_at >= SEEN_EVERY:
            last_seen.note(member.session_id, now)

    app.extensions["note_seen"] = note_seen


def present_member() -> Member | None:
    """Who is signed in, or None. It looks into the session and the database."""
    if not current_user.is_authenticated:
        return None
    member: Member = current_user._get_current_object()  # noqa: SLF001 - the proxy's only way to what it stands for
    return member


def sign_in(user: User) -> None:
    """Begin a session of this member in this browser, under a new id. What the browser had open before ends."""
    if g.member is not None:
        end_session(g.session, g.member.id, g.member.session_id, now=g.now)
    token = start_session(g.session, user, now=g.now)
    session.clear()
    session.permanent = True
    login_user(_find_member(token))


def sign_out() -> None:
    """End the session on the server and forget it in the browser."""
    end_session(g.session, g.member.id, g.member.session_id, now=g.now)
    logout_user()
    session.clear()


def _find_member(token: str) -> Member | None:
    found = find_session(g.session, token, now=g.now)
    if found is None:
        return None
    row, user = found
    return Member(
        user.id,
        user.email,
        user.name,
        user.role,
        user.locale,
        user.timezone,
        session_id=row.id,
        session_token=token,
        seen_at=row.last_seen_at,
    )
