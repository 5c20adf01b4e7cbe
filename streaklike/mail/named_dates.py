"""Find dates in Chinese and English text, relative to the day it was sent.

Pure; does not interpret their meaning.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

_HAN_NUMBERS: Final = {
    "一": 1,
    "二": 2,
    "兩": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_HAN_WEEKDAYS: Final = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
_NEAR_DAYS: Final = {
    **dict.fromkeys(("今天", "今日", "本日", "今晚", "今早", "今夜", "今午"), 0),
    **dict.fromkeys(("明天", "明日", "明早", "明晚"), 1),
    **dict.fromkeys(("後天", "后天"), 2),
    **dict.fromkeys(("大後天", "大后天"), 3),
    **dict.fromkeys(("today", "tonight", "this morning", "this afternoon", "this evening"), 0),
    **dict.fromkeys(
        ("end of day", "end of the day", "end of business", "close of business", "eod", "cob"), 0
    ),
    "tomorrow": 1,
    "day after tomorrow": 2,
}
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_HAN_NUMBER: Final = r"[一二三四五六七八九十]{1,3}"
_FRACTIONS: Final = frozenset({(1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5)})
"""`1/3 的經費` is more likely a fraction than a date."""
_LONGEST_PAST_DAYS: Final = 180
"""A date without a year that is further in the past than this means next year."""


class NamedDay(NamedTuple):
    """A date at `start` to `end` of the text, possibly in the past.

    `is_bare`: counts only as part of a deadline.
    """

    day: date
    start: int
    end: int
    is_bare: bool = False


def iter_named_days(text: str, sent_on: date) -> Iterator[NamedDay]:
    """Yield the dates in a text (NFKC, case folded), as meant by somebody who sent it on `sent_on`."""
    if not _HINT.search(text):
        return
    for pattern, read in _FORMS:
        for found in pattern.finditer(text):
            named = read(found, sent_on)
            if named is not None:
                yield NamedDay(named, found.start(), found.end(), pattern in _BARE)


def _read_near(found: re.Match[str], sent_on: date) -> date | None:
    return sent_on + timedelta(days=_NEAR_DAYS[found[0]])


def _read_han_weekday(found: re.Match[str], sent_on: date) -> date | None:
    which, weekday = found[1] or "", _HAN_WEEKDAYS[found[2]]
    if which.startswith(("上", "每")):
        return None
    monday = sent_on - timedelta(days=sent_on.weekday())
    weeks = which.count("下")
    if not which and weekday < sent_on.weekday():
        weeks = 1
    return monday + timedelta(weeks=weeks, days=weekday)


def _read_english_weekday(found: re.Match[str], sent_on: date) -> date | None:
    which, weekday = (
        (found[1] or "").strip(),
        next(n for n, name in enumerate(_WEEKDAYS) if name.startswith(found[2])),
    )
    if which in ("last", "past", "every", "each"):
        return None
    monday = sent_on - timedelta(days=sent_on.weekday())
    if which == "next":
        return monday + timedelta(weeks=1, days=weekday)
    return sent_on + timedelta(days=(weekday - sent_on.weekday()) % 7)


def _read_numbers(found: re.Match[str], sent_on: date) -> date | None:
    year, first, second = found["year"], int(found["month"]), int(found["day"])
    is_slashed = "slash" in found.re.groupindex
    if is_slashed and (first, second) in _FRACTIONS:
        return None
    if is_slashed and first > 12:
        first, second = second, first
    return _build(_read_year(year), first, second, sent_on)


def _read_year(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) + 1911 if len(text) < 4 else int(text)  # 115 年 is 2026 in Taiwan


def _read_han_numbers(found: re.Match[str], sent_on: date) -> date | None:
    return _build(None, _han_number(found[1]), _han_number(found[2]), sent_on)


def _han_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _HAN_NUMBERS.get(text, 0)
    return 10 * (_HAN_NUMBERS.get(tens, 0) if tens else 1) + (_HAN_NUMBERS.get(ones, 0) if ones else 0)


def _read_english_date(found: re.Match[str], sent_on: date) -> date | None:
    year = int(found["year"]) if found["year"] else None
    return _build(year, _MONTHS.index(found["month"][:3]) + 1, int(found["day"]), sent_on)


def _read_day_of_month(found: re.Match[str], sent_on: date) -> date | None:
    """`5 號前`, `下個月 5 號`: in this month if still to come, else in the next one."""
    day = int(found["day"])
    is_next = (found["which"] or "").startswith("下") or (not found["which"] and day < sent_on.day)
    first = _first_of_next_month(sent_on) if is_next else sent_on.replace(day=1)
    return _valid(first.year, first.month, day)


def _read_end(found: re.Match[str], sent_on: date) -> date | None:
    """The end of a week (Friday), month or year: 月底, `end of next month`."""
    said = found[0]
    if "週" in said or "周" in said or "week" in said:
        monday = sent_on - timedelta(days=sent_on.weekday())
        return monday + timedelta(weeks=1 if "next" in said or "下" in said else 0, days=4)
    if "年" in said or "year" in said:
        return date(sent_on.year + ("明" in said or "next" in said), 12, 31)
    named = found["month"]
    if named:
        start = _build(None, int(named), 1, sent_on)
        if start is None:
            return None
        first = start
    else:
        first = _first_of_next_month(sent_on) if "下" in said or "next" in said else sent_on
    return first.replace(day=monthrange(first.year, first.month)[1])


def _read_within(found: re.Match[str], sent_on: date) -> date | None:
    """`within 2 days`, `三天內`, `24 小時內`."""
    number = int(found["n"]) if found["n"].isdecimal() else _han_number(found["n"].replace("兩", "二"))
    if found["unit"].startswith(("hour", "小", "鐘")):
        number = number // 24
    return sent_on + timedelta(days=number) if number <= 60 else None


def _read_clock(_found: re.Match[str], sent_on: date) -> date | None:
    return sent_on


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _build(year: int | None, month: int, day: int, sent_on: date) -> date | None:
    if year is not None:
        return _valid(year, month, day)
    named = _valid(sent_on.year, month, day)
    if named is not None and (sent_on - named).days > _LONGEST_PAST_DAYS:
        return _valid(sent_on.year + 1, month, day)
    return named


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_NEAR: Final = re.compile(
    "|".join(
        name if not name.isascii() else rf"\b{name}\b" for name in sorted(_NEAR_DAYS, key=len, reverse=True)
    )
)
_HAN_WEEKDAY: Final = re.compile(
    r"(上上|下下|上|下|這|这|本|每)?[個个]?(?:週|周|星期|禮拜|礼拜)([一二三四五六日天末])(?![年期])"
)
_ENGLISH_WEEKDAY: Final = re.compile(
    r"\b((?:this|next|coming|last|past|every|each) )?(monday|tuesday|wednesday|thursday|thurs|friday|fri|saturday|sunday)\b"
)
_HAN_DATE: Final = re.compile(
    r"(?:(?P<year>\d{2,4}) ?年 ?)?(?<!\d)(?P<month>1[0-2]|0?[1-9]) ?月 ?(?P<day>[12]\d|3[01]|0?[1-9])(?!\d)(?: ?[日號号])?"
)
_HAN_WORD_DATE: Final = re.compile(rf"({_HAN_NUMBER})月({_HAN_NUMBER})[日號号]?")
_FULL_DATE: Final = re.compile(
    r"(?<![\d/.-])(?P<year>20\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?![\d/-])"
)
_SLASHED: Final = re.compile(
    r"(?<![\d/.$-])(?P<month>\d{1,2})(?P<slash>/)(?P<day>\d{1,2})(?:/(?P<year>20\d\d))?(?![\d/%-])"
)
_ENGLISH_DATE: Final = re.compile(
    rf"\b(?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)? (?:of )?(?P<month>{_MONTH})\b\.?(?:,? (?P<year>20\d\d))?"
)
_AMERICAN_DATE: Final = re.compile(
    rf"\b(?<!you )(?<!they )(?<!we )(?<!it )(?<!i )(?P<month>{_MONTH})\.? (?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?\b(?! ?(?:percent|%))(?: (?P<year>20\d\d))?"
)
_DAY_OF_MONTH: Final = re.compile(r"(?P<which>下個?月|這個?月|本月) ?(?P<day>[12]\d|3[01]|0?[1-9]) ?[日號号]")
_BARE_DAY: Final = re.compile(
    r"(?P<which>(?!))?(?<![\d月年.]) ?(?P<day>[12]\d|3[01]|0?[1-9]) ?[日號号](?=[之以]?前)"
)
_END_OF: Final = re.compile(
    r"(?:下個?|這個?|本)?月底|(?<!\d)(?P<month>1[0-2]|[1-9]) ?月底|(?:今|明)?年底|(?:下|本|這)?[週周]底"
    r"|\bend of (?:this |the |next )?(?:week|month|year)\b"
)
_WITHIN: Final = re.compile(r"\bwithin (?P<n>\d{1,2}) (?P<unit>hours?|days?)\b")
_HAN_WITHIN: Final = re.compile(
    r"(?P<n>\d{1,2}|[一二兩两三四五六七八九十]) ?(?P<unit>天|日|小時|小时|個小時)[之以]?[內内]"
)
_CLOCK: Final = re.compile(
    r"(?:中午|下班|放學|傍晚|晚上|\d{1,2}(?::\d\d| ?[點点]半?)|[一二三四五六七八九十]{1,2}[點点]半?)(?:鐘|整)?[之以]?前(?![的面往後])"
    r"|\b(?:by|before|until) (?:\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|o'clock)|\d{1,2}:\d\d|noon|midday|midnight)\b"
)

_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], date | None]], ...]] = (
    (_NEAR, _read_near),
    (_HAN_WEEKDAY, _read_han_weekday),
    (_ENGLISH_WEEKDAY, _read_english_weekday),
    (_HAN_DATE, _read_numbers),
    (_HAN_WORD_DATE, _read_han_numbers),
    (_FULL_DATE, _read_numbers),
    (_SLASHED, _read_numbers),
    (_ENGLISH_DATE, _read_english_date),
    (_AMERICAN_DATE, _read_english_date),
    (_DAY_OF_MONTH, _read_day_of_month),
    (_BARE_DAY, _read_day_of_month),
    (_END_OF, _read_end),
    (_WITHIN, _read_within),
    (_HAN_WITHIN, _read_within),
    (_CLOCK, _read_clock),
)
_HINT: Final = re.compile(
    r"[\d今明后後週周月年前內内]|本日|星期|禮拜|礼拜|today|tonight|\bthis |\bend of|\beod\b|\bcob\b|\bclose of|tomorrow|day\b|\bfri\b|\bthurs\b|noon|midnight"
)
"""Every form contains one of these. Most clauses contain none and are skipped quickly."""
_BARE: Final = frozenset({_CLOCK})
"""A time of day alone refers to the day of sending, unless there is another date."""
