"""Q6 over real processes: clocks that are killed do every slot once, workers that are killed lose no mailbox."""

import time
from pathlib import Path

from sqlalchemy import func, select

from streaklike.jobs.registry import SYNC
from streaklike.store.database import Database
from streaklike.store.models import Job, MailboxMessage
from tests.integration.crashing import fill
from tests.integration.scheduler_helpers import (
    MINUTE_SECONDS,
    Crew,
    await_that,
    check_slots,
    check_syncs,
    pid_of,
    run_clocks,
    run_workers,
    work_for_real,
)
from tests.integration.sync_helpers import MEI, WEI, Team


def test_Q6_clocks_that_are_killed_do_every_slot_once(database_url: str, tmp_path: Path):
    slots = run_clocks(database_url, tmp_path, clocks=3, ticks=40, kills=3)
    check_slots(slots, ticks=40)
    assert slots.leaders == 3


def test_Q6_no_mailbox_is_synced_twice_at_once(database_url: str, tmp_path: Path):
    syncs = run_workers(database_url, tmp_path, mailboxes=3, syncs=40, kills=2)
    ended, _ = check_syncs(syncs)
    assert ended >= 30
    assert len(syncs.killed) == 2


def test_Q6_a_killed_workers_mailbox_is_taken_up_within_a_minute(team: Team, database_url: str):
    mei, wei = team.connect(MEI), team.connect(WEI)
    fill(mei, wei, 24)
    with Crew() as crew:
        for _ in range(2):
            crew.start(work_for_real, database_url, team.settings)
        await_that(lambda: count_copies(team.database) > 3)
        first = pid_of(read_job(team.database).worker)
        assert first is not None
        crew.kill(first)
        assert read_job(team.database).state == "running", "the kill came too late to show anything"
        killed_at = time.monotonic()
        await_that(lambda: pid_of(read_job(team.database).worker) not in (None, first))
        assert time.monotonic() - killed_at < MINUTE_SECONDS
        await_that(lambda: read_job(team.database).state == "done")
    (report,) = team.sync(MEI)
    assert (report.complete, report.messages_added, report.mode) == (True, 0, "partial")


def read_job(database: Database) -> Job:
    with database.read() as session:
        return session.scalars(select(Job).where(Job.name == SYNC.name, Job.subject == MEI)).one()


def count_copies(database: Database) -> int:
    with database.read() as session:
        return session.scalars(
            select(func.count()).select_from(MailboxMessage).where(MailboxMessage.state == "stored")
        ).one()
