"""The whole story, built for a day: who, and every letter, oldest first."""

from datetime import date, timedelta
from random import Random
from typing import Final

from demo_story.campaigns import plan_campaigns, send_campaigns, send_newsletters
from demo_story.cases import read_cases, tell_cases
from demo_story.cast import COLLEAGUES, DAYS, DOMAIN, GROUP, ORGANIZATION, build_people
from demo_story.echoes import send_echoes
from demo_story.everyday import play_everyday
from demo_story.gatherings import send_gatherings
from demo_story.hours import at_time, day_of
from demo_story.ledger import Totals
from demo_story.machines import send_newsletters_of_others, send_notices
from demo_story.model import Gift, Letter, Person, Situation, Story
from demo_story.oddities import send_oddities
from demo_story.office import send_asides, send_internal, send_uncounted, throw_away_one_side
from demo_story.post import Post
from demo_story.stage import Scenario

DEFAULT_SEED: Final = 7
_LEAVERS: Final = 5
_LEAST_SHARE: Final = 0.15
_OFFICE_CLOSES: Final = 18
_GIFTS_OF_CASES: Final = (("ask-after-gift", 20, 6_000), ("ask-after-gift-en", 16, 9_400))


def build_story(today: date | int, *, seed: int = DEFAULT_SEED, scale: float = 1.0) -> Story:
    """The story as it stands at an instant, or at the end of work on a day in Taipei.

    The same arguments give the same bytes. `scale` shrinks the crowd and the everyday alone: every kind of mail and
    every situation is in the smallest story too.
    """
    now = today if isinstance(today, int) else at_time(today, _OFFICE_CLOSES)
    day = day_of(now)
    start = day - timedelta(days=DAYS)
    people = build_people(seed, start=start, today=day, scale=scale)
    post = Post(seed, now)
    ledger = Totals()
    leavers = _choose_leavers(seed, people, day, ledger)
    planned = plan_campaigns(seed, people, ledger, leavers, start=start, today=day)
    everyday = play_everyday(post, people, ledger, today=day)
    cases = read_cases()
    situations, asks = tell_cases(post, cases, today=day)
    asks += send_campaigns(post, planned, leavers)
    send_newsletters(post, people, start=start, today=day)
    stage = Scenario(post, day, Random(f"{seed}:oddities"))
    send_oddities(stage)
    send_gatherings(stage)
    send_echoes(stage, people, start=start)
    send_asides(post)
    share = max(_LEAST_SHARE, scale)
    send_internal(post, start=start, today=day, share=share)
    send_newsletters_of_others(post, start=start, today=day, share=share)
    send_notices(post, start=start, today=day, share=share)
    send_uncounted(post, people, start=start, today=day)
    throw_away_one_side(post)
    return Story(
        organization=ORGANIZATION,
        domain=DOMAIN,
        group=GROUP,
        now=now,
        seed=seed,
        colleagues=COLLEAGUES,
        people=(*people, *(person for case in cases for person in case.people.values())),
        letters=_in_order(post.letters),
        situations=situations,
        gifts=(*everyday.gifts, *_gifts_of_cases(situations, day)),
        thanked=tuple(everyday.thanked),
        asks=(*everyday.asks, *asks),
    )


def _in_order(letters: list[Letter]) -> tuple[Letter, ...]:
    return tuple(sorted(letters, key=lambda letter: (letter.at, letter.message_id)))


def _choose_leavers(seed: int, people: tuple[Person, ...], today: date, ledger: Totals) -> dict[str, date]:
    """People whose address dies one day: nothing is written with them afterwards, and mailings come back (R30)."""
    known_since = today - timedelta(days=DAYS - 60)
    fit = [
        person
        for person in people
        if person.segment in {"donor", "volunteer"} and person.tier is None and person.since <= known_since
    ]
    chosen = Random(f"{seed}:leavers").sample(fit, min(len(fit), _LEAVERS))
    leavers = {person.key: today - timedelta(days=90 + 45 * index) for index, person in enumerate(chosen)}
    for key, day in leavers.items():
        ledger.of(key).until = day
    return leavers


def _gifts_of_cases(situations: dict[str, Situation], today: date) -> tuple[Gift, ...]:
    return tuple(
        Gift(situations[key].addresses[0], today - timedelta(days=ago), amount)
        for key, ago, amount in _GIFTS_OF_CASES
    )
