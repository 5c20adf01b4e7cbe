"""How urgent it is to answer somebody: signs with points, each of which can be said in words; pure.

A transparent sum, not a model: a day named for us, a word, an open case, waiting longer than usual, the tier. The points
are thresholds of the policy (`urgent_…_points`), and `queue_urgency` switches all of it off.
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
"""A day so far ahead gives half the points, as one that has passed; the next working day, or one before it, gives all."""
PAST_DAYS: Final = 3
"""How long a day that has passed still counts; then it says nothing more."""
SAMPLES: Final = 20
"""How many of our newest answers to somebody say how long they usually wait."""
LONGER: Final = 2
"""Waiting counts from so many times the usual on, and from LEAST_MS of working time."""
LEAST_MS: Final = 4 * HOUR
CASES: Final = "cases/"
"""How stages of the case pipeline begin, as `pipeline/stage`."""
TIER_SHARES: Final = {"A": 1.0, "B": 0.5}


class Sign(NamedTuple):
    """One thing that makes an answer urgent, and its points.

    `days` is how far ahead the day named lies (below zero: passed), `named_on` that day; `word` is the word found, or the
    tier; `usual_ms` how long they usually wait for us, in working time (None: longer than the team's limit).
    """

    kind: str
    points: float
    named_on: date | None = None
    days: int = 0
    word: str = ""
    usual_ms: int | None = None


class Signals(NamedTuple):
    """What is known of somebody who waits, as the standing keeps it. `named_on` is an ISO date, `…_at` instants."""

    named_on: str | None = None
    urgent_word: str | None = None
    is_case: bool = False
    tier: str | None = None
    waits_long_at: int | None = None
    usual_wait_ms: int | None = None


def list_signs(signals: Signals, policy: Policy, calendar: WorkCalendar, now: int) -> tuple[Sign, ...]:
    """The signs that count at `now`, in the order in which they are said; none where the policy switches them off."""
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
    """What the signs come to."""
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
    """A wish for a quick answer, which is often mere courtesy, counts half."""
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
    """Whether an open box of theirs stands in the case pipeline."""
    return any(box.stage.startswith(CASES) for box in history.boxes)


def find_long_wait(
    entries: Iterable[Entry], waiting: Iterable[Waiting], policy: Policy, calendar: WorkCalendar
) -> tuple[int | None, int | None]:
    """From when on they wait longer than usual, and what is usual, in working time.

    Usual is the median of how long they waited for our last answers; of whoever we answered too seldom nobody knows it,
    and they wait long when the team's limit for answers has passed (R47).
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
    """From when on a day that was named says nothing any more: the fourth midnight after it."""
    return to_instant(datetime.combine(day + timedelta(days=PAST_DAYS + 1), time(), tzinfo=zone))


def choose_day(days: Iterable[date], today: date) -> date | None:
    """Of the days named in what waits, the earliest that still counts."""
    return min((day for day in days if (day - today).days >= -PAST_DAYS), default=None)
