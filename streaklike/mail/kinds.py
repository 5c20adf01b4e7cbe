"""Determine the kind of a message on its own: human, automatic, bulk, bounce, calendar or receipt (R26 to
R32).
"""

from dataclasses import dataclass
from typing import Final

from streaklike.mail.addresses import address_kind
from streaklike.mail.bounces import is_complaint, read_bounce
from streaklike.mail.calendars import read_calendar
from streaklike.mail.headers import Headers
from streaklike.mail.message import Bounce, Correspondent, Part

_AUTOMATIC_PRECEDENCE: Final = frozenset({"auto_reply", "auto-reply", "autoreply"})
_BULK_PRECEDENCE: Final = frozenset({"bulk", "junk"})
_RECEIPT_TYPES: Final = frozenset({"message/disposition-notification"})


@dataclass(frozen=True, slots=True)
class MailKind:
    """A message's own kind; the other fields are as in `Understood`."""

    kind: str
    is_foreign_list: bool = False
    is_invitation: bool = False
    bounce: Bounce | None = None


def find_kind(
    headers: Headers,
    parts: tuple[Part, ...],
    *,
    sender: Correspondent | None,
    author: Correspondent | None,
    subject: str,
    text: str,
) -> MailKind:
    """Determine a message's own kind. `sender` is its From header, `author` the actual author (R15).

    The strongest sign wins: bounce, receipt, calendar, automatic, bulk. Without any, mail from a machine
    address is automatic and all other mail human. X-Auto-Response-Suppress is ignored (R27).
    """
    bounce = read_bounce(headers, parts, sender, subject, text)
    if bounce:
        return MailKind("bounce", bounce=bounce)
    if _is_receipt(headers, parts):
        return MailKind("receipt")
    calendar = read_calendar(parts, sender, subject, text)
    if calendar:
        # A personal note with a response was written by a person, whichever program sent it.
        return MailKind("human" if calendar.has_note else "calendar", is_invitation=calendar.is_invitation)
    if says_automatic(headers) or is_complaint(headers, parts):
        return MailKind("automatic")
    bulk = _read_bulk(headers)
    if bulk:
        return bulk
    is_machine = author is not None and address_kind(author.key) == "machine"
    return MailKind("automatic" if is_machine else "human")


def says_automatic(headers: Headers) -> bool:
    """Whether a header says that a machine wrote the message (R26)."""
    submitted = _first_word(headers.get("auto-submitted"))
    if submitted and submitted != "no":
        return True
    if any(
        name in headers and _first_word(headers.get(name)) != "no"
        for name in ("x-autoreply", "x-autorespond")
    ):
        return True
    return _precedence(headers) in _AUTOMATIC_PRECEDENCE


def speaks_of_automation(headers: Headers) -> bool:
    """Whether a header says, either way, if a machine wrote the message; then the subject is ignored (R28)."""
    return "auto-submitted" in headers or says_automatic(headers)


def _first_word(value: str) -> str:
    words = value.replace(";", " ").replace("(", " ").split(maxsplit=1)
    return words[0].lower() if words else ""


def _precedence(headers: Headers) -> str:
    return _first_word(headers.get("precedence"))


def _is_receipt(headers: Headers, parts: tuple[Part, ...]) -> bool:
    content_type = headers.get("content-type").lower()
    if not content_type.startswith("multipart/report"):
        return False
    return (
        "disposition-notification" in content_type
        or "delivery-status" in content_type
        or any(part.mime_type in _RECEIPT_TYPES for part in parts)
    )


def _read_bulk(headers: Headers) -> MailKind | None:
    """Look for R32's header signs.

    List mail counts as foreign until the caller knows its channel is the team's (R15).
    """
    precedence = _precedence(headers)
    is_list = "list-id" in headers or precedence == "list"
    if precedence in _BULK_PRECEDENCE:
        return MailKind("bulk")
    if is_list:
        return MailKind("bulk", is_foreign_list=True)
    return MailKind("bulk") if "list-unsubscribe" in headers else None
