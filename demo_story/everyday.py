"""The everyday: each person's threads over the months, one after another, nearly all of them brought to an end."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from demo_story.cast import BY_KEY
from demo_story.hours import day_of
from demo_story.ledger import GiverTotals, Totals
from demo_story.model import Gift, Person
from demo_story.play import Played, Scene, play
from demo_story.post import Post
from demo_story.scripts import Script, all_scripts

_REST_DAYS: Final = 26
_MEAN_GAP_DAYS: Final = {
    "donor": 245, "volunteer": 200, "family": 180, "school": 170, "company": 180, "press": 180, "partner": 165,
}  # fmt: skip
_KEPT_IN_TOUCH_DAYS: Final = {"A": 27, "B": 42}
_RECENT_DAYS: Final = 130
_FRESH_THANKS: Final = 4


@dataclass(slots=True)
class Everyday:
    """What the everyday leaves for the casebook: gifts spoken of, and the ids of short thanks that ended a thread."""

    gifts: list[Gift] = field(default_factory=list)
    thanked: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    fresh_thanks: int = 0
    plays: Counter[str] = field(default_factory=Counter)


def play_everyday(post: Post, people: tuple[Person, ...], ledger: Totals, *, today: date) -> Everyday:
    """Play everybody's threads up to today."""
    everyday = Everyday()
    companions = _companions(people)
    for person in people:
        _play_person(post, person, ledger.of(person.key), companions.get(person.key), everyday, today)
    return everyday


def _play_person(
    post: Post,
    person: Person,
    account: GiverTotals,
    companion: Person | None,
    everyday: Everyday,
    today: date,
) -> None:
    rng = Random(f"{post.seed}:{person.key}")
    day = person.since + timedelta(days=rng.randrange(12))
    played: list[str] = []
    while day <= min(today, account.until):
        is_kept = _is_kept(person, day, today)
        script = _pick(person, account, day, played, rng, is_kept=is_kept)
        if script is None:
            day += timedelta(days=4)
            continue
        scene = Scene(
            script=script,
            person=person,
            colleague=BY_KEY[script.by],
            day=day,
            thread=f"{person.key}-{len(played)}",
            companion=companion if "pair" in script.marks else None,
            keeps_thanks=(today - day).days > 30 or everyday.fresh_thanks < _FRESH_THANKS,
            is_answered=True if is_kept and rng.random() < 0.8 else None,
        )
        result = play(post, scene, rng)
        played.append(script.key)
        _note(result, scene, account, everyday, today)
        if not result.letters or "final" in script.marks:
            return
        day = max(day, day_of(result.letters[-1].at)) + timedelta(days=_gap(person, rng, is_kept=is_kept))


def _is_kept(person: Person, day: date, today: date) -> bool:
    """Whether the person is one we keep in touch with by plan at that time (R48's tiers A and B)."""
    return person.tier in _KEPT_IN_TOUCH_DAYS and (today - day).days < _RECENT_DAYS


def _gap(person: Person, rng: Random, *, is_kept: bool) -> int:
    if is_kept and person.tier is not None:
        return _KEPT_IN_TOUCH_DAYS[person.tier] + rng.randrange(-4, 4)
    return _REST_DAYS + round(rng.expovariate(1 / _MEAN_GAP_DAYS[person.segment]))


def _pick(
    person: Person, account: GiverTotals, day: date, played: list[str], rng: Random, *, is_kept: bool
) -> Script | None:
    options = [
        script
        for script in _scripts_for(person)
        if (not script.months or day.month in script.months)
        and script.key not in played[-3:]
        and (not is_kept or "touch" in script.marks)
        and ("ask" not in script.marks or account.may_ask(day))
        and ("gift" not in script.marks or account.may_give(day))
        and (not script.is_ours or account.may_write(day))
        and ("final" not in script.marks or len(played) >= 2)
    ]
    if not options:
        return None
    return rng.choices(
        options, weights=[script.weight / (1 + 3 * played.count(script.key)) for script in options]
    )[0]


def _scripts_for(person: Person) -> list[Script]:
    return [
        script
        for script in all_scripts()
        if script.language == person.language and person.segment in script.segments
    ]


def _note(result: Played, scene: Scene, account: GiverTotals, everyday: Everyday, today: date) -> None:
    if not result.letters:
        return
    script, person = scene.script, scene.person
    everyday.plays[script.key] += 1
    if "ask" in script.marks:
        account.asks.append(day_of(result.letters[0].at))
        everyday.asks.append(result.letters[0].message_id)
    if "gift" in script.marks:
        on = day_of(result.letters[0].at)
        account.gifts.append(on)
        everyday.gifts.append(Gift(person.address, on, result.amount))
    if result.is_thanks_last:
        everyday.thanked.append(result.letters[-1].message_id)
        everyday.fresh_thanks += (today - day_of(result.letters[-1].at)).days <= 30


def _companions(people: tuple[Person, ...]) -> dict[str, Person]:
    """For each person the next one of the same organisation, who stands in Cc where two write together."""
    by_organization: dict[str, list[Person]] = {}
    for person in people:
        if person.organization and person.language != "ja":
            by_organization.setdefault(person.organization, []).append(person)
    return {
        person.key: group[(index + 1) % len(group)]
        for group in by_organization.values()
        for index, person in enumerate(group)
        if len(group) > 1
    }
