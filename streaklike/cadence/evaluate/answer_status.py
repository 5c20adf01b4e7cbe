"""The place of each message (R39) and the state of each conversation (R33), written where they differ."""

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


def write_places(session: Session, loaded_conversations: Iterable[LoadedConversation]) -> None:
    """Write what these conversations came to, in as many statements as there are answers and states."""
    by_answer: dict[str | None, list[int]] = defaultdict(list)
    by_state: dict[str, list[int]] = defaultdict(list)
    waiting: list[tuple[int, str, int]] = []
    for loaded in loaded_conversations:
        settled = loaded.settled
        answers = settled.answers
        if not loaded.is_placed:
            for message_id, place in answers.items():
                by_answer[place].append(message_id)
        else:
            for mail in loaded.mails:
                answer = answers.get(mail.id)
                if answer != mail.answer:
                    by_answer[answer].append(mail.id)
        for mail in loaded.later:
            answer = _place_later(mail)
            if answer != mail.answer:
                by_answer[answer].append(mail.id)
        state, needs_reply_at = settled.state, settled.needs_reply_at
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


def _place_later(mail: Mail) -> str | None:
    """Mail dated after the instant is accounted for all the same (R39)."""
    if mail.effect != INBOUND:
        return None
    return OPEN if mail.is_addressed and mail.author else FOR_INFORMATION
