"""HTML to text: blocks become lines, quotes become `> ` lines, so that one splitter serves both forms (R25)."""

import re
from html import unescape
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_HTML_LENGTH: Final = 2_000_000
_MAX_TAGS: Final = 8_000
"""Past so many tags the tree may be deeper than its parser is quick; a plain cut of the tags serves."""

CUT_LINE: Final = "\x10"
"""A line of its own, after which all is quoted, put where a mail program marks the start of what it quotes."""

RULE_LINE: Final = "\x17"
"""A line of its own where a rule is drawn: what stands below it is a quote only where it looks like one."""

SOFT_QUOTE: Final = "\x18"
"""Before the `> ` of a block that is indented, and a quote only where an attribution stands above it."""

_EDGE: Final = "\x13"
_BREAK: Final = "\x14"
_GAP: Final = "\x15"
_OPEN: Final = "\x11"
_CLOSE: Final = "\x12"
_CELL: Final = "\x16"
_SOFT_OPEN: Final = "\x19"
OUR_MARKS: Final = re.compile("[\x10-\x19]")
"""Characters that mean something to us alone: no mail may bring them."""

_DROPPED: Final = "script, style, head, title, noscript, template, svg, object, iframe, select"
_BLOCKS: Final = (
    "address, article, aside, blockquote, center, dd, div, dl, dt, fieldset, figcaption, figure, footer, form, h1, h2, h3,"
    " h4, h5, h6, header, hr, li, main, nav, ol, p, pre, section, table, tr, ul"
)
_SPACED: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"})
_QUOTES: Final = (
    "blockquote.gmail_quote, blockquote[type=cite], .yahoo_quoted, .protonmail_quote blockquote, #isReplyContent,"
    " .zmail_extra blockquote, .tutanota_quote, .moz-cite-prefix, .ntes-mailmaster-quote, #foxmail_quote,"
    " #reply139content, #OLK_SRC_BODY_SECTION"
)
_QUOTE_MARKS: Final = ("quote", "cite", "isReplyContent", "zmail_extra", "reply139", "OLK_SRC")
_CUTS: Final = (
    "#appendonsend, #divRplyFwdMsg, #isForwardContent, #reply-intro, .OutlookMessageHeader,"
    " #mail-editor-reference-message-container, .ms-outlook-mobile-reference-message, #replySplit, [data-marker=__DIVIDER__]"
)
_CUT_MARKS: Final = (
    "appendonsend",
    "divRplyFwdMsg",
    "isForwardContent",
    "reply-intro",
    "OutlookMessageHeader",
    "reference-message",
    "replySplit",
    "__DIVIDER__",
)
_RULES: Final = "hr, div[style*='border-top:solid'], div[style*='border-top: solid'], div[style*='border-top-style: solid']"
_RULE_MARKS: Final = ("<hr", "<HR", "border-top")
_NO_SOFT_QUOTE: Final = "border:none;padding:0"
"""Gmail's own indent of what the writer wrote."""


def html_to_text(html: str) -> str:
    """The text of an HTML mail in lines: quoted blocks prefixed with `> `, a `CUT_LINE` where all after is quoted."""
    source = OUR_MARKS.sub("", html[:MAX_HTML_LENGTH])
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
        mark = _EDGE + _GAP + _EDGE if node.tag in _SPACED else _EDGE
        node.insert_before(mark)
        node.insert_after(mark)
    return _lay_out(body.text())


def _mark_quotes(body: LexborNode, source: str) -> None:
    if any(mark in source for mark in _QUOTE_MARKS):
        for node in body.css(_QUOTES):
            node.insert_before(_EDGE + _OPEN + _EDGE)
            node.insert_after(_EDGE + _CLOSE + _EDGE)
    if any(mark in source for mark in _CUT_MARKS):
        first = body.css_first(_CUTS)
        if first is not None:
            first.insert_before(_EDGE + CUT_LINE + _EDGE)
    if any(mark in source for mark in _RULE_MARKS):
        for node in body.css(_RULES):
            node.insert_before(_EDGE + RULE_LINE + _EDGE)
    if "<blockquote" in source:
        for node in body.css("blockquote:not([type=cite]):not(.gmail_quote)"):
            if _NO_SOFT_QUOTE not in (node.attributes.get("style") or "").replace(" ", ""):
                node.insert_before(_EDGE + _SOFT_OPEN + _EDGE)
                node.insert_after(_EDGE + _CLOSE + _EDGE)


_INVISIBLE: Final = re.compile(
    r"<(script|style|head|title)\b[^>]*>.*?(?:</\1[^<>]*>?|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL
)
_BLOCK_TAG: Final = re.compile(
    r"</?(?:br|p|div|tr|li|ul|ol|table|h[1-6]|blockquote|hr)\b[^<>]*>", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[^<>]*>")


def _strip_tags(source: str) -> str:
    visible = _INVISIBLE.sub(" ", source)
    return unescape(_TAG.sub("", _BLOCK_TAG.sub(_EDGE, visible)))


_INVISIBLE_CHARACTERS: Final = re.compile("[\u200b\u200c\u2060\ufeff\u034f]")


def _lay_out(marked: str) -> str:
    """Lines of the marked text. Edges of blocks part lines and leave no blank ones; breaks and gaps do."""
    lines: list[str] = []
    within: list[str] = []
    prefix = ""
    for block in _INVISIBLE_CHARACTERS.sub("", marked).split(_EDGE):
        if block in (_OPEN, _SOFT_OPEN):
            within.append(block)
            prefix = _prefix(within)
        elif block == _CLOSE:
            mark = prefix.rstrip()
            while mark and lines and lines[-1] == mark:
                lines.pop()
            within = within[:-1]
            prefix = _prefix(within)
        elif block == _GAP:
            if (
                lines
                and lines[-1].strip("> " + SOFT_QUOTE)
                and lines[-1].startswith(prefix[:1] or lines[-1][0])
            ):
                lines.append(prefix.rstrip())
        elif block == RULE_LINE and prefix:
            continue
        elif _BREAK in block or not block.isspace():
            lines += _block_lines(block, prefix)
    return "\n".join(lines).strip()


def _prefix(within: list[str]) -> str:
    """What stands before a line in these blocks: one mark, however deep."""
    if not within:
        return ""
    return "> " if _OPEN in within else f"{SOFT_QUOTE}> "


def _block_lines(block: str, prefix: str) -> list[str]:
    if not block:
        return []
    pieces = block.rstrip(" \t\r\n\f").replace(_CELL, " ").split(_BREAK)
    if len(pieces) > 1 and not pieces[-1].strip():
        pieces.pop()
    return [f"{prefix}{' '.join(piece.split())}".rstrip() for piece in pieces]
