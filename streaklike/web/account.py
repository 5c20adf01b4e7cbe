"""Signing in and out, and the reader's own language and theme."""

import re

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, session, url_for
from flask_login import login_user, logout_user
from sqlalchemy import select, update
from werkzeug.wrappers import Response

from streaklike.store.models import User
from streaklike.web.members import find_member
from streaklike.web.requests import LANGUAGE_COOKIE, whole_number
from streaklike.web.security import public
from streaklike.web.texts import LOCALES

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
A_YEAR_SECONDS = 365 * 24 * 3600
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{0,4000}")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})

blueprint = Blueprint("account", __name__)


@blueprint.get("/sign-in")
@public
def sign_in() -> str | Response:
    """The page that lists who may sign in here."""
    if g.member:
        return redirect(url_for("queue.page"))
    people = g.session.scalars(select(User).where(User.disabled_at.is_(None)).order_by(User.id)).all()
    return render_template(
        "sign_in.html",
        people=people if is_local_sign_in_open() else [],
        is_open=is_local_sign_in_open(),
        next=request.args.get("next", ""),
    )


@blueprint.post("/sign-in")
@public
def sign_in_as() -> Response:
    """Sign in as one of the team, in a new session; only where the app serves this machine alone."""
    if not is_local_sign_in_open():
        abort(403)
    member = find_member(g.session, whole_number(request.form.get("user")) or 0)
    if member is None:
        abort(404)
    session.clear()
    session.permanent = True
    login_user(member)
    return redirect(local_path(request.form.get("next", "")))


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """Forget the session."""
    logout_user()
    session.clear()
    return redirect(url_for("account.sign_in"))


@blueprint.post("/preferences")
@public
def preferences() -> Response:
    """Keep the reader's language, in their profile too where they are signed in, and theme."""
    response = redirect(local_path(request.form.get("next", "")))
    language, theme = request.form.get("language"), request.form.get("theme")
    if language in LOCALES:
        _keep(response, LANGUAGE_COOKIE, language)
        if g.member:
            g.session.execute(update(User).where(User.id == g.member.id).values(locale=language))
    if theme in THEMES:
        _keep(response, THEME_COOKIE, theme)
    return response


def is_local_sign_in_open() -> bool:
    """Whether anyone at this machine may sign in as anyone: switched on, and reached by this machine alone.

    A public address, a proxy's header or another Host name shuts it, whatever the switch says.
    """
    is_forwarded = any(
        name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host")
    )
    return bool(
        current_app.config["LOCAL_SIGN_IN"]
        and _host_name(current_app.config["PUBLIC_HOST"]) in LOOPBACK
        and _host_name(request.host) in LOOPBACK
        and not is_forwarded
    )


def local_path(wanted: str) -> str:
    """The path to go on to: `wanted` where it lies within this app, else the first page.

    Browsers read a backslash as a slash and leave out tabs and line ends, so that none of them may stand in it.
    """
    return wanted if _LOCAL_PATH.fullmatch(wanted) else url_for("queue.page")


def theme() -> str:
    """The theme the reader chose; `auto` follows their system."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"


def _host_name(host: str) -> str:
    return host if host.endswith("]") else host.rsplit(":", 1)[0]


def _keep(response: Response, name: str, value: str) -> None:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(name, value, max_age=A_YEAR_SECONDS, httponly=True, samesite="Lax", secure=secure)
