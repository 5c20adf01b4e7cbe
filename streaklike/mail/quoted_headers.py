"""The block of headers that mail programs write above an original they quote or forward, in many languages."""

import re
from typing import Final

from streaklike.mail.addresses import parse_address_list
from streaklike.mail.charsets import clean_line
from streaklike.mail.message import Forwarded
from streaklike.mail.subjects import MAX_SUBJECT_LENGTH

FROM_WORDS: Final = (
    "From",
    "寄件者",
    "寄件人",
    "发件人",
    "發件人",
    "Von",
    "De",
    "Da",
    "Van",
    "Från",
    "Fra",
    "差出人",
    "보낸 사람",
    "От",
)
_DATE_WORDS: Final = (
    "Date",
    "Sent",
    "日期",
    "寄件日期",
    "傳送日期",
    "发送日期",
    "發送日期",
    "发送时间",
    "發送時間",
    "發件時間",
    "时间",
    "時間",
    "Datum",
    "Gesendet",
    "Envoyé",
    "Enviado",
    "Enviado el",
    "Fecha",
    "Data",
    "Inviato",
    "Verzonden",
    "送信日時",
    "日付",
    "보낸 날짜",
    "날짜",
    "Дата",
)
_SUBJECT_WORDS: Final = (
    "Subject",
    "主旨",
    "主題",
    "主题",
    "标题",
    "標題",
    "Betreff",
    "Objet",
    "Asunto",
    "Assunto",
    "Oggetto",
    "Onderwerp",
    "件名",
    "제목",
    "Тема",
)
_TO_WORDS: Final = (
    "To",
    "收件者",
    "收件人",
    "An",
    "À",
    "Para",
    "A",
    "Aan",
    "宛先",
    "받는 사람",
    "Кому",
    "Cc",
    "CC",
    "副本",
    "抄送",
    "Reply-To",
    "回覆至",
    "回复",
)
_FIELDS: Final = {
    **dict.fromkeys((word.casefold() for word in FROM_WORDS), "from"),
    **dict.fromkeys((word.casefold() for word in _DATE_WORDS), "date"),
    **dict.fromkeys((word.casefold() for word in _SUBJECT_WORDS), "subject"),
    **dict.fromkeys((word.casefold() for word in _TO_WORDS), "to"),
}
_FIELD: Final = re.compile(r"[\s>*_]{0,8}([^\s:：*][^:：*]{0,20}?)\s?\*?\s?[:：]\s?\*?\s?(.*)")
_MAX_LINES: Final = 14
_MAX_LINE: Final = 1_000


def read_header_block(lines: list[str], start: int, *, is_announced: bool = False) -> dict[str, str] | None:
    """The fields from, date, subject and to of a quoted header block at this line, or None where none begins.

    A block opens with its From line, or with any field where a separator announced it, and has at least two more
    kinds of field near. Wrapped values are joined.
    """
    first = _read_field(lines[start])
    if first is None or (first[0] != "from" and not is_announced):
        return None
    last = first[0]
    fields = {last: first[1]}
    wrapped = ""
    for line in lines[start + 1 : start + _MAX_LINES]:
        field = _read_field(line)
        if field:
            fields[last] += wrapped
            wrapped = ""
            last = field[0]
            fields.setdefault(*field)
        elif not line.strip(" >"):
            if len(fields) > 2:
                break
        else:
            wrapped += " " + line.strip(" >")[:_MAX_LINE]
    return fields if len(fields) > 2 and "from" in fields else None


def _read_field(line: str) -> tuple[str, str] | None:
    found = _FIELD.match(line[:_MAX_LINE])
    if not found:
        return None
    name = _FIELDS.get(found[1].strip().casefold())
    return (name, found[2].strip(" *")) if name else None


def make_forwarded(fields: dict[str, str]) -> Forwarded:
    """The original that a forward's header block describes (R17); an author without an address stays None."""
    authors = parse_address_list(_MAILTO.sub(r"<\1>", fields.get("from", "")))
    return Forwarded(
        author=authors[0] if authors else None,
        dated=clean_line(fields.get("date", ""))[:200],
        subject=clean_line(fields.get("subject", ""))[:MAX_SUBJECT_LENGTH],
    )


_MAILTO: Final = re.compile(r"\[mailto:([^\[\]]{1,320})\]")
