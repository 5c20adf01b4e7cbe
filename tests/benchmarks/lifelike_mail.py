"""Mail for the benchmarks with what makes real mail slow to read: clients' HTML, quotes, files, threads, two languages.

Always the same mail for the same seed; only the instants follow the clock.
"""

import random
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import Final, NamedTuple

from gmail_emulator import Delivery
from streaklike.instants import DAY, MINUTE, now_instant, to_datetime

OWNER: Final = "mei@ngo.example"
_SEED: Final = 7
_PEOPLE: Final = 4000
_DOMAINS: Final = 97

_THREAD_SIZES: Final = (1, 2, 3, 5, 8, 12)
_THREAD_WEIGHTS: Final = (39, 20, 14, 11, 10, 6)
"""3.28 messages a thread on the average."""

_WORDS: Final = [
    "river",
    "school",
    "donor",
    "receipt",
    "volunteer",
    "Saturday",
    "tutoring",
    "visit",
    "meeting",
    "budget",
    "thank",
    "question",
    "family",
    "bus",
    "we",
    "will",
    "the",
    "and",
    "please",
    "bring",
    "children",
    "to",
    "of",
    "a",
    "for",
    "with",
    "our",
    "next",
    "week",
    "report",
    "from",
    "you",
    "is",
    "in",
    "that",
    "have",
    "your",
]
_HAN: Final = (
    "河岸清掃志工捐款收據孩子課後陪讀活動報名感謝詢問時間地點家庭學校老師週末年底募款我們的您好請在與"
)
_PDF_HEAD: Final = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
_JPEG_HEAD: Final = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_FILE_SHARE: Final = 0.12
_TEXT_ONLY_SHARE: Final = 0.1
_HTML_ONLY_SHARE: Final = 0.1


class _Written(NamedTuple):
    """What a reply quotes: who wrote it, when, and its text and HTML without what these quote."""

    writer: str
    at: int
    lines: list[str]
    html: str


def write_mails(count: int) -> Iterator[Delivery]:
    """So many messages, oldest first, in threads of 3.3 and of 6.5 kB on the average."""
    rng = random.Random(_SEED)
    start = now_instant() - 500 * DAY
    written = 0
    while written < count:
        size = min(rng.choices(_THREAD_SIZES, _THREAD_WEIGHTS)[0], count - written)
        yield from _write_thread(rng, start + written * 30 * MINUTE, written, size)
        written += size


def _write_thread(rng: random.Random, start: int, first: int, size: int) -> Iterator[Delivery]:
    person = f"p{first % _PEOPLE}@donor{first % _DOMAINS}.example"
    client = rng.choice((_gmail, _gmail, _outlook, _apple))
    is_han = rng.random() < 0.5
    subject = f"{_phrase(rng, is_han, 5)} {first}"
    refs: list[str] = []
    above: _Written | None = None
    for turn in range(size):
        is_ours = turn % 2 == 1
        writer, to = (OWNER, person) if is_ours else (person, OWNER)
        at = start + turn * 30 * MINUTE
        message = EmailMessage()
        message["From"], message["To"] = f"{'Mei' if is_ours else f'Person {first}'} <{writer}>", to
        message["Subject"] = f"Re: {subject}" if turn else subject
        message["Date"], message["Message-ID"] = (
            format_datetime(to_datetime(at)),
            f"<{first + turn}@mx.example>",
        )
        if refs:
            message["References"], message["In-Reply-To"] = " ".join(refs[-10:]), refs[-1]
        refs.append(str(message["Message-ID"]))
        lines = [_phrase(rng, is_han, rng.randint(8, 30)) for _ in range(rng.randint(3, 14))]
        text, html = (_gmail if is_ours else client)(lines, above, is_han=is_han)
        _set_body(rng, message, text, html)
        if rng.random() < _FILE_SHARE:
            _attach(rng, message)
        _set_boundaries(message, first + turn)
        above = _Written(writer, at, lines, "".join(f"<div>{escape(line)}</div>" for line in lines))
        yield Delivery(message.as_bytes(), label_ids=("SENT",) if is_ours else ("INBOX",), at=at)


def _phrase(rng: random.Random, is_han: bool, length: int) -> str:
    return (
        "".join(rng.choices(_HAN, k=2 * length)) + "。"
        if is_han
        else " ".join(rng.choices(_WORDS, k=length)) + "."
    )


def _set_body(rng: random.Random, message: EmailMessage, text: str, html: str) -> None:
    form = rng.random()
    if form < _HTML_ONLY_SHARE:
        message.set_content(html, subtype="html")
        return
    message.set_content(text)
    if form < 1 - _TEXT_ONLY_SHARE:
        message.add_alternative(html, subtype="html")


def _attach(rng: random.Random, message: EmailMessage) -> None:
    content = rng.randbytes(rng.randint(2_000, 16_000))
    if rng.random() < 0.5:
        message.add_attachment(
            _PDF_HEAD + content, maintype="application", subtype="pdf", filename="收據.pdf"
        )
    else:
        message.add_attachment(
            _JPEG_HEAD + content, maintype="image", subtype="jpeg", filename="IMG_2041.jpg"
        )


def _set_boundaries(message: EmailMessage, number: int) -> None:
    # The library draws boundaries from the global generator, which would make each run's mail another.
    multiparts = (part for part in message.walk() if part.is_multipart())
    for depth, part in enumerate(multiparts):
        part.set_boundary(f"=={number}.{depth}==")


def _marked(lines: list[str]) -> str:
    return "\n".join(f"> {line}" for line in lines)


def _gmail(lines: list[str], above: _Written | None, *, is_han: bool) -> tuple[str, str]:
    """Text and HTML as Gmail writes them."""
    text = "\n\n".join(lines)
    html = (
        '<div dir="ltr">' + "<div><br></div>".join(f"<div>{escape(line)}</div>" for line in lines) + "</div>"
    )
    if above is None:
        return text, html
    when = to_datetime(above.at)
    if is_han:
        heading = f"<{above.writer}> 於 {when:%Y}年{when.month}月{when.day}日 週一 下午{when.hour % 12}:{when:%M}寫道："
    else:
        heading = f"On {when:%a, %b} {when.day}, {when:%Y} at {when:%H:%M} Someone <{above.writer}> wrote:"
    html += (
        f'<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{escape(heading)}<br></div>'
        '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);'
        f'padding-left:1ex">{above.html}</blockquote></div>'
    )
    return f"{text}\n\n{heading}\n\n{_marked(above.lines)}", html


_OUTLOOK_HEAD: Final = (
    '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns="http://www.w3.org/TR/REC-html40"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
    '<meta name="Generator" content="Microsoft Word 15 (filtered medium)"><style><!--\n@font-face\n\t'
    '{font-family:"Cambria Math";\n\tpanose-1:2 4 5 3 5 4 6 3 2 4;}\n@font-face\n\t{font-family:PMingLiU;}\n'
    "p.MsoNormal, li.MsoNormal, div.MsoNormal\n\t{margin:0cm;\n\tfont-size:12.0pt;\n"
    '\tfont-family:"Calibri",sans-serif;}\na:link, span.MsoHyperlink\n\t{color:#0563C1;text-decoration:underline;}\n'
    "div.WordSection1\n\t{page:WordSection1;}\n--></style></head>"
    '<body lang="ZH-TW" link="#0563C1" vlink="#954F72"><div class="WordSection1">'
)


def _outlook(lines: list[str], above: _Written | None, *, is_han: bool) -> tuple[str, str]:
    """Text and HTML as Outlook on a desk writes them."""
    text = "\n\n".join(lines)
    html = _OUTLOOK_HEAD + "".join(_outlook_paragraph(line) for line in lines)
    if above is not None:
        names = ("寄件者", "傳送時間", "收件者", "主旨") if is_han else ("From", "Sent", "To", "Subject")
        values = (
            f"<{above.writer}>",
            f"{to_datetime(above.at):%Y-%m-%d %H:%M}",
            "<someone@ngo.example>",
            "Re",
        )
        block = [f"{name}: {value}" for name, value in zip(names, values, strict=True)]
        text += "\n\n" + "\n".join(block) + "\n\n" + "\n".join(above.lines)
        html += (
            '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">'
            + "<br>".join(f"<b>{escape(line)}</b>" for line in block)
            + f"</p></div></div>{above.html}"
        )
    return text, html + "</div></body></html>"


def _outlook_paragraph(line: str) -> str:
    return (
        '<p class="MsoNormal"><span lang="EN-US" style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif">'
        f"{escape(line)}<o:p></o:p></span></p>"
    )


def _apple(lines: list[str], above: _Written | None, *, is_han: bool) -> tuple[str, str]:
    """Text and HTML as Apple Mail writes them."""
    text = "\n".join(lines)
    html = (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style="'
        'overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">'
        + "".join(f'<div style="font-size: 14px;">{escape(line)}</div>' for line in lines)
    )
    if above is not None:
        when = to_datetime(above.at)
        heading = (
            f"{above.writer} 於 {when:%Y}年{when.month}月{when.day}日 {when:%H:%M} 寫道："
            if is_han
            else f"On {when.day} {when:%b %Y}, at {when:%H:%M}, Someone <{above.writer}> wrote:"
        )
        text += f"\n\n{heading}\n\n{_marked(above.lines)}"
        html += (
            f'<div><br><blockquote type="cite"><div>{escape(heading)}</div><br class="Apple-interchange-newline">'
            f"<div>{above.html}</div></blockquote></div>"
        )
    return text, html + "</body></html>"
