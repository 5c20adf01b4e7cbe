"""Convert HTML to text: blocks become lines and quotes `> ` lines, so that quote splitting works on both
(R25).
"""

import re
from html import unescape
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_HTML_LENGTH: Final = 2_000_000
_MAX_TAGS: Final = 5_000
"""With more tags than this, building the tree and selecting in it may be quadratic; a single pass is used
instead.
"""

_MAX_MARKED: Final = 20_000
"""After this many tags the single pass strips the remaining tags without interpreting them."""

_MAX_QUOTES: Final = 200
"""The limit for nested quotes: each is compared with its ancestors, and genuine mail does not nest so deep.
"""

CUT_LINE: Final = "\x10"
"""A separate line after which everything is quoted, inserted where a mail program marks the quote's start."""

RULE_LINE: Final = "\x17"
"""A separate line for a drawn rule: what follows is a quote only if it looks like one."""

SOFT_QUOTE: Final = "\x18"
"""Prefix of the `> ` of an indented block, which is a quote only if an attribution precedes it."""

_EDGE: Final = "\x13"
_BREAK: Final = "\x14"
_GAP: Final = "\x15"
_OPEN: Final = "\x11"
_CLOSE: Final = "\x12"
_CELL: Final = "\x16"
_SOFT_OPEN: Final = "\x19"
OUR_MARKS: Final = re.compile("[\x10-\x19]")
"""Control characters with an internal meaning; they are removed from incoming mail."""
_WRITTEN_MARKS: Final = re.compile(
    "[\x10-\x19]|&#(?:x0*1[0-9]|0*(?:1[6-9]|2[0-5]))(?![0-9a-f]);?", re.IGNORECASE
)
"""The marks above in HTML, literally or as character references; removed."""

_DROPPED: Final = "script, style, head, title, noscript, template, svg, object, iframe, select"
_BLOCKS: Final = (
    "address, article, aside, blockquote, center, dd, div, dl, dt, fieldset, figcaption, figure, footer, form, h1, h2, h3,"
    " h4, h5, h6, header, hr, li, main, nav, ol, p, pre, section, table, tr, ul"
)
_BLOCK_NAMES: Final = frozenset(_BLOCKS.split(", "))
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
"""Style of Gmail's indentation of the author's own text."""


def html_to_text(html: str) -> str:
    """Convert an HTML mail to lines of text: quotes prefixed with `> `, `CUT_LINE` before a quoted remainder."""
    source = _WRITTEN_MARKS.sub("", html[:MAX_HTML_LENGTH])
    if source.count("<") > _MAX_TAGS or len(_OPENED_QUOTE.findall(source)) > _MAX_QUOTES:
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
        mark = _edge_of(node.tag)
        node.insert_before(mark)
        node.insert_after(mark)
    return _lay_out(body.text())


def _edge_of(tag: str | None) -> str:
    return _EDGE + _GAP + _EDGE if tag in _SPACED else _EDGE


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


_TOKEN: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,30})(?P<attributes>[^<>]*)>|<[!?/][^<>]*>",
    re.DOTALL,
)
"""A comment or tag. Each branch stops at the next `<` or consumes what it has read, so matching is linear."""

_RAW_ENDS: Final = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in (
        "script",
        "style",
        "head",
        "title",
        "noscript",
        "template",
        "iframe",
        "svg",
        "object",
        "select",
    )
}
"""Elements without visible text, and the pattern that ends each."""

_OPENED_QUOTE: Final = re.compile("<blockquote", re.IGNORECASE)
_CITED: Final = re.compile(r"gmail_quote|type=[\"']?cite", re.IGNORECASE)


def _strip_tags(source: str) -> str:
    """Convert HTML that is too large for a tree to marked text, in a single pass over its tags."""
    pieces: list[str] = []
    quotes: list[bool] = []  # open blockquotes: whether each is a quotation
    at = count = 0
    while count < _MAX_MARKED and (found := _TOKEN.search(source, at)):
        count += 1
        pieces.append(unescape(source[at : found.start()]))
        at = found.end()
        name = (found["name"] or "").lower()
        if name in _RAW_ENDS and not found["end"]:
            end = _RAW_ENDS[name].search(source, at)
            at = end.start() if end else len(source)
        else:
            pieces.append(_mark_of(name, found, quotes))
    pieces.append(unescape(_TOKEN.sub(" ", source[at:])))
    return "".join(pieces)


def _mark_of(name: str, found: re.Match[str], quotes: list[bool]) -> str:
    if name == "br":
        return _BREAK
    if name in {"td", "th"}:
        return _CELL if found["end"] else ""
    if name not in _BLOCK_NAMES:
        return ""
    mark = _edge_of(name)
    if name != "blockquote":
        return mark
    if found["end"]:
        return f"{_EDGE}{_CLOSE}{_EDGE}{mark}" if quotes and quotes.pop() else mark
    quotes.append(_CITED.search(found["attributes"]) is not None)
    return f"{mark}{_EDGE}{_OPEN}{_EDGE}" if quotes[-1] else mark


_INVISIBLE_CHARACTERS: Final = re.compile("[\u200b\u200c\u2060\ufeff\u034f]")


def _lay_out(marked: str) -> str:
    """Convert marked text to lines. Block edges separate lines without blank lines; breaks and gaps add them."""
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
    """The prefix of a line in these blocks: one mark, whatever the depth."""
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
