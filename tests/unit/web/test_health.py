"""Q11: health goes red where a mailbox or the clock stands still, and the figures are for those who may see them."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from streaklike.app import create_app
from streaklike.instants import HOUR, MINUTE
from streaklike.jobs.clock import tick
from streaklike.jobs.registry import JOBS, SYNC
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import Job, Mailbox
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import NOW, World

TOKEN = "a-long-secret-for-the-watcher"


@pytest.fixture
def fresh(database: Database, world: World) -> Database:
    """Every mailbox is in step, and the clock runs."""
    with database.begin() as session:
        session.execute(
            update(Mailbox).values(
                source="gmail", state="current", synced_at=NOW - MINUTE, error=None, needs_reconnect=False
            )
        )
    tick(database, JOBS, "here:1", now=NOW - 1)
    return database


def mailboxes(database: Database, **values: object) -> None:
    with database.begin() as session:
        first = session.query(Mailbox).order_by(Mailbox.email).first()
        for name, value in values.items():
            setattr(first, name, value)


def test_Q11_health_is_green_while_all_moves(fresh: Database, stranger: Reader):
    response = stranger.get("/healthz")
    assert (response.status_code, response.json["status"]) == (200, "ok")
    assert (response.json["stalled"], response.json["clock"]) == (0, "led")


@pytest.mark.parametrize(
    "values",
    [
        {"error": "Gmail does not answer.", "error_at": NOW},
        {"error": "Consent is gone.", "needs_reconnect": True},
        {"synced_at": NOW - HOUR, "progress_at": None, "created_at": 0},
    ],
    ids=["error", "reconnect", "late"],
)
def test_Q11_health_goes_red_where_a_mailbox_stands_still(
    fresh: Database, stranger: Reader, values: dict[str, object]
):
    mailboxes(fresh, **values)
    response = stranger.get("/healthz")
    assert (response.status_code, response.json["status"], response.json["stalled"]) == (503, "stalled", 1)
    assert "@" not in response.text
    assert stranger.get("/livez").status_code == 200


def test_Q11_health_goes_red_where_the_clock_was_killed(fresh: Database, tmp_path: Path):
    later = create_app(Settings(data_dir=tmp_path, _env_file=None), fresh, clock=lambda: NOW + 3 * MINUTE)
    response = Reader(later).get("/healthz")
    assert (response.status_code, response.json["clock"], response.json["stalled"]) == (503, "dead", 0)


def test_Q11_health_goes_red_within_two_polls_where_no_worker_lives(fresh: Database, tmp_path: Path):
    later = NOW + 2 * MINUTE + 1
    tick(fresh, JOBS, "here:1", now=later)
    app = create_app(Settings(data_dir=tmp_path, _env_file=None), fresh, clock=lambda: later)
    response = Reader(app).get("/healthz")
    assert (response.status_code, response.json["standstill"]) == (503, "worker")
    with fresh.begin() as session:
        first = session.query(Job).order_by(Job.id).first()
        first.state, first.lease_until = "running", later
    assert Reader(app).get("/healthz").status_code == 200, "one is at work: the others wait their turn"


def read_figures(text: str) -> dict[str, float]:
    """The samples of Prometheus' text form; anything that is none fails."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            sample = re.fullmatch(r'([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)+\})?) (\S+)', line)
            assert sample, line
            found[sample[1]] = float(sample[2])
    return found


def test_Q11_figures_tell_of_lag_failures_next_run_leader_and_depth(fresh: Database, mei: Reader):
    with fresh.begin() as session:
        email = session.query(Mailbox.email).order_by(Mailbox.email).limit(1).scalar()
        failing = update(Job).where(Job.name == SYNC.name, Job.subject == email)
        session.execute(failing.values(attempts=3, error="no", due_at=NOW + 4 * MINUTE))
    response = mei.get("/metrics")
    assert response.status_code == 200
    assert response.content_type == "text/plain; version=0.0.4; charset=utf-8"
    figures = read_figures(response.text)
    job = f'{{job="sync",subject="{email}"}}'
    assert figures[f'streaklike_mailbox_lag_seconds{{mailbox="{email}"}}'] == 60
    assert figures[f"streaklike_job_failures{job}"] == 3
    assert figures[f"streaklike_job_next_run_timestamp_seconds{job}"] == (NOW + 4 * MINUTE) / 1000
    assert figures['streaklike_clock_leader{holder="here:1"}'] == 1
    assert figures['streaklike_queue_jobs{state="put_off"}'] == 1
    assert figures['streaklike_queue_jobs{state="waiting"}'] >= 2
    assert figures["streaklike_queue_lag_seconds"] == 0.001


def test_Q24_figures_are_closed_to_strangers(app: Flask, fresh: Database, stranger: Reader):
    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}"}):
        assert stranger.client.get("/metrics", headers=given).status_code == 401


def test_Q24_figures_are_open_to_the_token_alone(fresh: Database, tmp_path: Path):
    settings = Settings(data_dir=tmp_path, metrics_token=TOKEN, _env_file=None)
    client = create_app(settings, fresh, clock=lambda: NOW).test_client()
    for given, status in (
        (f"Bearer {TOKEN}", 200),
        (f"Bearer {TOKEN}x", 401),
        (TOKEN, 401),
        ("Bearer ", 401),
        ("", 401),
    ):
        response = client.get("/metrics", headers={"Authorization": given})
        assert response.status_code == status, given
        assert ("@" in response.text) == (status == 200)


def test_hostile_labels_stay_labels(fresh: Database, mei: Reader):
    mailboxes(fresh, email='a"b\\c\n@x.example')
    assert 'streaklike_mailbox_lag_seconds{mailbox="a\\"b\\\\c\\n@x.example"}' in read_figures(
        mei.get("/metrics").text
    )
