"""Milliseconds to list somebody's newest 50 entries: the goal is 5 ms at p95, whoever they are.

python -m tests.benchmarks.bench_timeline              20,000 messages, 2,000 people
python -m tests.benchmarks.bench_timeline --large      200,000 messages, 20,000 people
python -m tests.benchmarks.bench_timeline --postgres   the same on a PostgreSQL made for it

One person stands on 5,000 of the messages. The floor is bare SQL: the rows of those 50 messages and nothing else.
"""

import random

from sqlalchemy import text
from sqlalchemy.orm import Session

from streaklike.cadence.refresh import refresh_all
from streaklike.instants import HOUR
from streaklike.people.events import record_event
from streaklike.people.timeline import list_timeline
from streaklike.store.database import Database
from tests.benchmarks.made_up_mail import BUSY, NOW, Writer
from tests.benchmarks.measuring import Report, prepared

FLOOR = text(
    "SELECT m.* FROM participant p JOIN message m ON m.id = p.message_id WHERE p.address_id = :address "
    "ORDER BY p.at DESC LIMIT 50"
)


def mark_conversations(session: Session, conversations: int) -> None:
    """A busy team: one deed in a hundred conversations each, over the last year."""
    dice = random.Random(5)
    for number in range(1, conversations + 1, 100):
        at = NOW - dice.randrange(365 * 24) * HOUR
        record_event(session, "no_reply_needed", at=at, now=at, author_id=None, conversation_id=number)


def run(database: Database, people: int, messages: int) -> None:
    writer = Writer(people, messages, busy_messages=5_000)
    with database.begin() as session:
        writer.write(session)
        mark_conversations(session, writer.conversations)
    dice = random.Random(3)
    report = Report()
    with database.begin() as session:
        refresh_all(session, now=NOW)
    with database.read() as session:
        report.measure(
            "newest 50 of an ordinary person",
            lambda: list_timeline(session, dice.randrange(2, people)),
            times=200,
            goal_ms=5,
        )
        report.measure(
            "newest 50 of 5,000 messages", lambda: list_timeline(session, BUSY), times=200, goal_ms=5
        )
        report.measure(
            "the page before",
            lambda: list_timeline(session, BUSY, before=NOW - 100 * 24 * HOUR),
            times=200,
            goal_ms=5,
        )
        report.measure(
            "floor: bare SQL for the rows of 50 mails",
            lambda: session.connection().execute(FLOOR, {"address": 100 + BUSY}).all(),
            times=200,
        )
    report.show()


if __name__ == "__main__":
    for each in prepared(__doc__):
        run(*each)
