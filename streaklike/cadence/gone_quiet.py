"""Who wrote with a habit and has stopped (R57): a hint with its numbers, and a flag only where the policy says so."""

from collections.abc import Iterable
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from streaklike.cadence.flags import Question
from streaklike.cadence.history import INBOUND, WROTE
from streaklike.instants import DAY, to_datetime

LEAST_GAPS: Final = 5
LEAST_SPAN_DAYS: Final = 90
OVERDUE_GAPS: Final = 3
OVERDUE_DAYS: Final = 30


class GoneQuiet(NamedTuple):
    """The hint. `since_at` is when it began to stand, `last_at` when they last wrote, in milliseconds.

    `usual_days` is the median of the `gaps` between the days on which they wrote.
    """

    since_at: int
    last_at: int
    usual_days: float
    gaps: int


def find_gone_quiet(question: Question, *, is_planned: bool) -> GoneQuiet | None:
    """The hint that stands now; pure. `is_planned`: a task lies ahead of them.

    Their next word was to come one usual gap after the last, and is overdue by three of them and by 30 days; our
    delivered word is the last, and we owe nothing.
    """
    history, last_word = question.history, question.contacts.last_word
    written = sorted(_list_written(question))
    if len(written) <= LEAST_GAPS or last_word is None or history.waiting or history.before or is_planned:
        return None
    days = sorted({to_datetime(at).astimezone(question.calendar.zone).toordinal() for at in written})
    gaps = [later - earlier for earlier, later in pairwise(days)]
    if len(gaps) < LEAST_GAPS or days[-1] - days[0] < LEAST_SPAN_DAYS:
        return None
    word_at, direction, _ = last_word
    if direction != "outbound" or word_at < written[-1] or question.is_left_alone:
        return None
    usual = float(median(gaps))
    overdue_at = written[-1] + round((usual + max(OVERDUE_GAPS * usual, OVERDUE_DAYS)) * DAY)
    if not question.horizon.has_come(overdue_at):
        return None
    return GoneQuiet(max(overdue_at, word_at), written[-1], usual, len(gaps))


def _list_written(question: Question) -> Iterable[int]:
    """When they wrote: mail of their own, and messages in another channel that were logged."""
    for entry in question.history.entries:
        if entry.nature == INBOUND and entry.role in WROTE:
            yield entry.at
    for each in question.history.logged:
        if each.kind == "message" and not each.is_outbound:
            yield each.at
