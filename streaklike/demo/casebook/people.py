"""What the colleagues wrote down about people: tiers, owners, gifts, calls, notes, who is to be left alone."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from demo_story.cast import BY_EMAIL
from demo_story.hours import at_time, day_of, office
from demo_story.model import Story
from demo_story.notebook import CALLS, MEETINGS, NOTES
from streaklike.boxes import notes
from streaklike.demo.casebook.book import Book, add_task_for, conversation_of, known
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import add_contact, set_do_not_contact, set_owner, set_tier
from streaklike.people.marks import mark_no_reply_needed
from streaklike.people.touch_classes import correct_touch
from streaklike.store.models import FOREVER, Message
from streaklike.store.writing import in_chunks

FRESH_DAYS: Final = 30
_TOUCHED_WITHIN: Final = {"A": 12, "B": 26, "C": 80}
_HAND_ADDED: Final = ("lichun.pan@goodrice.example", "潘立群")


def set_tiers_and_owners(book: Book) -> None:
    for person, contact in known(book):
        if person.tier is None:
            continue
        since = contact.since_at or book.now
        at = min(max(since, book.hour_of(book.rng.randrange(130, 400))), book.now)
        owner = book.user_for(person)
        set_tier(book.session, contact, person.tier, by=book.users["director"], now=at)
        set_owner(book.session, contact, owner, by=book.users["director"], now=at)


def log_gifts(book: Book) -> None:
    for gift in book.story.gifts:
        contact = book.contacts.get(gift.address)
        at = at_time(gift.on, 12)
        if contact is not None and at < book.now:
            by = book.users["fundraising"]
            notes.log_gift(
                book.session, contact=contact, amount=str(gift.amount), by=by, at=at, now=at + HOUR
            )


def keep_in_touch(book: Book) -> None:
    """Calls and visits to those with a tier, where mail alone would leave them waiting (R48); the cases stay as told."""
    in_cases = {address for each in book.story.situations.values() for address in each.addresses}
    openings = _last_openings(book.story)
    for person, contact in known(book):
        if person.tier is None or person.address in in_cases:
            continue
        within = _TOUCHED_WITHIN[person.tier]
        if book.now - openings.get(person.address, 0) > within * DAY:
            at = book.hour_of(book.rng.randrange(3, within))
            is_call = book.rng.random() < 0.6
            kind, text = (
                ("call", book.rng.choice(CALLS)) if is_call else ("meeting", book.rng.choice(MEETINGS))
            )
            notes.log(
                book.session, kind, contact=contact, by=book.user_for(person), at=at, now=at + HOUR, text=text
            )


def _last_openings(story: Story) -> dict[str, int]:
    """When we last began a thread with each person, by address."""
    return {
        letter.to[0].address: letter.at
        for letter in story.letters
        if letter.parent is None and letter.author.address in BY_EMAIL and letter.kind == "human"
    }


def write_notes(book: Book) -> None:
    """Notes about some sixty people, and older calls."""
    chosen = list(known(book))
    for person, contact in book.rng.sample(chosen, min(len(chosen), 60)):
        at = max(book.hour_of(book.rng.randrange(40, 420)), contact.since_at or 0)
        text = book.rng.choice(NOTES)
        notes.log(
            book.session, "note", contact=contact, by=book.user_for(person), at=at, now=at + HOUR, text=text
        )
        if book.rng.random() < 0.4:
            due = day_of(at) + timedelta(days=book.rng.randrange(4, 20))
            add_task_for(book, contact, person, at=at, due=due, done_at=at_time(due, 11))


def leave_alone(book: Book) -> None:
    """R49: one who asked for it, for ever; one in mourning, until a day to come. And one added by hand, never written to."""
    wished = book.contacts[book.story.situations["leave-me-alone"].addresses[0]]
    mourning = book.contacts[book.story.situations["in-mourning"].addresses[0]]
    director, fundraising = book.users["director"], book.users["fundraising"]
    set_do_not_contact(
        book.session, wished, until=FOREVER, reason="本人來信要求不再聯絡", by=director, now=book.hour_of(93)
    )
    until = book.now + 40 * DAY
    set_do_not_contact(
        book.session, mourning, until=until, reason="服喪中，先不打擾", by=fundraising, now=book.hour_of(69)
    )
    address, name = _HAND_ADDED
    met_at = book.hour_of(24)
    added = add_contact(book.session, address, name=name, by=fundraising, now=met_at)
    book.contacts[address] = added
    notes.log(
        book.session, "note", contact=added, by=fundraising, at=met_at, now=met_at + HOUR,
        text="企業志工論壇交換名片，對課後晚餐有興趣。",
    )  # fmt: skip


def mark_thanks(book: Book) -> None:
    """Short thanks of a while ago were closed by hand on the day after (R37); the newest still stand."""
    at_of = {letter.message_id: letter for letter in book.story.letters}
    for rfc_id in book.story.thanked:
        letter = at_of[rfc_id]
        conversation = conversation_of(book.session, rfc_id)
        if book.now - letter.at < FRESH_DAYS * DAY or conversation is None:
            continue
        by = book.users[BY_EMAIL[letter.to[0].address].key]
        at = office(letter.at + 20 * HOUR, book.rng)
        if by.role != "viewer":  # a viewer looks only
            mark_no_reply_needed(book.session, conversation, by=by, reason="只是道謝", now=at)


def class_asks(book: Book) -> None:
    """R52: the letters that ask for money are asks; where their words did not say so, a colleague did a while later."""
    by = book.users["fundraising"]
    for chunk in in_chunks(book.story.asks):
        missed = select(Message).where(
            Message.rfc_id.in_(chunk), Message.touch_words.is_not(None), Message.touch_class != "ask"
        )
        for message in book.session.scalars(missed.order_by(Message.at, Message.rfc_id)).all():
            correct_touch(book.session, message, "ask", by=by, now=min(message.at + HOUR, book.now))
