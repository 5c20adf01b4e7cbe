"""Q8: a full disk and a killed writer lose nothing that was acknowledged. SQLite's: PostgreSQL guards its own files."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from gmail_emulator import GmailServer
from streaklike.cli.main import main
from tests.integration.quota import fill_threads
from tests.integration.sync_helpers import MEI
from tests.integration.writing import kill_writers

ROOM_PAGES = 15
"""Of 4 kB each: a little mail fits in before the disk is full."""


@contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """SQLite may grow by so much and no more, as on a disk that fills up."""
    connection = sqlite3.connect(path)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()

    def limit(connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + ROOM_PAGES}")

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


def check_integrity(path: Path) -> None:
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


class Shell:
    """Commands on one database, beside a mailbox with mail."""

    def __init__(
        self,
        folder: Path,
        server: GmailServer,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.path = folder / "streaklike.db"
        self.capsys = capsys
        account = server.add_account(MEI)
        self.messages = sum(fill_threads(account, 160))
        monkeypatch.chdir(folder)
        for name, value in (
            ("DATA_DIR", folder),
            ("GMAIL_ENDPOINT", server.url),
            ("GMAIL_UNITS_PER_MINUTE", 0),
            ("TEAM_DOMAINS", "ngo.example"),
        ):
            monkeypatch.setenv(f"STREAKLIKE_{name}", str(value))
        monkeypatch.delenv("STREAKLIKE_DATABASE_URL", raising=False)
        monkeypatch.setattr("streaklike.sync.fetch.PAGE_MESSAGES", 20)
        credentials = folder / "mei.json"
        credentials.write_text(json.dumps(account.credentials()))
        code, _, err = self.run("mailbox", "add", MEI, "--credentials", str(credentials))
        assert code == 0, err

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """The exit code, stdout and stderr."""
        code = 0
        try:
            main(arguments)
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = self.capsys.readouterr()
        return code, out, err

    def check_resumes(self) -> None:
        """With room again, the next sync goes on to the end."""
        check_integrity(self.path)
        code, out, err = self.run("sync", "--json")
        assert code == 0, err
        (report,) = json.loads(out)
        assert (report["complete"], report["messages_total"]) == (True, self.messages)
        check_integrity(self.path)


@pytest.fixture
def shell(
    tmp_path: Path,
    server: GmailServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    return Shell(tmp_path, server, monkeypatch, capsys)


def check_told(code: int, err: str) -> None:
    assert code == 4, err
    assert "disk is full" in err
    assert "safe" in err
    assert "Traceback" not in err


def test_Q8_a_full_disk_is_a_sentence_and_then_it_resumes(shell: Shell):
    with full_disk(shell.path):
        code, _, err = shell.run("sync", "--json")
    check_told(code, err)
    shell.check_resumes()


def test_Q8_what_a_killed_writer_acknowledged_survives(tmp_path: Path, sqlite_template: Path):
    path = tmp_path / "streaklike.db"
    shutil.copy(sqlite_template, path)
    acknowledged = kill_writers(f"sqlite:///{path}", kills=12)
    assert acknowledged >= 12
    check_integrity(path)
