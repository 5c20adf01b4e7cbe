"""A fault at the start is a sentence and an exit code: what happened, what is safe, what to do; never a traceback."""

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from streaklike.cli import main as commands
from streaklike.cli.exit_codes import BAD_INPUT, NO_DATABASE, OUR_FAULT
from streaklike.settings import BadSecretKey, Settings, load_secret_key

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(
    tmp_path: Path,
    sqlite_template: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command on a database in a folder of its own; the exit code and what it says."""
    shutil.copy(sqlite_template, tmp_path / "streaklike.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STREAKLIKE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("STREAKLIKE_DATABASE_URL", raising=False)

    def run(*words: str, url: str = "") -> tuple[int, str]:
        if url:
            monkeypatch.setenv("STREAKLIKE_DATABASE_URL", url)
        code = 0
        try:
            commands.main(words)
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr().err
        assert "Traceback" not in said
        return code, said

    return run


def test_a_text_file_is_no_database(run: Run, tmp_path: Path):
    path = tmp_path / "streaklike.db"
    path.write_text("Dear diary, " * 2_000)
    before = path.read_bytes()
    code, said = run("status")
    assert (code, path.read_bytes()) == (NO_DATABASE, before)
    assert "no SQLite database" in said
    assert "Nothing was changed" in said
    assert "diary" not in said


def test_a_damaged_file_is_said_to_be_damaged(run: Run, tmp_path: Path):
    path = tmp_path / "streaklike.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + os.urandom(len(whole) - 4096))
    code, said = run("status")
    assert code == NO_DATABASE
    assert "damaged" in said


def test_a_file_cut_short_is_said_to_be_damaged(run: Run, tmp_path: Path):
    path = tmp_path / "streaklike.db"
    path.write_bytes(path.read_bytes()[:9_000])
    code, said = run("contacts")
    assert code == NO_DATABASE
    assert "damaged" in said


def test_another_programs_database_is_left_alone(run: Run, tmp_path: Path):
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE invoice (id INTEGER PRIMARY KEY)")
    other.commit()
    other.close()
    before = path.read_bytes()
    code, said = run("status", url=f"sqlite:///{path}")
    assert code == NO_DATABASE
    assert "another program's" in said
    assert "invoice" in said
    assert path.read_bytes()[100:] == before[100:]


@pytest.mark.parametrize("revision", ["ae1027a6acf", "0003", "", "9999"])
def test_another_programs_revision_is_not_taken_for_ours(run: Run, tmp_path: Path, revision: str):
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE invoice (id INTEGER PRIMARY KEY)")
    other.execute("CREATE TABLE alembic_version (version_num TEXT)")
    other.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    other.commit()
    other.close()
    code, said = run("status", url=f"sqlite:///{path}")
    assert code == NO_DATABASE
    assert "Nothing was changed" in said


def test_a_revision_that_nobody_knows_is_said(run: Run, tmp_path: Path):
    ours = sqlite3.connect(tmp_path / "streaklike.db")
    ours.execute("UPDATE alembic_version SET version_num = 'ae1027a6acf'")
    ours.commit()
    ours.close()
    code, said = run("status")
    assert code == NO_DATABASE
    assert "no revision of streaklike" in said


def test_a_folder_is_no_database(run: Run, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    code, said = run("status", url=f"sqlite:///{tmp_path / 'folder'}")
    assert code == NO_DATABASE
    assert "STREAKLIKE_DATABASE_URL" in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://nobody@127.0.0.1:1/none",
        "postgresql://nobody@no-such-host.invalid/none",
        "mysql://a@b/c",
        "nothing",
        "sqlite:////proc/nothing/here.db",
    ],
)
def test_a_database_that_is_not_there_is_a_sentence(run: Run, url: str):
    code, said = run("status", url=url)
    assert code == NO_DATABASE
    assert "STREAKLIKE_DATABASE_URL" in said


@pytest.mark.parametrize("kept", [b"", b"\n", b"short", b"\xff\xfe\x00" * 30, b"x" * 20 + b"\x00" * 20])
def test_a_key_file_without_a_key_is_refused(run: Run, tmp_path: Path, kept: bytes):
    (tmp_path / "secret.key").write_bytes(kept)
    with pytest.raises(BadSecretKey, match="holds no secret key"):
        load_secret_key(Settings(data_dir=tmp_path, _env_file=None))
    assert (tmp_path / "secret.key").read_bytes() == kept
    code, said = run("serve", "--port", str(find_free_port()), "--no-jobs")
    assert code == BAD_INPUT
    assert "holds no secret key" in said


def find_free_port() -> int:
    with socket.socket() as trying:
        trying.bind(("127.0.0.1", 0))
        port: int = trying.getsockname()[1]
        return port


@pytest.mark.parametrize("command", [["serve", "--no-jobs"], ["demo"]])
def test_a_taken_port_is_named_and_another_offered(run: Run, command: list[str]):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        code, said = run(*command, "--port", str(port))
    assert code == 1
    assert f"Port {port} is taken" in said
    assert "--port" in said


def test_an_unknown_host_is_a_sentence(run: Run):
    for host in ("no-such-host.invalid", "203.0.113.7", "x" * 300, "\udcff"):
        code, said = run("serve", "--no-jobs", "--host", host)
        assert code == 1
        assert "no address of this machine" in said


def test_a_fault_of_ours_is_a_sentence_without_its_words(run: Run, monkeypatch: pytest.MonkeyPatch):
    words = "Dear Mei"

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(words)

    monkeypatch.setattr("streaklike.cli.status.measure_health", fail)
    code, said = run("status")
    assert code == OUR_FAULT
    assert "on our side (RuntimeError)" in said
    assert "--traceback" in said
    code, said = run("--traceback", "status")
    assert code == OUR_FAULT
    assert "cli/status.py" in said
    assert "Dear Mei" not in said


def test_a_full_disk_at_a_file_of_ours_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "data/secret.key")

    monkeypatch.setattr("streaklike.cli.status.measure_health", fail)
    code, said = run("status")
    assert code == NO_DATABASE
    assert "No space left on device: data/secret.key" in said
