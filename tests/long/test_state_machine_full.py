"""Q2 and R21 at full size: the same machine, longer and by chance."""

from collections.abc import Callable

from tests.integration.sync_machine import run_machine


def test_Q2_R21_two_hundred_random_histories_on_each_database(new_database_url: Callable[..., str]):
    run_machine(new_database_url, examples=200, steps=40, is_random=True)
    print("\nQ2: 200 random histories of 40 steps, each ended as a sync from nothing does.")
