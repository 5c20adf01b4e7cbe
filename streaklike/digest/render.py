"""A digest as HTML, as text, and as a value for programs: all three say the same."""

import dataclasses
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from streaklike.digest.compose import Digest, DigestLine, DigestLink, Section

MOST_BYTES: Final = 80_000
"""Gmail hides what comes after some 102 kB; the digest stays well below."""

FONTS: Final = (
    "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Noto Sans','PingFang TC','Noto Sans TC',"
    "'Noto Sans CJK TC','Microsoft JhengHei',Arial,sans-serif"
)
_LINK: Final = "text-decoration:none"
STYLES: Final = {
    "ground": "margin:0;padding:0;background:#f3f4f7;-webkit-text-size-adjust:100%",
    "sheet": "max-width:600px;background:#ffffff;border:1px solid #e2e4ea;border-radius:10px;text-align:left",
    "brand": f"color:#4b45c6;font-size:13px;line-height:20px;font-weight:600;{_LINK}",
    "heading": "margin:0 0 18px;color:#1c1e26;font-size:20px;line-height:1.45;font-weight:650;overflow-wrap:anywhere;"
    "word-break:keep-all;text-wrap:balance",
    "alarm": "margin:0 0 16px;padding:10px 14px;background:#fdeade;color:#7c3a12;border-radius:6px;"
    "font-size:14px;line-height:1.6",
    "rule": "border-top:1px solid #e2e4ea;padding:18px 0",
    "title": "margin:0 0 4px;padding:0 0 0 9px;border-left:3px solid #8a8fa0;color:#1c1e26;font-size:15px;"
    "line-height:1.6;font-weight:650",
    "count": "display:inline-block;min-width:14px;padding:0 6px;border-radius:10px;background:#eceef3;color:#3a3d49;"
    "font-size:12px;line-height:20px;font-weight:600;text-align:center",
    "line": "padding:9px 0 0;overflow-wrap:anywhere",
    "name": "color:#1c1e26;font-size:15px;line-height:1.6;font-weight:600;text-decoration:underline;"
    "text-decoration-color:#b6bac7;text-underline-offset:3px",
    "soft": "color:#474b59;font-size:14px;line-height:1.65",
    "faint": "color:#686d7d;font-size:13px;line-height:1.65",
    "more": f"color:#4b45c6;font-size:14px;line-height:24px;font-weight:600;{_LINK}",
    "closing": "margin:0 0 4px;color:#686d7d;font-size:12.5px;line-height:1.7",
    "quiet": "color:#686d7d;text-decoration:underline",
}
MARKS: Final = {
    "waiting": "#d55e00",
    "promises": "#0072b2",
    "reminders": "#0072b2",
    "thanks": "#009e73",
    "refusals": "#d55e00",
    "dealt": "#cc79a7",
    "too_much": "#e69f00",
    "forgotten": "#0072b2",
    "gone_quiet": "#0072b2",
    "dead": "#d55e00",
    "unassigned": "#cc79a7",
    "moved": "#009e73",
    "pace": "#0072b2",
    "loads": "#d55e00",
    "won": "#009e73",
    "lost": "#cc79a7",
}
"""A bar of Okabe and Ito's colours beside each title, which says the same in words."""


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("streaklike.digest"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("digest.html", globals={"STYLES": STYLES, "MARKS": MARKS, "FONTS": FONTS})


def render_html(digest: Digest) -> str:
    """The HTML part: one page without pictures, scripts or anything from elsewhere."""
    return _template().render(digest=digest, heading=re.sub(r"(?<=\d) ", "\u00a0", digest.heading))


def render_text(digest: Digest) -> str:
    """The text part: the same words and links in the same order."""
    lines = [digest.day, digest.heading, *(f"! {alarm}" for alarm in digest.alarms)]
    for section in digest.sections:
        lines += ["", *_say_section(section)]
    ways = (_say_link(link) for link in (digest.settings, digest.pause) if link.url)
    lines += ["", "--", *digest.closing, *ways]
    return "\n".join((_say_link(digest.home), "", *lines)) + "\n"


def _say_section(section: Section) -> Iterator[str]:
    yield f"{section.title} ({section.total})" if section.is_counted else section.title
    for line in section.lines:
        yield from _say_line(line)
    if section.more:
        yield f"  {_say_link(section.more)}"


def _say_line(line: DigestLine) -> Iterator[str]:
    yield f"* {line.link.text}"
    for note in line.notes:
        yield f"  {note}"
    if line.link.url:
        yield f"  {line.link.url}"
    if line.action:
        yield f"  {_say_link(line.action)}"


def _say_link(link: DigestLink) -> str:
    return f"{link.text}: {link.url}" if link.url else link.text


def to_json(digest: Digest) -> dict[str, Any]:
    """The digest as plain values."""
    return dataclasses.asdict(digest)
