from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from gmail_emulator import GmailServer
from streaklike.gmail.calling import CallTiming
from streaklike.gmail.client import open_client
from streaklike.gmail.retrying import RetryPolicy
from streaklike.store.database import Database
from tests.integration.sync_helpers import Team


@pytest.fixture
def server() -> Iterator[GmailServer]:
    with GmailServer(units_per_minute=0) as server:
        yield server


@pytest.fixture
def team(database: Database, database_url: str, tmp_path: Path, server: GmailServer) -> Team:
    return Team(database, database_url, tmp_path / "data", server)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Syncs that try a call three times and wait for nothing in between."""
    timing = CallTiming(sleep=lambda _seconds: None)
    quick = partial(open_client, timing=timing, policy=RetryPolicy(attempts=3, throttled_attempts=3))
    monkeypatch.setattr("streaklike.jobs.sync.open_client", quick)
