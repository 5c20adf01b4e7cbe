"""Q10 at full size: a PostgreSQL killed twenty times during a first sync sets no sound mail aside."""

from pathlib import Path

import pytest

from gmail_emulator import GmailServer
from streaklike.store.database import open_database
from streaklike.sync import fetch
from tests.integration.backend_kills import BackendKiller, count_set_aside, sync_under_kills
from tests.integration.quota import fill_threads
from tests.integration.sync_helpers import MEI, Team

KILLS = 20


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_Q10_twenty_kills_of_the_database_during_a_first_sync(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fetch, "PAGE_MESSAGES", 25)
    with GmailServer(units_per_minute=0) as server:
        team = Team(open_database(database_url), database_url, tmp_path / "data", server)
        account = team.connect(MEI)
        total = sum(fill_threads(account, 2_000))
        killer = BackendKiller(team.database, kills=KILLS, gap=(40, 200), seed=20)
        report, runs = sync_under_kills(team, killer, kills=KILLS)
        quiet = Team(open_database(f"sqlite:///{tmp_path / 'quiet.db'}"), "", tmp_path / "quiet", server)
        quiet.reconnect(MEI, account)
        assert quiet.sync_one().complete
        aside = count_set_aside(team)
        is_equal = team.dump() == quiet.dump()
        print(
            f"\nQ10: PostgreSQL killed {killer.done} times (half by SIGKILL, with recovery) in {runs} runs of a first sync: "
            f"{report.messages_total} of {total} mails stored, {aside} set aside, dump equal: {is_equal}."
        )
        team.database.close()
        quiet.database.close()
    assert (killer.done, report.messages_total, aside, is_equal) == (KILLS, total, 0, True)
