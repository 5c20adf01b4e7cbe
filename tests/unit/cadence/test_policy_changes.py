"""R48, R50, R51: editing the policy, taking it back, and the policy of a past instant."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.boxes.errors import CannotUndo
from streaklike.boxes.lifecycle import create_box
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.boxes.policy_store import find_stage
from streaklike.boxes.undo import undo
from streaklike.cadence.calendar.work_calendar import load_calendar, save_calendar
from streaklike.cadence.editing.policy_changes import (
    TEAM_SCOPE,
    Scope,
    describe_value,
    find_stages,
    list_edits,
    list_team_lines,
    load_policy_at,
    own_values,
    set_threshold,
    with_requested_changes,
)
from streaklike.cadence.editing.policy_presets import PRESETS, apply_preset, get_preset, plan_preset
from streaklike.cadence.editing.retune import dismiss_as_wrong
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.policy.keys import KEYS, PolicyRefused, default_of, get_key
from streaklike.cadence.policy.policy import Policy, Tier, load_policy, save_policy
from streaklike.cadence.queries.person_policy import list_holding
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import set_tier
from streaklike.people.merging import merge, unmerge
from streaklike.store.database import Database
from streaklike.store.dump import iter_dump
from streaklike.store.models import ContactStatus, Event
from tests.factories import AN, BO, MEI, T0, WEI, PostOffice
from tests.unit.cadence.cadence_fixtures import admin, flags_of, member, person, reasons_of


def day(number: float) -> int:
    return T0 + round(number * DAY)


def change(
    session: Session, key: str, value: str | None, number: float, place: Scope = TEAM_SCOPE
) -> Event | None:
    by = member(session, MEI)
    return set_threshold(session, key, value, place=place, by=by, now=day(number))


@pytest.fixture
def office(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ensure_start_pipelines(session)
        office.user(MEI, role="admin")
        yield office


def test_R48_each_change_is_an_event_and_evaluates_everybody_again(office: PostOffice) -> None:
    session = office.session
    for number in range(3):
        office.post(MEI, to=[AN], at=day(number), subject=f"Matter {number}")
    office.link()
    assert reasons_of(session, AN, now=day(3)) == ["budget"]
    event = change(session, "budget_limit", "4", 3)
    assert event is not None
    assert event.data["changes"] == [["team", "", "budget_limit", None, 4]]
    assert session.scalars(select(func.count()).where(ContactStatus.due_at == 0)).one() >= 1
    assert reasons_of(session, AN, now=day(3)) == []
    assert change(session, "budget_limit", "4", 4) is None


def test_R51_as_of_uses_the_policy_of_that_instant(office: PostOffice) -> None:
    session = office.session
    for number in range(3):
        office.post(MEI, to=[AN], at=day(number), subject=f"Matter {number}")
    office.link()
    change(session, "budget_limit", "4", 5)
    change(session, "budget_limit", "3", 6)
    raised = change(session, "budget_limit", "5", 7)
    undo(session, raised, by=None, now=day(8))
    limits = [load_policy_at(session, day(number)).budget_limit for number in (4.9, 5, 5.9, 6, 7.5, 8.5)]
    assert limits == [3, 4, 4, 3, 5, 3]
    assert load_policy(session).budget_limit == 3
    found = [
        [flag.reason for flag in flags_as_of(session, at=day(number))] for number in (4.9, 5.5, 6.5, 7.5, 9)
    ]
    assert found == [["budget"], [], ["budget"], [], ["budget"]]


def test_R51_a_persons_and_a_stages_values_are_those_of_the_instant(office: PostOffice) -> None:
    session = office.session
    office.post(MEI, to=[AN], at=day(0))
    office.link()
    an = person(session, AN)
    create_box(session, "cases", "new", name="Case", contacts=[an], by=None, now=day(0))
    change(session, "stalled_days", "10", 5, Scope("stage", "cases/new"))
    change(session, "stalled_days", "20", 12, Scope("person", contact=an))
    assert find_stage(session, "cases/new").allowed_days == 10

    def reasons(number: float) -> list[str]:
        return [flag.reason for flag in flags_as_of(session, at=day(number))]

    assert [reasons(number) for number in (2, 4, 6, 11, 13, 21)] == [
        [], ["stalled"], [], ["stalled"], [], ["stalled"],
    ]  # fmt: skip


def test_R51_working_hours_are_those_of_the_instant(office: PostOffice) -> None:
    session = office.session
    office.post(AN, to=[MEI], at=day(0))
    office.link()
    change(session, "work_end_hour", "13", 30)
    change(session, "unanswered_work_hours", "12", 31)
    found = [[flag.since for flag in flags_as_of(session, at=day(number))] for number in (29, 30.5, 31.5)]
    assert found == [[day(2) + 1], [day(4) + 1], [day(3) + 1]]


def test_R48_a_change_is_undone_but_not_beneath_a_newer_one(office: PostOffice) -> None:
    session = office.session
    first = change(session, "weights.bulk", "0", 1)
    other = change(session, "asks_limit", "3", 2)
    second = change(session, "weights.bulk", "1", 3)
    with pytest.raises(CannotUndo):
        undo(session, first, by=None, now=day(4))
    undo(session, other, by=None, now=day(4))
    undo(session, second, by=None, now=day(5))
    assert load_policy(session).weights.bulk == 0
    undo(session, first, by=None, now=day(6))
    assert load_policy(session) == Policy()


def test_R48_a_persons_own_value_is_undone_and_unset(office: PostOffice) -> None:
    session = office.session
    office.post(MEI, to=[AN], at=day(0))
    office.link()
    an = person(session, AN)
    here = Scope("person", contact=an)
    change(session, "budget_limit", "5", 1, here)
    second = change(session, "budget_limit", "6", 2, here)
    undo(session, second, by=None, now=day(3))
    assert own_values(session, an) == {"budget_limit": 5}
    held = {line.key: line for line in list_holding(session, an, now=day(4))}
    assert held["budget_limit"][1:3] == (5, "person")
    assert held["asks_limit"][1:3] == (2, "team")
    change(session, "budget_limit", None, 4, here)
    assert own_values(session, an) == {}


def test_R4_R48_merged_people_share_their_own_values_and_part_with_them(office: PostOffice) -> None:
    session = office.session
    office.post(MEI, to=[AN], at=day(0))
    office.post(MEI, to=[BO], at=day(0))
    office.link()
    an, bo = person(session, AN), person(session, BO)
    change(session, "budget_limit", "5", 1, Scope("person", contact=bo))
    merge(session, an, bo, by=None, now=day(2))
    refresh(session, now=day(2))
    root = person(session, AN)
    assert own_values(session, root) == {"budget_limit": 5}
    assert session.get_one(ContactStatus, root.id).budget_limit == 5
    unmerge(session, bo if root.id == an.id else an, by=None, now=day(3))
    assert own_values(session, person(session, AN)) == {}


def test_R48_tiers_and_stages_are_edited(office: PostOffice) -> None:
    session = office.session
    change(session, "maximum_days", "60", 1, Scope("tier", "B"))
    change(session, "default_tier", "b", 1, Scope("stage", "supporters/donor"))
    change(session, "budget_limit", "5", 1, Scope("stage", "supporters/donor"))
    assert load_policy(session).tiers["B"] == Tier(30, 60)
    assert find_stage(session, "supporters/donor").tier == "B"
    lines = {(line.key, line.level, line.name): line for line in list_team_lines(session)}
    assert lines["maximum_days", "tier", "B"][3:] == (60, 45, "tier")
    assert lines["ideal_days", "tier", "B"].source == "default"
    assert lines["default_tier", "stage", "supporters/donor"].value == "B"
    assert lines["budget_limit", "stage", "supporters/donor"].value == 5
    assert lines["budget_limit", "team", ""].source == "default"
    change(session, "default_tier", "none", 2, Scope("stage", "supporters/donor"))
    assert find_stage(session, "supporters/donor").tier is None
    assert find_stages(session, "donor") == "supporters/donor"


REFUSED = [
    ("budget", "3", Scope(), "no_key"),
    ("budget_limit", "many", Scope(), "no_number"),
    ("budget_limit", "nan", Scope(), "no_number"),
    ("budget_limit", "0", Scope(), "not_above"),
    ("budget_days", "0", Scope(), "not_above"),
    ("asks_limit", "1.5", Scope(), "no_whole"),
    ("asks_limit", "0", Scope(), "too_low"),
    ("budget_days", "9999", Scope(), "too_high"),
    ("rhythm", "maybe", Scope(), "no_switch"),
    ("default_tier", "Z", Scope(), "no_tier"),
    ("bounce_days", "3", Scope("tier", "A"), "wrong_level"),
    ("budget_limit", "3", Scope("tier", "Z"), "no_tier"),
    ("budget_limit", "3", Scope("stage", "cases/nowhere"), "no_stage"),
    ("maximum_days", "10", Scope("tier", "A"), "ideal_past_maximum"),
    ("ideal_days", "50", Scope("tier", "B"), "ideal_past_maximum"),
    ("asks_days", "400", Scope(), "asks_windows"),
    ("work_start_hour", "17", Scope(), "hours_reversed"),
    ("work_end_hour", "25", Scope(), "too_high"),
]


@pytest.mark.parametrize(("key", "value", "place", "reason"), REFUSED)
def test_R48_what_cannot_be_is_refused_in_a_sentence(
    office: PostOffice, key: str, value: str, place: Scope, reason: str
) -> None:
    with pytest.raises(PolicyRefused) as refused:
        change(office.session, key, value, 1, place)
    assert refused.value.reason == reason
    assert str(refused.value).endswith("Nothing was changed.")
    assert office.session.scalars(select(Event).where(Event.kind == "policy")).all() == []


def test_R48_a_persons_ideal_does_not_lie_past_their_maximum(office: PostOffice) -> None:
    office.post(MEI, to=[AN], at=day(0))
    office.link()
    here = Scope("person", contact=person(office.session, AN))
    change(office.session, "maximum_days", "30", 1, here)
    with pytest.raises(PolicyRefused):
        change(office.session, "ideal_days", "31", 2, here)


def test_a_threshold_is_told_as_it_is_typed() -> None:
    assert [describe_value(value) for value in (None, True, False, 3.0, 0.5, "A")] == [
        "none", "on", "off", "3", "0.5", "A",
    ]  # fmt: skip
    for key in KEYS.values():
        default = default_of(key.name)
        assert get_key(key.name).read(describe_value(default)) == default


def test_R42_the_hours_of_the_calendar_and_of_the_policy_are_one(office: PostOffice) -> None:
    session = office.session
    save_calendar(session, {"hours": [10, 19]})
    assert load_policy(session).work_start_hour == 10
    change(session, "work_end_hour", "18", 1)
    calendar = load_calendar(session)
    assert calendar.working_ms(day(0), day(1)) == 8 * HOUR


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_is_one_change_that_is_undone_as_one(office: PostOffice, name: str) -> None:
    session = office.session
    planned = plan_preset(session, name)
    event = apply_preset(session, name, by=admin(session, MEI), now=day(1))
    assert len(event.data["changes"]) == len(planned) > 3
    assert plan_preset(session, name) == []
    assert apply_preset(session, name, by=None, now=day(2)) is None
    (action,) = list_edits(session)
    assert (action.preset, action.by, len(action.changes)) == (name, "mei@ngo.example", len(planned))
    undo(session, event, by=None, now=day(3))
    assert load_policy(session) == Policy()
    assert list_edits(session)[0].undone_at == day(3)


def test_a_preset_nobody_knows_is_refused(office: PostOffice) -> None:
    with pytest.raises(PolicyRefused):
        get_preset("everything")


def test_a_wish_is_tried_without_being_written(office: PostOffice) -> None:
    session = office.session
    policy, changes = with_requested_changes(
        session, [("budget_limit", "5", Scope()), ("maximum_days", "30", Scope("tier", "A"))]
    )
    assert (policy.budget_limit, policy.tiers["A"].maximum_days, len(changes)) == (5, 30, 2)
    assert load_policy(session) == Policy()


def wrong(session: Session, who: str, reason: str, *, now: int) -> tuple[Event, Event | None]:
    flag = next(flag for flag in flags_of(session, who, now=now) if flag.reason == reason)
    return dismiss_as_wrong(
        session,
        person(session, who),
        flag=flag.flag,
        reason=reason,
        since_at=flag.since,
        because="The count is wrong",
        by=member(session, MEI),
        now=now,
    )


def test_R50_this_was_wrong_retunes_that_person_alone_and_is_undone_with_it(office: PostOffice) -> None:
    session = office.session
    for who in (AN, BO):
        for number in range(3):
            office.post(MEI, to=[who], at=day(number), subject=f"Matter {number} {who}")
    office.link()
    dismissed, retuned = wrong(session, AN, "budget", now=day(3))
    assert retuned.data["changes"] == [["person", "", "budget_limit", None, 4]]
    assert own_values(session, person(session, AN)) == {"budget_limit": 4}
    office.post(MEI, to=[AN], at=day(4), subject="One more")
    office.link()
    assert reasons_of(session, AN, now=day(4)) == ["budget"]
    assert reasons_of(session, BO, now=day(4)) == ["budget"]
    undo(session, dismissed, by=None, now=day(5))
    assert own_values(session, person(session, AN)) == {}
    assert [action.because for action in list_edits(session, contact=person(session, AN))] == [
        "The count is wrong"
    ]


def test_R50_every_reason_with_a_threshold_is_retuned_so_that_the_flag_is_gone(office: PostOffice) -> None:
    session = office.session
    office.user(WEI)
    office.post(AN, to=[MEI], at=day(0))
    office.post(MEI, to=[BO], at=day(0))
    office.post(WEI, to=[BO], at=day(1), subject="Other")
    office.link()
    set_tier(session, person(session, BO), "A", by=None, now=day(0))
    create_box(session, "cases", "new", name="Case", contacts=[person(session, BO)], by=None, now=day(0))
    for who, reason, number in (
        (AN, "unanswered", 5),
        (BO, "collision", 2),
        (BO, "stalled", 4),
        (BO, "lapsed", 30),
    ):
        now = day(number)
        dismissed, retuned = wrong(session, who, reason, now=now)
        assert retuned is not None, reason
        undo(session, dismissed, by=None, now=now + 1)
        assert reason in reasons_of(session, who, now=now + 2)
        ((level, _, key, _, value),) = retuned.data["changes"]
        set_threshold(
            session, key, f"{value:g}", place=Scope(level, contact=person(session, who)), by=None, now=now + 3
        )
        assert reason not in reasons_of(session, who, now=now + 4), reason


def test_R50_a_flag_that_stands_no_more_retunes_nothing(office: PostOffice) -> None:
    session = office.session
    office.post(MEI, to=[AN], at=day(0))
    office.link()
    _, retuned = dismiss_as_wrong(
        session,
        person(session, AN),
        flag="over_contacted",
        reason="budget",
        since_at=5,
        because="x",
        by=None,
        now=day(1),
    )
    assert retuned is None


def test_changes_of_the_policy_are_dumped_by_natural_keys(office: PostOffice) -> None:
    session = office.session
    office.post(MEI, to=[AN], at=day(0))
    office.link()
    change(session, "budget_limit", "5", 1, Scope("person", contact=person(session, AN)))
    (line,) = [line for line in iter_dump(session) if '"event":"policy"' in line]
    assert '"changes":[["person","","budget_limit",null,5]]' in line


def test_the_policy_written_whole_still_holds(database: Database) -> None:
    with database.begin() as session:
        save_policy(session, {"tiers": {"A": [7, 10]}})
        assert load_policy(session).tiers["A"] == Tier(7, 10)
