"""Whether there is anything to evaluate at all, asked before what evaluates is loaded: a third of a second at the prompt."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.mail import questions
from streaklike.mail.urgency import current_version
from streaklike.store.models import ContactStatus, Setting
from streaklike.sync.touch_words import is_classed

SETTING: Final = "open_mail_words"
"""The setting that keeps by which words open mail was looked through."""


def has_waiting_work(session: Session, *, now: int) -> bool:
    """Whether `refresh` would find work at `now`: somebody is due, or the words by which mail is read have changed."""
    is_anybody_due = session.scalar(
        select(ContactStatus.contact_id).where(ContactStatus.due_at <= now).limit(1)
    )
    return is_anybody_due is not None or not is_classed(session) or not is_looked_for(session)


def is_looked_for(session: Session) -> bool:
    """Whether open mail was looked through by this program's words for what is urgent, and for what asks something."""
    kept = session.get(Setting, SETTING)
    return kept is not None and kept.value == current_words()


def current_words() -> dict[str, str]:
    """Which words and questions this program knows, as the setting keeps it."""
    return {"version": f"{current_version()}.{questions.VERSION}"}
