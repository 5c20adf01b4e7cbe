"""R58: whoever asks, on whichever page, is told of the same one responsible person."""

import itertools
import random
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.board import load_board
from streaklike.boxes.lifecycle import (
    add_box_contact,
    add_box_conversation,
    close_box,
    create_box,
    remove_box_contact,
    remove_box_conversation,
    reopen_box,
)
from streaklike.boxes.owners import set_owners
from streaklike.boxes.pipelines import ensure_start_pipelines, get_pipeline
from streaklike.boxes.responsible import find_responsible, set_responsible
from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.audit import audit
from streaklike.cadence.queries.flag_views import list_flags
from streaklike.cadence.queries.queue import NEEDS_US, list_queue
from streaklike.companion.view import build_companion
from streaklike.digest.contact_summaries import list_summaries, list_summaries_at
from streaklike.digest.gather import gather
from streaklike.digest.preferences import get_reader
from streaklike.insights.load import measure_load
from streaklike.instants import DAY, HOUR
from streaklike.people.access import disable_member, enable_member
from streaklike.people.contacts import set_owner
from streaklike.people.marks import assign_conversation
from streaklike.store.database import Database
from streaklike.store.models import Box, Contact, ContactStatus, Conversation, Message, User
from streaklike.web.people import list_people
from tests.factories import AN, BO, CHU, MEI, T0, WEI, PostOffice, key_of
from tests.reference.responsible import Matter, Team
from tests.unit.cadence.cadence_fixtures import conversation_of, person

LIN = "Lin <lin@ngo.example>"
ZONE = "Asia/Taipei"
TEAM = (MEI, WEI, LIN)
PEOPLE = (AN, BO, CHU)


class World:
    """A team and its people in a database, told alike to the reference, step by random step."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.random, self.team = session, random.Random(seed), Team()
        self.office, self.now = PostOffice(session), T0 + 5 * DAY
        self.users = {who: session.get_one(User, self.office.user(who)) for who in TEAM}
        boss = session.get_one(User, self.office.user("Boss <boss@ngo.example>"))
        boss.role, self.boss = "admin", boss
        ensure_start_pipelines(session)
        self.pipeline = get_pipeline(session, "cases")
        self.mails: dict[str, tuple[str, int]] = {}
        for number, who in enumerate((*PEOPLE, AN)):
            to = [self.random.choice(TEAM)] if number != 2 else ["office@ngo.example"]
            self.mails[f"c{number}"] = who, self.office.post(who, to=to, at=T0 + number * HOUR)
        self.office.link()
        self.boxes: dict[str, Box] = {}

    def step(self) -> None:
        self.now += HOUR
        action = self.random.choice((self._take, self._own, self._box, self._enter, self._leave, self._owners, self._door, self._access))  # fmt: skip
        action()
        self.session.flush()

    def _someone(self) -> str | None:
        return self.random.choice([who for who in TEAM if who not in self.team.gone] + [""]) or None

    def _user(self, who: str | None) -> User | None:
        return self.users[who] if who else None

    def _take(self) -> None:
        name, who = self.random.choice(list(self.mails)), self._someone()
        conversation = conversation_of(self.session, self.mails[name][1])
        assign_conversation(self.session, conversation, self._user(who), by=None, now=self.now)
        _put(self.team.taken_by, name, who)

    def _own(self) -> None:
        about, who = self.random.choice(PEOPLE), self._someone()
        set_owner(self.session, person(self.session, about), self._user(who), by=None, now=self.now)
        _put(self.team.looked_after_by, about, who)

    def _box(self) -> None:
        about = self.random.choice(PEOPLE)
        owners = self._some_owners()
        name = f"box {len(self.boxes)}"
        self.boxes[name] = create_box(self.session, self.pipeline, "new", name=name, contacts=[person(self.session, about)], owners=[self.users[who] for who in owners], by=None, now=self.now)  # fmt: skip
        self.team.boxes[name] = Matter(owners)
        self.team.enter(name, about)

    def _some_owners(self) -> list[str]:
        there = [who for who in TEAM if who not in self.team.gone]
        return self.random.sample(there, self.random.randint(0, min(2, len(there))))

    def _enter(self) -> None:
        if not self.boxes:
            return
        name = self.random.choice(list(self.boxes))
        thing = self.random.choice([*PEOPLE, *self.mails])
        if thing in self.mails:
            conversation = conversation_of(self.session, self.mails[thing][1])
            add_box_conversation(self.session, self.boxes[name], conversation, by=None, now=self.now)
        else:
            add_box_contact(self.session, self.boxes[name], person(self.session, thing), by=None, now=self.now)  # fmt: skip
        self.team.enter(name, thing)

    def _leave(self) -> None:
        if not self.team.entered:
            return
        name, thing = self.random.choice(self.team.entered)
        if thing in self.mails:
            conversation = conversation_of(self.session, self.mails[thing][1])
            event = remove_box_conversation(self.session, self.boxes[name], conversation, by=None, now=self.now)  # fmt: skip
        else:
            event = remove_box_contact(self.session, self.boxes[name], person(self.session, thing), by=None, now=self.now)  # fmt: skip
        if self.random.random() < 0.5:
            assert event is not None
            undo(self.session, event, by=None, now=self.now)
        else:
            self.team.leave(name, thing)

    def _owners(self) -> None:
        if not self.boxes:
            return
        name, owners = self.random.choice(list(self.boxes)), self._some_owners()
        set_owners(self.session, self.boxes[name], [self.users[who] for who in owners], by=None, now=self.now)
        self.team.boxes[name].owners = owners

    def _door(self) -> None:
        if not self.boxes:
            return
        name = self.random.choice(list(self.boxes))
        matter = self.team.boxes[name]
        (reopen_box if matter.is_closed else close_box)(self.session, self.boxes[name], by=None, now=self.now)
        matter.is_closed = not matter.is_closed

    def _access(self) -> None:
        who = self.random.choice(TEAM)
        if who in self.team.gone:
            enable_member(self.session, self.users[who], by=self.boss, now=self.now)
            self.team.gone.remove(who)
        else:
            disable_member(self.session, self.users[who], by=self.boss, now=self.now)
            self.team.gone.add(who)

    # What every place says, held against the reference

    def check(self) -> None:
        session, now = self.session, self.now
        refresh(session, now=now)
        session.expire_all()
        rows = {row.contact_id: row.owner for row in list_queue(session, now=now).rows}
        flags = list_flags(session, now=now)
        past = {(each.contact_id, each.conversation_id, each.reason): each.owner for each in flags_as_of(session, at=now)}  # fmt: skip
        listed = {row.id: row.owner_id for row in list_people(session)[0]}
        present = {each.contact_id: each.responsible_id for each in list_summaries(session, now=now, team_zone=ZONE)}  # fmt: skip
        folded = {each.contact_id: each.responsible_id for each in list_summaries_at(session, at=now, team_zone=ZONE)}  # fmt: skip
        for about in PEOPLE:
            contact = person(session, about)
            expected = self._expected(contact, about)
            user = session.scalar(select(User).where(User.email == expected)) if expected else None
            told: dict[str, Any] = {
                "queue": rows[contact.id],
                "page": getattr(find_responsible(session, contact), "email", None),
                "people": _email(session, listed[contact.id]),
                "digest": _email(session, present[contact.id]),
                "digest of the past": _email(session, folded[contact.id]),
            }
            assert told == dict.fromkeys(told, expected), (about, expected)
            companion = build_companion(session, email=key_of(about), now=now, viewer_id=self.boss.id)
            assert companion.responsible == (user.name if user else None)
        for flag in flags:
            if flag.reason == "unanswered":
                name = self._name_of(flag.conversation_id)
                expected = self._say(self.team.responsible(self.mails[name][0], name))
                assert flag.owner == expected == past[flag.contact_id, flag.conversation_id, flag.reason]
        owned = [name for name, (who, _) in self.mails.items() if self.team.responsible(who, name)]
        counts = audit(session)
        assert (counts.open_owned, counts.open_unassigned) == (len(owned), len(self.mails) - len(owned))
        self._check_lists(rows)
        for column in load_board(session, self.pipeline, by="owner", now=now).columns:
            for card in column.cards:
                owners = [who for who in self.team.boxes[card.name].owners if who not in self.team.gone]
                assert column.key == (self._say(owners[0]) if owners else "")

    def _check_lists(self, rows: dict[int, str | None]) -> None:
        """The load counts what the queue shows, and the digest's "waiting for you" is Mine."""
        session, now = self.session, self.now
        load = {line.email or None: line.answers for line in measure_load(session, now=now).colleagues}
        emails = [user.email for user in self.users.values()]
        for email in (None, *emails):
            assert load.get(email, 0) == list(rows.values()).count(email)
        found: list[int] = []
        dealt: list[int] = []
        for who, user in (
            (user.email, user) for user in session.scalars(select(User).order_by(User.id)).all()
        ):
            mine = list_queue(session, now=now, user_id=user.id, section=NEEDS_US)
            daily = gather(session, get_reader(session, user.id, team_zone=ZONE), now=now, team_zone=ZONE)
            assert mine.totals.needs_us == len(daily.waiting), who
            assert {row.contact_id for row in mine.rows} == {each.contact_id for each in daily.waiting}
            lists = (
                daily.waiting,
                daily.dealt,
                daily.too_much,
                daily.unassigned,
                daily.forgotten,
                daily.gone_quiet,
            )
            told = [each.contact_id for each in itertools.chain(*lists)]
            assert len(told) == len(set(told)), "nobody stands twice"
            nobodys = {key for key, owner in rows.items() if owner is None}
            if user.disabled_at is not None:
                continue
            assert daily.unassigned == (), "each falls to one of us"
            dealt += [each.contact_id for each in daily.dealt]
            found += dealt + sorted({each.contact_id for each in daily.waiting} & nobodys)
        assert set(found) == {key for key, owner in rows.items() if owner is None}, "nobody is forgotten"
        assert len(dealt) == len(set(dealt)), "and dealt to one member"

    def _expected(self, contact: Contact, about: str) -> str | None:
        waiting_id = self.session.get_one(ContactStatus, contact.id).waiting_conversation_id
        return self._say(self.team.responsible(about, self._name_of(waiting_id)))

    def _name_of(self, conversation_id: int | None) -> str:
        return next(
            name for name, (_, message_id) in self.mails.items()
            if self.session.get_one(Message, message_id).conversation_id == conversation_id
        )  # fmt: skip

    def _say(self, who: str | None) -> str | None:
        return self.users[who].email if who else None


def _put(held: dict[str, str], name: str, who: str | None) -> None:
    held.pop(name, None)
    if who:
        held[name] = who


def _email(session: Session, user_id: int | None) -> str | None:
    return session.get_one(User, user_id).email if user_id else None


@pytest.mark.parametrize("seed", range(3))
def test_R58_every_place_names_the_same_one_person(database: Database, seed: int) -> None:
    with database.begin() as session:
        world = World(session, seed)
        for number in range(16):
            world.step()
            if number % 4 == 3:
                world.check()


def _boxed(session: Session) -> tuple[PostOffice, Contact, Conversation, dict[str, User]]:
    """An wrote twice, in two conversations, and stands in a box of Mei's; Wei took the second conversation."""
    office = PostOffice(session)
    users = {who: session.get_one(User, office.user(who)) for who in TEAM}
    first, second = (office.post(AN, to=[MEI], at=T0 + number * HOUR) for number in range(2))
    office.link()
    ensure_start_pipelines(session)
    an = person(session, AN)
    create_box(session, "cases", "new", name="A van", contacts=[an], owners=[users[MEI]], by=None, now=T0)
    taken = conversation_of(session, second)
    assign_conversation(session, taken, users[WEI], by=users[WEI], now=T0 + DAY)
    refresh(session, now=T0 + DAY)
    return office, an, conversation_of(session, first), users


def test_R58_naming_somebody_hands_them_what_waits_but_not_what_a_colleague_took(database: Database) -> None:
    with database.begin() as session:
        _, an, waiting, users = _boxed(session)
        assert find_responsible(session, an) is users[MEI]
        event = set_responsible(session, an, users[LIN], by=users[LIN], now=T0 + 2 * DAY)
        refresh(session, now=T0 + 2 * DAY)
        assert find_responsible(session, an) is users[LIN]
        owners = sorted(session.scalars(select(Conversation.owner_id)))
        assert owners == sorted((users[LIN].id, users[WEI].id))
        assert waiting.owner_id == users[LIN].id
        # Named anew, it goes on: nobody took it for themselves.
        again = set_responsible(session, an, users[MEI], by=users[LIN], now=T0 + 3 * DAY)
        assert find_responsible(session, an) is users[MEI]
        assert again is not None
        assert event is not None
        undo(session, again, by=users[LIN], now=T0 + 4 * DAY)
        undo(session, event, by=users[LIN], now=T0 + 4 * DAY)
        assert (an.owner_id, waiting.owner_id) == (None, None)
        assert find_responsible(session, an) is users[MEI]


def test_R58_what_was_written_to_me_and_nobody_took_is_mine_until_a_colleague_takes_it(
    database: Database,
) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        mei, wei = (session.get_one(User, office.user(who)) for who in (MEI, WEI))
        asked = office.post(AN, to=[MEI], at=T0)
        office.link()
        refresh(session, now=T0 + HOUR)
        assert [row.address for row in list_queue(session, now=T0 + HOUR, user_id=mei.id).rows] == [
            key_of(AN)
        ]
        assert list_queue(session, now=T0 + HOUR, user_id=wei.id).rows == ()
        assign_conversation(session, conversation_of(session, asked), wei, by=wei, now=T0 + HOUR)
        refresh(session, now=T0 + HOUR)
        assert list_queue(session, now=T0 + HOUR, user_id=mei.id).rows == ()
        assert [row.owner for row in list_queue(session, now=T0 + HOUR, user_id=wei.id).rows] == [wei.email]
