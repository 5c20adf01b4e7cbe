"""Ten writers in three processes for a minute: the longest wait, and how often each wrote."""

from tests.integration.crowding import check_nobody_starved, run_writers

SECONDS = 60


def test_ten_writers_for_a_minute_are_never_refused(database_url: str):
    told = run_writers(database_url, writers=10, in_values=3, seconds=SECONDS)
    print(f"\n{database_url.partition(':')[0]}: turns {sorted(turns.count for turns in told)}")
    print(f"longest wait {max(turns.longest_wait for turns in told):.2f} s, refused: "
          f"{sum(turns.failure is not None for turns in told)}")  # fmt: skip
    check_nobody_starved(database_url, told)
