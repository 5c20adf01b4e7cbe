"""Signing in and out, and the reader's own language and theme."""

import re

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from sqlalchemy import update
from werkzeug.wrappers import Response

from streaklike.store.models import User
from streaklike.web import members
from streaklike.web.requests import LANGUAGE_COOKIE
from streaklike.web.security import public
from streaklike.web.texts import LOCALES

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
A_YEAR_SECONDS = 365 * 24 * 3600
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{0,4000}")

blueprint = Blueprint("account", __name__)


@blueprint.get("/sign-in")
@public
def sign_in() -> str | Response:
    """The page that says how to get in: by a one-time link. It names nobody, whatever a request's headers say."""
    if g.member:
        return redirect(url_for("queue.page"))
    return render_template("sign_in.html")


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the session, on the server too."""
    members.sign_out()
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


def local_path(wanted: str) -> str:
    """The path to go on to: `wanted` where it lies within this app, else the first page.

    Browsers read a backslash as a slash and leave out tabs and line ends, so that none of them may stand in it.
    """
    return wanted if _LOCAL_PATH.fullmatch(wanted) else url_for("queue.page")


def theme() -> str:
    """The theme the reader chose; `auto` follows their system."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "auto"


def _keep(response: Response, name: str, value: str) -> None:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(name, value, max_age=A_YEAR_SECONDS, httponly=True, samesite="Lax", secure=secure)
