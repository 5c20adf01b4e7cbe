"""How urgent it is to answer somebody: signs with points, each of which can be explained in words; pure.

A transparent sum, not a model: a date named for us, a word, an open case, an unusually long wait, the tier.
The points are thresholds of the policy (`urgent_…_points`); `queue_urgency` switches all of it off.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.cadence.model.history import ContactHistory, Entry, Waiting
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.rules.gaps import ENOUGH, is_theirs, is_to_them, list_waits, quantile
from streaklike.instants import HOUR, local_day, to_instant
from streaklike.mail.urgency import is_alarm

DATE: Final = "date"
WORD: Final = "word"
CASE: Final = "case"
WAITING: Final = "waiting"
TIER: Final = "tier"

NEAR_DAYS: Final = 7
"""A date up to this many days ahead gives half the points, as does a past one.

Today or the next working day gives all.
"""
PAST_DAYS: Final = 3
"""How many days a past date still counts."""
SAMPLES: Final = 20
"""Number of our latest answers to somebody from which their usual wait is computed."""
LONGER: Final = 2
"""A wait counts from this multiple of the usual one, and from LEAST_MS of working time."""
LEAST_MS: Final = 4 * HOUR
CASES: Final = "cases/"
"""Prefix of the case pipeline's stages (`pipeline/stage`)."""
TIER_SHARES: Final = {"A": 1.0, "B": 0.5}


class Sign(NamedTuple):
    """One thing that makes an answer urgent, and its points.

    `days` is how far ahead `named_on` lies (negative: past); `word` is the word found, or the tier;
    `usual_ms` how long they usually wait for us in working time (None: unknown, the team's limit was used).
    """

    kind: str
    points: float
    named_on: date | None = None
    days: int = 0
    word: str = ""
    usual_ms: int | None = None


class Signals(NamedTuple):
    """The stored urgency inputs of somebody who waits.

    `named_on` is an ISO date, names ending in `_at` are instants.
    """

    named_on: str | None = None
    urgent_word: str | None = None
    is_case: bool = False
    tier: str | None = None
    waits_long_at: int | None = None
    usual_wait_ms: int | None = None


def list_signs(signals: Signals, policy: Policy, calendar: WorkCalendar, now: int) -> tuple[Sign, ...]:
    """Return the signs that count at `now`, in display order; none if the policy switches them off."""
    if not policy.queue_urgency:
        return ()
    signs = (
        _weigh_day(signals.named_on, policy, calendar, now),
        _weigh_word(signals.urgent_word, policy),
        Sign(CASE, policy.urgent_case_points) if signals.is_case else None,
        _weigh_waiting(signals, policy, now),
        _weigh_tier(signals.tier, policy),
    )
    return tuple(sign for sign in signs if sign is not None and sign.points > 0)


def sum_points(signs: Iterable[Sign]) -> float:
    """Return the sum of the signs' points."""
    return sum(sign.points for sign in signs)


def _weigh_day(named: str | None, policy: Policy, calendar: WorkCalendar, now: int) -> Sign | None:
    if named is None:
        return None
    named_on, today = date.fromisoformat(named), local_day(now, calendar.zone)
    days = (named_on - today).days
    if not -PAST_DAYS <= days <= NEAR_DAYS:
        return None
    between = (today + timedelta(days=number) for number in range(1, days))
    is_soon = not any(calendar.is_working_day(day) for day in between)
    is_whole = days >= 0 and is_soon
    points = policy.urgent_date_points if is_whole else policy.urgent_date_points / 2
    return Sign(DATE, points, named_on=named_on, days=days)


def _weigh_word(word: str | None, policy: Policy) -> Sign | None:
    """Weigh an urgent word; a request for a quick answer, often mere courtesy, counts half."""
    if word is None:
        return None
    return Sign(
        WORD, policy.urgent_word_points if is_alarm(word) else policy.urgent_word_points / 2, word=word
    )


def _weigh_waiting(signals: Signals, policy: Policy, now: int) -> Sign | None:
    if signals.waits_long_at is None or now < signals.waits_long_at:
        return None
    return Sign(WAITING, policy.urgent_waiting_points, usual_ms=signals.usual_wait_ms)


def _weigh_tier(tier: str | None, policy: Policy) -> Sign | None:
    share = TIER_SHARES.get(tier or "", 0.0)
    return Sign(TIER, share * policy.urgent_tier_points, word=tier or "") if share else None


def is_case(history: ContactHistory) -> bool:
    """Return whether an open box of theirs is in the case pipeline."""
    return any(box.stage.startswith(CASES) for box in history.boxes)


def find_long_wait(
    entries: Iterable[Entry], waiting: Iterable[Waiting], policy: Policy, calendar: WorkCalendar
) -> tuple[int | None, int | None]:
    """Return from when on they wait longer than usual, and the usual wait in working ms (None: unknown).

    Usual is the median wait for our last answers. With too few of them, they wait long once the team's limit
    for answers has passed (R47).
    """
    asked_at = min((each.run.asked_at for each in waiting if each.run.asked_at is not None), default=None)
    if asked_at is None:
        return None, None
    waits = list_waits(entries, is_theirs, is_to_them)[-SAMPLES:]
    if len(waits) < ENOUGH:
        return calendar.add_working(asked_at, policy.unanswered_ms + 1), None
    usual = quantile((calendar.working_ms(start, end) for start, end in waits), 0.5)
    return calendar.add_working(asked_at, max(LONGER * usual, LEAST_MS)), usual


def ends_counting_at(day: date, zone: ZoneInfo) -> int:
    """Return when a named day stops counting: the fourth midnight after it began."""
    return to_instant(datetime.combine(day + timedelta(days=PAST_DAYS + 1), time(), tzinfo=zone))


def choose_day(days: Iterable[date], today: date) -> date | None:
    """Return the earliest of the named days that still counts."""
    return min((day for day in days if (day - today).days >= -PAST_DAYS), default=None)
