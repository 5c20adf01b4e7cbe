"""Milliseconds to list somebody's newest 50 entries: the goal is 5 ms at p95, whoever they are.

One person stands on 5,000 of the messages. The floor is bare SQL: the rows of those 50 messages and nothing else.
"""

import random

from sqlalchemy import text
from sqlalchemy.orm import Session

from streaklike.cadence.evaluate.refresh import refresh_all
from streaklike.instants import HOUR
from streaklike.people.events import record_event
from streaklike.people.timeline import list_timeline
from tests.benchmarks.made_up_mail import BUSY, NOW, Writer
from tests.benchmarks.measuring import Report, Size, new_database, settle

FLOOR = text(
    "SELECT m.* FROM participant p JOIN message m ON m.id = p.message_id WHERE p.address_id = :address "
    "ORDER BY p.at DESC LIMIT 50"
)


def mark_conversations(session: Session, conversations: int) -> None:
    """A busy team: one deed in a hundred conversations each, over the last year."""
    rng = random.Random(5)
    for number in range(1, conversations + 1, 100):
        at = NOW - rng.randrange(365 * 24) * HOUR
        record_event(session, "no_reply_needed", at=at, now=at, author_id=None, conversation_id=number)


def run(report: Report, size: Size, folder: str) -> None:
    """The newest entries of two people, and a page further back."""
    with new_database(folder, size) as database:
        writer = Writer(size.people, size.messages, busy_messages=5_000)
        with database.begin() as session:
            writer.write(session)
            mark_conversations(session, writer.conversations)
        with database.begin() as session:
            refresh_all(session, now=NOW)
        settle(database)
        with database.read() as session:
            measure(report, session, random.Random(3), size.people)


def measure(report: Report, session: Session, rng: random.Random, people: int) -> None:
    def read_floor() -> None:
        session.connection().execute(FLOOR, {"address": 100 + BUSY}).all()

    for name, action in (
        (
            "timeline, newest 50 of an ordinary person",
            lambda: list_timeline(session, rng.randrange(2, people)),
        ),
        ("timeline, newest 50 of 5,000", lambda: list_timeline(session, BUSY)),
        ("timeline, the page before", lambda: list_timeline(session, BUSY, before=NOW - 100 * 24 * HOUR)),
    ):
        report.measure(name, action, times=200, goal_ms=5, floor=read_floor)
