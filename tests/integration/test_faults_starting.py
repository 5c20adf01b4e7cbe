"""Programs that start at the same time on an empty place, or are killed while they do."""

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from streaklike.gmail.pacing import UnitBudget
from streaklike.jobs import sync
from streaklike.settings import SECRET_FILE, Settings, load_secret_key
from streaklike.store.database import find_revision, newest_revision, open_database
from tests.conftest import _execute, _with_database
from tests.integration.crashing import processes
from tests.integration.starting import start_on_empty_folders


def test_three_processes_on_an_empty_folder_agree_on_the_key(tmp_path: Path):
    assert start_on_empty_folders(tmp_path, starts=12) == 0


def test_a_start_that_is_killed_leaves_no_part_of_a_key(tmp_path: Path):
    """Killed at the last instant before the key has its name: the next start makes one."""
    code = (
        "import os, signal, sys\n"
        "from streaklike.settings import Settings, load_secret_key\n"
        "os.link = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "load_secret_key(Settings(data_dir=sys.argv[1], _env_file=None))\n"
    )
    folder = tmp_path / "data"
    killed = subprocess.run([sys.executable, "-c", code, str(folder)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not (folder / SECRET_FILE).exists()
    settings = Settings(data_dir=folder, _env_file=None)
    key = load_secret_key(settings)
    assert len(key) > 40
    assert load_secret_key(settings) == key


def _open(url: str, barrier: threading.Barrier, told: Connection) -> None:
    barrier.wait()
    try:
        database = open_database(url)
        told.send(find_revision(database.engine))
        database.close()
    except Exception as error:  # noqa: BLE001 - the test asks for any
        told.send(repr(error))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_three_processes_migrate_an_empty_database_at_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
):
    url = f"sqlite:///{tmp_path / 'new' / 'empty.db'}"
    if kind == "postgresql":
        server = request.getfixturevalue("postgres_server")
        _execute(server, "CREATE DATABASE empty_at_first")
        url = _with_database(server, "empty_at_first")
    barrier = processes.Barrier(3)
    pipes = [processes.Pipe(duplex=False) for _ in range(3)]
    children = [
        processes.Process(target=_open, args=(url, barrier, theirs), daemon=True) for _, theirs in pipes
    ]
    for child in children:
        child.start()
    assert [ours.recv() for ours, _ in pipes] == [newest_revision()] * 3
    for child in children:
        child.join()


def test_threads_that_ask_at_once_share_one_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each thread that made one would be held up until the others had: only a lock lets one be made."""
    made: list[int] = []

    def make(units: int) -> UnitBudget:
        made.append(units)
        time.sleep(0.05)
        return UnitBudget(units)

    monkeypatch.setattr(sync, "UnitBudget", make)
    settings = Settings(data_dir=tmp_path, gmail_endpoint="http://once.example", _env_file=None)
    with ThreadPoolExecutor(4) as pool:
        assert (
            len({id(budgets) for budgets in pool.map(lambda _: sync.share_budgets(settings), range(4))}) == 1
        )
    assert len(made) == 1
