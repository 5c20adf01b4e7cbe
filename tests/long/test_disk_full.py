"""Q8 at full size: a thousand killed writers, and a disk that is truly full."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gmail_emulator import GmailServer
from tests.integration.test_faults_disk import Shell, check_integrity, check_told
from tests.integration.writing import kill_writers


def test_Q8_a_thousand_killed_writers(tmp_path: Path, sqlite_template: Path):
    path = tmp_path / "streaklike.db"
    shutil.copy(sqlite_template, path)
    acknowledged = kill_writers(f"sqlite:///{path}", kills=1000)
    check_integrity(path)
    print(f"\nQ8: 1000 writers killed; all {acknowledged} acknowledged rows are there, integrity_check ok.")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB of its own; wants root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_Q8_no_space_left_on_device(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    with GmailServer(units_per_minute=0) as server:
        shell = Shell(small_disk, server, monkeypatch, capsys)
        filler = small_disk / "filler"
        free = shutil.disk_usage(small_disk).free
        filler.write_bytes(b"\0" * (free - 200_000))
        code, _, err = shell.run("sync", "--json")
        check_told(code, err)
        filler.unlink()
        shell.check_resumes()
    print("\nQ8: a full file system ended the sync in a sentence, and with room it went on to the end.")
