"""Q7 at full size: killed twenty times at each point around sending, on each database."""

from collections.abc import Callable
from pathlib import Path

from tests.integration.digest_kills import POINTS, kill_everywhere

TIMES = 20


def test_Q7_killed_twenty_times_at_each_point(new_database_url: Callable[..., str], tmp_path: Path):
    ends = kill_everywhere(new_database_url, tmp_path, times=TIMES)
    print(f"\nQ7: {sum(ends.values())} kills at {len(POINTS)} points, none doubled: {dict(ends)}")
    assert sum(ends.values()) == TIMES * len(POINTS)
