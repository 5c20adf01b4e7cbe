"""Writes each message's answer status (R39) and each conversation's reply state (R33), where they changed."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table, update
from sqlalchemy.orm import Session

from streaklike.cadence.loading.mail_reader import LoadedConversation
from streaklike.cadence.model.history import FOR_INFORMATION, INBOUND, OPEN, Mail
from streaklike.people.tables import CONVERSATION, MESSAGE
from streaklike.store.in_values import in_values
from streaklike.store.writing import update_rows


def write_answer_statuses(session: Session, loaded_conversations: Iterable[LoadedConversation]) -> None:
    """Write the results of these conversations, with one statement per distinct answer or state."""
    by_answer: dict[str | None, list[int]] = defaultdict(list)
    by_state: dict[str, list[int]] = defaultdict(list)
    waiting: list[tuple[int, str, int]] = []
    for loaded in loaded_conversations:
        resolved = loaded.resolved
        answers = resolved.answers
        # Fast path: nothing is stored yet, so there is nothing to compare or to clear.
        if not loaded.is_placed:
            for message_id, answer_status in answers.items():
                by_answer[answer_status].append(message_id)
        else:
            for mail in loaded.mails:
                answer = answers.get(mail.id)
                if answer != mail.answer:
                    by_answer[answer].append(mail.id)
        for mail in loaded.later:
            answer = _future_answer(mail)
            if answer != mail.answer:
                by_answer[answer].append(mail.id)
        state, needs_reply_at = resolved.state, resolved.needs_reply_at
        if state == loaded.stored_state and needs_reply_at == loaded.stored_needs_reply_at:
            continue
        if needs_reply_at is None:
            by_state[state].append(loaded.id)
        else:
            waiting.append((loaded.id, state, needs_reply_at))
    _write(session, by_answer, by_state)
    update_rows(session, CONVERSATION, ("id", "reply_state", "needs_reply_at"), sorted(waiting))


def _write(session: Session, by_answer: dict[str | None, list[int]], by_state: dict[str, list[int]]) -> None:
    for answer, ids in by_answer.items():
        _set(session, MESSAGE, ids, answer=answer)
    for state, ids in by_state.items():
        _set(session, CONVERSATION, ids, reply_state=state, needs_reply_at=None)


def _set(session: Session, table: Table, ids: Iterable[int], **values: Any) -> None:
    session.connection().execute(
        update(table).where(in_values(session, table.c.id, sorted(ids))).values(**values)
    )


def _future_answer(mail: Mail) -> str | None:
    """Return the answer status of mail dated after the evaluation instant; it needs one as well (R39)."""
    if mail.effect != INBOUND:
        return None
    return OPEN if mail.is_addressed and mail.author else FOR_INFORMATION
