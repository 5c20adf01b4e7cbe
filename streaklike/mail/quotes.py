"""Separate new from quoted text (R25), and find the original in a forward (R17).

In doubt a line is new: losing what somebody wrote is worse than showing a quote.
"""

import re
from dataclasses import dataclass
from typing import Final

from streaklike.mail.attribution import (
    Attribution,
    find_attribution,
    find_running_attribution,
    may_end_attribution,
)
from streaklike.mail.html_text import CUT_LINE, RULE_LINE, SOFT_QUOTE
from streaklike.mail.message import Forwarded
from streaklike.mail.mobile_lines import count_app_lines
from streaklike.mail.quoted_headers import (
    HeaderBlock,
    is_quote_by_itself,
    make_forwarded,
    may_open_block,
    read_header_block,
)


@dataclass(frozen=True, slots=True)
class Split:
    """A text split into what the author wrote and what they quoted; `forwarded` if the quote is a forward."""

    new: str
    quoted: str
    forwarded: Forwarded | None = None


_ORIGINAL: Final = (
    r"Original(?: Message| Appointment| E-?mail)?|Replied Message|Reply Message|Previous Message"
    r"|原始(?:郵件|信件|訊息|邮件|信息|消息|內容|内容)|原(?:郵件|邮件|信|信件)|邮件原件|郵件原件|(?:回复|回覆)的(?:原)?(?:邮件|郵件)|引用(?:邮件|郵件)"
    r"|(?:Original|Ursprüngliche )-?Nachricht|Antwort Nachricht|Message d['’]origine|Message original|Mensaje original|Mensagem original"
    r"|Messaggio originale|Oorspronkelijk bericht|Origineel bericht|Oprindelig meddelelse|Opprinnelig melding|Ursprungligt meddelande"
    r"|Alkuperäinen viesti|Wiadomość oryginalna|Původní zpráva|Исходное сообщение|Thư gốc|元のメッセージ|原文|원본 메[시세]지"
)
_FORWARDED: Final = (
    r"Forwarded Message|转发邮件信息|Forwarded by .{1,80}|Weitergeleitete Nachricht|(?:已)?轉寄(?:的)?(?:郵件|訊息|信件)|(?:已)?转发(?:的)?(?:邮件|消息|信息)"
    r"|(?:已)?轉發(?:的)?(?:郵件|訊息|信件)|轉寄者.{1,80}|Message transféré|Mensaje reenviado|Mensagem encaminhada|Messaggio inoltrato"
    r"|Doorgestuurd bericht|Vidarebefordrat meddelande|Videresendt (?:melding|meddelelse)|Przekazana wiadomość|Пересылаемое сообщение"
    r"|転送(?:された)?メッセージ|전달된 메[시세]지"
)
_DASH: Final = r"[-‐‑–—_=]"
_SEPARATOR: Final = re.compile(
    rf"[\s*]{{0,4}}(?P<left>{_DASH}{{2,80}})\s{{0,4}}(?:(?P<original>{_ORIGINAL})|(?P<forward>{_FORWARDED}))\s{{0,4}}(?P<right>{_DASH}{{2,80}})[\s*]{{0,4}}",
    re.IGNORECASE,
)
_ANNOUNCED: Final = re.compile(
    r"(?:Begin forwarded message|開始轉寄(?:郵件|訊息|的郵件)|开始转发的邮件|下面是被转发的邮件|下面是被轉寄的郵件|轉寄的郵件"
    r"|Anfang der weitergeleiteten (?:Nachricht|E-Mail)|Début du message (?:réexpédié|transféré)|Inicio del mensaje reenviado"
    r"|Inizio messaggio inoltrato|Begin doorgestuurd bericht|転送されたメッセージ|전달된 메시지)\s?[:：]",
    re.IGNORECASE,
)
_BARE_ORIGINAL: Final = re.compile(r"\s{0,20}(?:Original|原始邮件|原始郵件)\s{0,20}")
_RULE: Final = re.compile(r"\s?(?:_{30,80}|-{40,80})\s?")
"""The rule above a header block in Outlook and in Alibaba's mail."""
_MIN_DASHES: Final = 4


def split_quotes(
    text: str, *, is_forward: bool = False, is_reply: bool = True, base_subject: str = ""
) -> Split:
    """Split a text with LF line ends into new and quoted parts (R25).

    Blocks of `>` lines are quoted together with the attribution above them, and text between and below them
    is new (inline replies). After a separator, a header block, or an attribution without `>` lines,
    everything is quoted. `is_forward`: the subject says so; then a bare header block is a forward too.
    `is_reply`: in a mail that is no reply, `>` lines without an attribution belong to the author.
    `base_subject` of this mail (R24) must occur in a header block without addresses.
    """
    splitter = _Splitter(text.split("\n"), is_answer=is_reply or is_forward, base_subject=base_subject)
    number = 0
    while number < len(splitter.lines):
        number = splitter.take(number)
    splitter.drop_app_lines()
    return Split(
        _tidy([line for _, line in splitter.new]),
        _tidy(splitter.quoted),
        _find_forwarded(splitter, is_forward=is_forward),
    )


class _Splitter:
    """The state of splitting.

    `new` holds new lines with their numbers; `block` is the first quoted header block.
    """

    def __init__(self, lines: list[str], *, is_answer: bool, base_subject: str) -> None:
        self.lines = lines
        self.is_answer = is_answer
        self.base_subject = base_subject
        self.new: list[tuple[int, str]] = []
        self.quoted: list[str] = []
        self.block: HeaderBlock | None = None
        self.is_forward = False
        self.tries = 0

    def take(self, number: int) -> int:
        """Assign the line, and those that belong to it, to new or quoted. Returns the next line to process."""
        if self.lines[number][:1] in (">", SOFT_QUOTE) and (end := self._take_marked(number)) > number:
            return end
        line = self.lines[number]
        if line.strip() and line[0] != ">" and (end := self._take_heading(number, line)):
            return end
        self.new.append((number, line))
        return number + 1

    def _take_marked(self, number: int) -> int:
        """Quote a block of `>` lines with its attribution, unless they are the author's own."""
        is_soft = self.lines[number][0] == SOFT_QUOTE
        if not is_soft and not self._is_quote_line(number):
            return number
        end = number
        while end < len(self.lines) and self._goes_on(end):
            end += 1
        above = self._attribution_above(number)
        if above is None and is_soft:
            self.lines[number:end] = map(_without_soft_mark, self.lines[number:end])
            return number
        if above is None and not (self.is_answer or _opens_quote(self.lines[number:end])):
            self.new += [(each, self.lines[each]) for each in range(number, end)]
            return end
        if above is not None:
            self._cut_back(above.line, above.column, number)
        self.quoted += map(_without_soft_mark, self.lines[number:end])
        return end

    def _goes_on(self, number: int) -> bool:
        line = self.lines[number]
        return line[:1] == SOFT_QUOTE or (self._is_quote_line(number) if line.strip() else True)

    def _is_quote_line(self, number: int) -> bool:
        line = self.lines[number]
        if line[:1] != ">" or line.startswith(">From ") or _FACE.match(line):
            return False
        # A link that was wrapped ends with its bracket at the start of the next line.
        above = self.lines[number - 1] if number else ""
        opened = above.rfind("<")
        return not (opened >= 0 and ">" not in above[opened:] and above[:1] != ">" and ":" in above[opened:])

    def _attribution_above(self, number: int) -> Attribution | None:
        """Find the attribution of the `>` lines that begin here, at most two blank lines above."""
        end = number - 1
        while end >= 0 and not self.lines[end].strip() and number - end < _MAX_GAP:
            end -= 1
        if end < 0 or not self.lines[end].strip() or number - end >= _MAX_GAP:
            return None
        found = find_attribution(self.lines, end, is_marked=True)
        return found if found and self._is_new_from(found.line, number) else None

    def _is_new_from(self, start: int, end: int) -> bool:
        count = end - start
        return not count or (len(self.new) >= count and self.new[-count][0] == start)

    def _take_heading(self, number: int, line: str) -> int:
        """Quote a heading and what it announces. Returns 0 if this line is no heading."""
        if line in (CUT_LINE, RULE_LINE):
            return self._quote(number, number + 1, self._block_near(number + 1)) if line == CUT_LINE else 0
        bare = line.rstrip()
        if "-" in bare[:6] or bare[0] in " *‐–—_=" or bare[-1] in ":：" or bare.strip() in _BARE_WORDS:
            end = self._take_separator(number, bare)
            if end:
                return end
        found = self._find_attribution(number, line)
        if found and not self._is_marked_below(number) and self._is_new_from(found.line, number):
            return self._quote(found.line, number + 1, None, found.column)
        if (running := find_running_attribution(line)) is not None:
            return self._quote(number, len(self.lines), None, running.column)
        return self._take_block(number) if ":" in line or "：" in line or "|" in line[:10] else 0

    def _find_attribution(self, number: int, line: str) -> Attribution | None:
        if not may_end_attribution(line) or self.tries >= _MAX_TRIES:
            return None
        self.tries += 1
        return find_attribution(self.lines, number)

    def _take_separator(self, number: int, line: str) -> int:
        separator = _SEPARATOR.fullmatch(line[:200])
        is_announced = separator is not None or _ANNOUNCED.fullmatch(line[:200]) is not None
        if (not is_announced and line.strip() not in _BARE_WORDS) or self.tries >= _MAX_TRIES:
            return 0
        self.tries += 1
        block = self._block_near(number + 1)
        is_dashed = separator is not None and min(map(len, separator.group("left", "right"))) >= _MIN_DASHES
        if block is None and not is_dashed:
            return 0
        self.is_forward |= is_announced and (separator is None or separator["forward"] is not None)
        end = block.end if block else number + 1
        return self._quote(number, self._below_attribution(end), block)

    def _below_attribution(self, number: int) -> int:
        """Skip an attribution below a separator. Returns the line after it, or this line."""
        for each in range(number, min(number + 5, len(self.lines))):
            if find_attribution(self.lines, each, is_marked=True):
                return each + 1
        return number

    def _block_near(self, start: int) -> HeaderBlock | None:
        """Find the header block here, after at most three blank lines."""
        for number in range(start, min(start + 4, len(self.lines))):
            block = read_header_block(self.lines, number, least=2)
            if block or self.lines[number].strip(_BLANK):
                return block
        return None

    def _take_block(self, number: int) -> int:
        if not may_open_block(self.lines[number]) or self.tries >= _MAX_TRIES:
            return 0
        self.tries += 1
        block = read_header_block(self.lines, number)
        if block is None:
            return 0
        start = self._rule_above(number)
        is_ruled = start < number and "-" not in self.lines[start] and len(block.fields) > 3
        if not is_ruled and not is_quote_by_itself(block, self.base_subject):
            return 0
        return self._quote(start, block.end, block)

    def _rule_above(self, number: int) -> int:
        """Return the line of Outlook's rule above a header block; this line if there is none."""
        for above in range(number - 1, max(-1, number - 4), -1):
            line = self.lines[above]
            if line in (CUT_LINE, RULE_LINE) or _RULE.fullmatch(line[:200]):
                return above
            if line.strip():
                break
        return number

    def _is_marked_below(self, number: int) -> bool:
        following = [
            each for each in range(number + 1, min(number + 4, len(self.lines))) if self.lines[each].strip()
        ]
        return bool(following) and (
            self.lines[following[0]][0] == SOFT_QUOTE or self._is_quote_line(following[0])
        )

    def _quote(self, start: int, end: int, block: HeaderBlock | None, column: int = 0) -> int:
        """Quote everything from `start`, whose heading ends before `end`; only the heading if `>` lines
        follow.

        Those delimit themselves. Returns the next line to process.
        """
        self.block = self.block or block
        is_marked = end < len(self.lines) and self._is_marked_below(end - 1)
        self._cut_back(start, column, end if is_marked else len(self.lines))
        return end if is_marked else len(self.lines)

    def _cut_back(self, start: int, column: int, end: int) -> None:
        """Move the lines from `start` to `end` to the quote; text before `column` of the first stays new."""
        while self.new and self.new[-1][0] >= start:
            self.new.pop()
        first = self.lines[start]
        if column:
            self.new.append((start, first[:column].rstrip()))
        self.drop_app_lines()
        self.quoted += [first[column:], *self.lines[start + 1 : end]]

    def drop_app_lines(self) -> None:
        """Move lines that a mail app appended to the new text to the quote."""
        count = count_app_lines([line for _, line in self.new[-_APP_LINES:]])
        if count:
            self.quoted += [line for _, line in self.new[-count:]]
            del self.new[-count:]


_BLANK: Final = " \t\u00a0\u3000" + CUT_LINE + RULE_LINE
_APP_LINES: Final = 16
_MAX_TRIES: Final = 500
"""Limit of lines that look like a quote's heading but are none; beyond, the text is considered hostile (Q10).
"""
_MAX_GAP: Final = 4
"""An attribution is at most two blank lines above its `>` lines."""

_BARE_WORDS: Final = frozenset(("Original", "原始邮件", "原始郵件"))
_FACE: Final = re.compile(r">\s?[^\s<>]{0,4}<(?=$|[\s。，！？!?~～…)）])")
"""The emoticons >_< and ><, which are no quote marks."""


def _without_soft_mark(line: str) -> str:
    return line[1:].removeprefix(">").removeprefix(" ") if line[:1] == SOFT_QUOTE else line


def _opens_quote(marked: list[str]) -> bool:
    """Whether `>` lines begin with an attribution or separator of their own, as in Apple Mail."""
    bare = [line.lstrip("> ") for line in marked[:6]]
    return any(
        _SEPARATOR.fullmatch(line[:200].rstrip())
        or _ANNOUNCED.fullmatch(line[:200].rstrip())
        or find_attribution(bare, number) is not None
        or ((block := read_header_block(bare, number)) is not None and is_quote_by_itself(block))
        for number, line in enumerate(bare)
    )


def _find_forwarded(splitter: _Splitter, *, is_forward: bool) -> Forwarded | None:
    """Find the original if the quoted part is a forward."""
    if splitter.block is not None:
        return make_forwarded(splitter.block.fields) if is_forward or splitter.is_forward else None
    return _read_quoted_forward(splitter.quoted) if splitter.quoted else None


def _read_quoted_forward(quoted: list[str]) -> Forwarded | None:
    """Find the original if the quoted lines begin like a forward (Apple Mail prefixes those with `>`)."""
    first = next((number for number, line in enumerate(quoted) if line.strip("> ")), 0)
    opening = quoted[first][:200].strip("> ")
    separator = _SEPARATOR.fullmatch(opening)
    if not _ANNOUNCED.fullmatch(opening) and (separator is None or separator["forward"] is None):
        return None
    for number in range(first + 1, min(first + 5, len(quoted))):
        block = read_header_block(quoted, number, least=2)
        if block:
            return make_forwarded(block.fields)
    return None


_BLANKS: Final = re.compile(r"\n{3,}")


def _tidy(lines: list[str]) -> str:
    joined = "\n".join(line for line in lines if line not in (CUT_LINE, RULE_LINE)).strip("\n").rstrip()
    return _BLANKS.sub("\n\n", joined) if "\n\n\n" in joined else joined
