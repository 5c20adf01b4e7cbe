"""The place of each message (R39) and the state of each conversation (R33): gathered person by person, written at once.

People of one conversation may be evaluated far apart, and neighbours in a table belong to people far apart: written at
the end, in the order of the tables, every page of the database is touched once.
"""

from array import array
from collections import defaultdict

from sqlalchemy import update
from sqlalchemy.orm import Session

from streaklike.cadence.history import FOR_INFORMATION, INBOUND, OPEN, Mail
from streaklike.cadence.talks import SettledTalk
from streaklike.store.among import among
from streaklike.store.models import Conversation, Message
from streaklike.store.writing import update_rows


class Places:
    """What differs from what is stored, as plain numbers: eight bytes for a message."""

    def __init__(self) -> None:
        self._by_answer: dict[str | None, array[int]] = defaultdict(lambda: array("q"))
        self._by_state: dict[str, array[int]] = defaultdict(lambda: array("q"))
        self._waiting: dict[int, tuple[str, int]] = {}

    def gather(self, settled_talk: SettledTalk) -> None:
        """Take in one conversation."""
        talk, settled, stored_state, stored_needs_reply_at = settled_talk
        answers = settled.answers
        if answers or talk.is_placed:
            for mail in talk.mails:
                answer = answers.get(mail.id)
                if answer != mail.answer:
                    self._by_answer[answer].append(mail.id)
        for mail in talk.later:
            answer = _place_later(mail)
            if answer != mail.answer:
                self._by_answer[answer].append(mail.id)
        state, needs_reply_at = settled.state, settled.needs_reply_at
        if state == stored_state and needs_reply_at == stored_needs_reply_at:
            return
        if needs_reply_at is None:
            self._by_state[state].append(talk.id)
        else:
            self._waiting[talk.id] = state, needs_reply_at

    def write(self, session: Session) -> None:
        """Write what was gathered."""
        for answer, ids in self._by_answer.items():
            session.execute(
                update(Message).where(among(session, Message.id, sorted(set(ids)))).values(answer=answer),
                execution_options={"synchronize_session": False},
            )
        for state, ids in self._by_state.items():
            session.execute(
                update(Conversation)
                .where(among(session, Conversation.id, sorted(set(ids))))
                .values(reply_state=state, needs_reply_at=None),
                execution_options={"synchronize_session": False},
            )
        waiting = [(conversation_id, *state) for conversation_id, state in sorted(self._waiting.items())]
        update_rows(session, Conversation, ("id", "reply_state", "needs_reply_at"), waiting)


def _place_later(mail: Mail) -> str | None:
    """Mail dated after the instant is accounted for all the same (R39)."""
    if mail.nature != INBOUND:
        return None
    return OPEN if mail.is_addressed and mail.author else FOR_INFORMATION
