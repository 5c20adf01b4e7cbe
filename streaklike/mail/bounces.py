"""Delivery reports (R30): who failed, how, and which of our messages came back."""

import re
from collections.abc import Iterable
from typing import Final

from streaklike.mail.addresses import address_key, parse_address_list
from streaklike.mail.charsets import decode_bytes
from streaklike.mail.headers import Headers, parse_message_ids, parse_references
from streaklike.mail.message import Bounce, Correspondent, Part
from streaklike.mail.mime import parse_head

_REPORT_TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED_TYPES: Final = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"}
)
_DAEMON: Final = re.compile(
    r"(?:mail(?:er|delivery)?[-_.]?daemon|postmaster|mail[-_.]?delivery[-_.]?(?:sub)?system|mdaemon)(?:\+.*)?"
)
_SUBJECT: Final = re.compile(
    r"undeliver|delivery status notification|delivery (?:has )?fail|failure notice|returned mail|mail delivery (?:fail|system)|message delivery fail"
    r"|delivery (?:notification|problem|delay)|couldn'?t be delivered|delayed mail|無法傳遞|無法投遞|傳送失敗|傳遞失敗|遞送失敗|傳遞狀態|傳送狀態|未送達|退信|退件|退回|寄送失敗"
    r"|无法投递|无法送达|系统退信|投递失败|发送失败|未送达",
    re.IGNORECASE,
)
_MAX_TEXT: Final = 20_000
_MAX_RECIPIENTS: Final = 1_000


def read_bounce(
    headers: Headers, parts: tuple[Part, ...], sender: Correspondent | None, subject: str, text: str
) -> Bounce | None:
    """The bounce this message is, or None where it is none.

    A delivery report is read where the message is a report, or comes from a mail system; a mail system's prose
    (Gmail, Postfix, Exchange, qmail, Exim) else. A report of success is no bounce. Without a code the status is 5.0.0,
    or 4.0.0 where the report speaks of a delay.
    """
    is_daemon = sender is not None and _DAEMON.fullmatch(sender.key.rpartition("@")[0]) is not None
    x_failed = headers.get("x-failed-recipients")
    is_report = "delivery-status" in headers.get("content-type").lower()
    if not (is_daemon or x_failed or is_report):
        return None
    reports = [part for part in parts if part.mime_type in _REPORT_TYPES]
    groups = [group for part in reports for group in _recipient_groups(part.content)]
    # Gmail's API may give each block of the report as the headers of a leaf of its own.
    groups += [
        Headers(part.headers) for part in parts if any(name.lower() == "action" for name, _ in part.headers)
    ]
    acted = _of_action(groups, "failed") or _of_action(groups, "delayed")
    listed = [member.key for member in parse_address_list(x_failed)][:_MAX_RECIPIENTS]
    if acted:
        failed = dict.fromkeys([*(key for key, _ in acted if key), *listed])
        return Bounce(tuple(failed), acted[0][1], _returned_id(headers, parts, text))
    if any(group.get("action") for group in groups) and not listed:
        return None
    if not listed and not (is_daemon and _SUBJECT.search(subject)) and not reports:
        return None
    failed_keys = listed or _failed_in_text(text, headers)
    return Bounce(tuple(failed_keys), _status_in_text(text, subject), _returned_id(headers, parts, text))


def _recipient_groups(content: bytes) -> Iterable[Headers]:
    for block in re.split(rb"\r?\n\s*\r?\n", content[:1_000_000])[: _MAX_RECIPIENTS + 1]:
        if b"ecipient" in block or b"ction" in block:
            yield Headers(parse_head(block))


def _of_action(groups: list[Headers], action: str) -> list[tuple[str, str]]:
    """The key and status of each recipient that was so acted upon."""
    found = []
    for group in groups:
        if not group.get("action").strip().lower().startswith(action):
            continue
        address = _typed_address(group.get("original-recipient")) or _typed_address(
            group.get("final-recipient")
        )
        status = _STATUS.search(group.get("status")) or _STATUS.search(group.get("diagnostic-code"))
        default = "5.0.0" if action == "failed" else "4.0.0"
        found.append((address, status[0] if status else default))
    return found


def _typed_address(value: str) -> str:
    address = value.rpartition(";")[2].strip()
    found = parse_address_list(address) if "@" in address else ()
    return found[0].key if found else ""


_STATUS: Final = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")
_REPLY_CODE: Final = re.compile(r"(?<![\d.:-])([45])[0-5]\d(?= |-|\b)(?![.:/\d])")
_DELAY: Final = re.compile(
    r"delay|will (?:retry|be retried|keep trying|continue)|still trying|延遲|延后|延後|稍後再試|暂时|暫時",
    re.IGNORECASE,
)


def _status_in_text(text: str, subject: str) -> str:
    head = _before_returned(text)
    enhanced = _STATUS.search(head)
    if enhanced:
        return enhanced[0]
    code = _REPLY_CODE.search(head)
    if code:
        return f"{code[1]}.0.0"
    return "4.0.0" if _DELAY.search(subject) or _DELAY.search(head) else "5.0.0"


_RETURNED: Final = re.compile(
    r"^(?:--.{0,80}(?:copy of the message|original message|message header|returned|原始郵件)|.{0,20}original message headers:|Below this line is a copy)",
    re.IGNORECASE | re.MULTILINE,
)


def _before_returned(text: str) -> str:
    cut = text[:_MAX_TEXT]
    found = _RETURNED.search(cut)
    return cut[: found.start()] if found else cut


_ADDRESS: Final = re.compile(r"(?<![\w.+-])[\w.+=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_LINE_FOR: Final = re.compile(r"^\s{0,8}<([^<>\s@]{1,64}@[^<>\s]{1,255})>:?", re.MULTILINE)


def _failed_in_text(text: str, headers: Headers) -> list[str]:
    """Recipients as the prose names them: on lines of their own in brackets, else the first that is not ours."""
    head = _before_returned(text)
    marked = [address_key(found) for found in _LINE_FOR.findall(head)]
    if marked:
        return list(dict.fromkeys(marked))
    own = {member.key for name in ("to", "from") for member in parse_address_list(headers.get(name))}
    found = [
        key
        for key in map(address_key, _ADDRESS.findall(head))
        if key not in own and not _DAEMON.fullmatch(key.partition("@")[0])
    ]
    return found[:1]


_ID_IN_TEXT: Final = re.compile(
    r"^[\s>]{0,8}Message-ID:\s{0,8}(<[^<>\s]{1,400}>)", re.IGNORECASE | re.MULTILINE
)


def _returned_id(headers: Headers, parts: tuple[Part, ...], text: str) -> str | None:
    """The Message-ID of the message that came back: from its copy, else from the thread headers, else the prose."""
    for part in parts:
        if part.mime_type in _RETURNED_TYPES:
            ids = parse_message_ids(Headers(parse_head(part.content[:200_000])).get("message-id"))
            if ids:
                return ids[0]
    for part in parts:
        if part.mime_type in _REPORT_TYPES:
            ids = parse_message_ids(Headers(parse_head(part.content[:20_000])).get("x-original-message-id"))
            if ids:
                return ids[0]
    references = parse_references(headers)
    if references:
        return references[-1]
    quoted = _ID_IN_TEXT.search(text[:200_000]) or _ID_IN_TEXT.search(_returned_text(parts))
    ids = parse_message_ids(quoted[1]) if quoted else ()
    return ids[0] if ids else None


def _returned_text(parts: tuple[Part, ...]) -> str:
    return "\n".join(
        decode_bytes(part.content[:50_000], part.charset)
        for part in parts
        if part.mime_type.startswith("text/")
    )[:200_000]
