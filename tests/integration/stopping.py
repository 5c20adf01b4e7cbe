"""Commands in processes of their own, told to stop by a signal at any instant."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gmail_emulator import Account, GmailServer

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WITHIN_SECONDS = 30.0
"""Against hanging alone. How long it took is measured and printed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended after its signal: the seconds it took, its exit code, what it said on stderr."""

    seconds: float
    code: int
    said: str


class Commands:
    """Runs commands on one data folder, whose temporary files stand in a folder that can be looked into."""

    def __init__(self, folder: Path, url: str, server: GmailServer, *, units_per_minute: int = 6000) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("STREAKLIKE_")},
            "STREAKLIKE_DATABASE_URL": url,
            "STREAKLIKE_DATA_DIR": str(folder / "data"),
            "STREAKLIKE_GMAIL_ENDPOINT": server.url,
            "STREAKLIKE_GMAIL_UNITS_PER_MINUTE": str(units_per_minute),
            "STREAKLIKE_TEAM_DOMAINS": "ngo.example",
            "TMPDIR": str(self.temporary),
            "PYTHONUNBUFFERED": "1",
        }

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, "-m", "streaklike", *arguments],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def connect(self, account: Account) -> None:
        file = self.folder / f"{account.email}.json"
        file.write_text(json.dumps(account.credentials()))
        with self.started("mailbox", "add", account.email, "--credentials", str(file)) as process:
            assert process.wait(60) == 0, process.stderr and process.stderr.read()

    def stop(self, process: subprocess.Popen[str], number: signal.Signals) -> Ended:
        began = time.monotonic()
        process.send_signal(number)
        code = process.wait(WITHIN_SECONDS)
        seconds = time.monotonic() - began
        assert process.stderr is not None
        return Ended(seconds, code, process.stderr.read())


def wait_for_line(process: subprocess.Popen[str], text: str) -> None:
    """Read what a command says until it says this."""
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"it ended without saying {text!r}")


def spread_signals(count: int, seed: int) -> list[tuple[signal.Signals, random.Random]]:
    rng = random.Random(seed)
    return [(SIGNALS[place % len(SIGNALS)], rng) for place in range(count)]
