"""Calendar mail (R31): invitations, and the answers and changes to them."""

import re
from dataclasses import dataclass
from typing import Final

from streaklike.mail.bodies import is_attached
from streaklike.mail.charsets import decode_bytes
from streaklike.mail.headers import Headers, parse_parameters
from streaklike.mail.message import Correspondent, Part
from streaklike.mail.subjects import is_forward_subject

METHODS: Final = frozenset({"REQUEST", "REPLY", "CANCEL", "COUNTER", "DECLINECOUNTER", "REFRESH", "ADD"})
_METHOD: Final = re.compile(r"^METHOD:\s?(\w{1,20})", re.MULTILINE | re.IGNORECASE)
_SEQUENCE: Final = re.compile(r"^SEQUENCE:\s?0{0,8}([1-9]\d{0,8})\s*$", re.MULTILINE)
_ORGANIZER: Final = re.compile(
    r"^ORGANIZER[^\n]{0,500}?mailto:([^\s;:]{1,320})", re.MULTILINE | re.IGNORECASE
)
_UPDATED: Final = re.compile(
    r"\s*(?:updated invitation|updated|rescheduled|更新的?邀請|已更新的?邀請|更新邀請|邀請(?:內容)?已更新|更新的?邀请|已更新的?邀请|更新された招待)",
    re.IGNORECASE,
)
_MAX_CONTENT: Final = 200_000


@dataclass(frozen=True, slots=True)
class CalendarMail:
    """That a message is calendar mail, and whether it is the first invitation to something."""

    is_invitation: bool


def read_calendar(parts: tuple[Part, ...], sender: Correspondent | None, subject: str) -> CalendarMail | None:
    """The calendar mail this message is, or None.

    It is one by a text/calendar part with a scheduling method that belongs to the message itself. A calendar file
    that a person attached or passed on makes their mail no calendar mail. An invitation is a REQUEST of sequence 0.
    """
    for part in parts:
        if part.mime_type != "text/calendar":
            continue
        content_type = Headers(part.headers).get("content-type")
        said = parse_parameters(content_type)[1].get("method", "").upper()
        text = _unfold(part)
        organizer = _ORGANIZER.search(text)
        is_own = organizer is not None and sender is not None and organizer[1].lower() == sender.shown.lower()
        if (_is_file(part) and not (said and is_own)) or (is_forward_subject(subject) and not is_own):
            continue
        inside = _METHOD.search(text)
        method = said or (inside[1].upper() if inside else "")
        if method in METHODS:
            is_update = _SEQUENCE.search(text) is not None or _UPDATED.match(subject) is not None
            return CalendarMail(is_invitation=method == "REQUEST" and not is_update)
    return None


def _is_file(part: Part) -> bool:
    disposition = Headers(part.headers).get("content-disposition").strip().lower()
    return is_attached(part) and not (part.filename and not disposition.startswith("attachment"))


def _unfold(part: Part) -> str:
    text = decode_bytes(part.content[:_MAX_CONTENT], part.charset, is_utf8_first=True)
    return re.sub(r"\r?\n[ \t]", "", text).replace("\r", "")
