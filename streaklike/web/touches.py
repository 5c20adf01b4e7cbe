"""What our mail is for, corrected in one click (R52); and mail that asks us not to write again, accepted or declined."""

from flask import Blueprint, abort, g, request
from werkzeug.wrappers import Response

from streaklike.boxes.tasks import end_of_day
from streaklike.people.refusals import accept_refusal, decline_refusal, find_refusing
from streaklike.people.touch_classes import correct_touch, find_touch
from streaklike.store.models import FOREVER
from streaklike.web.actions import done, get_person, me, name_of
from streaklike.web.forms import read_day

blueprint = Blueprint("touches", __name__)


@blueprint.post("/mail/class")
def correct() -> Response:
    """Say what the mail of the form is for; the words learn from it."""
    message = find_touch(g.session, request.form.get("message", ""))
    if message is None:
        abort(404)
    touch_class = request.form.get("class", "")
    event = correct_touch(g.session, message, touch_class, by=me(), now=g.now)
    return done(f"classed_{touch_class}" if event else "unchanged", event=event)


@blueprint.post("/people/<int:contact_id>/refusal")
def decide(contact_id: int) -> Response:
    """Accept the refusal of the form's mail, until the end of a day or for good; or decline it."""
    contact = get_person(contact_id)
    message = find_refusing(g.session, request.form.get("message", ""))
    if message is None:
        abort(404)
    if "decline" in request.form:
        declined = decline_refusal(g.session, message, by=me(), now=g.now)
        return done("refusal_declined", event=declined, name=name_of(contact))
    until = end_of_day(read_day("until"), g.zone) if request.form.get("until") else FOREVER
    reason = request.form.get("reason", "")
    event = accept_refusal(g.session, message, until=until, reason=reason, by=me(), now=g.now)
    return done("stopped" if event else "unchanged", event=event, name=name_of(contact))
