"""No bad argument is a traceback: every command, argument and option with hostile values; refused means unchanged."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from streaklike.cadence.evaluate.refresh import refresh_all
from streaklike.instants import now_instant
from streaklike.store.database import open_database
from tests.hostile.cli_walk import CommandWalker
from tests.hostile.http_walk import digest_content
from tests.integration.test_walk_http import some_of
from tests.unit.web.web_fixtures import build_world


def make_command_walker(folder: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> CommandWalker:
    """Commands on the small world, put back as it was after each change."""
    path = folder / "streaklike.db"
    shutil.copy(template, path)
    database = open_database(f"sqlite:///{path}")
    build_world(database)
    with database.begin() as session:
        refresh_all(session, now=now_instant())  # what the first command would do anyhow
    kept = sqlite3.connect(":memory:")
    watching = sqlite3.connect(path)
    watching.backup(kept)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("STREAKLIKE_DATA_DIR", str(folder))
    monkeypatch.setenv("STREAKLIKE_GMAIL_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.delenv("STREAKLIKE_DATABASE_URL", raising=False)

    def restore() -> None:
        live = sqlite3.connect(path)
        kept.backup(live)
        live.close()

    def content() -> str:
        try:
            return digest_content(database)
        finally:
            database.engine.dispose()

    return CommandWalker(
        folder,
        version=lambda: watching.execute("PRAGMA data_version").fetchone(),
        content=content,
        restore=restore,
    )


def check(walker: CommandWalker) -> None:
    found = walker.found
    print(f"\nCommands: {found}")
    wrong = [*found.broken, *found.silent, *found.written]
    assert not wrong, "\n".join(wrong[:40])


def test_no_bad_argument_is_a_traceback_and_nothing_is_written_when_refused(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
):
    walker = make_command_walker(tmp_path, sqlite_template, monkeypatch)
    walker.walk(some_of(1))
    check(walker)
    assert len(walker.found.fields) > 100


def test_bytes_that_are_no_text_are_a_sentence_in_a_process_of_its_own(tmp_path: Path, sqlite_template: Path):
    shutil.copy(sqlite_template, tmp_path / "streaklike.db")
    environment = {**os.environb, b"STREAKLIKE_DATA_DIR": os.fsencode(tmp_path)}
    for words in (
        [b"search", b"\xff\xfe"],
        [b"log", b"note", b"\xff@b.example", b"x"],
        [b"timeline", b"\xed\xa0\x80"],
    ):
        done = subprocess.run(
            [os.fsencode(sys.executable), b"-m", b"streaklike", *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode in {0, 2, 3}, done.stderr
        assert b"Traceback" not in done.stderr
