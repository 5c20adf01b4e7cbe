"""`over_contacted` as R46 words it, one function per reason."""

from collections.abc import Sequence
from typing import NamedTuple

from streaklike.instants import DAY, HOUR
from tests.reference.history import Gift, Moment
from tests.reference.touches import Touch, came_to_us, find_touches, find_weights

MONTH = 28 * DAY
YEAR = 365 * DAY


class Stands(NamedTuple):
    """A flag at an instant: its reason, since when, until when by itself, and what was counted."""

    reason: str
    since: int
    lapses_at: int | None
    evidence: tuple[str, ...]
    count: float | None = None


def weigh(touches: Sequence[Touch], now: int, span: int) -> float:
    """The weight of those that lie in the window that ends now; one leaves it in the moment it is as old as the span."""
    return sum(touch.weight for touch in touches if now - span < touch.at <= now)


def look(touches: Sequence[Touch], now: int, span: int, limit: float) -> tuple[int, int] | None:
    """Since when, and until when by itself, this weight has stood in the window; None where it does not now."""
    if weigh(touches, now, span) < limit:
        return None
    since = None
    for moment in sorted({t for touch in touches for t in (touch.at, touch.at + span) if t <= now}):
        stands = weigh(touches, moment, span) >= limit
        since = (since if since is not None else moment) if stands else None
    past = [touch for touch in touches if touch.at <= now]
    ends = sorted(touch.at + span for touch in past if touch.at + span > now)
    until = next(end for end in ends if weigh(past, end, span) < limit)
    assert since is not None
    return since, until


def budget(moment: Moment, person: str) -> list[Stands]:
    """Touches of weight 3 or more within 28 days, since their last human mail of any kind."""
    last_word = max(came_to_us(moment, person), default=-1)
    counted = [touch for touch in find_weights(moment, person) if touch.at > last_word]
    stands = look(counted, moment.now, MONTH, 3)
    if stands is None:
        return []
    inside = [touch for touch in counted if touch.at > moment.now - MONTH]
    ids = tuple(name for touch in inside for name in touch.ids)
    return [Stands("budget", *stands, ids, sum(touch.weight for touch in inside))]


def asks(moment: Moment, person: str) -> list[Stands]:
    """2 asks in 28 days, or 12 in 365."""
    asked = [touch for touch in find_touches(moment, person) if touch.is_ask]
    for span, limit in ((MONTH, 2), (YEAR, 12)):
        stands = look(asked, moment.now, span, limit)
        if stands is not None:
            inside = [touch for touch in asked if touch.at > moment.now - span]
            ids = tuple(name for touch in inside for name in touch.ids)
            return [Stands("asks", *stands, ids, len(inside))]
    return []


def ask_after_gift(moment: Moment, person: str) -> list[Stands]:
    """An ask within 28 days of a gift; it stands until those are over. Of several such gifts the newest is told of."""
    asked = [touch for touch in find_touches(moment, person) if touch.is_ask]
    for gift in reversed(moment.of(person, Gift)):
        after = [ask for ask in asked if gift.at <= ask.at < gift.at + MONTH]
        if after and moment.now < gift.at + MONTH:
            ids = (gift.id, *(name for ask in after for name in ask.ids))
            return [Stands("ask_after_gift", after[0].at, gift.at + MONTH, ids)]
    return []


def collision(moment: Moment, person: str) -> list[Stands]:
    """Touches by two colleagues within 72 hours in different conversations; for seven days, or until they write."""
    touches = find_touches(moment, person)
    words = came_to_us(moment, person)
    since = until = None
    ids: tuple[str, ...] = ()
    for position, second in enumerate(touches):
        against = [first for first in touches[:position] if collides(first, second)]
        ends = min([second.at + 7 * DAY, *(word for word in words if word >= second.at)])
        if not against or ends == second.at:
            continue
        if until is None or second.at >= until:
            since, ids = second.at, ()
        until, ids = ends, (*ids, *against[-1].ids, *second.ids)
    if since is None or until is None or moment.now >= until:
        return []
    return [Stands("collision", since, until, tuple(dict.fromkeys(ids)))]


def collides(first: Touch, second: Touch) -> bool:
    """Two colleagues, two conversations, 72 hours."""
    is_near = second.at - first.at <= 72 * HOUR
    return is_near and first.by != second.by and first.matter != second.matter
