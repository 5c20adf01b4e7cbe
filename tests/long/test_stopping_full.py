"""Stopping at random instants: a sync against a metered Gmail, on each database, by each signal; the longest is printed."""

import random
import time
from pathlib import Path

import pytest

from gmail_emulator import Fault, GmailServer
from tests.integration.quota import fill_threads
from tests.integration.stopping import SIGNALS, Commands, Ended
from tests.integration.sync_helpers import MEI

TIMES = 30


def test_a_sync_stops_at_thirty_random_instants(database_url: str, tmp_path: Path):
    rng = random.Random(15)
    ended: list[Ended] = []
    with GmailServer(units_per_minute=6000) as server:
        commands = Commands(tmp_path, database_url, server)
        account = server.add_account(MEI)
        fill_threads(account, 4_000)
        server.faults.add(Fault(call="threads.get", delay=8.0, probability=0.01, times=None))
        commands.connect(account)
        for turn in range(TIMES):
            with commands.started("sync") as process:
                time.sleep(rng.uniform(2.0, 8.0))
                ended.append(commands.stop(process, SIGNALS[turn % len(SIGNALS)]))
    longest = max(each.seconds for each in ended)
    print(f"\n{TIMES} syncs stopped at random instants: the longest took {longest:.2f} s.")
    assert {each.code for each in ended} == {130}
    assert not any("Traceback" in each.said for each in ended)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_the_demo_stops_at_random_instants_and_leaves_no_mail(tmp_path: Path, number):
    rng = random.Random(int(number))
    longest = 0.0
    with GmailServer(units_per_minute=0) as server:
        commands = Commands(tmp_path, "", server)
        for turn in range(5):
            with commands.started("demo", "--port", str(20_000 + rng.randrange(20_000))) as process:
                time.sleep(rng.uniform(2.5, 15.0))
                longest = max(longest, commands.stop(process, number).seconds)
            assert list(commands.temporary.iterdir()) == [], turn
    print(f"\nThe demo stopped 5 times by {number.name}: the longest took {longest:.2f} s.")
