"""Debts from before we began (R59): old unanswered mail that a first sync brought in. Pure."""

from dataclasses import replace

from streaklike.cadence.model.history import ContactHistory, Waiting
from streaklike.cadence.model.next_change import NextChange
from streaklike.cadence.policy.policy import Policy


def set_apart(history: ContactHistory, policy: Policy, next_change: NextChange) -> ContactHistory:
    """The history with its debts from before in `before` rather than in `waiting`; the reply state stays as it is."""
    if not history.first_reads or not history.waiting:
        return history
    before = tuple(each for each in history.waiting if _is_before(history, each, policy, next_change))
    if not before:
        return history
    return replace(
        history, waiting=tuple(each for each in history.waiting if each not in before), before=before
    )


def _is_before(history: ContactHistory, waiting: Waiting, policy: Policy, next_change: NextChange) -> bool:
    """Whether each mail of the run was over `before_days` old when the first mailbox that holds it was first read.

    One younger mail in the run means that they wrote again. Nobody took the conversation, and that first read has come
    by the instant asked about. What was logged by hand has no mailbox, and mail that only files brought no first read.
    """
    if waiting.is_taken or not waiting.run.sources:
        return False
    for message_id, at in waiting.run.sources:
        read_at = history.first_reads.get(message_id)
        if read_at is None or read_at - at <= policy.before_ms or not next_change.has_come(read_at):
            return False
    return True
