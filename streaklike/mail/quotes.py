"""New text and quoted text told apart (R25), and the original inside a forward (R17)."""

import re
from dataclasses import dataclass
from typing import Final

from streaklike.mail import attribution
from streaklike.mail.html_text import CUT_LINE
from streaklike.mail.message import Forwarded
from streaklike.mail.quoted_headers import FROM_WORDS, make_forwarded, read_header_block


@dataclass(frozen=True, slots=True)
class Split:
    """A text in two: what its writer wrote, and what they quoted; `forwarded` where the quoted part is a forward."""

    new: str
    quoted: str
    forwarded: Forwarded | None = None


_SEPARATOR_WORDS: Final = r"Original Message|Original-Nachricht|Ursprüngliche Nachricht|原始郵件|原始信件|原始邮件|原邮件|原始訊息|Message d'origine|Mensaje original|Mensagem original|Messaggio originale|元のメッセージ|원본 메[시세]지|Reply message|Original Appointment"
_FORWARD_WORDS: Final = r"Forwarded [Mm]essage|Forwarded by .{1,80}|Weitergeleitete Nachricht|(?:已)?轉寄(?:的)?(?:郵件|訊息|信件)|(?:已)?转发(?:的)?(?:邮件|消息|信息)|轉發(?:的)?(?:郵件|訊息)|轉寄者.{1,80}|Message transféré|Mensaje reenviado|Mensagem encaminhada|Messaggio inoltrato|転送(?:されたメッセージ|メッセージ)|전달된 메[시세]지"
_SEPARATOR: Final = re.compile(rf"[\s*]{{0,4}}-{{2,}}\s?(?:{_SEPARATOR_WORDS})\s?-{{2,}}[\s*]{{0,4}}")
_FORWARD: Final = re.compile(
    rf"[\s*]{{0,4}}-{{2,}}\s?(?:{_FORWARD_WORDS})\s?-{{2,}}[\s*]{{0,4}}"
    r"|(?:Begin forwarded message|開始轉寄(?:郵件|訊息|的郵件)|开始转发的邮件|下面是被转发的邮件|下面是被轉寄的郵件|轉寄的郵件|Anfang der weitergeleiteten Nachricht|Début du message réexpédié)\s?[:：]"
)
_RULE: Final = re.compile(r"\s?_{10,}\s?")
_FROM_LINE: Final = re.compile(
    rf"^[\s*]{{0,4}}(?:{'|'.join(FROM_WORDS)})\s?\*?\s?[:：]", re.MULTILINE | re.IGNORECASE
)


def split_quotes(text: str, *, is_forward: bool = False) -> Split:
    """The new and the quoted part of a text with LF line ends (R25).

    Blocks of `>` lines are quoted with the attribution above them, and what stands between and below them is new (an
    answer in between). After a separator, a header block, or an attribution with no `>` below, all is quoted.
    `is_forward`: the subject says so, which makes a forward of a bare header block too.
    """
    lines = text.split("\n")
    cut, block = _find_cut(lines)
    has_marked = "\n>" in text or text[:1] == ">"
    if cut == len(lines) and not has_marked:
        return Split(_tidy(lines), "")
    new, quoted = _part_lines(lines[:cut]) if has_marked else (lines[:cut], [])
    forwarded = None
    if cut < len(lines):
        is_said = is_forward or any(_FORWARD.fullmatch(line[:200].rstrip()) for line in lines[cut : cut + 3])
        if block and is_said:
            forwarded = make_forwarded(block)
        quoted += lines[cut:]
    elif quoted:
        forwarded = _read_quoted_forward(quoted)
    return Split(_tidy(new), _tidy(quoted), forwarded)


def _read_quoted_forward(quoted: list[str]) -> Forwarded | None:
    """The original where the quoted lines open as a forward does (Apple Mail prefixes those with `>`)."""
    first = next((number for number, line in enumerate(quoted) if line.strip("> ")), 0)
    block = _block_near(quoted, first + 1) if _FORWARD.fullmatch(quoted[first][:200].strip("> ")) else None
    return make_forwarded(block) if block else None


def _find_cut(lines: list[str]) -> tuple[int, dict[str, str] | None]:
    """The line from which all is quoted, and the header block there, if one is."""
    for number, line in enumerate(lines):
        if not line or line[0] == ">":
            continue
        bare = line.rstrip()
        if line == CUT_LINE or _is_separator(bare):
            return number, _block_near(lines, number + 1)
        if bare[-1:] in _ENDINGS and _is_last_attribution(lines, number):
            return attribution.find_attribution(lines, number) or 0, None
        if (":" in line or "：" in line) and _FROM_LINE.match(line):
            block = read_header_block(lines, number)
            if block:
                return _with_rule_above(lines, number), block
    return len(lines), None


_ENDINGS: Final = frozenset(":：﹕e")


def _is_separator(line: str) -> bool:
    if "-" not in line[:6] and not line.endswith((":", "：")):
        return False
    cut = line[:200]
    return _SEPARATOR.fullmatch(cut) is not None or _FORWARD.fullmatch(cut) is not None


def _block_near(lines: list[str], start: int) -> dict[str, str] | None:
    for number in range(start, min(start + 4, len(lines))):
        block = read_header_block(lines, number, is_announced=True)
        if block:
            return block
    return None


def _is_last_attribution(lines: list[str], number: int) -> bool:
    """Whether an attribution ends here with no `>` lines below it: then all that follows is quoted."""
    if attribution.find_attribution(lines, number) is None:
        return False
    return not any(line.startswith(">") for line in _next_lines(lines, number))


def _next_lines(lines: list[str], number: int) -> list[str]:
    """The first of the three lines after this one that is not blank, if one is."""
    following = [line for line in lines[number + 1 : number + 4] if line.strip()]
    return following[:1]


def _with_rule_above(lines: list[str], number: int) -> int:
    start = number
    for above in range(number - 1, max(-1, number - 3), -1):
        line = lines[above]
        if line == CUT_LINE or _RULE.fullmatch(line[:200]):
            start = above
        elif line.strip():
            break
    return start


def _part_lines(lines: list[str]) -> tuple[list[str], list[str]]:
    """New and quoted lines above the cut: `>` blocks and their attributions against all else."""
    new: list[str] = []
    quoted: list[str] = []
    is_quoting = False
    for line in lines:
        is_quote = line.startswith(">") and not line.startswith(">From ")
        if is_quote:
            if not is_quoting:
                quoted += _take_attribution(new)
            quoted.append(line)
        elif is_quoting and not line.strip():
            quoted.append(line)
            is_quote = True
        else:
            new.append(line)
        is_quoting = is_quote
    return new, quoted


def _take_attribution(new: list[str]) -> list[str]:
    """The attribution at the end of the new lines, taken off them, blank lines below it included."""
    end = len(new) - 1
    while end >= 0 and not new[end].strip():
        end -= 1
    if end < 0 or len(new) - 1 - end > 2:
        return []
    start = attribution.find_loose_attribution(new, end)
    if start is None:
        return []
    taken = new[start:]
    del new[start:]
    return taken


_BLANKS: Final = re.compile(r"\n{3,}")


def _tidy(lines: list[str]) -> str:
    joined = "\n".join(line for line in lines if line != CUT_LINE).strip("\n").rstrip()
    return _BLANKS.sub("\n\n", joined) if "\n\n\n" in joined else joined
