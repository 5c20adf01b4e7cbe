"""Parse the prose of a delivery report (R30): who failed, and whether delivery was given up."""

import re
from collections.abc import Collection, Iterable
from typing import Final

from streaklike.mail.addresses import address_key
from streaklike.mail.bounce_words import says
from streaklike.mail.mail_systems import is_mail_system

_MAX_TEXT: Final = 20_000
_MAX_LINES: Final = 1_000
_MAX_LINE: Final = 600

_MARKS: Final = (
    "below this line is a copy", "copy of the message", "copy of your message", "original message headers", "original message follows", "unsent message follows", "header of the original message",
    "original message header", "message header follows", "original-message follows", "原始郵件標頭", "原始邮件标头", "原始邮件头", "原信標頭", "en-têtes de message d'origine", "en-têtes du message d'origine",
    "元のメッセージ ヘッダー", "元のメッセージのヘッダー", "ursprüngliche nachrichtenkopfzeilen", "ursprüngliche nachrichtenkopf", "encabezados de mensajes originales", "encabezados del mensaje original", "cabeçalhos de mensagem originais",
    "intestazioni messaggio originale", "원본 메시지 헤더", "원래 메시지 헤더",
)  # fmt: skip
"""A line containing one of these begins the copy of our message."""

_RULED: Final = ("original message", "returned message", "原始郵件", "原始邮件", "原郵件", "原邮件", "元のメッセージ", "message d'origine", "ursprüngliche nachricht", "mensaje original", "원본 메일")  # fmt: skip
"""These begin the copy only between dashes."""

_COPY_STARTS: Final = ("return-path:", "received: from", "received: by", "received: (", "dkim-signature:", "mime-version:", "x-received:")  # fmt: skip


def part_text(text: str) -> tuple[str, str]:
    """Split a report into what the mail system says and its copy of our message, which may be empty."""
    cut = text[:_MAX_TEXT]
    at = 0
    for line in cut.split("\n", _MAX_LINES)[:_MAX_LINES]:
        if at and _begins_copy(line[:_MAX_LINE].strip().lower()):
            break
        at += len(line) + 1
    return cut[:at], text[at : at + 10 * _MAX_TEXT]


def _begins_copy(line: str) -> bool:
    if any(mark in line for mark in _MARKS) and "@" not in line:
        return True
    ruled = line[:2] in {"--", "==", "__", "**"}
    return (ruled and any(mark in line for mark in _RULED)) or line.startswith(_COPY_STARTS)


_ADDRESS: Final = re.compile(
    r"(?<![a-z0-9_.+=-])[a-z0-9_.+=&/'-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,8}[a-z0-9-]{2,63}",
    re.IGNORECASE | re.ASCII,
)
"""ASCII only: in prose Han and Hangul directly adjoin an address, and must not become part of it."""

_ORIGIN: Final = re.compile(
    r"(?:expanded|generated) from\W{1,4}([a-z0-9_.+=&/'-]{1,64}@[a-z0-9.-]{4,255})|originally addressed to\W{1,4}([a-z0-9_.+=&/'-]{1,64}@[a-z0-9.-]{4,255})",
    re.IGNORECASE,
)
"""An address to which an alias was expanded: the alias is what we wrote to."""

_OTHERS: Final = re.compile(
    r"[\s>*-]{0,8}(?:from|sender(?: address)?|sent by|reply-to|return-path|mail from|message[- ]?id|queue[- ]?id|subject|(?:寄件者|寄件人|發件人|发件人|发信人|寄信人|差出人|送信者)(?:地址|信箱|邮箱)?|보낸 ?사람|발신자|de|expéditeur|von|absender|remitente|remetente|mittente|da|van|afzender|отправитель|от)\s?[:：]",
    re.IGNORECASE,
)
"""Lines that name the sender or message, not a recipient."""

_TO_LINE: Final = re.compile(
    r"[\s>*-]{0,8}(?:to|cc|收件者|收件人|收信人|宛先|à|an|para|받는 ?사람)\s?[:：]", re.IGNORECASE
)
_LABEL: Final = re.compile(
    r"[\s>*•·–|#-]{0,12}(?:\d{1,3}[.)]\s?)?(?:(?:the |your |intended |failed |final-|original-|x-actual-)?(?:recipients?|address(?:es)?|e-?mail(?: address)?|mailbox|user|rcpt to|addressed to|to|destinataires?|empfänger|destinatarios?|destinatários?|destinatario|ontvanger|получатель|odbiorca"
    r"|(?:失敗的?|錯誤的?)?(?:收件者|收件人|收信人|收信者|接收者|收件地址)(?:地址|信箱|邮箱|郵箱)?|受信者|宛先|あて先|받는 ?사람|수신자)(?: address| e-?mail)?\s?[:：]\s?(?:rfc822;\s?)?)?",
    re.IGNORECASE,
)
_OPENING: Final = "<[(\"'“「【《＜［（`"
_AFTER: Final = re.compile(
    r"[>\])\"'”」】》＞］）`]{0,3}\s{0,8}(?:$|[:：;,，(（<＜\[［|]|\.{2,3}|- |-{2}|– |on \d|於|于|was |is |因|，)"
)
_HELP: Final = re.compile(
    r"contact|assistance|help|support|questions?|聯絡|聯繫|联系|客服|管理員|管理员|問い合わせ|お問合|wenden|contacte|póngase|entre em contato|문의",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(
    r"[\s,;、，；<>()\[\]\"'&＜＞]{0,12}(?:and|und|et|y|e|en|or|和|及|與|跟|と|및)?[\s<>\"'(＜]{0,6}"
)


def find_failed(said: str, *, recipients: Collection[str], ours: Collection[str]) -> list[str]:
    """Return the keys of the failed recipients according to the prose, without duplicates.

    First those alone on a line, and those known as recipients of the returned message; else those in a To
    line; else the first address of each line that reports a failure, or of any line, with those listed beside
    it. `ours` (the report's own recipients, our author) and mail systems never count.
    """
    mentions = _read_lines(said, ours)
    sure = [
        key
        for position, key in mentions
        if position == "own" or (position not in {"to", "help"} and key in recipients)
    ]
    named = sure or [key for position, key in mentions if position == "to"] or _list_named(mentions)
    return list(dict.fromkeys(named))


def find_anchored(said: str, *, recipients: Collection[str], ours: Collection[str]) -> list[str]:
    """Like `find_failed` but without guessing: those alone on a line or known as recipients."""
    mentions = _read_lines(said, ours)
    return list(
        dict.fromkeys(
            key
            for position, key in mentions
            if position == "own" or (position != "help" and key in recipients)
        )
    )


def _read_lines(said: str, ours: Collection[str]) -> list[tuple[str, str]]:
    """Return (position, key) of each address: on a line of its `own`, in a `to` line, in the `text`, `beside`
    another, in a line that reports it `failed`, or in a `help` line.
    """
    mentions: list[tuple[str, str]] = []
    for line in said[:_MAX_TEXT].split("\n", _MAX_LINES)[:_MAX_LINES]:
        short = line[:_MAX_LINE].replace("mailto:", "").replace("SMTP:", "").replace("smtp:", "")
        if "@" not in short or _OTHERS.match(short):
            continue
        origin = _ORIGIN.search(short)
        if origin:
            key = address_key(origin[1] or origin[2])
            mentions = (
                mentions[:-1]
                if mentions and mentions[-1][0] == "own" and _ADDRESS.search(short, 0, origin.start()) is None
                else mentions
            )
            mentions += [("own", key)] if _is_other(key, ours) else []
            continue
        mentions += _read_line(short, ours)
    return mentions


def _read_line(line: str, ours: Collection[str]) -> Iterable[tuple[str, str]]:
    label = _LABEL.match(line)
    start = label.end() if label else 0
    while start < len(line) and line[start] in _OPENING:
        start += 1
    end = 0
    position = "text"
    if _TO_LINE.match(line):
        position = "to"
    elif says("not_delivered", line):
        position = "failed"
    elif _HELP.search(line):
        position = "help"
    for found in _ADDRESS.finditer(line):
        key = address_key(found[0].strip("'"))
        is_own = found.start() <= start < found.end() and _AFTER.match(line, found.end()) is not None
        is_own = is_own or (position == "failed" and _is_last(line, found))
        is_listed = end > 0 and _BETWEEN.fullmatch(line, end, found.start()) is not None
        end = found.end()
        if not _is_other(key, ours):
            continue
        if is_own and position != "to":
            position = "own"
        if is_listed and position not in {"own", "to"}:
            yield "beside", key
        elif position == "own" and not (is_own or is_listed):
            yield "text", key
        else:
            yield position, key
            position = "text" if position == "failed" else position


def _is_last(line: str, found: re.Match[str]) -> bool:
    """Whether the line ends with this address after a colon: `Unable to deliver to: <an@donor.example>`."""
    before = line[: found.start()].rstrip(_OPENING + " ")
    return before.endswith((":", "：")) and not line[found.end() :].strip(" >)]\"'.。")


def _is_other(key: str, ours: Collection[str]) -> bool:
    return key not in ours and not is_mail_system(key)


def _list_named(mentions: list[tuple[str, str]]) -> list[str]:
    """Return the first address of each line that reports a failure; else the first of any; each with those
    beside it.
    """
    for wanted in ("failed", "text", "help"):
        starts = [index for index, (position, _) in enumerate(mentions) if position == wanted]
        if starts:
            return [
                key
                for start in starts[: None if wanted == "failed" else 1]
                for key in _list_from(mentions, start)
            ]
    return []


def _list_from(mentions: list[tuple[str, str]], start: int) -> list[str]:
    end = start + 1
    while end < len(mentions) and mentions[end][0] == "beside":
        end += 1
    return [key for _, key in mentions[start:end]]


_ENHANCED: Final = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")
_REPLY_CODE: Final = re.compile(r"(?<![\d.:-])([45])[0-5]\d(?= |-|\b)(?![.:/\d])")


def find_status(said: str, subject: str) -> str:
    """Determine the status from prose: its words decide between 5 (not delivered) and 4 (still trying).

    A code adds the detail, and decides if there are no words. Returns 5.0.0 if there is neither.
    """
    enhanced = _ENHANCED.search(said)
    code = _REPLY_CODE.search(said)
    detail = enhanced[0] if enhanced else f"{code[1]}.0.0" if code else ""
    if says("delayed", subject) or (says("delayed", said) and not says("final", said)):
        return with_class(detail, "4")
    if says("not_delivered", f"{subject}\n{said}") or says("final", said):
        return with_class(detail, "5")
    return detail or "5.0.0"


def has_code(said: str) -> bool:
    """Whether the text contains an SMTP reply or status code of 4xx or 5xx."""
    return _ENHANCED.search(said) is not None or _REPLY_CODE.search(said) is not None


def with_class(status: str, digit: str) -> str:
    """Replace the status's class: `4.4.1` of a permanent failure becomes `5.4.1`, so that the first digit is
    right.
    """
    return digit + status[1:] if status else f"{digit}.0.0"
