"""Whether we are really waiting for somebody: only if we asked something, and only for a while.

The reply state (R33) says who wrote last and does not change; what people are shown does. Last year's thanks
wait for nobody, nor does a question left unanswered for three times the usual reply time.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from streaklike.cadence.model.history import AWAITING_REPLY, INBOUND, OUTBOUND, QUIET, TO, WROTE, Entry
from streaklike.cadence.rules.gaps import ENOUGH, list_reply_gaps, quantile
from streaklike.instants import DAY

ASK: Final = "ask"
TIMES: Final = 3
"""Multiple of their usual reply time after which we stop waiting."""
USUAL_DAYS: Final = 14
"""Assumed for people with too few replies."""
LEAST_DAYS: Final = 7
"""Minimum wait: somebody who replies within the hour may be away for a week."""


class OurWord(NamedTuple):
    """A mail of ours that the person has not answered; if it asks something, we wait until `until_at`.

    `is_ask`: classed as an ask (R52). For other mail its text decides.
    """

    rfc_id: str
    until_at: int
    is_ask: bool


def list_our_words(entries: Sequence[Entry], now: int) -> tuple[OurWord, ...]:
    """List our unanswered mail with the person in To for which we could still be waiting at `now`."""
    wait_ms = _find_wait(entries)
    open_words: dict[int, list[OurWord]] = {}
    for entry in entries:
        if entry.effect == INBOUND and entry.role in WROTE:
            open_words.pop(entry.conversation_id, None)
        elif entry.effect == OUTBOUND and entry.role == TO and entry.at + wait_ms > now:
            word = OurWord(entry.rfc_id, entry.at + wait_ms, entry.touch_class == ASK)
            open_words.setdefault(entry.conversation_id, []).append(word)
    return tuple(word for words in open_words.values() for word in words)


def _find_wait(entries: Iterable[Entry]) -> int:
    gaps = list_reply_gaps(entries)
    usual = quantile(gaps, 0.5) if len(gaps) >= ENOUGH else USUAL_DAYS * DAY
    return max(TIMES * usual, LEAST_DAYS * DAY)


def last_wait(words: Iterable[OurWord], asking: Iterable[str]) -> int | None:
    """Return until when we wait, None if nothing was asked. `asking` are Message-IDs whose text asks something."""
    texts = frozenset(asking)
    return max((word.until_at for word in words if word.is_ask or word.rfc_id in texts), default=None)


def waits_for_them(reply_state: str, awaiting_until_at: int | None, now: int) -> bool:
    """Return whether we wait for their answer at `now`, given the two columns of their status."""
    return reply_state == AWAITING_REPLY and awaiting_until_at is not None and now < awaiting_until_at


def shown_state(reply_state: str, awaiting_until_at: int | None, now: int) -> str:
    """Return the state to display: quiet once we no longer wait for anything."""
    if reply_state != AWAITING_REPLY:
        return reply_state
    return AWAITING_REPLY if waits_for_them(reply_state, awaiting_until_at, now) else QUIET
