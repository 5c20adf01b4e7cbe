"""The queue: locks, merging, tries and backoff, and what a killed worker leaves."""

import threading

import pytest
from sqlalchemy import select, update

from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.jobs import queue
from streaklike.jobs.kinds import Backoff, JobType
from streaklike.store.database import Database
from streaklike.store.job_state import JobLine, measure_jobs
from streaklike.store.models import Job
from tests.unit.jobs.kinds import NOW, SPAN, Book, Hand, make_kind


def ask(
    database: Database, kind: JobType, subject: str = "", *, now: int = NOW, slot_at: int | None = None
) -> None:
    with database.begin() as session:
        queue.enqueue(session, kind, subject, now=now, slot_at=slot_at)


def take(database: Database, kind: JobType, worker: str, *, now: int = NOW) -> queue.Claimed | None:
    with database.begin() as session:
        return queue.claim(session, {kind.name: kind}, worker, now=now, span=SPAN)


def line(database: Database, now: int = NOW) -> JobLine:
    with database.read() as session:
        (found,) = measure_jobs(session, now=now).lines
    return found


def states(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Job.state).order_by(Job.id)))


def test_a_job_is_enqueued_with_the_deed_or_not_at_all(database: Database):
    def action() -> None:
        with database.begin() as session:
            queue.enqueue(session, make_kind(), now=NOW)
            raise RuntimeError("the deed was not done")

    with pytest.raises(RuntimeError):
        action()
    assert states(database) == []


def test_a_lock_lets_one_run_at_a_time_whatever_its_kind(database: Database):
    first = make_kind(lock="mailbox:{}", is_merged=False)
    ask(database, first, "mei")
    ask(database, first, "mei")
    ask(database, first, "wei")
    held = take(database, first, "a")
    other = take(database, first, "b")
    assert (held and held.subject, other and other.subject) == ("mei", "wei")
    assert take(database, first, "b") is None
    assert held is not None
    with database.begin() as session:
        queue.finish(session, "a", held, now=NOW)
    third = take(database, first, "b")
    assert third is not None
    assert third.subject == "mei"


def test_many_workers_never_hold_one_lock_twice(database: Database):
    kinds = [make_kind(name=f"kind{n}", lock="mailbox:{}", is_merged=False) for n in range(2)]
    for n in range(24):
        ask(database, kinds[n % 2], f"m{n % 3}")
    inside: dict[str, int] = {}
    most: list[int] = []
    guard = threading.Lock()

    def note(run) -> None:
        with guard:
            inside[run.subject] = inside.get(run.subject, 0) + 1
            most.append(inside[run.subject])
        with database.read() as session:
            session.scalar(select(Job.id).limit(1))
        with guard:
            inside[run.subject] -= 1

    runners = [make_kind(name=kind.name, run=note, lock=kind.lock, is_merged=False) for kind in kinds]
    threads = [threading.Thread(target=lambda: drain(Hand(database, *runners))) for _ in range(4)]

    def drain(hand: Hand) -> None:
        while len(most) < 24:
            hand.run_due()

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(most) == 24
    assert set(most) == {1}
    assert states(database) == ["done"] * 24


def test_what_waits_already_is_not_wanted_twice(database: Database):
    kind = make_kind()
    for _ in range(3):
        ask(database, kind, "mei", slot_at=NOW)
    ask(database, kind, "wei", slot_at=NOW)
    assert states(database) == ["waiting", "waiting"]


def test_a_failing_job_is_backed_off_to_its_limit_and_comes_back_at_once_when_it_succeeds(database: Database):
    book = Book(failures=9)
    kind = make_kind(book)
    hand = Hand(database, kind)
    ask(database, kind, slot_at=NOW)
    waits = []
    for failures in range(1, 10):
        assert hand.run_due() == 1
        told = line(database)
        assert (told.failures, told.error) == (failures, "Gmail does not answer.")
        assert told.next_at is not None
        waits.append((told.next_at - hand.now) // MINUTE)
        ask(database, kind, now=hand.now, slot_at=hand.now)
        assert hand.run_due() == 0, "the clock's slots wait with it"
        hand.now = told.next_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert hand.run_due() == 1
    told = line(database)
    assert (told.failures, told.error, told.next_at) == (0, None, None)
    assert states(database) == ["done"]


def test_jitter_keeps_half_of_the_wait():
    backoff = Backoff(MINUTE, HOUR)
    assert [backoff.wait(1, iter([rng]).__next__) for rng in (0.0, 0.5, 1.0)] == [30_000, 45_000, 60_000]
    assert backoff.wait(500, lambda: 1.0) == HOUR


def test_a_deed_goes_past_the_backoff(database: Database):
    book = Book(failures=5)
    kind = make_kind(book)
    hand = Hand(database, kind)
    ask(database, kind, slot_at=NOW)
    hand.run_due()
    ask(database, kind)
    assert hand.run_due() == 1
    assert [run.slot_at for run in book.runs] == [NOW, None]


def test_a_deed_done_while_the_job_runs_is_not_lost(database: Database):
    kind = make_kind(tries=2)
    ask(database, kind, slot_at=NOW)
    job = take(database, kind, "a")
    assert job is not None
    ask(database, kind)
    with database.begin() as session:
        queue.fail(session, "a", job, "no", is_permanent=False, now=NOW, rng=lambda: 1.0)
    assert states(database) == ["failed", "waiting"]
    again = take(database, kind, "a")
    assert again is not None
    assert again.attempts == 2


def test_a_slot_that_came_while_the_job_ran_shares_its_backoff(database: Database):
    kind = make_kind()
    ask(database, kind, slot_at=NOW)
    job = take(database, kind, "a")
    assert job is not None
    ask(database, kind, slot_at=NOW + MINUTE)
    with database.begin() as session:
        queue.fail(session, "a", job, "no", is_permanent=False, now=NOW, rng=lambda: 1.0)
    assert states(database) == ["waiting"]
    assert take(database, kind, "a") is None


@pytest.mark.parametrize(("tries", "is_permanent", "runs"), [(1, False, 1), (3, False, 3), (None, True, 1)])
def test_a_job_is_given_up_after_its_tries_or_for_good(
    database: Database, tries: int | None, is_permanent: bool, runs: int
):
    book = Book(failures=10, is_permanent=is_permanent)
    kind = make_kind(book, tries=tries)
    hand = Hand(database, kind)
    ask(database, kind)
    for _ in range(5):
        hand.run_due(HOUR)
    assert len(book.runs) == runs
    assert states(database) == ["failed"]
    assert line(database).failures == runs


def test_a_fault_of_ours_is_told_and_tried_again(database: Database):
    def stumble(_run) -> None:
        raise ZeroDivisionError

    kind = make_kind(stumble)
    ask(database, kind)
    assert Hand(database, kind).run_due() == 1
    assert "ZeroDivisionError" in (line(database).error or "")
    assert states(database) == ["waiting"]


def test_a_killed_workers_job_is_put_back_when_its_hold_runs_out(database: Database):
    kind = make_kind(lock="mailbox:{}")
    ask(database, kind, "mei")
    job = take(database, kind, "killed")
    assert job is not None
    with database.begin() as session:
        assert queue.sweep(session, {kind.name: kind}, now=NOW + SPAN) == 0
        assert queue.sweep(session, {kind.name: kind}, now=NOW + SPAN + 1, but=[job.id]) == 0
        assert queue.sweep(session, {kind.name: kind}, now=NOW + SPAN + 1) == 1
    again = take(database, kind, "b", now=NOW + SPAN + 1)
    assert again is not None
    assert (again.subject, again.attempts) == ("mei", 2)
    with database.begin() as session:
        queue.finish(session, "killed", job, now=NOW)
        assert queue.fail(session, "killed", job, "x", is_permanent=False, now=NOW, rng=lambda: 1.0) is None
    assert states(database) == ["running"], "who lost the hold has no say"


def test_a_worker_that_renews_keeps_its_hold(database: Database):
    kind = make_kind()
    ask(database, kind)
    job = take(database, kind, "a")
    assert job is not None
    with database.begin() as session:
        assert queue.renew(session, "a", [job.id], now=NOW + SPAN - 1, span=SPAN) == 1
        assert queue.renew(session, "b", [job.id], now=NOW + SPAN - 1, span=SPAN) == 0
        assert queue.sweep(session, {kind.name: kind}, now=NOW + SPAN + 1) == 0


def test_at_most_once_a_killed_job_of_one_try_is_given_up(database: Database):
    kind = make_kind(tries=1)
    ask(database, kind)
    take(database, kind, "killed")
    with database.begin() as session:
        assert queue.sweep(session, {kind.name: kind}, now=NOW + SPAN + 1) == 1
    assert states(database) == ["failed"]
    assert line(database).error == queue.KILLED


def test_a_worker_that_ends_lets_go_as_if_it_had_not_begun(database: Database):
    kind = make_kind(tries=1)
    ask(database, kind)
    take(database, kind, "a")
    with database.begin() as session:
        assert queue.release(session, "a", now=NOW) == 1
    again = take(database, kind, "b")
    assert again is not None
    assert again.attempts == 1


def test_ended_jobs_are_forgotten_after_a_while(database: Database):
    kind = make_kind(is_merged=False)
    for state, age in (
        ("done", DAY),
        ("done", DAY - 2),
        ("failed", 14 * DAY),
        ("failed", DAY),
        ("waiting", 0),
    ):
        ask(database, kind)
        with database.begin() as session:
            session.execute(
                update(Job)
                .where(Job.id == select(Job.id).order_by(Job.id.desc()).limit(1).scalar_subquery())
                .values(state=state, ended_at=NOW - age)
            )
    with database.begin() as session:
        assert queue.forget_old(session, now=NOW + 1) == 2
    assert states(database) == ["done", "failed", "waiting"]


def test_while_it_is_tried_again_a_job_tells_of_its_failures_so_far(database: Database):
    kind = make_kind()
    ask(database, kind)
    for failures in range(3):
        later = NOW + failures * HOUR
        job = take(database, kind, "a", now=later)
        assert job is not None
        told = line(database, later)
        assert (told.is_running, told.failures) == (True, failures)
        with database.begin() as session:
            queue.fail(session, "a", job, "no", is_permanent=False, now=later, rng=lambda: 1.0)
