"""What a colleague writes down by hand: notes, calls, meetings, messages elsewhere, gifts."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.orm import Session

from streaklike.boxes.errors import BadText, BadTime
from streaklike.instants import MINUTE
from streaklike.mail.thanks import is_thanks
from streaklike.people.events import record_event, user_id
from streaklike.store.models import Contact, Event, User

KINDS = ("note", "call", "meeting", "message")
CLEARING_KINDS = ("call", "meeting", "message")
"""What answers by itself the person who waits (R36); a note does only where it is said."""
ASKING_KINDS = ("call", "message")
"""What, coming from them, may want a reply (R56)."""

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
    wants_reply: bool | None = None,
) -> Event:
    """Write a note, call, meeting or message down at the instant when it happened.

    `clears` says whether it answers what waits (R36); by itself a note does not and the others do, but for a message of
    theirs. `direction` is who began: outbound us, inbound them. `wants_reply` makes a debt of a message or a call of
    theirs (R56); unless said, a message wants one and a call does not. Raises BadText, and BadTime for the future.
    """
    if kind not in KINDS:
        raise BadText(
            f"There is no kind {kind!r}. Nothing was written. Choose note, call, meeting or message."
        )
    if direction not in ("outbound", "inbound"):
        raise BadText(
            f"There is no direction {direction!r}. Nothing was written. Choose outbound or inbound."
        )
    if wants_reply and (kind not in ASKING_KINDS or direction == "outbound"):
        raise BadText(
            "Only a call or a message of theirs wants a reply. Nothing was written. Say that it is inbound, or add a task."
        )
    if not text.strip():
        raise BadText("There is no text. Nothing was written. Say in a line what it was about.")
    data: dict[str, object] = {"direction": direction}
    data["clears"] = is_clearing(
        kind, {**data, "clears": kind in CLEARING_KINDS if clears is None else clears}
    )
    if direction == "inbound" and kind in ASKING_KINDS:
        data["wants_reply"] = kind == "message" if wants_reply is None else wants_reply
        if data["wants_reply"] and is_thanks(text):
            data["is_thanks"] = True
    return _record(session, kind, contact, at=at, now=now, by=by, text=text.strip(), data=data)


def is_inbound(data: Mapping[str, Any]) -> bool:
    """Whether the person came to us; what says nothing of it went out (R56)."""
    return bool(data.get("direction", "outbound") == "inbound")


def is_clearing(kind: str, data: Mapping[str, Any]) -> bool:
    """Whether an entry answers what waited before it (R36): never a message of theirs, whatever it says (R56)."""
    return bool(data.get("clears")) and not (kind == "message" and is_inbound(data))


def wants_reply(kind: str, data: Mapping[str, Any]) -> bool:
    """Whether an entry is a debt of ours as a mail is (R56): a message of theirs unless it says not, a call that says so."""
    return kind in ASKING_KINDS and is_inbound(data) and bool(data.get("wants_reply", kind == "message"))


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
