"""Q4 in real time: a minute's quota and a bit, against a server that meters by the wall clock."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from gmail_emulator import GmailServer
from streaklike.gmail.auth import parse_credentials_file
from streaklike.jobs.mailboxes import add_mailbox
from streaklike.jobs.sync import sync_mailboxes
from streaklike.settings import Settings
from streaklike.store.database import open_database
from streaklike.sync.plan import lower_bound_units
from tests.integration.quota import fill_threads
from tests.integration.sync_helpers import MEI


def test_Q4_nine_hundred_messages_within_75_seconds(new_database_url: Callable[..., str], tmp_path: Path):
    url = new_database_url()
    with GmailServer(units_per_minute=6000) as server:
        account = server.add_account(MEI)
        sizes = fill_threads(account, 900)
        settings = Settings(
            data_dir=tmp_path, database_url=url, gmail_endpoint=server.url, team_domains=("ngo.example",)
        )
        database = open_database(url)
        add_mailbox(database, settings, MEI, parse_credentials_file(json.dumps(account.credentials())))
        began = time.monotonic()
        (report,) = sync_mailboxes(database, settings)
        seconds = time.monotonic() - began
        database.close()
    bound = lower_bound_units(sizes)
    print(
        f"\nQ4: {report.messages_total} messages in {seconds:.1f} s, {account.units_spent} units "
        f"({account.units_spent / bound:.3f} of the lower bound), peak {account.peak_units_in_any_minute} a minute, "
        f"{account.refused} of {report.requests} requests refused."
    )
    assert (report.complete, report.messages_total) == (True, sum(sizes))
    assert seconds <= 75
    assert account.units_spent <= 1.02 * bound
    assert account.peak_units_in_any_minute <= 6000
    assert account.refused * 50 <= report.requests
