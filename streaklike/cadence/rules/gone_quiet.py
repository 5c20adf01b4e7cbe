"""People who wrote regularly and have stopped (R57): a hint, or a flag if the policy says so."""

from collections.abc import Iterable
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from streaklike.cadence.model.history import INBOUND, WROTE
from streaklike.cadence.rules.flags import IGNORED, EvaluationContext, FlagFacts
from streaklike.instants import DAY, local_day

LEAST_GAPS: Final = 5
LEAST_SPAN_DAYS: Final = 90
OVERDUE_GAPS: Final = 3
OVERDUE_DAYS: Final = 30
REASON: Final = "gone_quiet"


class GoneQuiet(NamedTuple):
    """The hint.

    `since_at` is when it was first raised, `last_at` when they last wrote, in milliseconds.

    `usual_days` is the median of the `gaps` between the days on which they wrote; `overdue_days` is the
    silence that makes them quiet. `evidence` is the last message of each of those days, oldest first.
    """

    since_at: int
    last_at: int
    usual_days: float
    gaps: int
    overdue_days: float
    evidence: tuple[str, ...]


def find_gone_quiet(context: EvaluationContext, *, is_planned: bool) -> GoneQuiet | None:
    """Return the hint in effect now, or None; pure.

    `is_planned`: an open task concerns them.

    They are quiet if their next message is overdue by three usual gaps and by 30 days, our delivered mail was
    the last, and we owe nothing.
    """
    history, last_word = context.history, context.contacts.last_word
    written = sorted(_list_written(context))
    if len(written) <= LEAST_GAPS or last_word is None or history.waiting or history.before or is_planned:
        return None
    zone = context.calendar.zone
    by_day = {local_day(at, zone).toordinal(): key for at, key in written}
    days = sorted(by_day)
    gaps = [later - earlier for earlier, later in pairwise(days)]
    if len(gaps) < LEAST_GAPS or days[-1] - days[0] < LEAST_SPAN_DAYS:
        return None
    word_at, direction, _ = last_word
    last_at = written[-1][0]
    if direction != "outbound" or word_at < last_at or context.is_left_alone:
        return None
    usual = float(median(gaps))
    overdue_days = overdue_days_of(usual)
    overdue_at = last_at + round(overdue_days * DAY)
    if not context.next_change.has_come(overdue_at):
        return None
    evidence = tuple(by_day[day] for day in days)
    return GoneQuiet(max(overdue_at, word_at), last_at, usual, len(gaps), overdue_days, evidence)


def overdue_days_of(usual_days: float) -> float:
    """Return the days of silence after which somebody with this usual gap has gone quiet."""
    return usual_days + max(OVERDUE_GAPS * usual_days, OVERDUE_DAYS)


def usual_days_of(overdue_days: float) -> float:
    """Return the inverse: a flag stores the silence as its limit, but its text shows the usual gap."""
    return min(overdue_days / (1 + OVERDUE_GAPS), overdue_days - OVERDUE_DAYS)


def flag_gone_quiet(context: EvaluationContext, quiet: GoneQuiet) -> FlagFacts:
    """Return the hint as a flag; `count` is the days of silence when it was raised."""
    silent_days = (quiet.since_at - quiet.last_at) / DAY
    return FlagFacts(
        IGNORED,
        REASON,
        quiet.since_at,
        None,
        silent_days,
        quiet.overdue_days,
        "days",
        quiet.evidence,
        owner_id=context.person_owner_id,
    )


def _list_written(context: EvaluationContext) -> Iterable[tuple[int, str]]:
    """Yield (instant, id) of what they wrote: their own mail, and logged messages from other channels."""
    for entry in context.history.entries:
        if entry.effect == INBOUND and entry.role in WROTE:
            yield entry.at, entry.rfc_id
    for each in context.history.logged:
        if each.kind == "message" and not each.is_outbound:
            yield each.at, each.uid
