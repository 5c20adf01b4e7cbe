"""A script's blanks filled in for one thread: names, dates, places, sums, and a choice among its variants."""

import re
from datetime import date, timedelta
from random import Random
from typing import Final

from demo_story import names
from demo_story.hours import MONTHS_EN, WEEKDAYS_EN, WEEKDAYS_ZH, work_day_from
from demo_story.model import Colleague, Person

_CHOICE: Final = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_BLANK: Final = re.compile(r"\{(\w+)\}")
_AMOUNTS: Final = (500, 600, 1000, 1000, 1200, 2000, 3000, 3000, 3600, 5000, 6000, 10000, 12000, 20000, 36000)


class Chooser:
    """Chooses among `[[one|two]]` for one thread: equally many choices fall alike, so that an answer fits its question."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._picked: dict[int, int] = {}

    def choose(self, text: str) -> str:
        """The text with one choice of each set."""
        return _CHOICE.sub(self._pick, text)

    def _pick(self, match: re.Match[str]) -> str:
        options = match[1].split("|")
        place = self._picked.setdefault(len(options), self._rng.randrange(len(options)))
        return options[place]


def fill(text: str, blanks: dict[str, str]) -> str:
    """The text with each `{word}` filled in. Raises KeyError for a word that has no value."""
    return _BLANK.sub(lambda match: blanks[match[1]], text)


def build_blanks(person: Person, colleague: Colleague, day: date, rng: Random) -> dict[str, str]:
    """What the words of one thread that begins on `day` stand for."""
    saturday = day + timedelta(days=(5 - day.weekday()) % 7 + 14)
    soon = work_day_from(day + timedelta(days=rng.randrange(6, 11)))
    past = day - timedelta(days=rng.randrange(6, 40))
    amount = rng.choice(_AMOUNTS)
    common = {
        "p": person.called,
        "name": person.name,
        "sign": person.sign,
        "me": colleague.name,
        "amount": f"{amount:,}",
        "n": str(rng.randrange(8, 60)),
        "code": f"{rng.randrange(10_000, 100_000)}",
        "year": str(day.year),
    }
    if person.language == "en":
        return common | _english(person, colleague, (saturday, soon, past), rng)
    return common | {
        "c": colleague.called if person.language == "zh" else colleague.called_ja,
        "date": _chinese_day(saturday, named=person.language == "zh"),
        "weekday": _chinese_day(soon, named=person.language == "zh"),
        "past": f"{past.month}月{past.day}日",
        "month": f"{past.month}月",
        "place": rng.choice(names.PLACES),
        "school": rng.choice(names.SCHOOLS),
        "kid": rng.choice(names.CHILDREN),
        "org": person.organization or "我們公司",
    }


def _english(
    person: Person, colleague: Colleague, days: tuple[date, date, date], rng: Random
) -> dict[str, str]:
    saturday, soon, past = days
    return {
        "c": colleague.called_en,
        "date": f"Saturday {saturday.day} {MONTHS_EN[saturday.month - 1]}",
        "weekday": f"{WEEKDAYS_EN[soon.weekday()]} {soon.day} {MONTHS_EN[soon.month - 1]}",
        "past": f"{past.day} {MONTHS_EN[past.month - 1]}",
        "month": MONTHS_EN[past.month - 1],
        "place": rng.choice(names.PLACES_EN),
        "school": rng.choice(names.SCHOOLS_EN),
        "kid": rng.choice(names.CHILDREN_EN),
        "org": person.organization or "our company",
    }


def _chinese_day(day: date, *, named: bool) -> str:
    return f"{day.month}月{day.day}日" + (f"（{WEEKDAYS_ZH[day.weekday()]}）" if named else "")
