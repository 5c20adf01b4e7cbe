"""Q1: killed at any moment, the next run ends in the database of one that was left alone."""

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from gmail_emulator import GmailServer
from tests.integration.crashing import Crashes, spread


def test_Q1_killed_at_a_point_the_next_run_ends_the_same(
    new_database_url: Callable[..., str], tmp_path: Path, server: GmailServer
):
    crashes = Crashes(new_database_url, tmp_path / "data", server, threads=10)
    kills = 0
    for phase, count in (("first", 6), ("behind", 4), ("expired", 3)):
        total, killed = crashes.kill_at_points(phase, partial(spread, count=count))
        assert total > count
        kills += killed
    assert kills >= 11
    assert crashes.kill_at_times("first", 2, random.Random(1)) >= 1
