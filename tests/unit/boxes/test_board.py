from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import event, select

from streaklike.boxes.board import load_board
from streaklike.boxes.lifecycle import add_box_conversation, close_box, create_box
from streaklike.boxes.movement import move_box
from streaklike.boxes.pipelines import ensure_start_pipelines, get_pipeline, get_stage
from streaklike.boxes.tasks import add_task, complete_task
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import add_contact
from streaklike.people.merging import merge
from streaklike.store.database import Database
from streaklike.store.models import ContactStatus, Conversation, Flag, Message, User
from tests.factories import AN, BO, CHU, MEI, T0, WEI, PostOffice

TAIPEI = ZoneInfo("Asia/Taipei")


def raise_flag(session, contact_id: int, *, box_id: int | None = None) -> None:
    session.add(
        Flag(contact_id=contact_id, flag="ignored", reason="stalled" if box_id else "lapsed", since_at=T0,
             count=1, limit=1, unit="days", evidence=[], box_id=box_id)
    )  # fmt: skip
    session.flush()


def test_a_card_tells_who_whose_how_long_and_what_next(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ensure_start_pipelines(session)
        mei, wei = (session.get_one(User, office.user(person)) for person in (MEI, WEI))
        an, bo = (add_contact(session, person, name=person[:2], by=mei, now=T0) for person in (AN, BO))
        cases = get_pipeline(session, "cases")
        box = create_box(
            session, cases, "new", name="A van", contacts=[an, bo], owners=[wei, mei], by=mei, now=T0
        )
        other = create_box(session, cases, "waiting", name="A hall", contacts=[an], by=mei, now=T0 + HOUR)
        later = add_task(
            session, text="Later", due_on=date(2026, 3, 9), zone=TAIPEI, contact=an, by=mei, now=T0
        )
        sooner = add_task(
            session, text="Sooner", due_on=date(2026, 3, 5), zone=TAIPEI, box=box, by=mei, now=T0
        )
        raise_flag(session, bo.id)
        raise_flag(session, an.id, box_id=other.id)
        session.get_one(ContactStatus, bo.id, populate_existing=True).reply_state = "awaiting_reply"

        board = load_board(session, cases, now=T0 + 3 * DAY + HOUR)
        assert (board.pipeline_key, board.by) == ("cases", "stage")
        assert [column.key for column in board.columns] == ["new", "in_progress", "waiting", "done"]
        (card,) = board.columns[0].cards
        assert (card.name, card.uid, card.stage_key, card.days_in_stage, card.allowed_days) == (
            "A van", box.uid, "new", 3, 3,
        )  # fmt: skip
        assert [contact.name for contact in card.contacts] == ["An", "Bo"]
        assert {owner.email for owner in card.owners} == {"mei@ngo.example", "wei@ngo.example"}
        assert (card.reply_state, card.flags) == ("awaiting_reply", 1)
        assert card.next_task is not None
        assert card.next_task.uid == sooner.uid
        assert board.columns[2].cards[0].flags == 1
        complete_task(session, sooner, by=mei, now=T0 + HOUR)
        card = load_board(session, cases, now=T0).columns[0].cards[0]
        assert card.next_task is not None
        assert card.next_task.uid == later.uid
        assert card.days_in_stage == 0


def test_R33_a_box_is_as_urgent_as_its_most_urgent_conversation(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ensure_start_pipelines(session)
        message = office.post(AN, [MEI])
        office.link()
        conversation = session.get_one(
            Conversation, session.scalars(select(Message.conversation_id).where(Message.id == message)).one()
        )
        cases = get_pipeline(session, "cases")
        box = create_box(session, cases, "new", name="A van", by=None, now=T0)
        assert load_board(session, cases, now=T0).columns[0].cards[0].reply_state == "quiet"
        add_box_conversation(session, box, conversation, by=None, now=T0)
        conversation.reply_state = "needs_reply"
        session.flush()
        assert load_board(session, cases, now=T0).columns[0].cards[0].reply_state == "needs_reply"


def test_R58_by_owner_a_box_stands_once_with_its_first_owner_and_the_unowned_last(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ensure_start_pipelines(session)
        mei, wei = (session.get_one(User, office.user(person)) for person in (MEI, WEI))
        cases = get_pipeline(session, "cases")
        for name, owners in (("a", [mei]), ("b", [wei, mei]), ("c", [])):
            create_box(session, cases, "new", name=name, owners=owners, by=mei, now=T0)
        board = load_board(session, cases, by="owner", now=T0)
        shown = {column.key: [card.name for card in column.cards] for column in board.columns}
        assert shown == {"mei@ngo.example": ["a"], "wei@ngo.example": ["b"], "": ["c"]}
        assert board.columns[-1].key == ""


def test_cards_follow_their_rank_and_closed_ones_are_asked_for(database: Database):
    with database.begin() as session:
        ensure_start_pipelines(session)
        cases = get_pipeline(session, "cases")
        boxes = {name: create_box(session, cases, "new", name=name, by=None, now=T0) for name in "abc"}
        move_box(session, boxes["c"], before=boxes["a"], by=None, now=T0)
        close_box(session, boxes["b"], by=None, now=T0)
        board = load_board(session, cases, now=T0)
        assert [card.name for card in board.columns[0].cards] == ["c", "a"]
        board = load_board(session, cases, now=T0, include_closed=True)
        assert [(card.name, card.closed_at) for card in board.columns[0].cards] == [
            ("c", None),
            ("a", None),
            ("b", T0),
        ]


def test_R4_merged_people_stand_on_the_card_once_under_their_root(database: Database):
    with database.begin() as session:
        ensure_start_pipelines(session)
        cases = get_pipeline(session, "cases")
        an, bo, chu = (add_contact(session, person, by=None, now=T0) for person in (AN, BO, CHU))
        create_box(session, cases, "new", name="A van", contacts=[bo, chu], by=None, now=T0)
        merge(session, an, bo, by=None, now=T0)
        merge(session, an, chu, by=None, now=T0)
        raise_flag(session, an.id)
        task = add_task(
            session, text="Call", due_on=date(2026, 3, 9), zone=TAIPEI, contact=chu, by=None, now=T0
        )
        card = load_board(session, cases, now=T0).columns[0].cards[0]
        assert [contact.id for contact in card.contacts] == [an.id]
        assert card.flags == 1
        assert card.next_task is not None
        assert card.next_task.uid == task.uid


def test_the_number_of_queries_does_not_grow_with_the_cards(database: Database):
    counts = []
    with database.begin() as session:
        ensure_start_pipelines(session)
        cases = get_pipeline(session, "cases")
        stage = get_stage(session, cases, "new")
        for number in range(20):
            contact = add_contact(session, f"p{number}@donor.example", by=None, now=T0)
            create_box(session, cases, stage, name=f"Box {number}", contacts=[contact], by=None, now=T0)
            if number in (1, 19):
                statements: list[str] = []

                def count(_connection, _cursor, statement, *_rest, seen=statements):
                    seen.append(statement)

                session.flush()
                session.expire_all()
                event.listen(database.engine, "before_cursor_execute", count)
                load_board(session, cases, now=T0)
                event.remove(database.engine, "before_cursor_execute", count)
                counts.append(len(statements))
    assert counts[0] == counts[1] <= 10
