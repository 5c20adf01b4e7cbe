"""What was logged by hand and wants a reply (R56): open until any word of ours in any channel, or until it is closed."""

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
    """`places` are (uid, answer) of each entry that wants a reply (R39); `run` is what is still open, None of nothing."""

    places: tuple[tuple[str, str], ...]
    run: OpenRun | None


class _End(NamedTuple):
    """What ends the debts that came before it; `asking_uid` is its own where it wants a reply itself."""

    at: int
    answer: str
    asking_uid: str | None = None

    def ends(self, debt: Logged) -> bool:
        """What is logged for the same minute reaches it; of two that ask, the later one by uid."""
        if self.at != debt.at or self.asking_uid is None:
            return self.at >= debt.at
        return self.asking_uid > debt.uid


NOTHING_OWED = LoggedDebts((), None)


def settle_logged(history: ContactHistory, policy: Policy) -> LoggedDebts:
    """Where each of the person's logged calls and messages that want a reply stands; pure.

    Human mail of ours to them (To or Cc, R35), a small invitation, an outbound call, meeting or message, and a call or
    meeting of theirs are words of ours. A further message of theirs is none.
    """
    debts = [each for each in history.logged if each.wants_reply]
    later = tuple((uid, OPEN) for uid in history.logged_later)
    if not debts:
        return LoggedDebts(later, None) if later else NOTHING_OWED
    debts.sort(key=attrgetter("at", "uid"))
    ends = sorted(_list_ends(history, policy), key=attrgetter("at"))
    places = [next((end.answer for end in ends if end.ends(debt)), OPEN) for debt in debts]
    waiting = [debt for debt, place in zip(debts, places, strict=True) if place == OPEN]
    named = tuple((debt.uid, place) for debt, place in zip(debts, places, strict=True))
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
    """Several in a row are one run; it waits since the first that is more than thanks (R37)."""
    asking = next((number for number, debt in enumerate(waiting) if not debt.is_thanks), None)
    counted = waiting if asking is None else waiting[asking:]
    uids = tuple(debt.uid for debt in counted)
    return OpenRun(waiting[0].at, None if asking is None else counted[0].at, uids)
