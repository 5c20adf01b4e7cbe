"""Each form is carried out once: a repetition does nothing and gets the first one's answer."""

from typing import Any

from flask import Flask, current_app, flash, g, redirect, request
from werkzeug.wrappers import Response

from streaklike.store.database import Database
from streaklike.store.form_keys import claim_key, hash_content, hash_key, keep_answer, release_key
from streaklike.web.account import local_path
from streaklike.web.forms_seen import GuardMissing, StaleForm
from streaklike.web.requests import SAFE_METHODS
from streaklike.web.security import is_public

FIELD = "form_key"
SHORTEST, LONGEST = 16, 64
NOT_CONTENT = frozenset({"csrf_token", FIELD})

REPEATABLE = frozenset({"account.sign_out"})
"""Endpoints that may be repeated without harm, and whose answer is more than a redirect with news: signing out twice is
signing out. Routes that are open to whoever asks have no member whose key it could be; each sets a state that it names."""


def init_app(app: Flask, database: Database) -> None:
    """Claim each form's key before its view runs, and keep the answer after it."""

    def release(_error: BaseException | None) -> None:
        key_hash = g.pop("key_to_release", None)
        if key_hash is not None:
            with database.begin() as session:
                release_key(session, key_hash)

    app.before_request(_claim)
    app.after_request(_keep)
    app.teardown_request(release)


def needs_key(endpoint: str) -> bool:
    """Whether a form sent to this endpoint must carry a key."""
    return endpoint not in REPEATABLE and not is_public(current_app, endpoint)


def _claim() -> Response | None:
    if request.endpoint is None or request.method in SAFE_METHODS or not needs_key(request.endpoint):
        return None
    key = request.form.get(FIELD, "")
    if not SHORTEST <= len(key) <= LONGEST:
        raise GuardMissing
    key_hash = hash_key(g.member.id, key)
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in NOT_CONTENT]
    content_hash = hash_content(request.path, fields)
    earlier = claim_key(g.session, key_hash, user_id=g.member.id, content_hash=content_hash, now=g.now)
    if earlier is None:
        g.key_hash = key_hash
        return None
    if earlier.content_hash != content_hash:
        raise StaleForm({"used"})
    return _answer_again(earlier.answer)


def _answer_again(answer: dict[str, Any] | None) -> Response:
    if answer is None:
        flash({"key": "done.being_done", "values": {}, "undo": None})  # type: ignore[arg-type]
        return redirect(local_path(request.form.get("next", "")), 303)
    flash({"key": "done.done_once", "values": {}, "undo": None})  # type: ignore[arg-type]
    for item in answer["news"]:
        flash(item)
    return redirect(local_path(answer["location"]), 303)


def _keep(response: Any) -> Any:
    """Before the transaction is closed; a failure rolls the claim back with everything else."""
    key_hash = g.pop("key_hash", None)
    if key_hash is None or "session" not in g:
        return response
    if response.status_code < 400 and not g.get("is_refused"):
        location = response.location or request.form.get("next", "")
        keep_answer(g.session, key_hash, {"location": location, "news": g.get("news", [])})
    elif g.get("is_split"):
        g.key_to_release = key_hash  # the claim was committed with the first half of the request
    return response
