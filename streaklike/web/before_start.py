"""What stands at the end of the queue: debts from before we began (R59), and mail of unknown senders (R13)."""

from flask import Blueprint, abort, g, request
from werkzeug.wrappers import Response

from streaklike.cadence.queries.before_queue import close_before
from streaklike.people import marks
from streaklike.store.models import Conversation
from streaklike.web.actions import done, me

MOST_AT_ONCE = 500
"""So many people's debts one request closes at most: some seconds of work."""

blueprint = Blueprint("before", __name__)


@blueprint.post("/queue/before/close")
def close_all() -> Response:
    """Close all debts from before we began, or the reader's own, with one reason; one undo takes it back."""
    closed = close_before(
        g.session,
        reason=request.form.get("reason", ""),
        by=me(),
        now=g.now,
        member_id=g.member.id if request.form.get("whose") == "mine" else None,
        most=MOST_AT_ONCE,
    )
    if closed is None:
        return done("unchanged")
    return done("before_closed", event=closed.event, n=closed.people)


@blueprint.post("/conversations/<int:conversation_id>/take")
def take(conversation_id: int) -> Response:
    """Take the conversation of an unknown sender."""
    conversation = get_conversation(conversation_id)
    event = marks.take_conversation(g.session, conversation, by=me(), now=g.now)
    return done("taken" if event else "taken_already", event=event, name=g.t("search.unknown_sender"))


@blueprint.post("/conversations/<int:conversation_id>/no-reply-needed")
def close(conversation_id: int) -> Response:
    """Close what an unknown sender wrote, with a reason."""
    conversation, reason = get_conversation(conversation_id), request.form.get("reason", "")
    event = marks.mark_no_reply_needed(g.session, conversation, by=me(), reason=reason, now=g.now)
    return done("no_reply", event=event, name=g.t("search.unknown_sender"))


def get_conversation(conversation_id: int) -> Conversation:
    """The conversation of a path; answers 404 where there is none."""
    conversation: Conversation | None = g.session.get(Conversation, conversation_id)
    if conversation is None:
        abort(404)
    return conversation
