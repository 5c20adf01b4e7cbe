"""R51: the past under another policy equals evaluating live, policy by policy, morning by morning."""

from zoneinfo import ZoneInfo

import pytest

from streaklike.boxes.lifecycle import add_box_contact, close_box, create_box
from streaklike.boxes.movement import move_box
from streaklike.boxes.notes import log
from streaklike.boxes.pipelines import ensure_start_pipelines, get_pipeline, get_stage
from streaklike.boxes.policy_store import with_changes
from streaklike.boxes.tasks import add_task, complete_task
from streaklike.boxes.undo import undo
from streaklike.cadence.editing.policy_changes import Scope, load_stored_at, plan_change, set_threshold
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.policy.policy import build_policy
from streaklike.cadence.replay.memberships import find_needing_reload
from streaklike.cadence.replay.outcomes import NOTHING_RAISED, Followed, Tally, compare
from streaklike.cadence.replay.replay import Raised, replay
from streaklike.instants import DAY, HOUR, MINUTE, to_datetime
from streaklike.people.contacts import set_do_not_contact, set_tier
from streaklike.people.marks import dismiss_flag, mark_no_reply_needed
from streaklike.store.database import Database
from streaklike.store.models import Event, Message
from tests.factories import AN, BO, CHU, DAO, MEI, T0, WEI, PostOffice
from tests.unit.cadence.cadence_fixtures import admin, conversation_of, person

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = T0 + 120 * DAY
WISHES = [
    [
        ("budget_limit", "2", Scope()),
        ("unanswered_work_hours", "40", Scope()),
        ("maximum_days", "60", Scope("tier", "B")),
        ("stalled_days", "none", Scope("stage", "cases/waiting")),
    ],
    [
        ("default_tier", "A", Scope()),
        ("work_end_hour", "13", Scope()),
        ("weights.bulk", "1", Scope()),
        ("collision_hours", "500", Scope()),
        ("stalled_days", "30", Scope("stage", "cases/new")),
        ("rhythm", "on", Scope()),
        ("gone_quiet_flag", "on", Scope()),
    ],
]


def day(number: float) -> int:
    return T0 + round(number * DAY)


@pytest.fixture
def office(database: Database):
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        ensure_start_pipelines(session)
        live(office)
        yield office


def live(office: PostOffice) -> None:
    """A hundred days: mail both ways, shared, joined later; boxes, tasks, marks, tiers, and thresholds edited."""
    office.user(MEI, role="admin")
    office.user(WEI)
    asked = office.post(AN, to=[MEI], at=day(1), subject="Question")
    for number in range(12):
        office.post(MEI, to=[BO], at=day(3 + 5 * number), subject=f"News {number}")
        office.post((MEI, WEI)[number % 2], to=[CHU], at=day(2 + 7.3 * number), subject=f"Matter {number}")
    office.post(MEI, to=[AN], at=day(9), subject="Re: Question", refs=[asked])
    both = office.post(AN, to=[MEI], cc=[BO], at=day(30.02), subject="Both of us")
    second = office.post(BO, to=[MEI], at=day(33), subject="Re: Both of us", refs=[both])
    office.post(WEI, to=[BO], cc=[AN], at=day(40), subject="Re: Both of us", refs=[second])
    office.post(WEI, to=[CHU], bcc=[AN], at=day(50), subject="Hidden")
    for number in range(14):
        office.post(MEI, to=[AN, DAO], at=day(6 * number + 0.4), subject="Newsletter", kind="bulk")
    late = office.post(DAO, to=[MEI], at=day(55), subject="Hello")
    office.post(DAO, to=[MEI], at=day(60), subject="Hello again")
    office.post(DAO, to=[MEI], at=day(80), subject="Re: Hello", refs=[late])
    office.link()
    actions(office)


def actions(office: PostOffice) -> None:
    session = office.session
    an, bo, chu, dao = (person(session, who) for who in (AN, BO, CHU, DAO))
    mei = admin(session, MEI)
    set_tier(session, bo, "B", by=None, now=day(4))
    set_tier(session, chu, "A", by=None, now=day(70))
    box = create_box(session, "cases", "new", name="Case", contacts=[an], by=None, now=day(5))
    move_box(
        session,
        box,
        to_stage=get_stage(session, get_pipeline(session, "cases"), "waiting"),
        by=None,
        now=day(20),
    )
    add_box_contact(session, box, dao, by=None, now=day(58))
    close_box(session, box, by=None, now=day(90))
    task = add_task(
        session,
        text="Call",
        due_on=to_datetime(day(60)).date(),
        zone=TAIPEI,
        contact=bo,
        by=None,
        now=day(45),
    )
    complete_task(session, task, by=None, now=day(66))
    taken_back = add_task(
        session, text="No", due_on=to_datetime(day(62)).date(), zone=TAIPEI, contact=chu, by=None, now=day(50)
    )
    undo(session, session.query(Event).where(Event.task_id == taken_back.id).one(), by=None, now=day(72))
    call = log(session, "call", contact=dao, by=mei, at=day(57), now=day(57), text="Spoke", clears=True)
    undo(session, call, by=None, now=day(75))
    first = session.query(Message).where(Message.subject == "Hello again").one()
    closed = mark_no_reply_needed(
        session, conversation_of(session, first.id), by=None, reason="x", now=day(63)
    )
    undo(session, closed, by=None, now=day(85))
    set_do_not_contact(session, an, until=day(95), reason="Asked", by=None, now=day(78))
    flag = flags_as_of(session, at=day(20), contact_id=bo.id)[0]
    dismiss_flag(
        session,
        bo,
        flag=flag.flag,
        reason=flag.reason,
        since_at=flag.since,
        because="x",
        by=None,
        now=day(21),
    )
    set_threshold(session, "budget_limit", "4", by=mei, now=day(35))
    set_threshold(session, "stalled_days", "6", place=Scope("stage", "cases/waiting"), by=mei, now=day(36))
    set_threshold(session, "budget_limit", "5", place=Scope("person", contact=chu), by=mei, now=day(52))
    raised = set_threshold(session, "unanswered_work_hours", "24", by=mei, now=day(64))
    undo(session, raised, by=None, now=day(88))


def by_force(session, mornings, changes, *, is_changed: bool) -> set[tuple]:
    """Each morning's flags, evaluated live and on their own."""
    found: dict[tuple, int] = {}
    for at in mornings:
        kept = load_stored_at(session, at)
        policy = None
        if is_changed:
            tried = with_changes(kept, changes)
            for change in changes:
                if change.level == "stage" and change.after is None:
                    tried.setdefault("by_stage", {}).setdefault(change.name, {})[change.key] = None
            policy = build_policy(tried)
        for flag in flags_as_of(session, at=at, policy=policy):
            found.setdefault((flag.contact_id, flag.flag, flag.reason, flag.since), at)
    return {(*key, at) for key, at in found.items()}


@pytest.mark.parametrize("requested", WISHES, ids=["higher", "other"])
def test_R51_replay_equals_evaluating_live_on_every_morning(office: PostOffice, requested) -> None:
    session = office.session
    changes = [plan_change(session, *wish) for wish in requested]
    found = replay(session, changes, now=NOW, months=4)
    assert len(found.mornings) > 70
    dao = person(session, DAO).id
    assert find_needing_reload(session, since=found.mornings[0], mornings=found.mornings) == {
        dao
    }  # the others in memory
    if requested is WISHES[0]:
        assert {tuple(raised) for raised in found.before} == by_force(
            session, found.mornings, changes, is_changed=False
        )
    assert {tuple(raised) for raised in found.after} == by_force(
        session, found.mornings, changes, is_changed=True
    )
    assert found.before != found.after
    assert {raised.reason for raised in found.before} >= {
        "budget",
        "unanswered",
        "stalled",
        "promise_overdue",
    }


def test_R51_replay_writes_nothing_and_the_same_policy_gives_the_same(office: PostOffice) -> None:
    session = office.session
    found = replay(session, [], now=NOW, months=4)
    assert found.before == found.after
    assert all(isinstance(raised, Raised) for raised in found.before)
    assert not session.dirty
    assert not session.new
    assert replay(session, [], now=NOW, months=0).mornings == ()


def test_R32_R51_a_body_that_became_many_later_the_same_morning_was_human_still(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        nine = T0 + 7 * DAY
        for number in range(12):
            office.post(
                MEI,
                to=[f"p{number}@example.org"],
                at=nine - 20 * MINUTE + number * 3 * MINUTE,
                subject="Same",
                text="One body to all",
            )
        office.post(MEI, to=[AN], at=nine - 2 * HOUR, subject="First")
        office.link()
        found = replay(session, [], now=NOW, months=4)
        assert {tuple(raised) for raised in found.before} == by_force(
            session, found.mornings, [], is_changed=False
        )


def test_R51_a_comparison_tells_who_moved_and_what_followed(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        office.user(MEI, role="admin")
        for who, answers in ((AN, 25), (BO, None), (CHU, 95)):
            for number in range(2):
                office.post(MEI, to=[who], at=day(19 + number), subject=f"Matter {number} {who}")
            if answers:
                office.post(who, to=[MEI], at=day(answers), subject="I am here")
        office.link()
        set_do_not_contact(session, person(session, BO), until=NOW + DAY, reason="x", by=None, now=day(60))
        changes = [plan_change(session, "budget_limit", "2", Scope())]
        found = compare(session, replay(session, changes, now=NOW, months=4))
    (row,) = [row for row in found.rows if row.reason == "budget"]
    assert row.before == NOTHING_RAISED
    assert row.after == Tally(3, 3, 1, 3, 1, 3, 1)
    newly = {each.contact: each.followed for each in found.newly}
    assert newly == {
        "an@donor.example": Followed(answered=True, silent=False, left=False),
        "bo@donor.example": Followed(answered=False, silent=True, left=True),
        "chu@volunteer.example": Followed(answered=False, silent=False, left=False),
    }
    assert found.no_longer == ()
