"""Q7: a crash around sending. At most one digest a member a day, and none lost unseen."""

from collections.abc import Callable
from pathlib import Path

from tests.integration.digest_kills import POINTS, kill_everywhere


def test_Q7_killed_around_sending_the_day_ends_sent_or_unknown(
    new_database_url: Callable[..., str], tmp_path: Path
):
    ends = kill_everywhere(new_database_url, tmp_path, times=1)
    assert len(POINTS) >= 10
    assert ends == {"sent": 8, "unknown": 5}
