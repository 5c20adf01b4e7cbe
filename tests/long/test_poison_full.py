"""Q10 at full size: every poison amid a thousand sound mails, on each database."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gmail_emulator import GmailServer
from streaklike.store.database import open_database
from tests.integration.sync_helpers import Team
from tests.integration.test_faults_poison import sync_poison


def test_Q10_every_poison_amid_a_thousand(
    new_database_url: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    url = new_database_url()
    with GmailServer(units_per_minute=0) as server:
        team = Team(open_database(url), url, tmp_path / "data", server)
        left_out = sync_poison(team, monkeypatch, sound=999)
        team.database.close()
    print(f"\nQ10: 999 of 999 sound mails stored; of the poison left out: {left_out or 'none'}.")
