"""Q1 at full size: every fail point of three kinds of sync, and 100 random instants, on each database."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gmail_emulator import GmailServer
from tests.integration.crashing import Crashes, every


@pytest.fixture
def crashes(new_database_url: Callable[..., str], tmp_path: Path):
    with GmailServer(units_per_minute=0) as server:
        yield Crashes(new_database_url, tmp_path / "data", server, threads=24)


def test_Q1_killed_at_every_fail_point(crashes: Crashes):
    points = kills = 0
    for phase in crashes.PHASES:
        total, killed = crashes.kill_at_points(phase, every)
        print(f"\nQ1, {phase}: {total} fail points, {killed} kills, each ended the same.")
        points, kills = points + total, kills + killed
    assert points >= 200
    assert kills >= 200
    assert kills >= 0.95 * points, "threads may meet in another order, and a run may then pass fewer points"


def test_Q1_killed_at_a_hundred_random_instants(crashes: Crashes):
    rng = random.Random(20260101)
    kills = sum(
        crashes.kill_at_times(phase, times, rng)
        for phase, times in zip(crashes.PHASES, (40, 40, 40), strict=True)
    )
    print(f"\nQ1: {kills} kills at random instants, each ended the same.")
    assert kills >= 100
