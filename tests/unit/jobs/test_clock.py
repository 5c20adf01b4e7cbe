"""Q6: which slots there are, and that each is enqueued once, whoever's clock beats."""

import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.jobs.clock import Pace, enqueue_slots, plan_slots, running_clock, tick
from streaklike.store.database import Database
from streaklike.store.job_state import measure_jobs
from streaklike.store.models import Job
from tests.unit.jobs.kinds import NOW, make_kind

LEASE = 20_000
KIND = make_kind(is_merged=False, grace=DAY)


def slots(database: Database) -> list[int | None]:
    with database.read() as session:
        return list(session.scalars(select(Job.slot_at).order_by(Job.slot_at)))


@given(
    start=st.integers(0, 10**6),
    every=st.integers(1, 5000),
    steps=st.lists(st.integers(0, 20_000), max_size=20),
)
def test_Q6_planned_slots_come_once_each_and_none_is_left_out(start: int, every: int, steps: list[int]):
    next_at = now = start // every * every
    seen: list[int] = []
    for step in steps:
        now += step
        planned = plan_slots(next_at, every, grace=10**9, now=now)
        seen += planned
        next_at = planned[-1] + every if planned else next_at
    assert seen == list(range(start // every * every, now + 1, every))[: len(seen)]
    assert not steps or next_at > now


def test_slots_missed_long_ago_are_passed_by_but_the_last():
    planned = plan_slots(NOW - 3 * DAY, MINUTE, grace=10 * MINUTE, now=NOW + 5)
    assert list(planned) == [NOW - n * MINUTE for n in range(9, -1, -1)]
    assert list(plan_slots(NOW - 3 * DAY, DAY, grace=MINUTE, now=NOW + 5)) == [NOW // DAY * DAY]
    assert list(plan_slots(NOW + MINUTE, MINUTE, grace=DAY, now=NOW)) == []


def test_a_changed_span_goes_on_at_its_own_multiples():
    assert list(plan_slots(NOW - 7, MINUTE, grace=DAY, now=NOW + MINUTE)) == [NOW, NOW + MINUTE]


def test_Q6_one_leads_and_the_others_do_nothing(database: Database):
    assert tick(database, [KIND], "a", now=NOW, lease=LEASE) == 1
    assert tick(database, [KIND], "b", now=NOW + 1, lease=LEASE) == 0
    assert tick(database, [KIND], "a", now=NOW + MINUTE, lease=LEASE) == 1
    assert slots(database) == [NOW, NOW + MINUTE]
    with database.read() as session:
        state = measure_jobs(session, now=NOW + MINUTE)
    assert (state.clock, state.leader, state.leads_since) == ("led", "a", NOW)


def test_Q6_a_dead_leaders_slots_are_taken_over(database: Database):
    tick(database, [KIND], "a", now=NOW, lease=LEASE)
    late = NOW + 5 * MINUTE
    with database.read() as session:
        assert measure_jobs(session, now=late).clock == "dead"
    assert tick(database, [KIND], "b", now=late, lease=LEASE) == 5
    assert slots(database) == [NOW + n * MINUTE for n in range(6)]


def test_Q6_two_that_both_believe_to_lead_do_no_slot_twice(database: Database):
    barrier = threading.Barrier(4)

    def lead(offset: int) -> None:
        barrier.wait()
        for turn in range(12):
            with database.begin() as session:
                enqueue_slots(session, KIND, MINUTE, now=NOW + turn * MINUTE + offset)

    threads = [threading.Thread(target=lead, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert slots(database) == [NOW + n * MINUTE for n in range(12)]


def test_a_job_that_cannot_say_for_whom_fails_alone_and_stays_owed(database: Database):
    def explode(_session, _now):
        raise RuntimeError("no")

    broken = make_kind(name="broken", list_subjects=explode, is_merged=False)
    assert tick(database, [broken, KIND], "a", now=NOW, lease=LEASE) == 1
    mended = make_kind(name="broken", list_subjects=lambda _session, _now: ["x", "y"], is_merged=False)
    assert tick(database, [mended, KIND], "a", now=NOW + 1, lease=LEASE) == 1
    with database.read() as session:
        assert sorted(session.scalars(select(Job.subject))) == ["", "x", "y"]


def test_slots_that_merge_leave_one_waiting_job(database: Database):
    kind = make_kind(grace=HOUR)
    tick(database, [kind], "a", now=NOW, lease=LEASE)
    tick(database, [kind], "a", now=NOW + 9 * MINUTE, lease=LEASE)
    assert slots(database) == [NOW]


def test_a_clock_that_ends_in_order_gives_up_the_lead(database: Database):
    pace = Pace(beat=1000, lease=60_000)
    with running_clock(database, [KIND], pace=pace, clock=lambda: NOW), database.read() as session:
        assert measure_jobs(session, now=NOW).clock == "led"
    with database.read() as session:
        assert measure_jobs(session, now=NOW).clock == "none"
    assert slots(database) == [NOW]


def test_a_clock_that_is_stopped_within_its_first_beat_gives_up_the_lead(database: Database):
    def stop(session: Session, _now: int) -> list[str]:
        assert measure_jobs(session, now=NOW).clock == "led"
        raise SystemExit

    kind = replace(KIND, list_subjects=stop)
    with pytest.raises(SystemExit), running_clock(database, [kind], clock=lambda: NOW):
        pass
    with database.read() as session:
        assert measure_jobs(session, now=NOW).clock == "none"
