"""Q10, Q1: a database that fails sets no sound mail aside, in a sync and in an import; a mail that no row can hold is."""

from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from streaklike.jobs import sync as sync_jobs
from streaklike.jobs.imports import import_mbox
from streaklike.store.database import DatabaseUnavailable, open_database
from streaklike.store.fault_origin import is_datas, is_interrupted, is_operational
from streaklike.sync import fetch
from streaklike.sync.quarantine import list_quarantined, try_again
from tests.integration.backend_kills import BackendKiller, count_set_aside, sync_under_kills
from tests.integration.quota import fill_threads
from tests.integration.sync_helpers import AN, MEI, Team, at, mime

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
POISON = "Poison"


@on_postgresql
def test_Q10_a_killed_database_sets_no_mail_aside(
    team: Team, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path
):
    monkeypatch.setattr(fetch, "PAGE_MESSAGES", 20)
    account = team.connect(MEI)
    total = len(account.messages) + sum(fill_threads(account, 120))
    killer = BackendKiller(team.database, kills=4, gap=(40, 120))
    report, runs = sync_under_kills(team, killer, kills=4)
    print(
        f"\n{killer.done} backends killed in {runs} runs: {report.messages_total} of {total} mails, 0 set aside"
    )
    assert killer.done == 4
    assert (report.messages_total, count_set_aside(team)) == (total, 0)
    undisturbed = Team(
        open_database(f"sqlite:///{tmp_path / 'quiet.db'}"), "", tmp_path / "quiet", team.server
    )
    undisturbed.reconnect(MEI, account)
    assert undisturbed.sync_one().complete
    assert team.dump() == undisturbed.dump()
    undisturbed.database.close()


@on_postgresql
def test_Q10_an_import_goes_on_when_the_database_is_back(team: Team, tmp_path: Path):
    team.connect(MEI)
    path = write_mbox(tmp_path, 900)
    killer = BackendKiller(team.database, kills=2, gap=(60, 90))
    report = import_mbox(team.database, team.settings, path, MEI, is_sent=False)
    assert (killer.done, report.messages_read, report.messages_added) == (2, 900, 900)
    assert count_set_aside(team) == 0


def write_mbox(folder: Path, mails: int, *, subject: str = "Mail {}") -> Path:
    path = folder / "all.mbox"
    path.write_bytes(
        b"".join(
            b"From x@y Sun Nov 22 01:46:29 2026\n" + mime(AN, [MEI], subject.format(n), minute=n) + b"\n\n"
            for n in range(mails)
        )
    )
    return path


def break_database(team: Team, *, after: int) -> list[int]:
    """From the `after`-th statement on that writes a message, the database gives up, as one out of memory does."""
    left = [after]

    def give_up(_connection, _cursor, statement: str, parameters, _context, _many) -> None:
        if "INSERT INTO message " in statement:
            left[0] -= 1
            if left[0] < 0:
                raise OperationalError(statement, parameters, RuntimeError("out of memory"))

    event.listen(team.database.engine, "before_cursor_execute", give_up)
    return left


def test_Q10_a_database_that_fails_stops_the_mailbox_and_keeps_its_place(
    team: Team, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sync_jobs, "LONGEST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(fetch, "PAGE_MESSAGES", 20)
    account = team.connect(MEI)
    total = sum(fill_threads(account, 100))
    left = break_database(team, after=2)
    with pytest.raises(DatabaseUnavailable, match="What was saved before is safe"):
        team.sync()
    assert count_set_aside(team) == 0
    left[0] = 10**9
    report = team.sync_one()
    assert (report.complete, report.messages_total, report.left_out) == (True, total, {})
    assert 0 < report.messages_added < total


def refuse_poison(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """A mail with this subject breaks what writes it; nothing else does."""
    from streaklike.sync import ingest

    make_row = ingest._message_row

    def make_or_break(item, message, *rest):
        if message.subject == POISON:
            raise error
        return make_row(item, message, *rest)

    monkeypatch.setattr(ingest, "_message_row", make_or_break)


@pytest.mark.parametrize("others", [0, 3], ids=["alone", "amid others"])
@pytest.mark.parametrize("error", [ValueError("a NUL"), KeyError("unforeseen")], ids=["data", "unforeseen"])
def test_Q10_a_mail_that_cannot_be_written_is_listed_and_tried_again(
    team: Team, monkeypatch: pytest.MonkeyPatch, error: Exception, others: int
):
    account = team.connect(MEI)
    team.sync()
    poison = account.deliver(mime(AN, [MEI], POISON), at=at(0))
    for n in range(others):
        account.deliver(mime(AN, [MEI], f"Sound {n}", minute=n), at=at(n))
    with monkeypatch.context() as patch:
        refuse_poison(patch, error)
        report = team.sync_one()
        assert (report.complete, report.left_out) == (True, {"set_aside": 1})
        with team.database.read() as session:
            (listed,) = list_quarantined(session)
        assert (listed.mailbox, listed.gmail_id, listed.fault, listed.at) == (
            MEI,
            poison,
            type(error).__name__,
            at(0),
        )
        assert "NUL" not in f"{listed}"
        with team.database.begin() as session:
            assert try_again(session) == [MEI]
        assert team.sync_one().left_out == {"set_aside": 1}
    with team.database.begin() as session:
        try_again(session)
    report = team.sync_one()
    assert (report.complete, report.left_out, report.messages_total) == (True, {}, others + 1)
    with team.database.read() as session:
        assert list_quarantined(session) == []


def test_Q10_where_nothing_can_be_written_by_a_fault_of_ours_nothing_is_set_aside(
    team: Team, monkeypatch: pytest.MonkeyPatch
):
    account = team.connect(MEI)
    for n in range(3):
        account.deliver(mime(AN, [MEI], POISON, str(n), minute=n), at=at(n))
    with monkeypatch.context() as patch:
        refuse_poison(patch, KeyError("a fault of ours"))
        report = team.sync_one()
        assert (report.complete, "fault of ours" in (report.error or "")) == (False, True)
    assert count_set_aside(team) == 0
    assert team.sync_one().messages_total == 3


def test_Q10_one_mail_of_a_file_that_cannot_be_written_stops_no_import(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write_mbox(tmp_path, 5)
    path.write_bytes(path.read_bytes().replace(b"Subject: Mail 3", b"Subject: " + POISON.encode(), 1))
    with monkeypatch.context() as patch:
        refuse_poison(patch, ValueError("a NUL"))
        report = import_mbox(team.database, team.settings, path, MEI, is_sent=False)
    assert (report.messages_read, report.messages_added, report.messages_unreadable) == (5, 4, 1)
    with team.database.begin() as session:
        (listed,) = list_quarantined(session)
        assert (listed.is_from_file, listed.link, try_again(session)) == (True, None, [])
    again = import_mbox(team.database, team.settings, path, MEI, is_sent=False)
    assert (again.messages_added, again.messages_unreadable) == (1, 0)


def test_faults_of_the_machine_and_of_the_data_are_told_apart(team: Team):
    class Lost(Exception):
        sqlstate = "57P01"

    class TooLong(Exception):
        sqlstate = "54000"

    for error, operational, interrupted, data in (
        (OperationalError("", {}, Lost()), True, True, False),
        (OperationalError("", {}, TooLong()), False, False, True),
        (OperationalError("", {}, RuntimeError("gone")), True, True, False),
        (DatabaseUnavailable("locked"), True, False, False),
        (MemoryError(), True, False, False),
        (OSError("no file left"), True, False, False),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogate"), False, False, True),
        (OverflowError("too large"), False, False, True),
        (KeyError("ours"), False, False, False),
    ):
        told = is_operational(error), is_interrupted(error), is_datas(error)
        assert told == (operational, interrupted, data), repr(error)
    caused = DatabaseUnavailable("PostgreSQL is gone")
    caused.__cause__ = OperationalError("", {}, Lost())
    assert is_interrupted(caused)
