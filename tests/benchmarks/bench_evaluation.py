"""Seconds to evaluate everybody from nothing, and after a hundred new messages. The goals: 2 s and 0.05 s at full size.

python tests/benchmarks/bench_evaluation.py            20,000 messages, 2,000 people
python tests/benchmarks/bench_evaluation.py --large    200,000 messages, 20,000 people
"""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from streaklike.cadence.as_of import flags_as_of
from streaklike.cadence.audit import audit
from streaklike.cadence.flag_views import list_flags
from streaklike.cadence.queue import list_queue
from streaklike.cadence.refresh import refresh, refresh_all
from streaklike.instants import DAY, HOUR, parse_instant
from streaklike.store.database import Database, open_database
from streaklike.store.models import (
    Address,
    Contact,
    Conversation,
    Flag,
    Message,
    Participant,
    Standing,
    TeamAddress,
    User,
)

NOW = parse_instant("2026-06-01T02:00:00+00:00")
COLLEAGUES = 5
TEXT = "謝謝您上週的來信，附上志工訓練的時間表，請在週五以前回覆您是否能來。" * 6


class Writer:
    """Writes a made-up year of mail: threads of 1, 2 and 6, some with two outside people; we have the last word in 9 of 10."""

    def __init__(self, people: int, messages: int) -> None:
        self.dice = random.Random(11)
        self.people = people
        self.messages = messages
        self.rows: dict[str, list[dict[str, Any]]] = {"conversation": [], "message": [], "participant": []}

    def write(self, session: Session) -> None:
        self._write_people(session)
        number = conversation = 0
        while number < self.messages:
            conversation += 1
            size = self.dice.choices((1, 2, 6), (60, 15, 25))[0]
            self._conversation(conversation, number, size)
            number += size
        for model in (Conversation, Message, Participant):
            session.execute(insert(model.__table__), self.rows[model.__tablename__])

    def _write_people(self, session: Session) -> None:
        for number in range(1, COLLEAGUES + 1):
            session.add(User(id=number, email=f"u{number}@ngo.example", name=f"U{number}", created_at=0))
            session.flush()
            session.add(TeamAddress(key=f"u{number}@ngo.example", user_id=number))
            session.add(Address(id=number, key=f"u{number}@ngo.example", side="inside", kind="person"))
        session.flush()
        ids = range(1, self.people + 1)
        contacts = [
            {
                "id": i,
                "kind": "contact",
                "name": f"P{i}",
                "root_id": i,
                "created_at": 0,
                "since_at": NOW - 300 * DAY,
            }
            for i in ids
        ]
        addresses = [
            {
                "id": 100 + i,
                "key": f"p{i}@donor.example",
                "side": "outside",
                "kind": "person",
                "contact_id": i,
            }
            for i in ids
        ]
        session.execute(insert(Contact.__table__), contacts)
        session.execute(insert(Address.__table__), addresses)
        session.execute(update(Contact).where(Contact.id % 3 == 0).values(tier="B"))

    def _conversation(self, conversation: int, number: int, size: int) -> None:
        at = NOW - self.dice.randrange(365 * DAY)
        person = 100 + self.dice.randrange(1, self.people + 1)
        other = 100 + self.dice.randrange(1, self.people + 1) if self.dice.random() < 0.1 else None
        colleague = self.dice.randrange(1, COLLEAGUES + 1)
        is_inbound = (size % 2 == 0) == (self.dice.random() < 0.9)
        first_at = at
        for step in range(size):
            message = number + step + 1
            author = person if is_inbound else colleague
            self.rows["message"].append(
                self._message(message, conversation, at, author, is_inbound=is_inbound)
            )
            recipient = colleague if is_inbound else person
            places = [
                ("author", author),
                ("to", recipient),
                *([("cc", other)] if other not in (None, person) else []),
            ]
            self.rows["participant"] += [
                {
                    "message_id": message,
                    "role": role,
                    "address_id": address,
                    "at": at,
                    "name": "",
                    "shown": None,
                }
                for role, address in places
            ]
            at = min(at + self.dice.randrange(HOUR, 3 * DAY), NOW)
            is_inbound = not is_inbound
        self.rows["conversation"].append(
            {
                "id": conversation,
                "group_id": conversation,
                "subject": "s",
                "first_at": first_at,
                "last_at": at,
            }
        )

    def _message(
        self, message: int, conversation: int, at: int, author: int, *, is_inbound: bool
    ) -> dict[str, Any]:
        return {
            "id": message,
            "rfc_id": f"{message}.{at}@mail.donor.example",
            "fingerprint": f"{message:016x}",
            "conversation_id": conversation,
            "at": at,
            "direction": "inbound" if is_inbound else "outbound",
            "own_kind": "human",
            "kind": "human",
            "author_id": author,
            "subject": "下週的志工訓練",
            "base_subject": "下週的志工訓練",
            "refs": "",
            "text": TEXT,
            "quoted": "",
            "body_hash": f"{message:016x}",
            "is_addressed": True,
            "source_rank": "",
        }


def timed(label: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    print(f"{label:<46} {time.perf_counter() - start:8.3f} s")


def run(database: Database, people: int, messages: int) -> None:
    with database.begin() as session:
        Writer(people, messages).write(session)
    for _ in timed(f"everybody from nothing ({messages} messages)"):
        with database.begin() as session:
            refresh_all(session, now=NOW)
    for _ in timed("everybody again"):
        with database.begin() as session:
            refresh_all(session, now=NOW)
    newest = select(Message.conversation_id).order_by(Message.at.desc()).limit(100).subquery()
    touched = (
        select(Address.contact_id)
        .join(Participant, Participant.address_id == Address.id)
        .join(Message, Message.id == Participant.message_id)
        .where(Message.conversation_id.in_(select(newest.c.conversation_id)))
    )
    with database.begin() as session:
        session.execute(update(Standing).where(Standing.contact_id.in_(touched)).values(due_at=0))
    for _ in timed("the people of 100 new messages"):
        with database.begin() as session:
            refresh(session, now=NOW)
    with database.read() as session:
        for _ in timed("a page of the queue"):
            queue = list_queue(session, now=NOW)
        for _ in timed("all flags listed"):
            flags = list_flags(session, now=NOW)
        for _ in timed("as of half a year ago"):
            past = flags_as_of(session, at=NOW - 180 * DAY)
        for _ in timed("audit"):
            counts = audit(session)
        stored = session.scalar(select(func.count()).select_from(Flag))
    print(
        f"{stored} flags now, {len(past)} then, {queue.totals.all} people in the queue, {len(flags)} listed"
    )
    print(counts, "unaccounted", counts.unaccounted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="200,000 messages instead of 20,000")
    parser.add_argument("--url", help="an empty database to use instead of SQLite in a temporary place")
    options = parser.parse_args()
    people, messages = (20_000, 200_000) if options.large else (2_000, 20_000)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(options.url or f"sqlite:///{Path(folder) / 'bench.db'}")
        run(database, people, messages)
        database.close()


if __name__ == "__main__":
    main()
