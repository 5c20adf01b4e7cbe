"""What the colleagues of the story did by hand beside their mail: boxes, tasks, calls, gifts, tiers, marks.

All of it goes through the verbs that people use, each dated when it happened, so that `as of` finds it in its time.
"""

from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo_story import Story
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.demo.casebook.book import Book, load_contacts, load_users
from streaklike.demo.casebook.boxes import MARKER, make_boxes, make_cases_of_note
from streaklike.demo.casebook.later import hand_some_over, plan_ahead
from streaklike.demo.casebook.people import (
    class_asks,
    keep_in_touch,
    leave_alone,
    log_gifts,
    mark_thanks,
    set_tiers_and_owners,
    write_notes,
)
from streaklike.store.models import Box

__all__ = ["apply_casebook"]


def apply_casebook(session: Session, story: Story, *, now: int) -> None:
    """Write the story's casebook after its mail is in; a second time does nothing. Standings become due, not new."""
    if session.scalar(select(Box.id).where(Box.name == MARKER)) is not None:
        return
    book = Book(session, story, now, Random(f"{story.seed}:casebook"))
    book.users = load_users(session)
    book.contacts = load_contacts(session, story.people)
    ensure_start_pipelines(session)
    set_tiers_and_owners(book)
    log_gifts(book)
    keep_in_touch(book)
    write_notes(book)
    leave_alone(book)
    make_boxes(book)
    make_cases_of_note(book)
    mark_thanks(book)
    class_asks(book)
    plan_ahead(book)
    hand_some_over(book)
