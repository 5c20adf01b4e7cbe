"""`over_contacted` as R46 words it, one function per reason."""

from collections.abc import Sequence
from typing import NamedTuple

from streaklike.instants import DAY, HOUR
from tests.reference.history import Gift, Moment
from tests.reference.touches import Touch, find_touches, find_weights, human_mail_of

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
    last_word = max((mail.at for mail in human_mail_of(moment, person)), default=-1)
    counted = [touch for touch in find_weights(moment, person) if touch.at > last_word]
    stands = look(counted, moment.now, MONTH, 3)
    if stands is None:
        return []
    inside = [touch for touch in counted if touch.at > moment.now - MONTH]
    ids = tuple(id_ for touch in inside for id_ in touch.ids)
    return [Stands("budget", *stands, ids, sum(touch.weight for touch in inside))]


def asks(moment: Moment, person: str) -> list[Stands]:
    """2 asks in 28 days, or 12 in 365."""
    asked = [touch for touch in find_touches(moment, person) if touch.is_ask]
    for span, limit in ((MONTH, 2), (YEAR, 12)):
        stands = look(asked, moment.now, span, limit)
        if stands is not None:
            inside = [touch for touch in asked if touch.at > moment.now - span]
            return [Stands("asks", *stands, tuple(id_ for touch in inside for id_ in touch.ids), len(inside))]
    return []


def ask_after_gift(moment: Moment, person: str) -> list[Stands]:
    """An ask within 28 days of a gift; it stands until those are over."""
    found = []
    gifts = moment.of(person, Gift)
    for ask in find_touches(moment, person):
        before = [gift for gift in gifts if ask.is_ask and gift.at <= ask.at < gift.at + MONTH]
        if before:
            found.append((ask.at, before[-1].at + MONTH, (before[-1].id, *ask.ids)))
    return _standing_now("ask_after_gift", found, moment.now)


def collision(moment: Moment, person: str) -> list[Stands]:
    """Touches by two colleagues within 72 hours in different conversations; for seven days, or until they write."""
    touches = find_touches(moment, person)
    words = [mail.at for mail in human_mail_of(moment, person)]
    found = []
    for position, second in enumerate(touches):
        for first in touches[:position]:
            is_near = second.at - first.at <= 72 * HOUR
            if is_near and first.by != second.by and first.matter != second.matter:
                ends = min([second.at + 7 * DAY, *(word for word in words if word >= second.at)])
                found.append((second.at, ends, (*first.ids, *second.ids)))
    return _standing_now("collision", found, moment.now)


def _standing_now(reason: str, found: Sequence[tuple[int, int, tuple[str, ...]]], now: int) -> list[Stands]:
    """Of spans that touch each other while they stand, one: since the first, until the last, if it stands now."""
    since = until = None
    ids: tuple[str, ...] = ()
    for begins, ends, evidence in found:
        if ends <= begins:
            continue
        if until is not None and begins < until:
            until, ids = max(until, ends), tuple(dict.fromkeys((*ids, *evidence)))
        else:
            since, until, ids = begins, ends, evidence
    if since is None or until is None or not since <= now < until:
        return []
    return [Stands(reason, since, until, ids)]
