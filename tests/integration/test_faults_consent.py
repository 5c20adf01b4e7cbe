"""Q5, Q11: a mailbox whose consent is gone says so once, bothers nobody, and is seen; so is one that stands still."""

import json
import logging

import pytest

from gmail_emulator import Fault
from streaklike.cli.main import main
from streaklike.instants import HOUR, MINUTE, now_instant
from streaklike.jobs.clock import tick
from streaklike.jobs.registry import JOBS
from streaklike.jobs.worker import Worker
from streaklike.store.models import Mailbox
from streaklike.sync.health import measure_health
from tests.integration.sync_helpers import AN, MEI, WEI, Team, at, mime

POLLS = 4
NINE = [f"member{n}@ngo.example" for n in range(9)]


def poll(team: Team, minute: int) -> None:
    """What the clock and a worker do in one minute."""
    now = now_instant() + minute * MINUTE
    tick(team.database, JOBS, "clock", now=now)
    Worker(team.database, team.settings, JOBS, clock=lambda: now).run_due()


def stall_of(team: Team, *, later: int = 0) -> dict[str, str | None]:
    with team.database.read() as session:
        return {
            mailbox.email: mailbox.stall for mailbox in measure_health(session, now=now_instant() + later)
        }


def mailbox_rows(team: Team, **values: object) -> None:
    with team.database.begin() as session:
        for mailbox in session.query(Mailbox):
            for name, value in values.items():
                setattr(mailbox, name, value)


def test_Q5_one_dead_token_in_ten_mailboxes(team: Team, caplog: pytest.LogCaptureFixture):
    dead = team.connect(MEI)
    accounts = [team.connect(email) for email in NINE]
    poll(team, 0)
    dead.revoke()
    before = dead.token_calls
    with caplog.at_level(logging.WARNING, logger="streaklike"):
        for minute in range(POLLS):
            for account in accounts:
                source = mime(AN, [account.email], f"To {account.email}", minute=minute)
                account.deliver(source, at=at(minute))
            poll(team, 1 + minute)
    assert dead.token_calls - before <= 1
    notices = [record for record in caplog.records if MEI in record.getMessage()]
    assert len(notices) == 1
    assert stall_of(team) == {MEI: "reconnect", **dict.fromkeys(NINE)}
    reports = team.sync(*NINE)
    assert all(report.complete and report.messages_total == POLLS for report in reports)


def test_Q5_syncs_by_hand_ask_once_an_hour_and_a_new_consent_helps_at_once(team: Team):
    account = team.connect(MEI)
    account.revoke()
    calls = []
    for _ in range(3):
        report = team.sync_one()
        assert (report.needs_reconnect, report.error is None) == (True, False)
        calls.append(account.token_calls)
    assert calls == [2, 2, 2], "once to connect, and once to hear that consent is gone"
    mailbox_rows(team, error_at=now_instant() - HOUR - MINUTE)
    team.sync()
    assert account.token_calls <= 3
    team.reconnect(MEI, account)
    assert team.sync_one().complete
    assert stall_of(team) == {MEI: None}


def test_Q11_a_mailbox_that_failed_is_seen_at_the_next_look(team: Team, quick_retries: None):
    team.connect(MEI)
    team.sync()
    assert stall_of(team) == {MEI: None}
    team.server.faults.add(Fault(call="history.list", status=403, reason="accessNotConfigured", times=None))
    team.sync()
    assert stall_of(team) == {MEI: "error"}
    team.server.faults.clear()
    team.sync()
    assert stall_of(team) == {MEI: None}


def test_Q11_silence_is_seen_too(team: Team):
    team.connect(MEI)
    team.sync()
    assert stall_of(team, later=14 * MINUTE) == {MEI: None}
    assert stall_of(team, later=16 * MINUTE) == {MEI: "late"}


def test_Q11_a_long_first_sync_is_no_standstill_while_it_moves(team: Team):
    team.connect(MEI)
    now = now_instant()
    long_ago = now - 3 * HOUR
    mailbox_rows(team, state="filling", created_at=long_ago, progress_at=now - MINUTE)
    assert stall_of(team) == {MEI: None}
    mailbox_rows(team, progress_at=long_ago)
    assert stall_of(team) == {MEI: "late"}


def test_Q11_status_shows_each_mailbox_and_exits_by_the_worst(
    team: Team, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("STREAKLIKE_DATABASE_URL", database_url)
    monkeypatch.setenv("STREAKLIKE_DATA_DIR", str(team.settings.data_dir))

    def run(*arguments: str) -> tuple[int, str]:
        code = 0
        try:
            main(["status", *arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, capsys.readouterr().out

    assert run() == (1, ""), "nobody and no mailbox: most likely the wrong place"
    account, _ = team.connect(MEI), team.connect(WEI)
    account.deliver(mime(AN, [MEI], "Hello"), at=at(0))
    team.sync()
    code, out = run("--json")
    assert code == 0
    mei, wei = json.loads(out)
    assert (mei["mailbox"], mei["state"], mei["stalled"], mei["complete"]) == (MEI, "current", False, True)
    assert (mei["messages_total"], mei["gmail_total"], mei["left_out"], mei["waiting"]) == (1, 1, {}, 0)
    assert mei["lag_seconds"] <= 60
    assert mei["synced_at"].endswith("Z")
    assert not wei["stalled"]
    account.revoke()
    team.sync()
    code, out = run("--json")
    assert code == 1
    assert [(row["stalled"], row["stall"]) for row in json.loads(out)] == [(True, "reconnect"), (False, None)]
    code, out = run()
    assert code == 1
    assert "connect it again" in out
    assert "all 1 accounted for" in out
