"""The header block that mail programs write above a quoted or forwarded original, in many languages."""

import re
from dataclasses import dataclass
from typing import Final

from streaklike.mail.addresses import parse_address_list
from streaklike.mail.charsets import clean_line
from streaklike.mail.message import Forwarded
from streaklike.mail.subjects import MAX_SUBJECT_LENGTH
from streaklike.mail.subjects import base_subject as fold_subject

FROM_WORDS: Final = (
    *("From", "寄件者", "寄件人", "寄信人", "寄信者", "發信人", "发信人", "发件人", "發件人", "傳送者", "自"),
    *(
        "Von",
        "De",
        "Da",
        "Van",
        "Från",
        "Fra",
        "Lähettäjä",
        "Od",
        "Kimden",
        "От",
        "От кого",
        "Від",
        "Từ",
        "Dari",
    ),
    *("差出人", "送信者", "보낸 사람", "보낸사람", "發件者"),
)
_DATE_WORDS: Final = (
    *(
        "Date",
        "Sent",
        "Sent Time",
        "Sent at",
        "Date/Time",
        "日期",
        "寄件日期",
        "寄件時間",
        "傳送日期",
        "傳送時間",
        "送件日期",
        "寄信日期",
    ),
    *(
        "发送日期",
        "發送日期",
        "发送时间",
        "發送時間",
        "發件時間",
        "发件时间",
        "时间",
        "時間",
        "发送",
        "已傳送",
        "已傳送日期",
        "已发送",
        "發信日期",
    ),
    *(
        "Datum",
        "Gesendet",
        "Envoyé",
        "Enviado",
        "Enviada em",
        "Enviado el",
        "Fecha",
        "Data",
        "Inviato",
        "Verzonden",
        "Skickat",
        "Sendt",
    ),
    *(
        "Lähetetty",
        "Wysłano",
        "Odesláno",
        "Gönderildi",
        "Отправлено",
        "Дата",
        "Надіслано",
        "Ngày",
        "Tanggal",
        "Dato",
    ),
    *("送信日時", "送信日", "日時", "日付", "보낸 날짜", "날짜"),
)
_SUBJECT_WORDS: Final = (
    *("Subject", "主旨", "主題", "主题", "标题", "標題", "信件主旨"),
    *(
        "Betreff",
        "Objet",
        "Asunto",
        "Assunto",
        "Oggetto",
        "Onderwerp",
        "Ämne",
        "Emne",
        "Aihe",
        "Temat",
        "Předmět",
        "Konu",
        "Тема",
    ),
    *("Chủ đề", "件名", "題名", "제목"),
)
_TO_WORDS: Final = (
    *(
        "To",
        "收件者",
        "收件人",
        "收信人",
        "收信者",
        "至",
        "An",
        "À",
        "Para",
        "A",
        "Aan",
        "Till",
        "Til",
        "Vastaanottaja",
        "Do",
        "Komu",
    ),
    *("Kime", "Кому", "Đến", "Kepada", "宛先", "受信者", "받는 사람", "받는사람"),
    *(
        "Cc",
        "CC",
        "副本",
        "抄送",
        "Kopie",
        "Kopia",
        "Kopi",
        "Copie à",
        "Reply-To",
        "Reply To",
        "回覆至",
        "回复",
        "回覆地址",
    ),
)
_OTHER_WORDS: Final = (
    "Importance",
    "Priority",
    "Organization",
    "Attachments",
    "重要性",
    "附件",
    "優先順序",
    "优先级",
    "組織",
    "Sent by",
)
_FIELDS: Final = {
    re.sub(r"\s+", "", word.casefold()): kind
    for kind, words in (
        ("from", FROM_WORDS),
        ("date", _DATE_WORDS),
        ("subject", _SUBJECT_WORDS),
        ("to", _TO_WORDS),
        ("other", _OTHER_WORDS),
    )
    for word in words
}
"""By field name without spaces: 「主 題」 and 「主　题」 equal 「主題」."""

_FIELD: Final = re.compile(
    r"[\s>*_]{0,8}([^\s:：*|][^:：*|]{0,20}?)[ \t\u3000\u00a0]?\*?[ \t\u00a0]?[:：]\s?\*?\s?(.*)"
)
_CELLS: Final = re.compile(r"[\s>]{0,8}\|\s?([^|]{1,20}?)\s?\|(.*)")
_OTHER_FIELD: Final = re.compile(r"\s{0,8}[^\s:：<>@/][^:：<>@/]{0,19}(?:[:：]\s|：)")
_MAX_LINES: Final = 14
_SEPARATES: Final = re.compile(r"[\s>]{0,8}[-‐_=*]{3}")
_MAX_WRAPPED: Final = 3
_MAX_LINE: Final = 1_000
_HAS_ADDRESS: Final = re.compile(r"[^\s<>@()\[\]:;,]{1,64}@[^\s<>@()\[\];,]{1,190}")
_MACHINE_DATE: Final = re.compile(
    r"\d{1,2}\s?[:：點点时時.]\s?\d{2}|(?<!\d)(?:19|20)\d{2}(?!\d)|\d{1,2}[./-]\d{1,2}[./-]\d{2}|[A-Za-z]{3,6}day\b|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b"
)


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The fields (from, date, subject, to) of a block, and the first line below it."""

    fields: dict[str, str]
    end: int


def read_header_block(lines: list[str], start: int, *, least: int = 3) -> HeaderBlock | None:
    """Parse the quoted header block that begins on this line, or return None.

    A block begins with any of its fields and has a From and at least `least` kinds of fields nearby. Wrapped
    values are joined. Whether the block is a quote is decided by `is_quote_by_itself`.
    """
    first = _read_field(lines[start])
    if first is None:
        return None
    last = first[0]
    fields = {last: first[1]}
    wrapped = ""
    end = start + 1
    for number in range(start + 1, min(start + _MAX_LINES, len(lines))):
        line = lines[number]
        field = _read_field(line)
        if field:
            fields[last] += wrapped
            wrapped = ""
            last = field[0]
            fields.setdefault(*field)
            end = number + 1
        elif not line.strip(" >"):
            following = lines[number + 1] if number + 1 < len(lines) else ""
            if len(fields) > 2 or _read_field(following) is None:
                break
        elif number - end >= _MAX_WRAPPED or _OTHER_FIELD.match(line) or _SEPARATES.match(line):
            break
        else:
            wrapped += " " + line.strip(" >")[:_MAX_LINE]
    fields.pop("other", None)
    return HeaderBlock(fields, end) if len(fields) >= least and "from" in fields else None


def may_open_block(line: str) -> bool:
    """Cheap check whether a block parsed by `read_header_block` could begin with this line."""
    return _read_field(line) is not None


def is_quote_by_itself(block: HeaderBlock, base_subject: str = "") -> bool:
    """Whether a block without a separator was written by a mail program and not by the author (R25).

    It contains an address, or the subject (`base_subject`) that this mail replies to, and its date has a form
    that programs write.
    """
    dated = block.fields.get("date")
    if dated is not None and _MACHINE_DATE.search(dated) is None:
        return False
    if any(_HAS_ADDRESS.search(block.fields.get(name, "")) for name in ("from", "to")):
        return True
    return (
        bool(base_subject) and len(block.fields) > 3 and fold_subject(block.fields["subject"]) == base_subject
    )


def _read_field(line: str) -> tuple[str, str] | None:
    cut = line[:_MAX_LINE]
    found = _CELLS.match(cut) if "|" in cut[:10] else _FIELD.match(cut)
    if not found:
        return None
    name = _FIELDS.get("".join(found[1].casefold().split()))
    return (name, found[2].strip(" *|")) if name else None


def make_forwarded(fields: dict[str, str]) -> Forwarded:
    """Build the original described by a forward's header block (R17); without an address the author is None."""
    authors = parse_address_list(_MAILTO.sub(r"<\1>", fields.get("from", "")))
    return Forwarded(
        author=authors[0] if authors else None,
        dated=clean_line(fields.get("date", ""))[:200],
        subject=clean_line(fields.get("subject", ""))[:MAX_SUBJECT_LENGTH],
    )


_MAILTO: Final = re.compile(r"\[mailto:([^\[\]]{1,320})\]")
