"""What a colleague writes down by hand: notes, calls, meetings, messages elsewhere, gifts."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from sqlalchemy.orm import Session

from streaklike.boxes.errors import BadText, BadTime
from streaklike.instants import MINUTE
from streaklike.people.events import record_event, user_id
from streaklike.store.models import Contact, Event, User

KINDS = ("note", "call", "meeting", "message")
CLEARING_KINDS = ("call", "meeting", "message")
"""What answers by itself the person who waits (R36); a note does only where it is said."""

CLOCK_SKEW = 5 * MINUTE


def log(
    session: Session,
    kind: str,
    *,
    contact: Contact,
    by: User | None,
    at: int,
    now: int,
    text: str,
    clears: bool | None = None,
    direction: str = "outbound",
) -> Event:
    """Write a note, call, meeting or message down at the instant when it happened.

    `clears` says whether it answers what waits (R36); by itself a note does not and the others do. `direction` is who
    began: outbound us, inbound them. Raises BadText, and BadTime for the future.
    """
    if kind not in KINDS:
        raise BadText(
            f"There is no kind {kind!r}. Nothing was written. Choose note, call, meeting or message."
        )
    if direction not in ("outbound", "inbound"):
        raise BadText(
            f"There is no direction {direction!r}. Nothing was written. Choose outbound or inbound."
        )
    if not text.strip():
        raise BadText("There is no text. Nothing was written. Say in a line what it was about.")
    data = {"clears": kind in CLEARING_KINDS if clears is None else clears, "direction": direction}
    return _record(session, kind, contact, at=at, now=now, by=by, text=text.strip(), data=data)


def log_gift(
    session: Session,
    *,
    contact: Contact,
    amount: str | Decimal | None = None,
    currency: str = "TWD",
    by: User | None,
    at: int,
    now: int,
    text: str = "",
) -> Event:
    """Write a gift down; one in kind has no amount. Thanks are due within 48 hours (cadence.thanks_due).

    Raises BadText for an amount that is no positive number, BadTime for the future.
    """
    data = {} if amount is None else {"amount": _clean_amount(amount), "currency": currency.strip().upper()}
    return _record(session, "gift", contact, at=at, now=now, by=by, text=text.strip(), data=data)


def _clean_amount(amount: str | Decimal) -> str:
    try:
        number = Decimal(str(amount).replace(",", "").strip())
    except InvalidOperation:
        number = Decimal(0)
    if not number.is_finite() or number <= 0:
        raise BadText(f"{amount!s} is no amount. Nothing was written. Give a number such as 1200.")
    return f"{number:f}"


def _record(
    session: Session,
    kind: str,
    contact: Contact,
    *,
    at: int,
    now: int,
    by: User | None,
    text: str,
    data: Mapping[str, object],
) -> Event:
    if at > now + CLOCK_SKEW:
        raise BadTime(
            "That time has not come yet. Nothing was written. Give a time that is past, or add a task."
        )
    return record_event(
        session, kind, at=at, now=now, author_id=user_id(by), contact_id=contact.id, text=text, data=data
    )
