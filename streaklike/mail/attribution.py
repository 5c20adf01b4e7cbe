"""Find the line above a quote that says who wrote when (R25), in the formats of many mail programs, wrapped
or not.

An attribution is recognized by its form, not only by its verb: a date with day, month and year, and a name,
an address or a time, and nothing else. Sentences of the author ("in a letter of 2 March 2026 she wrote:") do
not match.
"""

import re
from dataclasses import dataclass
from typing import Final

MAX_LENGTH: Final = 500
"""Maximum length of an attribution line, in characters."""

_MAX_LINES: Final = 4
"""Maximum number of lines over which mail programs wrap an attribution."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where an attribution begins: the line, and the column if the author's own text precedes it on that
    line.
    """

    line: int
    column: int = 0


_HAN_VERBS: Final = r"寫道|写道|寫到|写到|寫了|写了|來信|来信|提到|表示|說道|说道|引述"
_VERBS: Final = (
    r"wrote|writes|said|schrieb|geschrieben|écrit|ecrit|escribió|scritto|escreveu|schreef|geschreven|skrev|napisał|napisał\(a\)"
    r"|napsal|napsal\(a\)|kirjoitti|написал|написал\(а\)|пише|đã viết|menulis|yazdı|เขียนว่า|sumulat"
    r"|さんは書きました|は書きました|のメール|님이 작성|님이 다음을 작성|작성"
)
_VERB_END: Final = re.compile(rf"(?:{_HAN_VERBS}|{_VERBS})\s?(?P<colon>[:：﹕]?)$", re.IGNORECASE)
_MAX_VERB: Final = 40
"""The verb is within this many characters of the end of an attribution."""
_COLONS: Final = frozenset(":：﹕")
_HAN_END: Final = re.compile(rf"(?:{_HAN_VERBS})\s?[:：﹕]?$")
_VERB_INSIDE: Final = re.compile(r"\s(?:wrote on|schrieb|schreef|skrev|kirjoitti)\s(?=.{1,160}[:：]$)")
_VERB_THEN_TEXT: Final = re.compile(rf"(?:{_HAN_VERBS}|wrote)\s?[:：](?=[ \u00a0\u3000]{{2,}}\S)")
"""Yahoo's apps put the quoted text on the same line, after several spaces."""

_DATE: Final = re.compile(
    r"\d{4}\s?[年년/.-]\s?\d{1,2}\s?[月월/.-]\s?\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{2}/\d{1,2}/\d{1,2}"
    r"|\d{1,2}\.\s\d{1,2}\.\s(?:19|20)\d{2}|\d{1,2}[-\s./]{1,2}(?:de )?[^\s\d]{2,14}[-\s.,/]{1,3}(?:de )?(?:19|20)\d{2}"
    r"|[^\W\d_]{3,12}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:19|20)\d{2}"
    r"|\d{1,2}(?:月| thg)\s?\d{1,2},\s(?:19|20)\d{2}|\d{1,2}\s\d{1,2}月,?\s(?:19|20)\d{2}"
)
_TIME: Final = re.compile(r"\d{1,2}\s?[:：點点时時h.]\s?\d{2}")
_ADDRESS: Final = re.compile(r"[^\s<>@()\[\]]{1,64}@[^\s<>@()\[\]]{1,190}")
_SHORT_DAY: Final = re.compile(
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mo|Di|Mi|Do|Fr|Sa|So)\b[,.]|[(（\s](?:週|周|星期)?[一二三四五六日天月火水木金土][)）]|週[一二三四五六日]|周[一二三四五六日]"
)
_DAY_NAME: Final = re.compile(
    r"\b(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\b|[週周][一二三四五六日]|星期[一二三四五六日天]"
)
_START: Final = re.compile(
    r"(?:On|Le|Am|El|Em|Op|Il|Den|Dnia|W dniu|På|At|In message|Vào|Pada|Noong|Dne|ในวันที่)\s", re.IGNORECASE
)
_QUOTING: Final = re.compile(
    r"(?:Quoting|Zitat von|Citando|Quoted from|引述|引用|Excerpts from)\s?.{1,160}[:：]$"
)
_INNER_START: Final = re.compile(
    r"(?<=[^\w<@])(?:On|Le|Am|El|Em|Op|Il|Den)\s(?=(?:[^\W\d_]{2,12}[.,]{0,2}\s){0,3}\d{1,4}\D)"
    r"|(?<=[\s，。！？；、~～])(?:於|于|在)?\s?(?=\d{4}\s?[年/-]\s?\d{1,2}\s?[月/-])"
    r"|(?<=[\s，。！？；、~～])(?:於|于|在)\s?(?=[週周]|星期)"
)
_SENTENCE: Final = re.compile(r"[，。！？；～!?;]|[a-z]\.\s")


def find_attribution(lines: list[str], end: int, *, is_marked: bool = False) -> Attribution | None:
    """Find the attribution that ends on line `end`, or None (R25).

    `is_marked`: lines with `>` follow. Then fewer signs are required: a date or an address beside the verb,
    or a name alone. Sentences of the author that only end like an attribution do not match either way.
    """
    if not may_end_attribution(lines[end], is_marked=is_marked):
        return None
    joined = ""
    found = None
    for start in range(end, max(-1, end - _MAX_LINES), -1):
        line = lines[start].strip()
        if not line or line.startswith(">") or len(line) > MAX_LENGTH:
            break
        joined = f"{line} {joined}".rstrip()
        column = _find_start(joined, is_sure=True, is_marked=is_marked)
        if column is not None:
            return _to_attribution(lines, start, joined, column)
        if is_marked and found is None:
            column = _find_start(joined, is_sure=False, is_marked=True)
            found = None if column is None else Attribution(start, column)
    return found


def may_end_attribution(line: str, *, is_marked: bool = False) -> bool:
    """Cheap check whether `find_attribution` could succeed for this line."""
    last = line.strip()
    return 0 < len(last) <= MAX_LENGTH and _may_end(last, is_marked=is_marked)


def find_running_attribution(line: str) -> Attribution | None:
    """Find the attribution in a line that continues with the quoted text, as Yahoo's apps write it (R25).

    Its line number is 0.
    """
    if "  " not in line or "@" not in line:
        return None
    cut = line[:MAX_LENGTH]
    found = _VERB_THEN_TEXT.search(cut)
    if found is None:
        return None
    head = cut[: found.end()].strip()
    if not (_DATE.search(head) and _TIME.search(head) and _ADDRESS.search(head)):
        # 「3月 2, 2026」: Yahoo's date in Chinese has its year last.
        return None
    column = _find_start(head, is_sure=True, is_marked=False)
    return None if column is None else Attribution(0, column)


def _may_end(line: str, *, is_marked: bool) -> bool:
    """Cheap check: a colon at the end, an address and a verb at the end, or, with `>` below, a closing
    bracket.
    """
    bare = line.rstrip(" -*‐–—")
    if bare[-1:] in _COLONS or (is_marked and bare[-1:] in ">)]"):
        return True
    return "@" in line and _VERB_END.search(bare[-_MAX_VERB:]) is not None


def _find_start(text: str, *, is_sure: bool, is_marked: bool) -> int | None:
    """Return the column at which an attribution ending with this text begins, or None."""
    lead = len(text) - len(text.lstrip(" -*‐–—"))
    core = text.strip(" -*‐–—")
    is_dashed = lead > 1 and text[-1:] in "-‐–—"
    if not is_sure:
        return 0 if _is_likely(core) else None
    if _is_sure(core, is_dashed=is_dashed, is_marked=is_marked):
        inner = _shared_column(core)
        return 0 if not inner else lead + inner
    for found in _INNER_START.finditer(core):
        if _is_sure(core[found.start() :], is_dashed=is_dashed, is_marked=is_marked):
            return lead + found.start()
    return None


def _to_attribution(lines: list[str], start: int, joined: str, column: int) -> Attribution:
    """Convert to a position in the text: `joined` lacks the first line's indent; a name may be on the line
    above.
    """
    if column:
        line = lines[start]
        return Attribution(start, column + len(line) - len(line.lstrip()))
    if start and not _ADDRESS.search(joined) and _is_nameless(joined):
        # 「小明 <a@b> 於」 wrapped before its date: the date alone matches, and the name would stay in the new text.
        above = lines[start - 1].strip()
        if above and len(above) <= 120 and _NAME_ABOVE.search(above) and not _SENTENCE.search(above):
            return Attribution(start - 1)
    return Attribution(start)


_NAME_ABOVE: Final = re.compile(r"(?:於|于|在)$|@[^\s<>@]{1,190}>$")


def _is_sure(text: str, *, is_dashed: bool, is_marked: bool) -> bool:
    """Whether a text alone has the complete form of an attribution."""
    date = _DATE.search(text)
    if date is None:
        return False
    # Both patterns are anchored at the end: from the start they would be tried at each position of a long line.
    verb = _VERB_END.search(text, max(0, len(text) - _MAX_VERB))
    if verb is None:
        return _is_sure_without_verb(text, date.end(), is_marked=is_marked)
    has_time, address = _TIME.search(text) is not None, _ADDRESS.search(text)
    if not verb["colon"] and not is_dashed and not (has_time and address):
        return False
    if _HAN_END.search(text, max(0, len(text) - _MAX_VERB)):
        return _is_han_form(text, date, verb.start())
    head = text[: verb.start()]
    if address and address.start() < date.start():
        return has_time and _is_person(head[: address.start()])
    return _is_date_first(head, has_address=address is not None)


def _is_date_first(head: str, *, has_address: bool) -> bool:
    """Check the date-first form: a date, then a name; without an address also a time or short weekday."""
    if not _START.match(head) and not _DATE_FIRST.match(head):
        return False
    name = _after_time(head)
    if has_address:
        return _is_person(name)
    return (_TIME.search(head) is not None or _SHORT_DAY.search(head) is not None) and _is_name(name)


def _is_sure_without_verb(text: str, date_end: int, *, is_marked: bool) -> bool:
    """Check forms with the verb inside or missing: `Am … schrieb Ben:`, `5.1.2026 15:04 Ben <b@c>:`, Gmail's
    of 2012.
    """
    address, has_time = _ADDRESS.search(text), _TIME.search(text) is not None
    inside = _VERB_INSIDE.search(text)
    if inside:
        if date_end > inside.start():
            return has_time and _is_person(text[: inside.start()])
        return address is not None or (has_time and _is_name(text[inside.end() :].rstrip(":：")))
    if address is None or not _DATE_FIRST.match(text):
        return False
    if text[-1] in ":：":
        name = _after_time(text[: address.start()])
        return (
            has_time and (text[-2] in ">)]" or " by " in text) and not _ASKS.search(name) and _is_person(name)
        )
    return is_marked and text[-1] in ">)" and len(text) <= 200 and date_end < address.start()


_ASKS: Final = re.compile(r"[請请寄到給给送]|前|以內")
_DATE_FIRST: Final = re.compile(r"(?:[^\W\d_]{2,4}\.?,?\s)?\d")
_CLOCK: Final = r"[\d年月日號号/.\-:：時时點点分秒\s,，、()（）\[\]+週周星期一二三四五六日天上下午早晨晚凌中夜AaPpMmGgUuTtCcSs]{6,60}"
_HAN_TAIL: Final = re.compile(rf"\s?[，,、]?\s?(?:於|于|在)?\s?{_CLOCK}[，,]?\s?$")
_HAN_HEAD: Final = re.compile(rf"(?:於|于|在)?\s?{_CLOCK}(?:(?:於|于|在)\s?{_CLOCK})?")
_OWN_WORDS: Final = re.compile(r"[的我你您他她它們们，。！？；：「」]|裡|里面|信中|日記|日记|文章|書中|书中")


def _is_han_form(text: str, date: re.Match[str], verb_start: int) -> bool:
    """Check 「名字 <address> 於 date time 寫道：」 or 「在 date time，名字 <address> 寫道：」 with nothing in between."""
    head = text[:verb_start].rstrip()
    addresses = list(_ADDRESS.finditer(head))
    if addresses and addresses[-1].end() <= date.start():
        after = head[addresses[-1].end() :].lstrip(" >)]")
        return _HAN_TAIL.fullmatch(f" {after} ") is not None
    if addresses:
        return (
            not head[addresses[-1].end() :].strip(' >)]"」，,')
            and _HAN_HEAD.match(head[: date.end() + 60]) is not None
        )
    if not _TIME.search(head):
        return False
    first = _HAN_HEAD.match(head)
    if first and first.end() >= date.end():
        name = head[first.end() :].strip(' "，,')
        return len(name) <= 30 and not _OWN_WORDS.search(name)
    tied = _HAN_TIE.search(head)
    if tied is None or tied.start() > date.start():
        return False
    name = head[: tied.start()].strip(' "，,')
    return (
        len(name) <= 30
        and not _OWN_WORDS.search(name)
        and _HAN_TAIL.fullmatch(head[tied.start() :]) is not None
    )


_HAN_TIE: Final = re.compile(r"(?:於|于|在)\s?(?=\d|[週周]|星期)")


def _is_nameless(text: str) -> bool:
    verb = _HAN_END.search(text)
    return verb is not None and _HAN_TAIL.fullmatch(f" {text[: verb.start()]} ") is not None


def _shared_column(text: str) -> int:
    """Return where an attribution begins after the author's own text on the same line; 0 if there is none."""
    address = _ADDRESS.search(text)
    date = _DATE.search(text)
    if address is None or date is None or date.start() < address.start():
        return 0
    before = text[: address.start()].rstrip(" <([\"'")
    ends = [found.end() for found in _SENTENCE.finditer(before)]
    if not ends and len(before) <= _MAX_NAME:
        return 0
    # The author's text and the name cannot be separated reliably: take only the last word as the name.
    return max([*ends, before.rfind(" ") + 1])


_NAME_WORD: Final = re.compile(
    r"[A-Z\d\"'(<\[]|[^\x00-\x7f]|van\b|von\b|de\b|der\b|da\b|del\b|bin\b|al\b|via\b|from\b|el\b|\S{1,64}@"
)
_ZONE: Final = re.compile(
    r":\d{2}|[\s,，.]*(?:[AaPp]\.?[Mm]\b\.?|Uhr|Z\b|[A-Z]{3,4}\b(?!\s[A-Z]?[a-z])|[+-]\d{4}|[+-]\d{1,2}:?\d{0,2}|\([^()]{1,12}\)|\[[^\[\]]{1,12}\])"
)
_NOT_NAMES: Final = frozenset(
    (
        "i",
        "we",
        "you",
        "he",
        "she",
        "they",
        "who",
        "it",
        "as",
        "what",
        "and",
        "that",
        "met",
        "got",
        "ich",
        "je",
    )
)
_MAX_NAME: Final = 60


def _is_name(text: str) -> bool:
    """Whether a text can be a name with an address, rather than words of a sentence."""
    words = text.strip(" ,，:：\"'").split()
    return (
        0 < len(words) <= 8
        and _SENTENCE.search(text) is None
        and all(_NAME_WORD.match(word) and word.casefold() not in _NOT_NAMES for word in words)
    )


def _is_person(text: str) -> bool:
    """Whether the text beside an address can be a person's name, which may be lower-case or missing."""
    words = text.split()
    return (
        len(words) <= 12
        and not _SENTENCE.search(text)
        and _NOT_NAMES.isdisjoint(word.casefold() for word in words)
    )


def _after_time(text: str) -> str:
    """Return what follows the date and time: the name, without `PM`, time zone and commas."""
    end = max((found.end() for pattern in (_DATE, _TIME) for found in pattern.finditer(text)), default=0)
    rest = text[end:]
    for _ in range(4):
        cut = _ZONE.match(rest)
        if cut is None or not cut.end():
            break
        rest = rest[cut.end() :]
    return rest.strip(" ,，").removesuffix(" a").removesuffix(" ha").strip(" ,，")


_HAN_NAME_ONLY: Final = re.compile(
    rf"[^\s，。！？；：「」的我你您他她們们這那]{{1,14}}(?:\s[^\s，。！？；：「」的我你您他她們们這那]{{1,14}})?\s?(?:{_HAN_VERBS})\s?[:：﹕]$"
)
_WROTE_END: Final = re.compile(rf"\s?(?:{_VERBS})\s?[:：]$", re.IGNORECASE)


def _is_likely(text: str) -> bool:
    """With `>` below: a name and a verb, or a date or weekday, a name and a verb; not an ordinary sentence."""
    if len(text) > 200:
        return False
    if _QUOTING.match(text):
        return True
    if _HAN_END.search(text):
        return _is_likely_han(text)
    verb = _WROTE_END.search(text)
    if verb is None:
        inside = _VERB_INSIDE.search(text)
        return inside is not None and _DAY_NAME.search(text) is not None and _START.match(text) is not None
    head = text[: verb.start()]
    start = _START.match(head)
    if start is None:
        return _is_name(head) and head.count("<") == head.count(">")
    days = [found.end() for pattern in (_DATE, _TIME, _DAY_NAME) for found in pattern.finditer(head)]
    return bool(days) and _is_name(_after_time(head[max(days) :]))


def _is_likely_han(text: str) -> bool:
    if _HAN_NAME_ONLY.match(text):
        return True
    head = _HAN_END.sub("", text)
    is_dated = _DATE.search(head) is not None
    return (is_dated or _ADDRESS.search(head) is not None) and not _OWN_WORDS.search(_ADDRESS.sub("", head))
