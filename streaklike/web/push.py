"""`POST /gmail/push`: Pub/Sub says that a mailbox changed. The doorbell alone: what changed is read from history.

A call that does not prove itself is turned away before the database is touched (Q28).
"""

import logging
from collections.abc import Callable

from flask import Blueprint, Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from streaklike.gmail.errors import GmailUnavailable
from streaklike.gmail.push import InvalidPushToken, PushGuard, WrongPushAccount, parse_push
from streaklike.web.security import public

AskForSync = Callable[[Session, str, int], None]
"""Asks for the sync of a mailbox by its address, in the transaction given, at an instant."""

ENDPOINT = "push.receive"
blueprint = Blueprint("push", __name__)
log = logging.getLogger(__name__)


def init_app(app: Flask, guard: PushGuard | None, ask: AskForSync | None) -> None:
    """Stand before the request's transaction. Without a guard, or anybody to ask, the route is not there."""
    app.extensions["ask_for_sync"] = ask

    def check() -> Response | None:
        if request.endpoint != ENDPOINT:
            return None
        if guard is None or ask is None:
            return Response(status=404)
        try:
            guard.check(request.headers.get("Authorization", ""))
        except InvalidPushToken as error:
            log.warning("A push was turned away: %s", error)
            return Response(status=401)
        except WrongPushAccount as error:
            log.warning("A push was turned away: %s", error)
            return Response(status=403)
        except GmailUnavailable as error:
            log.warning("A push could not be checked: %s", error)
            return Response(status=503)
        return None

    app.before_request(check)


@blueprint.post("/gmail/push")
@public
def receive() -> Response:
    """Ask for the mailbox's sync. What is no push, and a mailbox that is not ours, are answered alike: Pub/Sub stops."""
    try:
        rung = parse_push(request.get_data())
    except ValueError as error:
        log.warning("A push could not be read: %s", error)
        return Response(status=204)
    ask: AskForSync = current_app.extensions["ask_for_sync"]
    ask(g.session, rung.email, g.now)
    return Response(status=204)
