"""An admin's word on who of the team has access (Q27); the buttons stand on the team's page."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, abort, g, request
from werkzeug.wrappers import Response

from streaklike.people.access import ROLES, change_role, disable_member, enable_member
from streaklike.store.models import Event, User
from streaklike.web.actions import done, me

blueprint = Blueprint("access", __name__)


@blueprint.post("/members/<int:user_id>/disable")
def disable(user_id: int) -> Response:
    """End a member's access at once."""
    return _change(user_id, disable_member, "disabled")


@blueprint.post("/members/<int:user_id>/enable")
def enable(user_id: int) -> Response:
    """Give a member access again."""
    return _change(user_id, enable_member, "enabled")


@blueprint.post("/members/<int:user_id>/role")
def role(user_id: int) -> Response:
    """Give a member the role of the form."""
    wanted = request.form.get("role", "")
    name = g.t(f"role.{wanted}") if wanted in ROLES else wanted
    return _change(user_id, partial(change_role, role=wanted), "role", role=name)


def _change(user_id: int, verb: Callable[..., Event | None], key: str, **values: str) -> Response:
    if g.member.role != "admin":
        abort(403)
    user = g.session.get(User, user_id)
    if user is None:
        abort(404)
    event = verb(g.session, user, by=me(), now=g.now)
    return done(key if event else "unchanged", event=event, name=user.name, **values)
