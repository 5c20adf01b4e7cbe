"""Each person's own rhythm: how long they take to answer us, how often they write, and whether that changes."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from streaklike.cadence.loading.facts import load_facts
from streaklike.cadence.loading.team_directory import load_team_directory
from streaklike.cadence.model.history import INBOUND, WROTE, ContactHistory
from streaklike.cadence.policy.levels import find_tier, policy_for
from streaklike.cadence.policy.policy import Policy, load_policy
from streaklike.cadence.rules.gaps import ENOUGH, begin_runs, gaps_between, list_reply_gaps, quantile
from streaklike.cadence.rules.touches import read_contacts
from streaklike.instants import DAY

WARMING: Final = "warming"
COOLING: Final = "cooling"
ONE_SIDED: Final = "one_sided"

CLOSER: Final = 2 / 3
FURTHER: Final = 3 / 2
LEAST_FOR_TREND: Final = 6
ONE_SIDED_TOUCHES: Final = 4
ONE_SIDED_DAYS: Final = 180


class Gaps(NamedTuple):
    """Spans in milliseconds: the median and the quartiles of `n` samples. `is_enough` from five on."""

    n: int
    median: int
    lower: int
    upper: int

    @property
    def is_enough(self) -> bool:
        return self.n >= ENOUGH


class Rhythm(NamedTuple):
    """One person's rhythm at an instant.

    `replies`: how long they take to answer us; `between`: between their own mails, those within a day of one another
    being one; None where there is no sample. `expected_at`: when to hear from them next, from their own gaps, or where
    `is_tiers` from their tier's ideal days after the last word either way; None where neither says. `trend` is warming,
    cooling, one_sided or None.
    """

    replies: Gaps | None
    between: Gaps | None
    expected_at: int | None
    is_tiers: bool
    trend: str | None


def load_rhythm(session: Session, contact_id: int, *, now: int) -> Rhythm:
    """The rhythm of one person (a root) at `now`."""
    policy = load_policy(session)
    facts = load_facts(session, [contact_id], now=now, policy=policy, directory=load_team_directory(session))
    history = facts.histories.get(contact_id) or ContactHistory(contact_id)
    return read_rhythm(history, policy, now=now)


def read_rhythm(history: ContactHistory, policy: Policy, *, now: int) -> Rhythm:
    """The rhythm that a person's mail shows; pure."""
    written = [entry.at for entry in history.entries if entry.role in WROTE and entry.effect == INBOUND]
    runs = begin_runs(written)
    between = summarise(gaps_between(runs))
    tier = find_tier(policy, history)
    expected_at, is_tiers = None, False
    if between is not None and between.is_enough:
        expected_at = runs[-1] + between.median
    elif tier is not None and history.entries:
        expected_at, is_tiers = history.entries[-1].at + round(tier.ideal_days * DAY), True
    return Rhythm(
        summarise(list_reply_gaps(history.entries)),
        between,
        expected_at,
        is_tiers,
        _find_trend(history, policy, written, runs, now),
    )


def summarise(gaps: Sequence[int]) -> Gaps | None:
    """Median and quartiles; None of nothing."""
    if not gaps:
        return None
    return Gaps(len(gaps), quantile(gaps, 0.5), quantile(gaps, 0.25), quantile(gaps, 0.75))


def _find_trend(
    history: ContactHistory, policy: Policy, written: Sequence[int], runs: Sequence[int], now: int
) -> str | None:
    """One-sided: four touches of ours in 180 days and not a word of theirs. Else the median of the last third of their
    gaps against that of those before: two thirds of it or less is warming, half as much again or more is cooling. The
    gap that is still open counts once it is longer than the last.
    """
    since = now - ONE_SIDED_DAYS * DAY
    touches = read_contacts(history, policy_for(policy, history)).touches
    ours = sum(touch.is_personal and touch.at > since for touch in touches)
    if ours >= ONE_SIDED_TOUCHES and not any(at > since for at in written):
        return ONE_SIDED
    gaps = gaps_between(runs)
    if gaps and now - runs[-1] > gaps[-1]:
        gaps.append(now - runs[-1])
    if len(gaps) < LEAST_FOR_TREND:
        return None
    third = len(gaps) // 3
    ratio = quantile(gaps[-third:], 0.5) / max(1, quantile(gaps[:-third], 0.5))
    return WARMING if ratio <= CLOSER else COOLING if ratio >= FURTHER else None
