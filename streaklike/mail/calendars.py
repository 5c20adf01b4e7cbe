"""Recognize calendar mail (R31): invitations, responses and updates."""

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
_ANSWERS: Final = frozenset({"REPLY", "COUNTER"})
_SUMMARY: Final = re.compile(r"^SUMMARY[^:\n]{0,200}:([^\n]{1,500})", re.MULTILINE | re.IGNORECASE)
_REFUSED: Final = re.compile(
    r"^ATTENDEE[^\n]{0,500}?PARTSTAT=(?:DECLINED|TENTATIVE)", re.MULTILINE | re.IGNORECASE
)
_COMMENT: Final = re.compile(
    r'^(?:COMMENT[^:\n]{0,200}:([^\n]{1,2000})|ATTENDEE[^\n]{0,500}?X-RESPONSE-COMMENT="([^"\n]{1,2000})")',
    re.MULTILINE | re.IGNORECASE,
)
_BY_PROGRAM: Final = re.compile(
    r"calendar\.google\.com|google calendar|google 日曆|google 日历|google カレンダー|ics\.icloud\.com|has (?:declined|accepted|tentatively accepted) th|已(?:拒絕|拒绝|接受|暫時接受)(?:了)?(?:這|这|此|您)",
    re.IGNORECASE,
)
"""Calendar programs that write their own text put a personal note into the calendar part."""

_FACT: Final = re.compile(
    r"\s{0,20}(?:when|where|who|time|location|subject|organi[sz]er|required|optional|時間|时间|地點|地点|主旨|主題|主题|召集人|出席者|日時|場所|件名|[-_=*~]{3})",
    re.IGNORECASE,
)
_MAX_CONTENT: Final = 200_000


@dataclass(frozen=True, slots=True)
class CalendarMail:
    """Calendar mail: whether it is the first invitation to an event, and whether a response carries a
    personal note that needs a reply.
    """

    is_invitation: bool
    has_note: bool = False


def read_calendar(
    parts: tuple[Part, ...], sender: Correspondent | None, subject: str, said: str = ""
) -> CalendarMail | None:
    """Return the calendar mail that this message is, or None.

    It needs a text/calendar part with a scheduling method that belongs to the message itself; an attached or
    forwarded calendar file does not count. An invitation is a REQUEST with sequence 0. `said` is the message
    text. A response that declines, is tentative or proposes another time needs a reply if it has a personal
    note; one that accepts does if the note asks something.
    """
    for part in parts:
        if part.mime_type != "text/calendar":
            continue
        content_type = Headers(part.headers).get("content-type")
        named = parse_parameters(content_type)[1].get("method", "").upper()
        text = _unfold(part)
        organizer = _ORGANIZER.search(text)
        is_own = organizer is not None and sender is not None and organizer[1].lower() == sender.shown.lower()
        if (_is_file(part) and not (named and is_own)) or (is_forward_subject(subject) and not is_own):
            continue
        inside = _METHOD.search(text)
        method = named or (inside[1].upper() if inside else "")
        if method in METHODS:
            is_update = _SEQUENCE.search(text) is not None or _UPDATED.match(subject) is not None
            has_note = method in _ANSWERS and _has_note(text, said, subject)
            return CalendarMail(is_invitation=method == "REQUEST" and not is_update, has_note=has_note)
    return None


def _has_note(calendar: str, said: str, subject: str) -> bool:
    summary = _SUMMARY.search(calendar)
    known = {_squeeze(subject), _squeeze(summary[1]) if summary else ""}
    note = "\n".join(found[1] or found[2] or "" for found in _COMMENT.finditer(calendar)).strip()
    if not note and not _BY_PROGRAM.search(said[:_MAX_CONTENT]):
        lines = (line for line in said[:_MAX_CONTENT].split("\n") if not _FACT.match(line))
        note = "\n".join(line for line in lines if _squeeze(line) and not _is_known(_squeeze(line), known))
    asks = "?" in note or "？" in note
    return bool(note.strip()) and (asks or _REFUSED.search(calendar) is not None)


def _is_known(line: str, known: set[str]) -> bool:
    """Whether the line only repeats the event's name, as programs do."""
    return any(line in each or (each and each in line) for each in known)


def _squeeze(text: str) -> str:
    return "".join(text.split()).lower()


def _is_file(part: Part) -> bool:
    disposition = Headers(part.headers).get("content-disposition").strip().lower()
    return is_attached(part) and not (part.filename and not disposition.startswith("attachment"))


def _unfold(part: Part) -> str:
    text = decode_bytes(part.content[:_MAX_CONTENT], part.charset, is_utf8_first=True)
    return re.sub(r"\r?\n[ \t]", "", text).replace("\r", "")
