"""HTML to text: blocks become lines, quotes become `> ` lines, so that one splitter serves both forms (R25)."""

import re
from html import unescape
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_HTML_LENGTH: Final = 2_000_000
_MAX_TAGS: Final = 8_000
"""Past so many tags the tree may be deeper than its parser is quick; a plain cut of the tags serves."""

CUT_LINE: Final = "\x1d"
"""A line of its own, after which all is quoted, put where a mail program marks the start of what it quotes."""

_BREAK: Final = "\x1e"
_OPEN: Final = "\x1c"
_CLOSE: Final = "\x1f"
_CELL: Final = "\x1a"
_OURS: Final = re.compile("[\x1a\x1c-\x1f]")

_DROPPED: Final = "script, style, head, title, noscript, template, svg, object, iframe, select"
_BLOCKS: Final = (
    "address, article, aside, blockquote, center, dd, div, dl, dt, fieldset, figcaption, figure, footer, form, h1, h2, h3,"
    " h4, h5, h6, header, hr, li, main, nav, ol, p, pre, section, table, tr, ul"
)
_SPACED: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"})
_QUOTES: Final = (
    "blockquote.gmail_quote, blockquote[type=cite], .yahoo_quoted, .protonmail_quote blockquote, #isReplyContent,"
    " .zmail_extra blockquote, .tutanota_quote, #mail-editor-reference-message-container blockquote"
)
_QUOTE_MARKS: Final = ("quote", "cite", "isReplyContent", "zmail_extra")
_CUTS: Final = "#appendonsend, #divRplyFwdMsg, #isForwardContent, #reply-intro, .OutlookMessageHeader"
_CUT_MARKS: Final = (
    "appendonsend",
    "divRplyFwdMsg",
    "isForwardContent",
    "reply-intro",
    "OutlookMessageHeader",
)


def html_to_text(html: str) -> str:
    """The text of an HTML mail in lines: quoted blocks prefixed with `> `, a `CUT_LINE` where all after is quoted."""
    source = _OURS.sub("", html[:MAX_HTML_LENGTH])
    if source.count("<") > _MAX_TAGS:
        return _lay_out(_strip_tags(source))
    tree = LexborHTMLParser(source)
    for node in tree.css(_DROPPED):
        node.decompose()
    body = tree.body
    if body is None:
        return ""
    _mark_quotes(body, source)
    for node in body.css("br"):
        node.insert_before(_BREAK)
    for node in body.css("td, th"):
        node.insert_after(_CELL)
    for node in body.css(_BLOCKS):
        mark = _BREAK + _BREAK if node.tag in _SPACED else _BREAK
        node.insert_before(mark)
        node.insert_after(mark)
    return _lay_out(body.text())


def _mark_quotes(body: LexborNode, source: str) -> None:
    if any(mark in source for mark in _QUOTE_MARKS):
        for node in body.css(_QUOTES):
            node.insert_before(_BREAK + _OPEN)
            node.insert_after(_CLOSE + _BREAK)
    if any(mark in source for mark in _CUT_MARKS):
        first = body.css_first(_CUTS)
        if first is not None:
            first.insert_before(_BREAK + CUT_LINE + _BREAK)


_INVISIBLE: Final = re.compile(
    r"<(script|style|head|title)\b[^>]*>.*?(?:</\1|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL
)
_BLOCK_TAG: Final = re.compile(
    r"</?(?:br|p|div|tr|li|ul|ol|table|h[1-6]|blockquote|hr)\b[^<>]*>", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[^<>]*>")


def _strip_tags(source: str) -> str:
    visible = _INVISIBLE.sub(" ", source)
    return unescape(_TAG.sub("", _BLOCK_TAG.sub(_BREAK, visible)))


_SPACES: Final = re.compile(r"[ \t\n\r\f]+")


def _lay_out(marked: str) -> str:
    squeezed = _SPACES.sub(" ", marked.replace("\u00a0", " ").replace("\u200b", "").replace("\u200c", ""))
    lines: list[str] = []
    depth = 0
    for raw in squeezed.replace(_CELL + _BREAK, _BREAK).replace(_CELL, " ").split(_BREAK):
        depth += raw.count(_OPEN)
        text = raw.replace(_OPEN, "").replace(_CLOSE, "").strip(" ")
        if text or (lines and lines[-1].strip("> ")):
            lines.append("> " + text if depth > 0 else text)
        depth = max(0, depth - raw.count(_CLOSE))
    return "\n".join(lines).strip()
