"""Q4: a sync keeps to Gmail's quota as the server meters it, spends what it must, and loses nothing to failures."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gmail_emulator import Fault, GmailServer
from streaklike.gmail.calling import CallTiming
from streaklike.gmail.client import open_client
from streaklike.gmail.pacing import MailboxBudgets, UnitBudget
from streaklike.instants import MINUTE
from streaklike.jobs.kinds import Run
from streaklike.jobs.rereading import list_rereadable, read_again
from streaklike.jobs.sync import Budgets
from streaklike.store.database import open_database
from streaklike.sync.plan import lower_bound_units
from tests.integration.quota import fill_threads
from tests.integration.rereading import cut_short, use_older
from tests.integration.sync_helpers import AN, MEI, WEI, Team, at, mime


class Time:
    """Seconds that pass only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self._lock = threading.Lock()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """A time of its own for the budgets and the waits between attempts."""
    time = Time()
    timed = {"clock": time.clock, "sleep": time.sleep}
    budgets = Budgets(MailboxBudgets(6000, **timed), UnitBudget(1_200_000, **timed))
    monkeypatch.setattr("streaklike.jobs.sync._budgets", lambda *_units: budgets)
    timely = partial(open_client, timing=CallTiming(**timed))
    monkeypatch.setattr("streaklike.jobs.sync.open_client", timely)
    return time


@pytest.fixture
def metered(new_database_url: Callable[..., str], tmp_path: Path, time: Time):
    url = new_database_url()
    with GmailServer(units_per_minute=6000, clock=time.clock) as server:
        team = Team(open_database(url), url, tmp_path / "data", server)
        yield team
        team.database.close()


def test_Q4_a_first_sync_costs_the_lower_bound_and_never_exceeds_a_minute(metered: Team, time: Time):
    account = metered.connect(MEI)
    sizes, connecting = fill_threads(account, 1_200), account.units_spent
    report = metered.sync_one()
    assert (report.complete, report.messages_total) == (True, sum(sizes))
    bound = lower_bound_units(sizes)
    assert account.units_spent <= 1.02 * bound
    assert report.quota_units == account.units_spent - connecting
    assert account.peak_units_in_any_minute <= 6000
    assert account.refused == 0
    assert time.now < 60 * (bound // 6000 + 1), "and no slower than the quota asks"


def test_Q4_the_window_goes_on_from_one_sync_into_the_next(metered: Team):
    account = metered.connect(MEI)
    fill_threads(account, 200)
    for poll in range(8):
        for minute in range(poll * 60, poll * 60 + 60):
            account.deliver(mime(AN, [MEI], f"New {minute}", minute=9000 + minute), at=at(9000 + minute))
        metered.sync()
    assert account.units_spent > 9_600
    assert account.peak_units_in_any_minute <= 6000
    assert account.refused == 0


def test_Q4_each_mailbox_has_a_quota_of_its_own(metered: Team):
    accounts = [metered.connect(email) for email in (MEI, WEI)]
    for account in accounts:
        fill_threads(account, 500)
    assert all(report.complete for report in metered.sync())
    for account in accounts:
        assert account.peak_units_in_any_minute <= 6000
        assert account.refused == 0


@pytest.mark.parametrize("status", [500, 503])
def test_Q4_thirty_per_cent_of_5xx_lose_nothing(metered: Team, status: int):
    account = metered.connect(MEI)
    sizes = fill_threads(account, 250)
    fault = metered.server.faults.add(Fault(status=status, probability=0.3, times=None))
    report = metered.sync_one()
    assert (report.error, report.complete, report.messages_total) == (None, True, sum(sizes))
    assert fault.hits > 30


def test_Q4_mail_read_again_leaves_polls_their_units(
    metered: Team, time: Time, monkeypatch: pytest.MonkeyPatch
):
    account = metered.connect(MEI)
    sizes = fill_threads(account, 400)
    with monkeypatch.context() as patch:
        use_older(patch, cut_short)
        assert metered.sync_one().complete
    first, minutes = account.units_spent, 0
    while True:
        time.sleep(60)
        minutes += 1
        with metered.database.read() as session:
            if not list_rereadable(session, minutes * MINUTE):
                break
        before = time.now
        read_again(Run(metered.database, metered.settings, MEI, minutes * MINUTE, None))
        for each in range(30):
            minute = 9000 + 30 * minutes + each
            account.deliver(mime(AN, [MEI], f"New {minute}", minute=minute), at=at(minute))
        assert metered.sync_one().messages_added == 30
        assert time.now == before, "neither waits for units"
    polls = (minutes - 1) * (2 + 30 * 20)
    assert account.units_spent - first - polls <= 1.02 * lower_bound_units(sizes)
    assert account.peak_units_in_any_minute <= 6000
    assert account.refused == 0


def test_Q4_throttling_by_somebody_elses_use_is_sat_out(metered: Team, time: Time):
    account = metered.connect(MEI)
    sizes = fill_threads(account, 300)
    account.meter.charge(5_500)
    report = metered.sync_one()
    assert (report.complete, report.messages_total) == (True, sum(sizes))
    assert account.peak_units_in_any_minute <= 6000
    assert account.refused <= 15, "it backs off"
    assert time.now < 150
