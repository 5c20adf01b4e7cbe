"""Clocks and workers at full size: Q6's four processes, five hundred ticks and twenty kills."""

from pathlib import Path

from tests.integration.scheduler_helpers import check_slots, check_syncs, run_clocks, run_workers


def test_Q6_four_clocks_five_hundred_ticks_twenty_kills(database_url: str, tmp_path: Path):
    slots = run_clocks(database_url, tmp_path, clocks=4, ticks=500, kills=20)
    check_slots(slots, ticks=500)
    print(
        f"\n{len(slots.enqueued)} slots, each enqueued once and run once; {slots.leaders} leaders killed while they led"
    )
    assert slots.leaders == 20


def test_Q6_workers_killed_ten_times_sync_no_mailbox_twice_at_once(database_url: str, tmp_path: Path):
    syncs = run_workers(database_url, tmp_path, mailboxes=6, syncs=1000, kills=10)
    ended, cut = check_syncs(syncs)
    print(
        f"\n{ended} syncs ended; {len(syncs.killed)} workers killed, {cut} syncs cut off and taken up by another"
    )
    assert len(syncs.killed) == 10
