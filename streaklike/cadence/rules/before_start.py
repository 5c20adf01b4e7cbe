"""Debts from before the start (R59): old unanswered mail brought in by a first sync. Pure."""

from dataclasses import replace

from streaklike.cadence.model.history import ContactHistory, Waiting
from streaklike.cadence.model.next_change import NextChange
from streaklike.cadence.policy.policy import Policy


def set_apart(history: ContactHistory, policy: Policy, next_change: NextChange) -> ContactHistory:
    """Return the history with such debts moved from `waiting` to `before`; the reply state is unchanged."""
    if not history.first_reads or not history.waiting:
        return history
    before = tuple(each for each in history.waiting if _is_before(history, each, policy, next_change))
    if not before:
        return history
    return replace(
        history, waiting=tuple(each for each in history.waiting if each not in before), before=before
    )


def _is_before(history: ContactHistory, waiting: Waiting, policy: Policy, next_change: NextChange) -> bool:
    """Return whether each mail of the run was older than `before_days` when a mailbox holding it was first
    read.

    A younger mail in the run means that they wrote again. The conversation must not be taken, and the first
    read must have happened by now. Logged entries have no mailbox, and mail imported only from files has no
    first read.
    """
    if waiting.is_taken or not waiting.run.sources:
        return False
    for message_id, at in waiting.run.sources:
        read_at = history.first_reads.get(message_id)
        if read_at is None or read_at - at <= policy.before_ms or not next_change.has_come(read_at):
            return False
    return True
