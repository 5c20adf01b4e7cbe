"""Logged entries that want a reply (R56): open until we respond on any channel, or until closed."""

from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from streaklike.cadence.model.history import (
    ANSWERED,
    CC,
    OPEN,
    OUTBOUND,
    OUTBOUND_INVITATION,
    TO,
    ContactHistory,
    Logged,
    OpenRun,
)
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.rules.touches import SPOKEN


class LoggedDebts(NamedTuple):
    """`places` are (uid, answer status) of each entry that wants a reply (R39).

    `run` is the part still open, or None.
    """

    places: tuple[tuple[str, str], ...]
    run: OpenRun | None


class _End(NamedTuple):
    """What ends the debts before it; `asking_uid` is its own uid if it wants a reply itself."""

    at: int
    answer: str
    asking_uid: str | None = None

    def ends(self, debt: Logged) -> bool:
        """Return whether it ends `debt`. At the same instant it does, unless it is itself a debt with a lower uid."""
        if self.at != debt.at or self.asking_uid is None:
            return self.at >= debt.at
        return self.asking_uid > debt.uid


NOTHING_OWED = LoggedDebts((), None)


def resolve_logged(history: ContactHistory, policy: Policy) -> LoggedDebts:
    """Determine the answer status of each logged entry that wants a reply; pure.

    Ending events: our human mail to them (To or Cc, R35), a small invitation, an outbound call, meeting or
    message, and a call or meeting of theirs. A further message of theirs does not end one.
    """
    debts = [each for each in history.logged if each.wants_reply]
    later = tuple((uid, OPEN) for uid in history.logged_later)
    if not debts:
        return LoggedDebts(later, None) if later else NOTHING_OWED
    debts.sort(key=attrgetter("at", "uid"))
    ends = sorted(_list_ends(history, policy), key=attrgetter("at"))
    statuses = [next((end.answer for end in ends if end.ends(debt)), OPEN) for debt in debts]
    waiting = [debt for debt, status in zip(debts, statuses, strict=True) if status == OPEN]
    named = tuple((debt.uid, status) for debt, status in zip(debts, statuses, strict=True))
    return LoggedDebts(named + later, _build_run(waiting) if waiting else None)


def _list_ends(history: ContactHistory, policy: Policy) -> Iterator[_End]:
    for entry in history.entries:
        is_mail = entry.effect == OUTBOUND and entry.role in (TO, CC)
        is_small = entry.people <= policy.invitation_people
        if is_mail or (entry.effect == OUTBOUND_INVITATION and entry.role == TO and is_small):
            yield _End(entry.at, ANSWERED)
    for each in history.logged:
        if each.is_answer and each.kind in SPOKEN:
            yield _End(each.at, ANSWERED, each.uid if each.wants_reply else None)
    for mark in history.marks:
        yield _End(mark.at, mark.answer)


def _build_run(waiting: list[Logged]) -> OpenRun:
    """Build one run from all open debts; it waits since the first that is more than thanks (R37)."""
    asking = next((number for number, debt in enumerate(waiting) if not debt.is_thanks), None)
    counted = waiting if asking is None else waiting[asking:]
    uids = tuple(debt.uid for debt in counted)
    return OpenRun(waiting[0].at, None if asking is None else counted[0].at, uids)
