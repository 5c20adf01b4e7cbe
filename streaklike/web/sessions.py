"""Where the reader is signed in: their sessions, each of which they can end (Q27)."""

from flask import Blueprint, abort, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from streaklike.people.sessions import end_session, end_sessions, list_sessions
from streaklike.store.models import User
from streaklike.web.actions import say
from streaklike.web.members import sign_out

blueprint = Blueprint("sessions", __name__)


@blueprint.get("/sessions")
def page() -> str:
    """The reader's live sessions, this browser's marked."""
    return render_template("sessions.html", sessions=list_sessions(g.session, g.member.id, now=g.now))


@blueprint.post("/sessions/<int:session_id>/end")
def end(session_id: int) -> Response:
    """End one session of the reader's. Somebody else's is not there."""
    if session_id == g.member.session_id:
        sign_out()
        return redirect(url_for("account.sign_in"), 303)
    if not end_session(g.session, g.member.id, session_id, now=g.now):
        abort(404)
    say("done.session_ended")
    return redirect(url_for("sessions.page"), 303)


@blueprint.post("/sessions/end-others")
def end_others() -> Response:
    """End every session of the reader's but this one."""
    me = g.session.get_one(User, g.member.id)
    count = end_sessions(g.session, me, g.now, but=g.member.session_id)
    say("done.sessions_ended", n=count)
    return redirect(url_for("sessions.page"), 303)
