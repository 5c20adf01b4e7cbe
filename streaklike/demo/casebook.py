"""What the colleagues of the story did by hand beside their mail: boxes, tasks, calls, gifts, tiers, marks.

All of it goes through the verbs that people use, each dated when it happened, so that `as of` finds it in its time.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes import lifecycle, movement, notes, tasks
from streaklike.boxes.pipelines import ensure_start_pipelines, get_pipeline
from streaklike.demo.story.cast import BY_EMAIL
from streaklike.demo.story.hours import at_time, day_of, office, work_day_before
from streaklike.demo.story.model import Person, Story
from streaklike.demo.story.notebook import CALLS, MATTERS, MEETINGS, NOTES, TASKS
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import add_contact, set_do_not_contact, set_owner, set_tier
from streaklike.people.events import mark_due
from streaklike.people.finding import find_contact
from streaklike.people.marks import mark_no_reply_needed, take_conversation
from streaklike.store.models import FOREVER, Address, Box, Contact, Conversation, Message, Participant, User
from streaklike.store.writing import in_chunks

ZONE: Final = ZoneInfo("Asia/Taipei")
FRESH_DAYS: Final = 30
_OWNERS: Final = {
    "donor": "fundraising", "company": "fundraising", "volunteer": "volunteers", "family": "cases",
    "school": "programmes", "press": "director", "partner": "international",
}  # fmt: skip
_TOUCHED_WITHIN: Final = {"A": 12, "B": 26, "C": 80}
_HAND_ADDED: Final = ("lichun.pan@goodrice.example", "潘立群")
_MARKER: Final = "好米食品：即期米合作"
_STAGES: Final = (("stranger", 8), ("supporter", 15), ("volunteer", 15), ("donor", 14), ("organiser", 4))
_CASE_STAGES: Final = (("new", 2), ("in_progress", 5), ("waiting", 3), ("done", 6))
_LONGEST_STAY: Final = {"stranger": 20, "supporter": 120, "volunteer": 120, "donor": 240, "organiser": 200,
                        "new": 1, "in_progress": 9, "waiting": 9, "done": 150}  # fmt: skip


@dataclass(slots=True)
class _Book:
    """What every chapter needs: the session, the story, its dice, and who is who in the database."""

    session: Session
    story: Story
    now: int
    dice: Random
    users: dict[str, User] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return day_of(self.now)

    def hour_of(self, days_ago: int) -> int:
        """A moment in office hours about that many days ago."""
        at = office(at_time(self.today - timedelta(days=days_ago), self.dice.randrange(9, 17)), self.dice)
        return min(at, self.now - HOUR)

    def user_for(self, person: Person) -> User:
        return self.users[_OWNERS[person.segment]]


def apply_casebook(session: Session, story: Story, *, now: int) -> None:
    """Write the story's casebook after its mail is in; a second time does nothing. Standings become due, not new."""
    if session.scalar(select(Box.id).where(Box.name == _MARKER)) is not None:
        return
    book = _Book(session, story, now, Random(f"{story.seed}:casebook"))
    book.users = _load_users(session)
    book.contacts = _load_contacts(session, story.people)
    ensure_start_pipelines(session)
    _set_tiers_and_owners(book)
    _log_gifts(book)
    _keep_in_touch(book)
    _write_notes(book)
    _leave_alone(book)
    _make_boxes(book)
    _make_cases_of_note(book)
    _mark_thanks(book)
    _class_asks(book)


def _load_users(session: Session) -> dict[str, User]:
    users = session.scalars(select(User).where(User.email.in_(BY_EMAIL)))
    return {BY_EMAIL[user.email].key: user for user in users}


def _load_contacts(session: Session, people: tuple[Person, ...]) -> dict[str, Contact]:
    """The contacts of the story's people by address; who wrote nothing yet is missing."""
    found = {}
    for person in people:
        contact = find_contact(session, person.address)
        if contact is not None and contact.kind == "contact":
            found[person.address] = contact
    return found


def _known(book: _Book) -> Iterable[tuple[Person, Contact]]:
    for person in book.story.people:
        contact = book.contacts.get(person.address)
        if contact is not None:
            yield person, contact


def _set_tiers_and_owners(book: _Book) -> None:
    for person, contact in _known(book):
        if person.tier is None:
            continue
        since = contact.since_at or book.now
        at = min(max(since, book.hour_of(book.dice.randrange(130, 400))), book.now)
        owner = book.user_for(person)
        set_tier(book.session, contact, person.tier, by=book.users["director"], now=at)
        set_owner(book.session, contact, owner, by=book.users["director"], now=at)


def _log_gifts(book: _Book) -> None:
    for gift in book.story.gifts:
        contact = book.contacts.get(gift.address)
        at = at_time(gift.on, 12)
        if contact is not None and at < book.now:
            by = book.users["fundraising"]
            notes.log_gift(
                book.session, contact=contact, amount=str(gift.amount), by=by, at=at, now=at + HOUR
            )


def _keep_in_touch(book: _Book) -> None:
    """Calls and visits to those with a tier, where mail alone would leave them waiting (R48); the cases stay as told."""
    in_cases = {address for each in book.story.situations.values() for address in each.addresses}
    openings = _last_openings(book.story)
    for person, contact in _known(book):
        if person.tier is None or person.address in in_cases:
            continue
        within = _TOUCHED_WITHIN[person.tier]
        if book.now - openings.get(person.address, 0) > within * DAY:
            at = book.hour_of(book.dice.randrange(3, within))
            is_call = book.dice.random() < 0.6
            kind, text = (
                ("call", book.dice.choice(CALLS)) if is_call else ("meeting", book.dice.choice(MEETINGS))
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


def _write_notes(book: _Book) -> None:
    """Notes about some sixty people, and older calls."""
    chosen = list(_known(book))
    for person, contact in book.dice.sample(chosen, min(len(chosen), 60)):
        at = max(book.hour_of(book.dice.randrange(40, 420)), contact.since_at or 0)
        text = book.dice.choice(NOTES)
        notes.log(
            book.session, "note", contact=contact, by=book.user_for(person), at=at, now=at + HOUR, text=text
        )
        if book.dice.random() < 0.4:
            due = day_of(at) + timedelta(days=book.dice.randrange(4, 20))
            _add_task(book, contact, person, at=at, due=due, done_at=at_time(due, 11))


def _add_task(
    book: _Book,
    contact: Contact,
    person: Person,
    *,
    at: int,
    due: date,
    done_at: int | None = None,
    text: str = "",
) -> None:
    by = book.user_for(person)
    words = text or book.dice.choice(TASKS)
    task = tasks.add_task(book.session, text=words, due_on=due, zone=ZONE, contact=contact, by=by, now=at)
    if done_at is not None:
        tasks.complete_task(book.session, task, by=by, now=min(done_at, book.now))


def _leave_alone(book: _Book) -> None:
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
    added = add_contact(book.session, address, name=name, by=fundraising, now=book.hour_of(24))
    book.contacts[address] = added
    notes.log(
        book.session, "note", contact=added, by=fundraising, at=book.hour_of(24), now=book.hour_of(24) + HOUR,
        text="企業志工論壇交換名片，對課後晚餐有興趣。",
    )  # fmt: skip


def _make_boxes(book: _Book) -> None:
    """Boxes over all stages of both pipelines, each moved there step by step."""
    people = {segment: [pair for pair in _known(book) if pair[0].segment == segment] for segment in _OWNERS}
    in_cases = {address for each in book.story.situations.values() for address in each.addresses}
    crowd = [pair for pair in _known(book) if pair[0].address not in in_cases and pair[0].segment != "family"]
    book.dice.shuffle(crowd)
    taken = iter(crowd)
    for stage, count in _STAGES:
        for _ in range(count):
            pair = next(taken, None)
            if pair is not None:
                _make_box(book, "supporters", stage, pair, MATTERS[stage])
    families = [pair for pair in people["family"] if pair[0].address not in in_cases]
    places = [stage for stage, count in _CASE_STAGES for _ in range(count)]
    for stage, pair in zip(places, families, strict=False):
        _make_box(book, "cases", stage, pair, MATTERS["cases"])


def _make_box(
    book: _Book, pipeline_key: str, stage_key: str, pair: tuple[Person, Contact], names: tuple[str, ...],
    *, name: str = "", stayed_days: int | None = None,
) -> Box:  # fmt: skip
    person, contact = pair
    pipeline = get_pipeline(book.session, pipeline_key)
    stages = pipeline.stages[
        : next(i for i, stage in enumerate(pipeline.stages) if stage.key == stage_key) + 1
    ]
    stayed = book.dice.randrange(_LONGEST_STAY[stage_key]) if stayed_days is None else stayed_days
    steps = [stayed]
    for _ in stages[1:]:
        steps.append(steps[-1] + book.dice.randrange(2, 25))
    by = book.user_for(person)
    title = name or book.dice.choice(names).format(name=person.name)
    box = lifecycle.create_box(
        book.session,
        pipeline,
        stages[0],
        name=title,
        contacts=[contact],
        owners=[by],
        by=by,
        now=book.hour_of(steps[-1]),
    )
    for stage, days_ago in zip(stages[1:], reversed(steps[:-1]), strict=True):
        movement.move_box(book.session, box, to_stage=stage, by=by, now=book.hour_of(days_ago))
    _add_conversations(book, box, contact, by)
    if (
        stage_key in {"supporter", "donor", "in_progress"}
        and stayed_days is None
        and book.dice.random() < 0.35
    ):
        due = book.today + timedelta(days=book.dice.randrange(2, 30))
        tasks.add_task(
            book.session,
            text=book.dice.choice(TASKS),
            due_on=due,
            zone=ZONE,
            box=box,
            by=by,
            now=book.hour_of(1),
        )
    return box


def _add_conversations(book: _Book, box: Box, contact: Contact, by: User) -> None:
    """The person's two newest conversations belong to the box."""
    rows = (
        select(Message.conversation_id)
        .join(Participant, Participant.message_id == Message.id)
        .join(Address, Address.id == Participant.address_id)
        .where(Address.contact_id == contact.id, Message.kind == "human", Message.is_live)
        .order_by(Participant.at.desc(), Message.rfc_id)
        .limit(12)
    )
    for conversation_id in list(dict.fromkeys(book.session.scalars(rows)))[:2]:
        conversation = book.session.get_one(Conversation, conversation_id)
        lifecycle.add_box_conversation(
            book.session, box, conversation, by=by, now=max(box.created_at, conversation.last_at)
        )


def _make_cases_of_note(book: _Book) -> None:
    """The situations that are not of mail alone: promises past due, boxes that stand still, questions taken on."""
    promised = _pair(book, "promised-proposal")
    due = work_day_before(book.today, 4)
    _add_task(book, promised[1], promised[0], at=book.hour_of(19), due=due, text="寄出陪讀班冠名方案與預算表")
    stalled = _pair(book, "stalled-case")
    box = _make_box(
        book, "cases", "in_progress", stalled, (), name="個案：夜班家庭的五年級生", stayed_days=33
    )
    by = book.users["cases"]
    tasks.add_task(
        book.session, text="回覆社福中心家訪結果", due_on=work_day_before(book.today, 8), zone=ZONE, box=box, by=by,
        now=book.hour_of(33),
    )  # fmt: skip
    _make_box(
        book, "supporters", "stranger", _pair(book, "bounced-first-mail"), (), name=_MARKER, stayed_days=33
    )
    for key, owner in (
        ("journalist-waiting", "director"),
        ("parent-waiting", "cases"),
        ("funder-waiting", "international"),
    ):
        conversation = _waiting_conversation(book, key)
        if conversation is not None:
            take_conversation(book.session, conversation, by=book.users[owner], now=book.hour_of(1))


def _pair(book: _Book, key: str) -> tuple[Person, Contact]:
    address = book.story.situations[key].addresses[0]
    return next((person, contact) for person, contact in _known(book) if person.address == address)


def _waiting_conversation(book: _Book, key: str) -> Conversation | None:
    """The conversation of the last mail that the case's person wrote."""
    address = book.story.situations[key].addresses[0]
    last = [letter.message_id for letter in book.story.letters if letter.author.address == address][-1]
    return _conversation_of(book.session, last)


def _conversation_of(session: Session, rfc_id: str) -> Conversation | None:
    conversation_id = session.scalar(select(Message.conversation_id).where(Message.rfc_id == rfc_id))
    return session.get(Conversation, conversation_id) if conversation_id is not None else None


def _mark_thanks(book: _Book) -> None:
    """Short thanks of a while ago were closed by hand on the day after (R37); the newest still stand."""
    at_of = {letter.message_id: letter for letter in book.story.letters}
    for rfc_id in book.story.thanked:
        letter = at_of[rfc_id]
        conversation = _conversation_of(book.session, rfc_id)
        if book.now - letter.at < FRESH_DAYS * DAY or conversation is None:
            continue
        by = book.users[BY_EMAIL[letter.to[0].address].key]
        at = office(letter.at + 20 * HOUR, book.dice)
        mark_no_reply_needed(book.session, conversation, by=by, reason="只是道謝", now=at)


def _class_asks(book: _Book) -> None:
    """R52: the letters that ask for money, labelled as a colleague's click labels them, where none has a class yet."""
    for chunk in in_chunks(book.story.asks):
        messages = list(book.session.scalars(select(Message).where(Message.rfc_id.in_(chunk))))
        for message in messages:
            details = message.details or {}
            if "touch_class" not in details:
                message.details = {**details, "touch_class": "ask"}
        _mark_recipients_due(book.session, [message.id for message in messages])


def _mark_recipients_due(session: Session, message_ids: list[int]) -> None:
    rows = (
        select(Contact.root_id)
        .join(Address, Address.contact_id == Contact.id)
        .join(Participant, Participant.address_id == Address.id)
        .where(Participant.message_id.in_(message_ids), Contact.root_id.is_not(None))
    )
    mark_due(session, {root_id for root_id in session.scalars(rows) if root_id is not None})
