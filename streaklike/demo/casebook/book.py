"""What every chapter of the casebook needs: who is who in the database, and moments in office hours."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo_story.cast import BY_EMAIL
from demo_story.hours import at_time, day_of, office
from demo_story.model import Person, Story
from demo_story.notebook import TASKS
from streaklike.boxes import tasks
from streaklike.instants import HOUR
from streaklike.people.finding import find_contact
from streaklike.store.models import Contact, Conversation, Message, User

ZONE: Final = ZoneInfo("Asia/Taipei")
OWNERS: Final = {
    "donor": "fundraising", "company": "fundraising", "volunteer": "volunteers", "family": "cases",
    "school": "volunteers", "press": "director", "partner": "international",
}  # fmt: skip


@dataclass(slots=True)
class Book:
    """What every chapter needs: the session, the story, its random generator, and who is who in the database."""

    session: Session
    story: Story
    now: int
    rng: Random
    users: dict[str, User] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return day_of(self.now)

    def hour_of(self, days_ago: int) -> int:
        """A moment in office hours about that many days ago."""
        at = office(at_time(self.today - timedelta(days=days_ago), self.rng.randrange(9, 17)), self.rng)
        return min(at, self.now - HOUR)

    def user_for(self, person: Person) -> User:
        return self.users[OWNERS[person.segment]]


def load_users(session: Session) -> dict[str, User]:
    users = session.scalars(select(User).where(User.email.in_(BY_EMAIL)))
    return {BY_EMAIL[user.email].key: user for user in users}


def load_contacts(session: Session, people: tuple[Person, ...]) -> dict[str, Contact]:
    """The contacts of the story's people by address; who wrote nothing yet is missing."""
    found = {}
    for person in people:
        contact = find_contact(session, person.address)
        if contact is not None and contact.kind == "contact":
            found[person.address] = contact
    return found


def known(book: Book) -> Iterator[tuple[Person, Contact]]:
    for person in book.story.people:
        contact = book.contacts.get(person.address)
        if contact is not None:
            yield person, contact


def pair_of(book: Book, key: str) -> tuple[Person, Contact]:
    address = book.story.situations[key].addresses[0]
    return next((person, contact) for person, contact in known(book) if person.address == address)


def add_task_for(
    book: Book,
    contact: Contact,
    person: Person,
    *,
    at: int,
    due: date,
    done_at: int | None = None,
    text: str = "",
) -> None:
    by = book.user_for(person)
    words = text or book.rng.choice(TASKS)
    task = tasks.add_task(book.session, text=words, due_on=due, zone=ZONE, contact=contact, by=by, now=at)
    if done_at is not None:
        tasks.complete_task(book.session, task, by=by, now=min(done_at, book.now))


def conversation_of(session: Session, rfc_id: str) -> Conversation | None:
    conversation_id = session.scalar(select(Message.conversation_id).where(Message.rfc_id == rfc_id))
    return session.get(Conversation, conversation_id) if conversation_id is not None else None
