"""Who is in the story: the six colleagues and some four hundred people outside, drawn by the seed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Final

from demo_story import names
from demo_story.model import Colleague, Party, Person

ORGANIZATION: Final = "河岸共學協會 Riverbank Learning Association"
DOMAIN: Final = "riverbank.example"
GROUP: Final = Party("志工窗口", f"volunteers@{DOMAIN}")
GROUP_MEMBERS: Final = ("volunteers", "programmes")
MONTHS: Final = 18
DAYS: Final = 548

COLLEAGUES: Final = (
    Colleague("director", "林怡君", f"yichun.lin@{DOMAIN}", "admin", "zh", "執行長 Director", "林執行長", "Yichun", "林様"),
    Colleague("fundraising", "陳志豪", f"chihhao.chen@{DOMAIN}", "member", "zh", "募款與捐款服務 Fundraising", "陳專員", "Chih-hao", "陳様"),
    Colleague("volunteers", "黃雅婷", f"yating.huang@{DOMAIN}", "member", "zh", "志工督導 Volunteers", "雅婷", "Yating", "黄様"),
    Colleague("programmes", "吳承翰", f"chenghan.wu@{DOMAIN}", "viewer", "zh", "課程與活動（兼職） Programmes", "吳老師", "Chenghan", "呉様"),
    Colleague("cases", "張美玲", f"meiling.chang@{DOMAIN}", "member", "zh", "社工師 Social worker", "張社工", "Meiling", "張様"),
    Colleague("international", "Emily Watson", f"emily.watson@{DOMAIN}", "member", "en", "International partnerships 國際合作", "Emily", "Emily", "Watson様"),
)  # fmt: skip
BY_KEY: Final = {colleague.key: colleague for colleague in COLLEAGUES}
BY_EMAIL: Final = {colleague.email: colleague for colleague in COLLEAGUES}

_SHARES: Final = (
    # segment, of 372, English and Japanese among a hundred
    ("donor", 142, 36, 3),
    ("volunteer", 104, 40, 0),
    ("family", 42, 0, 0),
    ("school", 26, 26, 8),
    ("company", 25, 40, 0),
    ("press", 10, 30, 0),
    ("partner", 23, 45, 13),
)
_TIERS: Final = {"A": 8, "B": 18, "C": 30}
_TIER_SEGMENTS: Final = ("donor", "donor", "company", "donor", "partner")
_RESERVED: Final = frozenset({"王淑芬", "許雅雯", "陳美惠", "李國華", "林家豪", "蔡宗翰", "張惠如"})


def build_people(seed: int, *, start: date, today: date, scale: float) -> tuple[Person, ...]:
    """The ordinary supporters, in a fixed order; about 372 of them at scale 1. Addresses are distinct."""
    rng = Random(f"{seed}:people")
    drawn = _draw_names(rng)
    taken: set[str] = set()
    people: list[Person] = []
    for segment, share, english, japanese in _SHARES:
        count = max(2, round(share * scale))
        for index in range(count):
            place = (index * 61 + 17) % 100
            language = "en" if place < english else "ja" if place < english + japanese else "zh"
            person = _build_person(f"p{len(people):03d}", segment, language, next(drawn), rng)
            since = start + timedelta(days=rng.randrange(max(1, (today - start).days - 75)))
            if rng.random() < 0.35:
                since = start
            people.append(replace(person, address=_distinct(person.address, taken), since=since))
    return _give_tiers(people, scale)


def _draw_names(rng: Random) -> Iterator[tuple[tuple[str, str], tuple[str, str], bool]]:
    """Surname, given name, and whether a woman bears it; no full name twice."""
    seen = set(_RESERVED) | {colleague.name for colleague in COLLEAGUES}
    while True:
        is_woman = rng.random() < 0.58
        surname = names.SURNAMES[min(int(rng.expovariate(0.08)), len(names.SURNAMES) - 1)]
        given = rng.choice(names.WOMEN if is_woman else names.MEN)
        if surname[0] + given[0] not in seen:
            seen.add(surname[0] + given[0])
            yield surname, given, is_woman


def _build_person(
    key: str, segment: str, language: str, drawn: tuple[tuple[str, str], tuple[str, str], bool], rng: Random
) -> Person:
    if language == "en":
        return _english(key, segment, rng)
    if language == "ja":
        return _japanese(key, segment)
    (surname, latin), (given, given_latin), is_woman = drawn
    organization, domain = _workplace(segment, names.ORGANIZATIONS, rng)
    honorific = _honorific(segment, is_woman, rng)
    local = rng.choice(
        (f"{given_latin}.{latin}", f"{latin}{given_latin}", f"{given_latin}{rng.randrange(60, 99)}")
    )
    return Person(
        key=key,
        name=surname + given,
        address=f"{local}@{domain or rng.choice(names.HOMES_ZH)}",
        segment=segment,
        language="zh",
        called=given if segment == "volunteer" and rng.random() < 0.7 else surname + honorific,
        sign=surname + given if rng.random() < 0.6 else given,
        look=rng.choice(("gmail", "gmail", "gmail", "outlook", "apple", "plain")),
        organization=organization,
    )


def _honorific(segment: str, is_woman: bool, rng: Random) -> str:
    if segment == "school":
        return rng.choice(("老師", "老師", "主任"))
    if segment == "press":
        return "記者"
    if segment == "partner":
        return rng.choice(("科員", "秘書", "組長"))
    if segment == "company":
        return rng.choice(("經理", "小姐" if is_woman else "先生"))
    return rng.choice(("小姐", "小姐", "女士")) if is_woman else "先生"


def _english(key: str, segment: str, rng: Random) -> Person:
    number = int(key[1:])
    first = names.ENGLISH_FIRST[number % len(names.ENGLISH_FIRST)]
    last = names.ENGLISH_LAST[(number * 7 + number // 40) % len(names.ENGLISH_LAST)]
    organization, domain = _workplace(segment, names.ORGANIZATIONS_EN, rng)
    latin = last.lower().replace("'", "")
    return Person(
        key=key,
        name=f"{first} {last}",
        address=f"{first.lower()}.{latin}@{domain or rng.choice(names.HOMES_EN)}",
        segment=segment,
        language="en",
        called=first,
        sign=first,
        look=rng.choice(("gmail", "gmail", "outlook", "apple")),
        organization=organization,
        offset=rng.choice((480, 480, 0, 60, -300)) if segment != "volunteer" else 480,
    )


def _japanese(key: str, segment: str) -> Person:
    number = int(key[1:])
    name, local, surname = names.JAPANESE[number % len(names.JAPANESE)]
    organization, domain = names.ORGANIZATIONS_JA[number % 2]
    return Person(
        key=key,
        name=name,
        address=f"{local}@{domain if segment != 'donor' else 'post.example'}",
        segment=segment,
        language="ja",
        called=surname,
        sign=name,
        look="outlook",
        organization=organization,
        offset=540,
    )


def _workplace(segment: str, table: dict[str, tuple[tuple[str, str], ...]], rng: Random) -> tuple[str, str]:
    return rng.choice(table[segment]) if segment in table else ("", "")


def _distinct(address: str, taken: set[str]) -> str:
    local, _, domain = address.partition("@")
    number = 2
    while address in taken:
        address = f"{local}{number}@{domain}"
        number += 1
    taken.add(address)
    return address


def _give_tiers(people: list[Person], scale: float) -> tuple[Person, ...]:
    """Tiers for the first suitable people of each segment in turn, who have been there for over half a year."""
    given = dict[str, str]()
    order = [person for person in people if person.segment in _TIER_SEGMENTS]
    order.sort(key=lambda person: (person.since, person.key))
    wanted = [tier for tier, count in _TIERS.items() for _ in range(max(1, round(count * scale)))]
    for person, tier in zip(order[:: max(1, len(order) // max(1, len(wanted)))], wanted, strict=False):
        given[person.key] = tier
    return tuple(replace(person, tier=given.get(person.key)) for person in people)
