"""The mails of a mailbox that could not be read or stored (Q10): each with its reason, and another try."""

from flask import Blueprint, current_app, g, render_template
from werkzeug.wrappers import Response

from streaklike.sync.quarantine import list_quarantined, try_again
from streaklike.web.actions import done
from streaklike.web.push import AskForSync
from streaklike.web.team import get_mailbox

SHOWN = 500
"""So many are shown; the command lists all."""

blueprint = Blueprint("set_aside", __name__)


@blueprint.get("/mailboxes/<int:mailbox_id>/set-aside")
def page(mailbox_id: int) -> str:
    """What is set aside, the newest first."""
    mailbox = get_mailbox(mailbox_id)
    found = list_quarantined(g.session, [mailbox_id])
    return render_template(
        "set_aside.html",
        mailbox=mailbox,
        mails=found[:SHOWN],
        total=len(found),
        can_retry=any(not each.is_from_file for each in found),
    )


@blueprint.post("/mailboxes/<int:mailbox_id>/set-aside")
def retry(mailbox_id: int) -> Response:
    """Have them fetched again by the mailbox's next sync, which is asked for at once."""
    mailbox = get_mailbox(mailbox_id)
    waiting = [each for each in list_quarantined(g.session, [mailbox_id]) if not each.is_from_file]
    ask: AskForSync | None = current_app.extensions["ask_for_sync"]
    for email in try_again(g.session, [mailbox_id]):
        if ask is not None:
            ask(g.session, email, g.now)
    return done("set_aside" if waiting else "unchanged", name=mailbox.email, n=len(waiting))
