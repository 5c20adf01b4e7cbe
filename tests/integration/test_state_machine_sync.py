"""Q2, R21: any order of deeds, faults and deaths ends in the database that a sync from nothing gives."""

from collections.abc import Callable

from tests.integration.sync_machine import run_machine


def test_Q2_R21_bit_by_bit_equals_from_nothing(new_database_url: Callable[..., str]):
    run_machine(new_database_url, examples=8, steps=25)
