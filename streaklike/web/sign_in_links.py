"""Signing in by a one-time link (Q27).

The token stands after the `#` of the link's address, which a browser sends to nobody: no proxy's log and no Referer has
it. A script moves it into the form; without scripts the whole link is pasted there. Reading the page asks for no token,
so neither a prefetch nor a mail scanner uses a link up; sending the form does.
"""

import logging
from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from streaklike.people.errors import UserHasLeft
from streaklike.people.sign_in_links import claim_link, find_link, list_admins, make_first_admin
from streaklike.store.models import SignInLink, User
from streaklike.sync.directory import BadAddress, ensure_user, parse_member_address
from streaklike.web.members import sign_in
from streaklike.web.requests import between_transactions, whole_number
from streaklike.web.security import public

LONGEST_NAME = 200

blueprint = Blueprint("sign_in_links", __name__)
logger = logging.getLogger(__name__)


class _Unusable(Exception):
    """The form of the first admin says something that cannot be used; `key` names the text that explains it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@blueprint.get("/sign-in/link")
@public
def page() -> str:
    """A page with one button, the same for every link and for none."""
    return render_template("sign_in_link.html", is_refused=False)


@blueprint.post("/sign-in/link")
@public
def use() -> Response | tuple[str, int]:
    """Use a link: a member's signs in at once, the first admin's asks first who that is."""
    token = request.form.get("token", "").rpartition("#")[2].strip()
    link = find_link(g.session, token, now=g.now)
    if link is None:
        return _refuse()
    if link.user_id is not None:
        return _enter(link, g.session.get_one(User, link.user_id))
    return _make_first_admin(link, token)


def _make_first_admin(link: SignInLink, token: str) -> Response | tuple[str, int]:
    """Where there are admins, one of them signs in; where there is none, whoever holds the link becomes one."""
    if not {"user", "email"} & set(request.form):
        return _ask(token), 200
    try:
        user = _choose_admin() if list_admins(g.session) else _appoint_admin()
    except _Unusable as error:
        return _ask(token, trouble=error.key), 400
    return _enter(link, user)


def _choose_admin() -> User:
    chosen = whole_number(request.form.get("user"))
    for admin in list_admins(g.session):
        if admin.id == chosen:
            return admin
    raise _Unusable("sign_in.first.choose")


def _appoint_admin() -> User:
    name = " ".join(request.form.get("name", "").split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise _Unusable("sign_in.first.bad_name")
    try:
        email = parse_member_address(request.form.get("email", ""))
        is_new = g.session.scalar(select(User.id).where(User.email == email)) is None
        user = ensure_user(g.session, email, now=g.now, name=name)
        make_first_admin(g.session, user, now=g.now)
    except BadAddress as error:
        raise _Unusable("sign_in.first.bad_email") from error
    except UserHasLeft as error:
        raise _Unusable("sign_in.first.has_left") from error
    if is_new:
        user.locale = g.locale
    return user


def _enter(link: SignInLink, user: User) -> Response | tuple[str, int]:
    if not claim_link(g.session, link, now=g.now):
        return _refuse()
    sign_in(user)
    if link.user_id is None:
        _ensure_team()
    return redirect(url_for("queue.page"), 303)


def _ensure_team() -> None:
    """A new member's address is ours from now on (R12). Settings that stand in its way must not keep the admin out."""
    with between_transactions():
        try:
            current_app.extensions["ensure_team"]()
        except BadAddress as error:
            logger.warning("%s", error)


def _ask(token: str, *, trouble: str | None = None) -> str:
    values: dict[str, Any] = {"name": request.form.get("name", ""), "email": request.form.get("email", "")}
    return render_template(
        "sign_in_first.html", token=token, admins=list_admins(g.session), trouble=trouble, **values
    )


def _refuse() -> tuple[str, int]:
    return render_template("sign_in_link.html", is_refused=True), 403
