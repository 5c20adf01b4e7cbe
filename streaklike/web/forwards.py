"""Outside mail that a colleague forwarded by hand, on the page of the person who wrote it (R17)."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, g
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from streaklike.mail.forward_dates import parse_forwarded_date
from streaklike.people.forwards import Offer, accept_offer, list_offers, revert_offer
from streaklike.web.actions import done, me
from streaklike.web.forms import read_moment

blueprint = Blueprint("forwards", __name__)


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """An offer; `at` is when the original was written, None where its date cannot be read."""

    offer: Offer
    at: int | None


def team_zone() -> ZoneInfo:
    """The zone in which a date without one is read."""
    return ZoneInfo(current_app.config["TIMEZONE"])


def list_shown(session: Session, keys: Sequence[str]) -> list[ShownOffer]:
    """What colleagues forwarded of the mail by these addresses, the newest forward first."""
    zone = team_zone()
    return [
        ShownOffer(offer, parse_forwarded_date(offer.dated, zone)) for offer in list_offers(session, keys)
    ]


@blueprint.post("/forwards/<offer_id>/accept")
def accept(offer_id: str) -> Response:
    """Have the original count, from its own date; the form's `at` says when where that cannot be read."""
    offer = accept_offer(g.session, offer_id, at=read_moment("at"), zone=team_zone(), by=me(), now=g.now)
    return done("offer_accepted", name=offer.name or offer.address)


@blueprint.post("/forwards/<offer_id>/return")
def revert(offer_id: str) -> Response:
    """Have the original count for nothing again."""
    revert_offer(g.session, offer_id, by=me(), now=g.now)
    return done("offer_returned")
