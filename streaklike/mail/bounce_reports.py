"""Parse the machine-readable part of a delivery report (RFC 3464): the result for each recipient (R30)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from streaklike.mail.addresses import parse_address_list
from streaklike.mail.headers import Headers
from streaklike.mail.message import Part
from streaklike.mail.mime import parse_head

REPORT_TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
MAX_RECIPIENTS: Final = 1_000
_MAX_REPORT: Final = 1_000_000
_BLANK: Final = re.compile(rb"\n[ \t\r]*\n")
_STATUS: Final = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")
_ANGLED: Final = re.compile(r"<([^<>\s]{3,320})>")

FAILED: Final = "failed"
DELAYED: Final = "delayed"
SUCCEEDED: Final = "succeeded"
_BY_ACTION: Final = (
    ("fail", FAILED),
    ("expire", FAILED),
    ("undeliver", FAILED),
    ("bounce", FAILED),
    ("reject", FAILED),
    ("delay", DELAYED),
    ("deliver", SUCCEEDED),
    ("relay", SUCCEEDED),
    ("expand", SUCCEEDED),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result for a recipient. `key` is empty if no address is given, `status` if no code is."""

    key: str
    outcome: str
    status: str


def read_outcomes(parts: Iterable[Part]) -> list[Outcome]:
    """Read the result for each recipient. `Action` decides; without it the class of the status does."""
    return [
        outcome
        for part in parts
        if part.mime_type in REPORT_TYPES
        for block in _BLANK.split(part.content[:_MAX_REPORT].replace(b"\r\n", b"\n"))[: MAX_RECIPIENTS + 1]
        if (outcome := _read_block(Headers(parse_head(block.strip(b"\r\n"))))) is not None
    ]


def _read_block(group: Headers) -> Outcome | None:
    action = group.get("action").strip().lower()
    found = _STATUS.search(group.get("status")) or _STATUS.search(group.get("diagnostic-code"))
    status = found[0] if found else ""
    outcome = next((outcome for start, outcome in _BY_ACTION if action.startswith(start)), "")
    if not outcome and (status or group.get("status").strip().startswith("2")):
        outcome = {"5": FAILED, "4": DELAYED}.get(status[:1], SUCCEEDED)
    if not outcome:
        return None
    names = ("original-recipient", "final-recipient", "x-actual-recipient")
    key = next(filter(None, (read_typed_address(group.get(name)) for name in names)), "")
    return Outcome(key, outcome, status)


def read_typed_address(value: str) -> str:
    """Return the key in `rfc822; an@donor.example`, with or without brackets; empty if there is no address."""
    address = value.rpartition(";")[2].strip()
    angled = _ANGLED.search(address)
    found = parse_address_list(angled[1] if angled else address) if "@" in address else ()
    return found[0].key if found else ""
