"""A made-up year of a team's mail, written straight into the tables."""

import random
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR, parse_instant
from streaklike.store.models import (
    Address,
    Body,
    Contact,
    Conversation,
    Message,
    Participant,
    TeamAddress,
    User,
)

NOW = parse_instant("2026-06-01T02:00:00+00:00")
COLLEAGUES = 5
PAGE = 2_000
BUSY = 1
TEXT = "謝謝您上週的來信，附上志工訓練的時間表，請在週五以前回覆您是否能來。" * 6


class Writer:
    """Threads of 1, 2 and 6 mails, some with two outside people; we have the last word in 9 of 10.

    `busy_messages` says on about how many of the messages the contact BUSY stands.
    """

    def __init__(self, people: int, messages: int, *, busy_messages: int = 0) -> None:
        self.rng = random.Random(11)
        self.people = people
        self.messages = messages
        self.busy_share = busy_messages / messages
        self.conversations = 0
        self.rows: dict[str, list[dict[str, Any]]] = {
            "conversation": [],
            "message": [],
            "body": [],
            "participant": [],
        }

    def write(self, session: Session) -> None:
        """Write all of it, a few thousand messages at a time."""
        self._write_people(session)
        number = 0
        while number < self.messages:
            self.conversations += 1
            size = self.rng.choices((1, 2, 6), (60, 15, 25))[0]
            self._conversation(self.conversations, number, size)
            number += size
            if len(self.rows["message"]) >= PAGE or number >= self.messages:
                self._flush(session)

    def _flush(self, session: Session) -> None:
        for model in (Conversation, Message, Body, Participant):
            session.execute(insert(model.__table__), self.rows[model.__tablename__])
            self.rows[model.__tablename__].clear()

    def _person(self) -> int:
        """Somebody's address; BUSY's in a share of the cases."""
        if self.busy_share and self.rng.random() < self.busy_share:
            return 100 + BUSY
        return 100 + self.rng.randrange(1, self.people + 1)

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
        at = NOW - self.rng.randrange(365 * DAY)
        person = self._person()
        other = 100 + self.rng.randrange(1, self.people + 1) if self.rng.random() < 0.1 else None
        colleague = self.rng.randrange(1, COLLEAGUES + 1)
        is_inbound = (size % 2 == 0) == (self.rng.random() < 0.9)
        first_at = at
        for step in range(size):
            message = number + step + 1
            author = person if is_inbound else colleague
            self.rows["message"].append(
                self._message(message, conversation, at, author, is_inbound=is_inbound)
            )
            self.rows["body"].append({"message_id": message, "text": TEXT, "quoted": ""})
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
            at = min(at + self.rng.randrange(HOUR, 3 * DAY), NOW)
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
            "body_hash": f"{message:016x}",
            "is_addressed": True,
            "source_rank": "",
        }
