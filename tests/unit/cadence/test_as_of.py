"""R51: the flags of a past instant follow from what was dated up to it, whatever people did since."""

from zoneinfo import ZoneInfo

import pytest

from streaklike.boxes.lifecycle import add_box_contact, close_box, create_box, remove_box_contact
from streaklike.boxes.movement import move_box
from streaklike.boxes.notes import log
from streaklike.boxes.owners import set_owners
from streaklike.boxes.pipelines import ensure_start_pipelines, get_pipeline, get_stage
from streaklike.boxes.tasks import add_task, complete_task
from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.policy.policy import build_policy
from streaklike.cadence.queries.flag_views import FlagView, list_flags
from streaklike.instants import DAY, HOUR, to_datetime
from streaklike.people.contacts import set_do_not_contact, set_owner, set_tier
from streaklike.people.marks import assign_conversation, dismiss_flag, mark_no_reply_needed
from streaklike.people.merging import merge, unmerge
from streaklike.store.database import Database
from streaklike.store.models import Event
from tests.factories import AN, BO, CHU, DAEMON, DAO, MEI, T0, WEI, PostOffice
from tests.unit.cadence.cadence_fixtures import conversation_of, member, person, snapshot

TAIPEI = ZoneInfo("Asia/Taipei")


def day(number: float) -> int:
    return T0 + round(number * DAY)


def test_R51_as_of_any_instant_equals_what_was_computed_then(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        ensure_start_pipelines(session)
        then: dict[int, list[FlagView]] = {}
        for number, act in enumerate(_life(office)):
            act()
            office.link()
            now = day(number * 2) + HOUR
            refresh(session, now=now)
            then[now] = list_flags(session, now=now)
        assert {flag.reason for flags in then.values() for flag in flags} >= {
            "budget",
            "lapsed",
            "unanswered",
            "stalled",
            "promise_overdue",
            "collision",
        }
        for now, flags in then.items():
            assert flags_as_of(session, at=now) == flags, to_datetime(now)


def _life(office: PostOffice):
    """What happens, two days apart: mail, then what people do, some of it taken back."""
    session = office.session
    kept: dict[str, object] = {}

    def at(number: int) -> int:
        return day(number * 2)

    def begin():
        kept["asked"] = office.post(AN, to=[MEI], at=at(0))
        office.post(MEI, to=[BO], at=at(0))
        office.post(MEI, to=[CHU], at=at(0))
        office.user(WEI)

    def collide():
        office.post(WEI, to=[CHU], at=at(1), subject="Second")

    def tier():
        kept["tier"] = set_tier(session, person(session, BO), "A", by=None, now=at(2))
        set_owner(session, person(session, AN), member(session, MEI), by=None, now=at(2))

    def own():
        assign_conversation(
            session, conversation_of(session, kept["asked"]), member(session, WEI), by=None, now=at(3)
        )
        stage = "new"
        kept["box"] = create_box(
            session, "cases", stage, name="Case", contacts=[person(session, BO)], by=None, now=at(3)
        )

    def call():
        kept["call"] = log(
            session,
            "call",
            contact=person(session, AN),
            by=member(session, WEI),
            at=at(4),
            now=at(4),
            text="Spoke",
        )

    def revert():
        undo(session, kept["call"], by=None, now=at(5))
        set_owners(session, kept["box"], [member(session, MEI)], by=None, now=at(5))

    def promise():
        due_on = to_datetime(at(7)).date()
        kept["task"] = add_task(
            session,
            text="Write",
            due_on=due_on,
            zone=TAIPEI,
            contact=person(session, CHU),
            by=None,
            now=at(6),
        )
        kept["undone task"] = add_task(
            session, text="Hm", due_on=due_on, zone=TAIPEI, box=kept["box"], by=None, now=at(6)
        )

    def move():
        stage = get_stage(session, get_pipeline(session, "cases"), "waiting")
        kept["move"] = move_box(session, kept["box"], to_stage=stage, by=None, now=at(7))

    def budget():
        office.post(MEI, to=[CHU], at=at(8), subject="Third")
        add_box_contact(session, kept["box"], person(session, AN), by=None, now=at(8))

    def complete():
        complete_task(session, kept["task"], by=None, now=at(9))
        event = session.query(Event).filter_by(kind="task", task_id=kept["undone task"].id).one()
        undo(session, event, by=None, now=at(9))

    def leave_alone():
        set_do_not_contact(session, person(session, BO), until=at(12), reason="", by=None, now=at(10))
        close_box(session, kept["box"], by=None, now=at(10))

    def close():
        conversation = conversation_of(session, kept["asked"])
        mark_no_reply_needed(session, conversation, by=None, reason="done", now=at(11))
        remove_box_contact(session, kept["box"], person(session, AN), by=None, now=at(11))

    def answer():
        office.post(CHU, to=[MEI], at=at(12), subject="Fourth")

    def untier():
        undo(session, kept["tier"], by=None, now=at(13))

    return [
        begin,
        collide,
        tier,
        own,
        call,
        revert,
        promise,
        move,
        budget,
        complete,
        leave_alone,
        close,
        answer,
        untier,
    ]


def test_R30_R51_before_the_bounce_came_the_mail_counted(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        for number in range(3):
            sent = office.post(MEI, to=[AN], at=day(number), subject=f"S{number}")
        office.post(
            DAEMON, to=[MEI], at=day(4), kind="bounce", failed=[AN], bounce_of=sent, bounce_status="5.1.1"
        )
        office.link()
        assert [flag.reason for flag in flags_as_of(session, at=day(3))] == ["budget"]
        assert flags_as_of(session, at=day(4)) == []


def test_R51_another_policy_answers_what_would_have_been(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN], at=T0)
        office.link()
        strict = build_policy({"budget_limit": 1})
        assert flags_as_of(session, at=day(1)) == []
        assert [flag.reason for flag in flags_as_of(session, at=day(1), policy=strict)] == ["budget"]


def test_R51_asking_writes_nothing_and_one_person_can_be_asked_about(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)
        office.post(BO, to=[MEI], at=T0)
        office.link()
        refresh(session, now=day(1))
        before = snapshot(session)
        flags = flags_as_of(session, at=day(5), contact_id=person(session, BO).id)
        assert [flag.contact for flag in flags] == ["bo@donor.example"]
        assert snapshot(session) == before


def test_R51_a_dismissal_counts_from_its_own_instant(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)
        office.link()
        (flag,) = flags_as_of(session, at=day(5))
        dismiss_flag(
            session,
            person(session, AN),
            flag=flag.flag,
            reason=flag.reason,
            since_at=flag.since,
            because="met",
            by=None,
            now=day(6),
        )
        assert flags_as_of(session, at=day(6)) == []
        assert len(flags_as_of(session, at=day(6) - 1)) == 1


@pytest.mark.parametrize("is_undone", [False, True])
def test_R49_R51_do_not_contact_that_came_by_a_merge(database: Database, is_undone: bool) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)
        office.post(MEI, to=[DAO], at=T0)
        office.link()
        an, dao = person(session, AN), person(session, DAO)
        set_do_not_contact(session, dao, until=day(100), reason="", by=None, now=T0)
        merge(session, an, dao, by=None, now=day(5))
        if is_undone:
            unmerge(session, dao, by=None, now=day(7))
        assert [flag.reason for flag in flags_as_of(session, at=day(4), contact_id=an.id)] == ["unanswered"]
        assert flags_as_of(session, at=day(6), contact_id=an.id) == []
        later = [flag.reason for flag in flags_as_of(session, at=day(8), contact_id=an.id)]
        assert later == (["unanswered"] if is_undone else [])
