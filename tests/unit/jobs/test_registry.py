"""The registry as it is: the house's own jobs run through the clock and a worker."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from streaklike.instants import DAY, MINUTE
from streaklike.jobs.clock import tick
from streaklike.jobs.registry import JOBS, PROOF_AGE
from streaklike.jobs.worker import Worker
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.job_state import JobLine, measure_jobs
from streaklike.store.models import Job, Mailbox, User
from tests.unit.jobs.kinds import NOW


def run_all(database: Database, settings: Settings, now: int) -> dict[str, JobLine]:
    tick(database, JOBS, "clock", now=now)
    Worker(database, settings, JOBS, clock=lambda: now, rng=lambda: 1.0).run_due()
    with database.read() as session:
        return {line.name: line for line in measure_jobs(session, now=now).lines}


def test_names_are_their_own_and_no_job_is_passed_by_for_longer_than_ended_ones_are_kept():
    assert len({kind.name for kind in JOBS}) == len(JOBS)
    assert all(kind.every for kind in JOBS)
    assert PROOF_AGE == DAY


def test_an_installation_without_mailboxes_has_nothing_to_complain_of(database: Database, tmp_path: Path):
    settings = Settings(data_dir=tmp_path, _env_file=None)
    lines = run_all(database, settings, NOW)
    assert {name: line.error for name, line in lines.items()} == {
        "digest": None,
        "erase": None,
        "evaluate": None,
        "tidy": None,
    }


def test_Q5_mailboxes_without_consent_and_imported_ones_are_not_asked_for(database: Database, tmp_path: Path):
    with database.begin() as session:
        user = User(email="mei@ngo.example", name="小美", created_at=0)
        session.add(user)
        session.flush()
        for email, source, needs_reconnect in (
            ("a", "gmail", True),
            ("b", "mbox", False),
            ("c", "gmail", False),
        ):
            session.add(
                Mailbox(
                    email=f"{email}@ngo.example",
                    user_id=user.id,
                    source=source,
                    needs_reconnect=needs_reconnect,
                    created_at=0,
                )
            )
    tick(database, JOBS, "clock", now=NOW)
    with database.read() as session:
        assert session.scalars(select(Job.subject).where(Job.name == "sync")).all() == ["c@ngo.example"]


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"mail_from": "nobody"}, "STREAKLIKE_MAIL_FROM"),
        ({"mail_from": "a <digest@ngo.example>"}, "STREAKLIKE_SMTP_URL"),
        ({"mail_from": "a <digest@ngo.example>", "smtp_url": "http://x"}, "STREAKLIKE_SMTP_URL"),
    ],
)
def test_a_wrong_setting_for_mail_is_told_and_backed_off(
    database: Database, tmp_path: Path, wrong: dict[str, str], word: str
):
    settings = Settings(data_dir=tmp_path, _env_file=None, **wrong)
    line = run_all(database, settings, NOW // (5 * MINUTE) * 5 * MINUTE)["digest"]
    assert line.failures == 1
    assert word in (line.error or "")


def test_ended_jobs_do_not_pile_up(database: Database, tmp_path: Path):
    settings = Settings(data_dir=tmp_path, _env_file=None)
    for step in range(6):
        run_all(database, settings, NOW + step * DAY)
    with database.read() as session:
        assert session.scalars(select(func.count()).select_from(Job)).one() <= 2 * len(JOBS)
