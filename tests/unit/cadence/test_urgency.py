"""The order of those who need us: a date, a word, a case, a long wait, a tier; and by age alone where switched off."""

from dataclasses import replace

import pytest

from streaklike.boxes.lifecycle import create_box
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.cadence.evaluate.mail_texts import SETTING
from streaklike.cadence.evaluate.refresh import refresh, refresh_all
from streaklike.cadence.policy.policy import Policy, save_policy
from streaklike.cadence.queries.queue import NEEDS_US, QueueRow, list_queue
from streaklike.cadence.rules.urgency import CASE, DATE, TIER, WAITING, WORD, Signals, list_signs, sum_points
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import set_tier
from streaklike.store.database import Database
from streaklike.store.models import ContactStatus, Setting
from tests.factories import AN, BO, CHU, DAO, MEI, T0, PostOffice
from tests.unit.cadence.cadence_fixtures import person

MONDAY = T0  # 2 March 2026, 09:00 in Taipei
CALENDAR = WorkCalendar()
POLICY = Policy()


def weigh(now: int, **signals: object) -> list[tuple[str, float]]:
    return [(sign.kind, sign.points) for sign in list_signs(Signals(**signals), POLICY, CALENDAR, now)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("named_on", "points"),
    [
        ("2026-02-25", None),
        ("2026-02-27", 2),
        ("2026-03-01", 2),
        ("2026-03-02", 4),
        ("2026-03-03", 4),
        ("2026-03-04", 2),
        ("2026-03-09", 2),
        ("2026-03-10", None),
    ],
)
def test_a_day_counts_whole_when_it_is_near_and_fades_when_it_has_passed(
    named_on: str, points: float | None
) -> None:
    assert weigh(MONDAY, named_on=named_on) == ([] if points is None else [(DATE, points)])


def test_on_a_friday_monday_is_the_next_working_day() -> None:
    friday = MONDAY + 4 * DAY
    assert weigh(friday, named_on="2026-03-09") == [(DATE, 4)]
    assert weigh(friday, named_on="2026-03-10") == [(DATE, 2)]


def test_all_signs_add_up_in_the_order_in_which_they_are_said() -> None:
    signals = Signals("2026-03-02", "緊急", True, "B", MONDAY, 4 * HOUR)
    signs = list_signs(signals, POLICY, CALENDAR, MONDAY)
    assert [sign.kind for sign in signs] == [DATE, WORD, CASE, WAITING, TIER]
    assert sum_points(signs) == 4 + 5 + 2 + 2 + 0.5
    assert list_signs(signals, POLICY, CALENDAR, MONDAY - 1)[3].kind == TIER, "not long yet"
    assert list_signs(signals, replace(POLICY, queue_urgency=False), CALENDAR, MONDAY) == ()
    assert [each.kind for each in list_signs(signals, replace(POLICY, urgent_word_points=0), CALENDAR, MONDAY)] == [DATE, CASE, WAITING, TIER]  # fmt: skip


def test_a_wish_for_a_quick_answer_counts_half() -> None:
    assert weigh(MONDAY, urgent_word="盡快") == [(WORD, 2.5)]
    assert weigh(MONDAY, urgent_word="送醫") == [(WORD, 5)]


def _fill(office: PostOffice) -> None:
    """An has waited longest; Bo's question is for today, Chu's pupil is absent, and Dao is a plain stranger."""
    office.post(AN, to=[MEI], at=MONDAY, text="請問要怎麼報名？", subject="報名")
    office.post(DAO, to=[MEI], at=MONDAY + HOUR, text="Would you like some books?", subject="Books")
    office.post(BO, to=[MEI], at=MONDAY + 2 * HOUR, text="請在今天下班前回覆。", subject="引言")
    office.post(CHU, to=[MEI], at=MONDAY + 3 * HOUR, text="學生今天沒有到校。", subject="學生")
    office.link()


def _order(rows: tuple[QueueRow, ...]) -> list[str]:
    return [row.address.partition("@")[0] for row in rows]


def test_the_urgent_stand_first_and_then_who_waits_longest(database: Database) -> None:
    now = MONDAY + 4 * HOUR
    with database.begin() as session:
        _fill(PostOffice(session))
        refresh(session, now=now)
        queue = list_queue(session, now=now)
        assert _order(queue.rows) == ["chu", "bo", "an", "dao"]
        assert [[sign.kind for sign in row.urgency] for row in queue.rows] == [[WORD], [DATE], [], []]
        page = list_queue(session, now=now, limit=2, offset=1, section=NEEDS_US)
        assert _order(page.rows) == ["bo", "an"]
        assert page.totals.needs_us == len({row.contact_id for row in queue.rows}) == 4, "counts count people"
        set_tier(session, person(session, DAO), "A", by=None, now=now)
        refresh(session, now=now)
        assert _order(list_queue(session, now=now).rows) == ["chu", "bo", "dao", "an"]


def test_switched_off_the_queue_goes_by_age_alone(database: Database) -> None:
    now = MONDAY + 4 * HOUR
    with database.begin() as session:
        _fill(PostOffice(session))
        save_policy(session, {"queue_urgency": False})
        refresh(session, now=now)
        queue = list_queue(session, now=now)
        assert _order(queue.rows) == ["an", "dao", "bo", "chu"]
        assert not any(row.urgency for row in queue.rows)
        save_policy(session, {})
        refresh(session, now=now)
        assert _order(list_queue(session, now=now).rows) == ["chu", "bo", "an", "dao"]


def test_only_the_newest_day_of_their_own_words_counts_and_it_fades(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(BO, to=[MEI], at=MONDAY, text="請在週三前回覆。")
        office.post(BO, to=[MEI], at=MONDAY + HOUR, text="改成週五前就可以。", refs=[asked])
        office.post(MEI, to=[AN], at=MONDAY, text="緊急！請今天回覆。")
        office.link()
        refresh(session, now=MONDAY + 2 * HOUR)
        contact_status = session.get_one(ContactStatus, person(session, BO).id)
        assert (contact_status.named_on, contact_status.urgent_word) == ("2026-03-06", None)
        assert session.get_one(ContactStatus, person(session, AN).id).urgent_word is None, (
            "what we wrote is ours"
        )
        session.expire_all()
        later = MONDAY + 9 * DAY
        refresh(session, now=later)
        session.expire_all()
        assert session.get_one(ContactStatus, person(session, BO).id).named_on is None
        (row,) = list_queue(session, now=later, section=NEEDS_US).rows
        assert [sign.kind for sign in row.urgency] == [WAITING]


def test_their_own_usual_wait_says_what_is_long(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        for number in range(5):  # we always answered Bo within two hours
            asked = office.post(BO, to=[MEI], at=MONDAY + number * 7 * DAY)
            office.post(MEI, to=[BO], at=MONDAY + number * 7 * DAY + 2 * HOUR, refs=[asked])
        at = MONDAY + 35 * DAY + DAY  # a Tuesday
        office.post(BO, to=[MEI], at=at)
        office.post(AN, to=[MEI], at=at - HOUR)
        office.link()
        refresh(session, now=at + 5 * HOUR)
        rows = list_queue(session, now=at + 5 * HOUR, section=NEEDS_US).rows
        assert _order(rows) == ["bo", "an"]
        (sign,) = rows[0].urgency
        assert (sign.kind, sign.usual_ms) == (WAITING, 2 * HOUR)


def test_somebody_with_an_open_case_comes_before_others(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=MONDAY)
        office.post(BO, to=[MEI], at=MONDAY + HOUR)
        office.link()
        ensure_start_pipelines(session)
        create_box(session, "cases", "new", name="小魚", contacts=[person(session, BO)], by=None, now=MONDAY)
        refresh(session, now=MONDAY + 2 * HOUR)
        rows = list_queue(session, now=MONDAY + 2 * HOUR).rows
        assert [(row.address[:2], [sign.kind for sign in row.urgency]) for row in rows] == [
            ("bo", [CASE]),
            ("an", []),
        ]


def test_a_new_vocabulary_has_everybody_who_waits_looked_at_again(database: Database) -> None:
    with database.begin() as session:
        _fill(PostOffice(session))
        refresh_all(session, now=MONDAY + 4 * HOUR)
        assert refresh(session, now=MONDAY + 4 * HOUR) == 0
        session.merge(Setting(name=SETTING, value={"version": "an older one"}))
        session.flush()
        assert refresh(session, now=MONDAY + 4 * HOUR) == 4
