"""A member's digest: their preferences, the outcome of each delivery, how it looks, and the link that pauses it."""

from dataclasses import replace

from flask import Blueprint, Response, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from streaklike.digest.compose import Digest
from streaklike.digest.deliver import LATE, NOTHING, PAUSED, REFUSED, list_deliveries
from streaklike.digest.links import is_pause_token, read_pause_token
from streaklike.digest.make import DigestConfig, make_digest
from streaklike.digest.preferences import BadPreference, Reader, get_reader, save_preference, set_pause
from streaklike.digest.render import render_html, render_text
from streaklike.digest.schedule import DAILY, HOURS, LEAD_ROLE, WEEKLY
from streaklike.store.models import DigestDelivery, User
from streaklike.web.actions import say
from streaklike.web.requests import whole_number
from streaklike.web.security import content_security_policy, public
from streaklike.web.texts import LOCALES

FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
REASONS = (NOTHING, PAUSED, LATE, REFUSED)
"""The reasons that have words of their own; any other is a sentence already."""

blueprint = Blueprint("digest", __name__)


@blueprint.get("/digest")
def page() -> str:
    """The reader's digest preferences and the outcome of the last deliveries."""
    return render_template(
        "digest.html",
        preference=_me(),
        hours=HOURS,
        is_lead=g.member.role == LEAD_ROLE,
        has_links=bool(current_app.config["PUBLIC_URL"]) or g.member.role != LEAD_ROLE,
        is_sent=bool(current_app.config["MAIL_FROM"]),
        deliveries=[(each, *_explain(each)) for each in list_deliveries(g.session, g.member.id)],
    )


@blueprint.post("/digest")
def save() -> AnyResponse:
    """Save the reader's preferences."""
    language = request.form.get("language")
    hour = whole_number(request.form.get("hour"))
    try:
        save_preference(
            g.session,
            g.member.id,
            hour=-1 if hour is None else hour,
            language=language if language in LOCALES else None,
            is_paused=request.form.get("paused") == "1",
            now=g.now,
        )
    except BadPreference:
        g.is_refused = True
        say("refused.digest_hour")
    else:
        say("done.digest")
    return redirect(url_for("digest.page"), 303)


@blueprint.get("/digest/preview")
def preview() -> Response:
    """How the digest would look now: subject, HTML in a frame of its own, and text."""
    made = _make()
    page = render_template(
        "digest_preview.html",
        digest=made,
        text=render_text(made),
        is_lead=g.member.role == LEAD_ROLE,
        language=_me().locale if request.args.get("language") not in LOCALES else request.args["language"],
    )
    answer = Response(page)
    answer.headers["Content-Security-Policy"] = content_security_policy("frame-src 'self'")
    return answer


@blueprint.get("/digest/preview/html")
def preview_html() -> Response:
    """The HTML part alone, which runs nothing and loads nothing."""
    answer = Response(render_html(_make()))
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@blueprint.get("/digest/pause/<token>")
@public
def pause_page(token: str) -> str:
    """A page with one button: reading it changes nothing."""
    return _pause_page(_reader_of(token), token)


@blueprint.post("/digest/pause/<token>")
@public
def pause(token: str) -> str:
    """Pause the digest that the token speaks of, or resume it; a mail program's one click says no more than that."""
    reader = _reader_of(token)
    set_pause(g.session, reader.user_id, is_paused=request.form.get("action") != "resume", now=g.now)
    return _pause_page(get_reader(g.session, reader.user_id, team_zone=current_app.config["TIMEZONE"]), token)


def _pause_page(reader: Reader, token: str) -> str:
    return render_template("digest_pause.html", reader=reader, token=token)


def _reader_of(token: str) -> Reader:
    """Whose digest it is; a token that we did not sign, and one of a leaver, is found nowhere."""
    user_id = read_pause_token(token)
    user = g.session.get(User, user_id) if user_id is not None else None
    if user is None or user.disabled_at is not None:
        abort(404)
    if not is_pause_token(current_app.config["SECRET_KEY"], token, user.id, user.email):
        abort(404)
    return get_reader(g.session, user.id, team_zone=current_app.config["TIMEZONE"])


def _me() -> Reader:
    return get_reader(g.session, g.member.id, team_zone=current_app.config["TIMEZONE"])


def _make() -> Digest:
    config, reader = current_app.config, _me()
    language = request.args.get("language", "")
    if language in LOCALES:
        reader = replace(reader, locale=language)
    is_weekly = request.args.get("kind") == WEEKLY and reader.role == LEAD_ROLE
    digest_config = DigestConfig(config["PUBLIC_URL"], config["SECRET_KEY"], config["TIMEZONE"])
    return make_digest(
        g.session, reader, WEEKLY if is_weekly else DAILY, digest_config=digest_config, now=g.now
    )


def _explain(delivery: DigestDelivery) -> tuple[str, str]:
    """Why it stands so: the text's name, if there is one, and what a server or a fault said."""
    name, _, said = delivery.reason.partition(": ")
    return (name, said) if name in REASONS else ("", delivery.reason)
