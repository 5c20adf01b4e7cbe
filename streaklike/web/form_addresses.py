"""An admin's word on which addresses are a website's form (R53); the list stands on the team's page."""

from collections.abc import Callable

from flask import Blueprint, abort, g, request
from werkzeug.wrappers import Response

from streaklike.people.form_addresses import add_form_address, remove_form_address
from streaklike.store.models import Event
from streaklike.web.actions import done, me

blueprint = Blueprint("form_addresses", __name__)


@blueprint.post("/form-addresses/add")
def add() -> Response:
    """Name the form's `address` as one of a website's forms."""
    return _change(add_form_address, "form_added")


@blueprint.post("/form-addresses/remove")
def remove() -> Response:
    """Take the form's `address` off the list."""
    return _change(remove_form_address, "form_removed")


def _change(verb: Callable[..., Event | None], key: str) -> Response:
    if g.member.role != "admin":
        abort(403)
    address = request.form.get("address", "").strip()
    event = verb(g.session, address, by=me(), now=g.now)
    return done(key if event else "unchanged", event=event, name=address)
