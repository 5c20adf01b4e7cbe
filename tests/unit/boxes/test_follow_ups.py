"""Follow-ups: gone when a reply lands, due when none does, whatever the order in which mail arrives."""

from itertools import permutations
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.errors import BadTime, WrongTaskState
from streaklike.boxes.follow_ups import (
    add_follow_up,
    assign_follow_up,
    complete_follow_up,
    find_since,
    follow_up_conversation,
    postpone_follow_up,
)
from streaklike.boxes.notes import log
from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.due import list_about, list_due
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import get_contact
from streaklike.people.merging import merge
from streaklike.store.database import Database
from streaklike.store.models import Contact, Conversation, Event, FollowUp, Message, User
from tests.factories import AN, BO, MEI, T0, WEI, PostOffice

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = T0 + 10 * DAY
DUE = NOW + 7 * DAY
AN_KEY = "an@donor.example"


class Scene:
    """Mei wrote to An an hour before NOW, and waits."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.office = PostOffice(session)
        self.office.user(WEI)
        self.asked = self.office.post(MEI, to=[AN], at=NOW - HOUR, subject="The bus")
        self.office.link()
        self.mei = self.user("mei")
        self.an = get_contact(session, AN_KEY)

    def user(self, name: str) -> User:
        return self.session.scalars(select(User).where(User.email == f"{name}@ngo.example")).one()

    def follow(self, **facts: object) -> FollowUp:
        made = {
            "contact": self.an,
            "due_at": DUE,
            "since_at": NOW - HOUR,
            "by": self.mei,
            "now": NOW,
            **facts,
        }
        return add_follow_up(self.session, **made)  # type: ignore[arg-type]

    def conversation(self) -> Conversation:
        message = self.session.get_one(Message, self.asked)
        return self.session.get_one(Conversation, message.conversation_id)

    def is_due(self, at: int = DUE) -> bool:
        self.office.link()
        return bool(list_due(self.session, self.mei.id, at))

    def newest(self, kind: str) -> Event:
        return self.session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id.desc())).first()


@pytest.fixture
def scene(database: Database):
    with database.begin() as session:
        yield Scene(session)


def test_without_a_reply_it_comes_due_and_not_before(scene: Scene):
    scene.follow(text="Ask again about the bus")
    assert not scene.is_due(DUE - 1)
    assert scene.is_due()
    (due,) = list_due(scene.session, None, DUE)
    assert (due.kind, due.owner, due.address) == ("follow_up", scene.mei.name, AN_KEY)


@pytest.mark.parametrize("kind", ["automatic", "bounce", "receipt", "calendar", "bulk"])
def test_what_no_human_wrote_is_no_reply(scene: Scene, kind: str):
    scene.follow()
    scene.office.post(AN, to=[MEI], at=NOW + HOUR, kind=kind, refs=[scene.asked])
    assert scene.is_due()


def test_a_reply_makes_it_vanish_and_trash_brings_it_back(scene: Scene):
    scene.follow()
    reply = scene.office.post(AN, to=[MEI], at=NOW + HOUR, refs=[scene.asked])
    assert not scene.is_due()
    assert list_about(scene.session, [scene.an.id], viewer_id=scene.mei.id, now=DUE) == []
    scene.office.trash(reply)
    assert scene.is_due()
    scene.office.untrash(reply)
    assert not scene.is_due()


def test_mail_of_before_of_others_and_of_ours_is_no_reply(scene: Scene):
    scene.follow()
    scene.office.post(AN, to=[MEI], at=NOW - 2 * HOUR, refs=[scene.asked])
    scene.office.post(BO, to=[MEI], at=NOW + HOUR, refs=[scene.asked])
    scene.office.post(MEI, to=[AN], at=NOW + 2 * HOUR, refs=[scene.asked])
    assert scene.is_due()


def test_a_reply_that_was_on_its_way_when_it_was_made_counts(scene: Scene):
    follow_up_conversation(
        scene.session, scene.conversation(), contact=scene.an, due_at=DUE, by=scene.mei, now=NOW
    )
    scene.office.post(AN, to=[MEI], at=NOW - 60_000, refs=[scene.asked])
    assert not scene.is_due()


def test_of_a_conversation_only_a_reply_in_it_counts(scene: Scene):
    follow_up_conversation(
        scene.session, scene.conversation(), contact=scene.an, due_at=DUE, by=scene.mei, now=NOW
    )
    scene.office.post(AN, to=[MEI], at=NOW + HOUR, subject="Something else")
    assert scene.is_due()
    scene.office.post(AN, to=[MEI], at=NOW + 2 * HOUR, refs=[scene.asked])
    assert not scene.is_due()


def test_a_reply_from_another_address_of_theirs_counts(scene: Scene):
    scene.follow()
    scene.office.post(MEI, to=[BO], at=T0)
    scene.office.post(BO, to=[MEI], at=NOW + HOUR)
    scene.office.link()
    assert scene.is_due()
    merge(scene.session, scene.an, get_contact(scene.session, "bo@donor.example"), by=None, now=NOW)
    assert not scene.is_due()


def test_R21_any_order_of_arrival_gives_the_same(scene: Scene):
    posts = {
        "reply": lambda: scene.office.post(
            AN, to=[MEI], at=NOW + HOUR, rfc_id="reply@x.example", refs=[scene.asked]
        ),
        "robot": lambda: scene.office.post(
            AN, to=[MEI], at=NOW + DAY, rfc_id="robot@x.example", kind="automatic"
        ),
        "follow": scene.follow,
    }
    for order in permutations(posts):
        with scene.session.begin_nested() as nested:
            for name in order:
                posts[name]()
                scene.office.link()
            assert not scene.is_due(), order
            nested.rollback()
        scene.session.expire_all()
        scene.office._addresses.clear()


def test_every_verb_has_its_way_back(scene: Scene):
    follow_up, wei = scene.follow(), scene.user("wei")
    postpone_follow_up(scene.session, follow_up, due_at=DUE + DAY, by=scene.mei, now=NOW)
    assert not scene.is_due()
    undo(scene.session, scene.newest("follow_up_later"), by=wei, now=NOW)
    assert scene.is_due()
    assign_follow_up(scene.session, follow_up, wei, because={"reason": "on leave"}, by=scene.mei, now=NOW)
    assert not scene.is_due()
    assert len(list_due(scene.session, wei.id, DUE)) == 1
    undo(scene.session, scene.newest("follow_up_owner"), by=wei, now=NOW)
    assert scene.is_due()
    complete_follow_up(scene.session, follow_up, by=wei, now=NOW)
    assert not scene.is_due()
    with pytest.raises(WrongTaskState):
        postpone_follow_up(scene.session, follow_up, due_at=DUE, by=wei, now=NOW)
    undo(scene.session, scene.newest("follow_up_done"), by=wei, now=NOW)
    undo(scene.session, scene.newest("follow_up"), by=wei, now=NOW)
    assert scene.session.scalars(select(FollowUp)).all() == []
    with pytest.raises(BadTime):
        scene.follow(due_at=NOW)


def test_of_the_person_it_counts_from_our_last_word(scene: Scene):
    refresh(scene.session, now=NOW)
    assert find_since(scene.session, scene.an, now=NOW) == NOW - HOUR
    scene.office.post(AN, to=[MEI], at=NOW - 60_000, refs=[scene.asked])
    scene.office.link()
    refresh(scene.session, now=NOW)
    assert find_since(scene.session, scene.an, now=NOW) == NOW
    assert isinstance(scene.an, Contact)


@pytest.mark.parametrize("kind", ["call", "meeting", "message"])
def test_R56_who_called_or_sent_a_message_is_not_asked_again_until_it_is_undone(scene: Scene, kind: str):
    follow_up = scene.follow()
    by_mail = scene.follow(message=scene.session.get_one(Message, scene.asked).rfc_id)
    facts = {"contact": scene.an, "by": scene.mei, "text": "They spoke to us", "now": NOW + DAY}
    log(scene.session, kind, at=NOW - 2 * HOUR, direction="inbound", **facts)
    log(scene.session, kind, at=NOW + HOUR, direction="outbound", **facts)
    log(scene.session, "note", at=NOW + HOUR, direction="inbound", **facts)
    found = {due.uid for due in list_due(scene.session, scene.mei.id, DUE)}
    assert found == {follow_up.uid, by_mail.uid}
    event = log(scene.session, kind, at=NOW + DAY, direction="inbound", **facts)
    assert not scene.is_due()
    undo(scene.session, event, by=scene.mei, now=NOW + 2 * DAY)
    assert scene.is_due()
