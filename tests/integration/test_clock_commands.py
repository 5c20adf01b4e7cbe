"""The commands for clock and worker, and what `status` tells of them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from gmail_emulator import Fault
from streaklike.cli.context import wait_for_a_signal
from streaklike.cli.main import main
from streaklike.instants import MINUTE, now_instant
from streaklike.jobs.clock import tick
from streaklike.jobs.mailboxes import add_user
from streaklike.jobs.registry import JOBS
from streaklike.jobs.worker import Worker
from streaklike.store.job_state import measure_jobs
from tests.integration.scheduler_helpers import await_that
from tests.integration.sync_helpers import AN, MEI, WEI, Team, at, mime

Status = Callable[..., tuple[int, str]]


@pytest.fixture
def environment(team: Team, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("DATABASE_URL", database_url),
        ("DATA_DIR", str(team.settings.data_dir)),
        ("GMAIL_ENDPOINT", team.server.url),
        ("TEAM_DOMAINS", "ngo.example"),
    ):
        monkeypatch.setenv(f"STREAKLIKE_{name}", value)


@pytest.fixture
def status(environment: None, capsys: pytest.CaptureFixture[str]) -> Status:
    def run(*arguments: str) -> tuple[int, str]:
        code = 0
        try:
            main(["status", *arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, capsys.readouterr().out

    return run


def test_Q11_status_tells_of_backoff_clock_and_queue(team: Team, status: Status, quick_retries: None):
    team.connect(MEI)
    wei = team.connect(WEI)
    wei.revoke()
    team.server.faults.add(Fault(call="history.list", status=403, reason="accessNotConfigured", times=None))
    now = now_instant()
    tick(team.database, JOBS, "here:1:x", now=now)
    worker = Worker(team.database, team.settings, JOBS, clock=lambda: now, rng=lambda: 1.0)
    worker.run_due()
    code, out = status("--json")
    mei, other = json.loads(out)
    assert code == 1
    assert (mei["failures"], mei["stall"], other["stall"]) == (1, "error", "reconnect")
    assert mei["next_run_at"] is not None
    assert other["next_run_at"] is None
    code, out = status("--jobs", "--json")
    told = json.loads(out)
    assert (told["clock"], told["leader"], told["waiting"], told["put_off"], told["given_up"]) == (
        "led", "here:1:x", 0, 1, 1,
    )  # fmt: skip
    lines = {(line["job"], line["subject"]): line for line in told["jobs"]}
    assert lines["sync", MEI]["error"]
    assert (lines["evaluate", ""]["failures"], lines["evaluate", ""]["error"]) == (0, None)
    for arguments in ((), ("--jobs",)):
        assert "failed 1 times in a row" in status(*arguments)[1]
    team.server.faults.clear()
    now += MINUTE
    assert worker.run_due() >= 1
    with team.database.read() as session:
        assert measure_jobs(session, now=now).put_off == 0


def test_Q11_a_killed_clock_is_seen_by_status_and_one_that_ended_is_not(team: Team, status: Status):
    add_user(team.database, team.settings, MEI, name="小美")
    assert status()[0] == 0
    tick(team.database, JOBS, "here:1:x", now=now_instant() - 3 * MINUTE)
    assert status()[0] == 1
    tick(team.database, JOBS, "here:2:x", now=now_instant())
    assert status()[0] == 0


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "streaklike", *arguments], env=os.environ, stderr=subprocess.PIPE
    )


def test_scheduler_and_worker_sync_and_end_in_order(team: Team, environment: None):
    account = team.connect(MEI)
    account.deliver(mime(AN, [MEI], "Hello"), at=at(0))
    running = [start("scheduler"), start("worker", "--places", "2")]
    try:
        await_that(lambda: is_synced(team) and is_led(team))
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        said = [process.communicate(timeout=60)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert "Traceback" not in "".join(said)
    with team.database.read() as session:
        assert measure_jobs(session, now=now_instant()).clock == "none"


def test_Q11_a_signal_that_lands_in_another_thread_ends_the_wait_too():
    handler = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    done, main_thread = threading.Event(), threading.get_ident()

    def hit() -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        if not done.wait(timeout=20):
            signal.pthread_kill(main_thread, signal.SIGINT)  # or nothing would ever end this test

    thread = threading.Thread(target=lambda: (time.sleep(0.3), hit()))
    thread.start()
    try:
        with pytest.raises(SystemExit):
            wait_for_a_signal()
    finally:
        done.set()
        thread.join()
        signal.signal(signal.SIGTERM, handler)


def test_a_worker_once_does_what_is_due_and_ends(
    team: Team, environment: None, capsys: pytest.CaptureFixture[str]
):
    team.connect(MEI)
    tick(team.database, JOBS, "here:1:x", now=now_instant())
    handler = signal.getsignal(signal.SIGTERM)
    try:
        main(["worker", "--once"])
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert is_synced(team)
    assert "jobs done" in capsys.readouterr().err


def is_led(team: Team) -> bool:
    with team.database.read() as session:
        return measure_jobs(session, now=now_instant()).clock == "led"


def is_synced(team: Team) -> bool:
    with team.database.read() as session:
        lines = {line.name: line for line in measure_jobs(session, now=now_instant()).lines}
    return "sync" in lines and lines["sync"].ended_at is not None and lines["sync"].error is None
