"""The boxes of the casebook: matters over all stages of both pipelines, and those that stand still."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select

from demo_story.hours import work_day_before
from demo_story.model import Person
from demo_story.notebook import MATTERS, TASKS
from streaklike.boxes import lifecycle, movement, tasks
from streaklike.boxes.pipelines import get_pipeline
from streaklike.demo.casebook.book import ZONE, Book, add_task_for, conversation_of, known, pair_of
from streaklike.people.marks import take_conversation
from streaklike.store.models import Address, Box, Contact, Conversation, Message, Participant, User

MARKER: Final = "好米食品：即期米合作"
_STAGES: Final = (("stranger", 8), ("supporter", 15), ("volunteer", 15), ("donor", 14), ("organiser", 4))
_CASE_STAGES: Final = (("new", 2), ("in_progress", 5), ("waiting", 3), ("done", 6))
_LONGEST_STAY: Final = {"stranger": 20, "supporter": 120, "volunteer": 120, "donor": 240, "organiser": 200,
                        "new": 1, "in_progress": 9, "waiting": 9, "done": 150}  # fmt: skip


def make_boxes(book: Book) -> None:
    """Boxes over all stages of both pipelines, each moved there step by step."""
    in_cases = {address for each in book.story.situations.values() for address in each.addresses}
    free = [pair for pair in known(book) if pair[0].address not in in_cases]
    crowd = [pair for pair in free if pair[0].segment != "family"]
    book.rng.shuffle(crowd)
    taken = iter(crowd)
    for stage, count in _STAGES:
        for _ in range(count):
            pair = next(taken, None)
            if pair is not None:
                _make_box(book, "supporters", stage, pair, MATTERS[stage])
    families = [pair for pair in free if pair[0].segment == "family"]
    places = [stage for stage, count in _CASE_STAGES for _ in range(count)]
    for stage, pair in zip(places, families, strict=False):
        _make_box(book, "cases", stage, pair, MATTERS["cases"])


def _make_box(
    book: Book, pipeline_key: str, stage_key: str, pair: tuple[Person, Contact], names: tuple[str, ...],
    *, name: str = "", stayed_days: int | None = None,
) -> Box:  # fmt: skip
    person, contact = pair
    pipeline = get_pipeline(book.session, pipeline_key)
    stages = pipeline.stages[
        : next(i for i, stage in enumerate(pipeline.stages) if stage.key == stage_key) + 1
    ]
    stayed = book.rng.randrange(_LONGEST_STAY[stage_key]) if stayed_days is None else stayed_days
    steps = [stayed]
    for _ in stages[1:]:
        steps.append(steps[-1] + book.rng.randrange(2, 25))
    by = book.user_for(person)
    title = name or book.rng.choice(names).format(name=person.name)
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
        and book.rng.random() < 0.35
    ):
        due = book.today + timedelta(days=book.rng.randrange(2, 30))
        tasks.add_task(
            book.session,
            text=book.rng.choice(TASKS),
            due_on=due,
            zone=ZONE,
            box=box,
            by=by,
            now=book.hour_of(1),
        )
    return box


def _add_conversations(book: Book, box: Box, contact: Contact, by: User) -> None:
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


def make_cases_of_note(book: Book) -> None:
    """The situations that are not of mail alone: promises past due, boxes that stand still, questions taken on."""
    promised = pair_of(book, "promised-proposal")
    due = work_day_before(book.today, 4)
    add_task_for(
        book, promised[1], promised[0], at=book.hour_of(19), due=due, text="寄出陪讀班冠名方案與預算表"
    )
    stalled = pair_of(book, "stalled-case")
    box = _make_box(
        book, "cases", "in_progress", stalled, (), name="個案：夜班家庭的五年級生", stayed_days=33
    )
    by = book.users["cases"]
    tasks.add_task(
        book.session, text="回覆社福中心家訪結果", due_on=work_day_before(book.today, 8), zone=ZONE, box=box, by=by,
        now=book.hour_of(33),
    )  # fmt: skip
    _make_box(
        book, "supporters", "stranger", pair_of(book, "bounced-first-mail"), (), name=MARKER, stayed_days=42
    )
    for key, owner in (
        ("journalist-waiting", "director"),
        ("parent-waiting", "cases"),
        ("funder-waiting", "international"),
    ):
        conversation = _waiting_conversation(book, key)
        if conversation is not None:
            take_conversation(book.session, conversation, by=book.users[owner], now=book.hour_of(1))


def _waiting_conversation(book: Book, key: str) -> Conversation | None:
    """The conversation of the last mail that the case's person wrote."""
    address = book.story.situations[key].addresses[0]
    last = [letter.message_id for letter in book.story.letters if letter.author.address == address][-1]
    return conversation_of(book.session, last)
