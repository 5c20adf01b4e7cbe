"""The link "I take it" of a digest: a page with one button, for one member, one person and what waits there.

The signed link allows that alone, for seven days, without a session. Reading it changes nothing, so a mail scanner or a
prefetch does no harm; sending the form does it in the member's name.
"""

from flask import Blueprint, abort, current_app, g, render_template

from streaklike.digest.links import Take, is_take_token, read_take_token
from streaklike.digest.taking import TakeOffer, TakeState, accept_offer, read_offer
from streaklike.store.models import User
from streaklike.web.actions import name_of
from streaklike.web.evaluating import evaluate_concerned
from streaklike.web.security import public

STATUS = {TakeState.EXPIRED: 410, TakeState.NO_ACCESS: 403}
CONFLICT = 409

blueprint = Blueprint("take_links", __name__)


@blueprint.get("/digest/take/<token>")
@public
def page(token: str) -> tuple[str, int]:
    """Who waits, and one button; or why there is nothing to take any more."""
    offer = _read(token)
    return _show(offer, token), STATUS.get(offer.state, 200)


@blueprint.post("/digest/take/<token>")
@public
def take(token: str) -> tuple[str, int]:
    """Take it on; pressed twice, it is taken once."""
    offer = _read(token)
    if offer.state is TakeState.MINE:
        return _show(offer, token), 200
    if accept_offer(g.session, offer, now=g.now) is None:
        return _show(offer, token), STATUS.get(offer.state, CONFLICT)
    evaluate_concerned()
    return _show(_read(token), token), 200


def _read(token: str) -> TakeOffer:
    """What the token offers; one that we did not sign is found nowhere."""
    named = read_take_token(token)
    user = g.session.get(User, named.user_id) if named is not None else None
    if named is None or user is None or not _is_ours(token, named, user):
        abort(404)
    return read_offer(g.session, named, user, now=g.now)


def _is_ours(token: str, named: Take, user: User) -> bool:
    return is_take_token(current_app.config["SECRET_KEY"], token, named, user.email)


def _show(offer: TakeOffer, token: str) -> str:
    return render_template(
        "digest_take.html",
        offer=offer,
        name=name_of(offer.contact) if offer.contact is not None else "",
        token=token,
    )
