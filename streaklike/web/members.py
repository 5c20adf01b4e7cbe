"""The member at the screen, as Flask-Login keeps them: read anew at each request, so that a leaver is out at once (Q27)."""

from dataclasses import dataclass

from flask import Flask, g
from flask_login import LoginManager, current_user
from sqlalchemy.orm import Session

from streaklike.store.models import User


@dataclass(frozen=True, slots=True)
class Member:
    """A signed-in member of the team. A viewer looks; members and admins write."""

    id: int
    email: str
    name: str
    role: str
    locale: str
    timezone: str | None
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def may_write(self) -> bool:
        return self.role in {"member", "admin"}

    def get_id(self) -> str:
        return str(self.id)


def init_app(app: Flask) -> None:
    """Let Flask-Login find the member of a session."""
    manager = LoginManager()
    manager.init_app(app, add_context_processor=False)  # an error page must not ask the database
    manager.session_protection = "strong"
    manager.user_loader(lambda user_id: find_member(g.session, int(user_id)))


def present_member() -> Member | None:
    """Who is signed in, or None. It looks into the session and the database."""
    if not current_user.is_authenticated:
        return None
    member: Member = current_user._get_current_object()  # noqa: SLF001 - the proxy's only way to what it stands for
    return member


def find_member(session: Session, user_id: int) -> Member | None:
    """The member with this id, unless they have left."""
    user = session.get(User, user_id)
    if user is None or user.disabled_at is not None:
        return None
    return Member(user.id, user.email, user.name, user.role, user.locale, user.timezone)
