"""What a delivery is filed by: ids and subject from the head, and Gmail's rule of which thread it joins."""

import re
from dataclasses import dataclass

from gmail_emulator.headers import decode_header

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(
    rb"^(message-id|references|in-reply-to|subject|to|cc|bcc|from|date)[ \t]*:[ \t]*((?:.*(?:\r?\n[ \t].*)*))",
    re.IGNORECASE | re.MULTILINE,
)
_ID = re.compile(r"<([^<>\s]+)>")
_PREFIX = re.compile(
    r"^\s*(?:(?:re|fw|fwd|aw|wg|sv|vs|回覆|回复|答复|答覆|轉寄|转发|轉發)\s*(?:\[\d+\])?\s*[:：]\s*)+",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")

THREAD_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Head:
    """The fields of a message's head that filing and searching need."""

    rfc_id: str
    refs: tuple[str, ...]
    subject: str
    base_subject: str
    from_: str
    to: str
    cc: str
    bcc: str


def read_head(mime: bytes) -> Head:
    """The head of a message, read without parsing its body. References come newest first."""
    end = _END_OF_HEAD.search(mime)
    block = mime[: end.start()] if end else mime
    fields: dict[str, str] = {}
    for name, value in _FIELD.findall(block):
        key = name.decode().lower()
        fields.setdefault(key, decode_header(key, value.decode("utf-8", "surrogateescape")))
    subject = fields.get("subject", "")
    message_id = _ID.search(fields.get("message-id", ""))
    newest_first = (
        _ID.findall(fields.get("in-reply-to", "")) + _ID.findall(fields.get("references", ""))[::-1]
    )
    return Head(
        message_id[1] if message_id else fields.get("message-id", ""),
        tuple(dict.fromkeys(newest_first)),
        subject,
        base_subject(subject),
        fields.get("from", ""),
        fields.get("to", ""),
        fields.get("cc", ""),
        fields.get("bcc", ""),
    )


def base_subject(subject: str) -> str:
    """The subject by which Gmail joins: reply and forward marks off, case and space folded."""
    return _SPACE.sub(" ", _PREFIX.sub("", subject)).strip().casefold()
