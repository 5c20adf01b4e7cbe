"""Entries that members log manually: notes, calls, meetings, messages on other channels, gifts."""

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
"""Kinds that by default answer a waiting person (R36); a note does so only when `clears` is set."""
ASKING_KINDS = ("call", "message")
"""Kinds that may need a reply when they are inbound (R56)."""

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
    """Log a note, call, meeting or message that happened at `at` (UTC ms).

    `clears`: whether it answers what waits (R36). Default: False for notes, True otherwise; an inbound
    message never does. `direction`: outbound if we initiated it, inbound if they did. `wants_reply`: whether
    an inbound message or call needs our reply (R56). Default: True for a message, False for a call. Raises
    BadText, and BadTime for a time in the future.
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
    """Whether the person contacted us. Entries without a direction are outbound (R56)."""
    return bool(data.get("direction", "outbound") == "inbound")


def is_clearing(kind: str, data: Mapping[str, Any]) -> bool:
    """Whether an entry answers what waited before it (R36). An inbound message never does (R56)."""
    return bool(data.get("clears")) and not (kind == "message" and is_inbound(data))


def wants_reply(kind: str, data: Mapping[str, Any]) -> bool:
    """Whether an entry needs our reply like an inbound mail (R56).

    An inbound message does unless it says otherwise; an inbound call only if it says so.
    """
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
    """Log a gift. `amount` is None for a gift in kind. Thanks are due within 48 hours (`cadence`).

    Raises BadText for an amount that is not a positive number, BadTime for a time in the future.
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
