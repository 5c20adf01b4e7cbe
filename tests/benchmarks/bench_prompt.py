"""Milliseconds that each command takes on a small database, beside a bare `import sqlalchemy.orm` of the same run.

The commands and the bare import alternate, so that whatever else the machine does falls on both. The goal is in
milliseconds above the bare import: 250, and 400 for a sync with nothing new.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from gmail_emulator import GmailServer
from tests.benchmarks.measuring import Figure, Report, Size, at_share

MEI = "mei@ngo.example"
ROUNDS = 7
BARE = ("-c", "import sqlalchemy.orm")
COMMANDS = {
    "status": (("status",), 250),
    "search": (("search", "rice"), 250),
    "contacts": (("contacts",), 250),
    "sync with nothing new": (("sync",), 400),
    "--help": (("--help",), 250),
}


def call(environment: Mapping[str, str], *arguments: str) -> float:
    """The milliseconds that Python takes from its start to its end with these arguments."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False)
    return 1000 * (time.perf_counter() - began)


def run(report: Report, _size: Size, folder: str) -> None:
    """Every command, and the bare import before it."""
    with GmailServer(units_per_minute=0) as server:
        credentials = Path(folder) / "credentials.json"
        credentials.write_text(json.dumps(server.add_account(MEI).credentials()), encoding="utf-8")
        given = {"STREAKLIKE_DATA_DIR": f"{folder}/data", "STREAKLIKE_GMAIL_ENDPOINT": server.url}
        environment = {**os.environ, **given}
        start = ("-m", "streaklike")
        call(environment, *start, "user", "add", MEI, "--name", "Mei", "--role", "admin")
        call(environment, *start, "mailbox", "add", MEI, "--credentials", str(credentials))
        for _ in range(2):
            call(environment, *start, "sync")
        for name, (arguments, above) in COMMANDS.items():
            bare, taken = [], []
            for _ in range(ROUNDS):
                bare.append(call(environment, *BARE))
                taken.append(call(environment, *start, *arguments))
            floor = at_share(bare, 0.5)
            median = at_share(taken, 0.5)
            report.add(Figure(f"prompt, {name}", at_share(taken, 0.95), median, median, floor, floor + above))
