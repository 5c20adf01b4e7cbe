from collections.abc import Iterator
from pathlib import Path

import pytest

from streaklike.demo.gmail_server import GmailServer
from streaklike.store.database import Database
from tests.integration.teamwork import Team


@pytest.fixture
def server() -> Iterator[GmailServer]:
    with GmailServer(units_per_minute=0) as server:
        yield server


@pytest.fixture
def team(database: Database, database_url: str, tmp_path: Path, server: GmailServer) -> Team:
    return Team(database, database_url, tmp_path / "data", server)
