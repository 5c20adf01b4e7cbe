"""Milliseconds to find the newest 50 messages that hold a word, beside a bare LIKE over the same texts.

20,000 messages of 400 Han characters and 60 Latin words each, or 200,000. The goal: a word of two Han characters among
200,000 messages in 20 ms at the 95th percentile, however common the word is.
"""

import random
import string
import time
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from streaklike.instants import DAY, parse_instant
from streaklike.people.search import search
from streaklike.store.database import Database
from streaklike.store.models import Address, Body, Message, Participant
from streaklike.store.search_index import index_messages
from tests.benchmarks.measuring import Figure, Report, Size, new_database, settle

NOW = parse_instant("2026-06-01T02:00:00+00:00")
YEARS = 2
PAGE = 500
PEOPLE = 2000

PLANTED = {"捐款": 0.3, "志工": 0.02, "清掃": 0.002, "鸕鶿": 0.0001, "募款餐會": 0.01, "accessible": 0.05}
"""Words that stand nowhere else, and in which share of the messages they stand."""

QUERIES = {
    "2 characters in 30 % of all mail": "捐款",
    "2 characters in 2 %": "志工",
    "2 characters in 0.2 %": "清掃",
    "2 characters in 0.01 %": "鸕鶿",
    "2 characters, nowhere": "鸕款",
    "4 characters in 1 %": "募款餐會",
    "a Latin word in 5 %": "accessible",
    "common and rare together": "捐款 鸕鶿",
    "1 character, common": "款",
    "1 character, rare": "鸕",
    "a colleague's, with a word": "from:u1@ngo.example 志工",
}


class Speaker:
    """Makes texts whose words are as unevenly common as in life."""

    def __init__(self) -> None:
        self.rng = random.Random(5)
        common = [
            chr(0x4E00 + 7 * number)
            for number in range(1500)
            if chr(0x4E00 + 7 * number) not in "捐款志工清掃鸕鶿募餐會"
        ]
        self.han = [
            "".join(self.rng.choices(common[:900], k=self.rng.choice((1, 2, 2, 2, 3)))) for _ in range(9000)
        ]
        self.latin = [
            "".join(self.rng.choices(string.ascii_lowercase, k=self.rng.randint(2, 9))) for _ in range(6000)
        ]
        self.han_weights = [1 / (rank + 3) for rank in range(len(self.han))]
        self.latin_weights = [1 / (rank + 3) for rank in range(len(self.latin))]

    def say(self) -> str:
        rng = self.rng
        han = "".join(rng.choices(self.han, self.han_weights, k=200))
        sentences = [han[place : place + 14] for place in range(0, 400, 14)]
        sentences += [word for word, share in PLANTED.items() if rng.random() < share]
        rng.shuffle(sentences)
        return "，".join(sentences) + "\n" + " ".join(rng.choices(self.latin, self.latin_weights, k=60))


def fill(database: Database, count: int) -> float:
    """Store and index `count` messages, newest first as a sync does; the seconds that indexing took."""
    speaker, spent = Speaker(), 0.0
    with database.begin() as session:
        session.execute(
            insert(Address),
            [{"id": n, "key": f"u{n}@ngo.example", "side": "inside", "kind": "person"} for n in range(1, 6)]
            + [
                {"id": 10 + n, "key": f"p{n}@donor.example", "side": "outside", "kind": "person"}
                for n in range(PEOPLE)
            ],
        )
    for first in range(1, count + 1, PAGE):
        with database.begin() as session:
            write_page(session, speaker, range(first, first + PAGE), YEARS * 365 * DAY // count)
            began = time.perf_counter()
            index_messages(session, range(first, first + PAGE))
            spent += time.perf_counter() - began
    return spent


def write_page(session: Session, speaker: Speaker, ids: range, step: int) -> None:
    messages: list[dict[str, Any]] = []
    people: list[dict[str, Any]] = []
    for number in ids:
        at = NOW - number * step
        ours, theirs = speaker.rng.randrange(1, 6), 10 + speaker.rng.randrange(PEOPLE)
        messages.append(
            {
                "id": number, "rfc_id": f"{number}@mx.example", "fingerprint": "", "at": at, "direction": "inbound",
                "own_kind": "human", "kind": "human", "author_id": theirs, "subject": "s", "base_subject": "s",
                "refs": "", "body_hash": "", "source_rank": "",
            }
        )  # fmt: skip
        reclassified = number % 2 == 0
        for role, address in (
            ("author", ours if reclassified else theirs),
            ("to", theirs if reclassified else ours),
        ):
            people.append(
                {
                    "message_id": number,
                    "role": role,
                    "address_id": address,
                    "at": at,
                    "name": "",
                    "shown": None,
                }
            )
    session.execute(insert(Message), messages)
    session.execute(insert(Body), [{"message_id": n, "text": speaker.say(), "quoted": ""} for n in ids])
    session.execute(insert(Participant), people)


LIKE = text(
    "SELECT id, subject FROM message JOIN body ON body.message_id = id WHERE is_live AND text LIKE :word ORDER BY at DESC LIMIT 50"
)


def floor(session: Session, query: str) -> int:
    return len(session.execute(LIKE, {"word": f"%{query.rsplit(maxsplit=1)[-1]}%"}).all())


def run(report: Report, size: Size, folder: str) -> None:
    """Every query of the list; and what indexing cost, beside nothing."""
    with new_database(folder, size) as database:
        indexing = 1000 * fill(database, size.messages)
        each = indexing / size.messages
        report.add(Figure("index one message", each, each, each, None, None))
        settle(database)
        with database.read() as session:
            for name, query in QUERIES.items():
                report.measure(
                    f"search, {name}",
                    lambda query=query: search(session, query),
                    times=40,
                    goal_ms=20 if name.startswith("2 characters") else None,
                    floor=lambda query=query: floor(session, query),
                )
