"""Q6 where people sync by hand: what another process reads is waited for, and the first sync comes by the deed."""

import threading

from sqlalchemy import select, update

from streaklike.instants import SECOND, now_instant
from streaklike.jobs import queue
from streaklike.jobs.manual_sync import sync_manually
from streaklike.jobs.registry import EVALUATE, JOBS, SYNC
from streaklike.jobs.sync import Progress, SyncReport
from streaklike.jobs.worker import Worker
from streaklike.store.models import Job, User
from tests.integration.crashing import fill
from tests.integration.sync_helpers import AN, MEI, Team, mime

ANOTHER = "another:1:abc"


def list_syncs(team: Team) -> list[tuple[str, int | None]]:
    with team.database.read() as session:
        found = select(Job.state, Job.slot_at).where(Job.name == SYNC.name, Job.subject == MEI)
        return [(row.state, row.slot_at) for row in session.execute(found.order_by(Job.id))]


def hold_elsewhere(team: Team, *, until: int) -> queue.Claimed:
    with team.database.begin() as session:
        job = queue.claim(session, {SYNC.name: SYNC}, ANOTHER, now=now_instant(), span=30 * SECOND)
        assert job is not None
        session.execute(update(Job).where(Job.id == job.id).values(lease_until=until))
    return job


def test_a_connected_mailbox_is_read_by_deed_and_only_once_asked_for(team: Team):
    account = team.connect(MEI)
    team.reconnect(MEI, account)
    assert list_syncs(team) == [("waiting", None)]


def test_a_first_sync_by_a_worker_asks_for_the_evaluation_of_what_came_in(team: Team):
    account = team.connect(MEI)
    account.deliver(mime(AN, [MEI]))
    Worker(team.database, team.settings, JOBS).run_due()
    with team.database.read() as session:
        done = session.scalars(select(Job.name).where(Job.state == "done").order_by(Job.id)).all()
    assert done == [SYNC.name, EVALUATE.name]


def test_Q6_a_sync_by_hand_waits_for_the_job_of_the_same_mailbox(team: Team):
    fill(team.connect(MEI), team.connect("wei@ngo.example"), 6)
    job = hold_elsewhere(team, until=now_instant() + 3600 * SECOND)
    told: list[str] = []
    waits = threading.Event()
    reports: list[SyncReport] = []

    def on_wait(sentence: str) -> None:
        told.append(sentence)
        waits.set()

    def sync() -> None:
        reports.extend(sync_manually(team.database, team.settings, emails=[MEI], on_wait=on_wait))

    by_hand = threading.Thread(target=sync)
    by_hand.start()
    assert waits.wait(20)
    assert "another process" in told[0]
    assert [state for state, _ in list_syncs(team)] == ["running"]
    with team.database.begin() as session:
        queue.finish(session, ANOTHER, job, now=now_instant())
    by_hand.join(30)
    assert [report.complete for report in reports] == [True]
    assert len(told) == 1
    assert [state for state, _ in list_syncs(team)] == ["done", "done"]


def test_Q6_while_a_sync_by_hand_runs_no_worker_begins_one(team: Team):
    account = team.connect(MEI)
    account.deliver(mime(AN, [MEI]))
    begun: list[object] = []

    def try_elsewhere(_progress: object) -> None:
        with team.database.begin() as session:
            queue.enqueue(session, SYNC, MEI, now=now_instant())
        with team.database.begin() as session:
            kinds = {SYNC.name: SYNC}
            begun.append(queue.claim(session, kinds, ANOTHER, now=now_instant(), span=SECOND))

    sync_manually(team.database, team.settings, on_progress=try_elsewhere)
    assert begun
    assert set(begun) == {None}


def test_Q6_what_a_killed_process_held_is_taken_over_by_hand(team: Team):
    team.connect(MEI)
    hold_elsewhere(team, until=now_instant() - SECOND)
    (report,) = sync_manually(team.database, team.settings)
    assert report.complete
    assert [state for state, _ in list_syncs(team)] == ["done"]


def disable(team: Team) -> None:
    with team.database.begin() as session:
        session.execute(update(User).where(User.email == MEI).values(disabled_at=now_instant()))


def test_Q27_a_leavers_mailbox_is_read_no_more_in_the_middle_of_a_sync(team: Team):
    fill(team.connect(MEI), team.connect("wei@ngo.example"), 40)
    stored: list[int] = []

    def leave(progress: Progress) -> None:
        if not stored:
            disable(team)
        stored.append(progress.done)

    (report,) = sync_manually(team.database, team.settings, emails=[MEI], on_progress=leave)
    assert report.error is not None
    assert "disabled" in report.error
    assert not report.complete
    assert report.messages_total == 0


def test_Q27_a_leavers_waiting_job_asks_gmail_nothing_and_is_no_failure(team: Team):
    account = team.connect(MEI)
    account.deliver(mime(AN, [MEI]))
    disable(team)
    before = account.requests
    Worker(team.database, team.settings, JOBS).run_due()
    assert [state for state, _ in list_syncs(team)] == ["done"]
    assert account.requests == before
    assert sync_manually(team.database, team.settings) == []
