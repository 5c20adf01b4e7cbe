"""The team's members: who has access, and an admin's word on it (Q27)."""

from collections.abc import Callable

from flask import Blueprint, abort, g, render_template
from sqlalchemy import select
from werkzeug.wrappers import Response

from streaklike.people.access import disable_member, enable_member
from streaklike.store.models import Event, Mailbox, User
from streaklike.web.deeds import done, me

blueprint = Blueprint("access", __name__)


@blueprint.get("/members")
def page() -> str:
    """Everybody of the team, those with access first; admins may take it and give it."""
    users = g.session.scalars(select(User).order_by(User.disabled_at.is_not(None), User.name, User.id)).all()
    mailboxes = g.session.execute(
        select(Mailbox.user_id, Mailbox.email).where(Mailbox.source == "gmail").order_by(Mailbox.email)
    ).all()
    return render_template(
        "members.html",
        users=[(user, [row.email for row in mailboxes if row.user_id == user.id]) for user in users],
        edits=is_admin(),
    )


@blueprint.post("/members/<int:user_id>/disable")
def disable(user_id: int) -> Response:
    """End a member's access at once."""
    return _change(user_id, disable_member, "disabled")


@blueprint.post("/members/<int:user_id>/enable")
def enable(user_id: int) -> Response:
    """Give a member access again."""
    return _change(user_id, enable_member, "enabled")


def _change(user_id: int, verb: Callable[..., Event | None], key: str) -> Response:
    if not is_admin():
        abort(403)
    user = g.session.get(User, user_id)
    if user is None:
        abort(404)
    event = verb(g.session, user, by=me(), now=g.now)
    return done(key if event else "unchanged", event=event, name=user.name)


def is_admin() -> bool:
    """Whether the reader is an admin."""
    return bool(g.member.role == "admin")
