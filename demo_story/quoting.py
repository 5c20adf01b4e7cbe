"""How each mail program quotes the letter that it answers, in text and in HTML, in Chinese, English and Japanese."""

from html import escape
from typing import Final

from demo_story.hours import WEEKDAYS_EN, WEEKDAYS_ZH, local
from demo_story.model import Letter

_DEPTH: Final = 3
_OUTLOOK: Final = {
    "zh": ("寄件者", "寄件日期", "收件者", "主旨"),
    "en": ("From", "Sent", "To", "Subject"),
    "ja": ("差出人", "送信日時", "宛先", "件名"),
}
_SENT_FROM: Final = {"zh": "從我的 iPhone 傳送", "en": "Sent from my iPhone", "ja": "iPhoneから送信"}


def own_text(letter: Letter) -> str:
    """The new part as it is sent: text and signature."""
    parts = [letter.text]
    if letter.signature:
        parts.append(f"-- \n{letter.signature}")
    if letter.look == "apple":
        parts.append(_SENT_FROM[letter.language])
    return "\n\n".join(parts)


def plain(letter: Letter, depth: int = _DEPTH) -> str:
    """The whole text/plain: the new part, and below it what it answers."""
    text = own_text(letter)
    if letter.parent is None or not letter.is_quoting or depth == 0:
        return text
    quoted = plain(letter.parent, depth - 1)
    if letter.look == "outlook":
        return f"{text}\n\n{_outlook_head(letter)}\n\n{quoted}"
    marked = "\n".join(f"> {line}".rstrip() for line in quoted.splitlines())
    return f"{text}\n\n{attribution(letter)}\n\n{marked}"


def html(letter: Letter) -> str:
    """The same as HTML, the quote inside the program's own marks."""
    return f'<html><head><meta charset="utf-8"></head><body>{_html_part(letter, _DEPTH)}</body></html>'


def _html_part(letter: Letter, depth: int) -> str:
    text = f'<div dir="ltr">{_lines(own_text(letter))}</div>'
    if letter.parent is None or not letter.is_quoting or depth == 0:
        return text
    quoted = _html_part(letter.parent, depth - 1)
    if letter.look == "outlook":
        names = _OUTLOOK[letter.language]
        rows = "<br>".join(
            f"<b>{name}:</b> {escape(value)}"
            for name, value in zip(names, _outlook_values(letter), strict=True)
        )
        return (
            f'{text}<hr style="display:inline-block;width:98%" tabindex="-1">'
            f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{rows}</font></div><div>{quoted}</div>'
        )
    head = escape(attribution(letter))
    if letter.look == "apple":
        return f'{text}<div><br><blockquote type="cite"><div>{head}</div><br>{quoted}</blockquote></div>'
    return (
        f'{text}<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{head}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;padding-left:1ex">{quoted}</blockquote></div>'
    )


def attribution(letter: Letter) -> str:
    """The line above a quote: who wrote, and when, in the program's words and the writer's language."""
    if letter.parent is None:
        return ""
    moment = local(letter.parent.at, letter.offset)
    who = f"{letter.parent.author.name} <{letter.parent.author.address}>"
    clock = f"{(moment.hour - 1) % 12 + 1}:{moment.minute:02d}"
    if letter.language == "en":
        day = f"{WEEKDAYS_EN[moment.weekday()][:3]}, {moment.strftime('%b')} {moment.day}, {moment.year}"
        half = "AM" if moment.hour < 12 else "PM"
        if letter.look == "apple":
            return f"On {moment.strftime('%b')} {moment.day}, {moment.year}, at {clock} {half}, {who} wrote:"
        return f"On {day} at {clock} {half} {who} wrote:"
    if letter.language == "ja":
        day = f"{moment.year}年{moment.month}月{moment.day}日({'月火水木金土日'[moment.weekday()]})"
        return f"{day} {moment.hour}:{moment.minute:02d} {who}:"
    half = "上午" if moment.hour < 12 else "下午"
    day = f"{moment.year}年{moment.month}月{moment.day}日"
    if letter.look == "apple":
        return f"{letter.parent.author.name} <{letter.parent.author.address}> 於 {day} {half}{clock} 寫道："
    return f"{who} 於 {day} 週{WEEKDAYS_ZH[moment.weekday()]} {half}{clock}寫道："


def forwarded(letter: Letter, original: Letter) -> str:
    """The text of a manual forward in Gmail's form: a remark, and the original under its marker."""
    head = "---------- Forwarded message ---------"
    moment = local(original.at)
    half = "上午" if moment.hour < 12 else "下午"
    dated = (
        f"{moment.year}年{moment.month}月{moment.day}日 週{WEEKDAYS_ZH[moment.weekday()]} "
        f"{half}{(moment.hour - 1) % 12 + 1}:{moment.minute:02d}"
    )
    sender = "From:" if letter.language == "en" else "寄件者："
    to = ", ".join(f"{party.name} <{party.address}>" for party in original.to)
    who = f"{original.author.name} <{original.author.address}>"
    rows = f"{sender} {who}\nDate: {dated}\nSubject: {original.subject}\nTo: {to}"
    return f"{letter.text}\n\n{head}\n{rows}\n\n\n{own_text(original)}"


def _outlook_values(letter: Letter) -> tuple[str, str, str, str]:
    original = letter.parent or letter
    moment = local(original.at, letter.offset)
    if letter.language == "en":
        dated = f"{WEEKDAYS_EN[moment.weekday()]}, {moment.strftime('%B')} {moment.day}, {moment.year} {moment:%H:%M}"
    else:
        half = "上午" if moment.hour < 12 else "下午"
        dated = f"{moment.year}年{moment.month}月{moment.day}日 {half} {(moment.hour - 1) % 12 + 1:02d}:{moment.minute:02d}"
    to = "; ".join(f"{party.name} <{party.address}>" for party in original.to)
    return f"{original.author.name} <{original.author.address}>", dated, to, original.subject


def _outlook_head(letter: Letter) -> str:
    rows = zip(_OUTLOOK[letter.language], _outlook_values(letter), strict=True)
    return "________________________________\n" + "\n".join(f"{name}: {value}" for name, value in rows)


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
