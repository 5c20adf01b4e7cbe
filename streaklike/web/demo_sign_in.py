"""The demo's own sign-in: a list of its made-up colleagues, each a click away.

Only `streaklike demo` adds it, to an app that it serves on loopback over a database that it throws away. No setting and
no request switches it on anywhere else, and `create_app` knows nothing of it.
"""

from flask import Blueprint, Flask, abort, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from streaklike.store.models import User
from streaklike.web.account import local_path
from streaklike.web.members import sign_in
from streaklike.web.requests import whole_number
from streaklike.web.security import public

blueprint = Blueprint("demo_sign_in", __name__)


def init_app(app: Flask) -> None:
    """Put the list in the place of the page that says how to get in."""
    app.register_blueprint(blueprint)
    app.view_functions["account.sign_in"] = page


@public
def page() -> str | Response:
    """Who there is in the story."""
    if g.member:
        return redirect(url_for("queue.page"))
    people = g.session.scalars(select(User).where(User.disabled_at.is_(None)).order_by(User.id)).all()
    return render_template("demo_sign_in.html", people=people, next=request.args.get("next", ""))


@blueprint.post("/sign-in")
@public
def sign_in_as() -> Response:
    """Sign in as the person that was clicked."""
    user = g.session.get(User, whole_number(request.form.get("user")) or 0)
    if user is None or user.disabled_at is not None:
        abort(404)
    sign_in(user)
    return redirect(local_path(request.form.get("next", "")))
