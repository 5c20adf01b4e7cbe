"""The sliding window, simulated in time of its own: no 60 s of the server's may hold more than the budget."""

import heapq
import threading
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaklike.gmail.pacing import COSTS, LOWERED_SECONDS, MailboxBudgets, UnitBudget


class World:
    """A clock whose sleepers let everything that is due meanwhile happen."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        while self._events and self._events[0][0] <= until:
            self.now, _, happen = heapq.heappop(self._events)
            happen()
        self.now = until

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._numbers), happen))


def open_budget(units_per_minute: int) -> tuple[UnitBudget, World]:
    world = World()
    return UnitBudget(units_per_minute, clock=world.clock, sleep=world.sleep), world


def most_in_any_minute(bills: list[tuple[float, int]]) -> int:
    return max(
        (sum(units for at, units in bills if start <= at < start + 60) for start, _ in bills), default=0
    )


requests = st.lists(
    st.tuples(
        st.sampled_from(sorted(set(COSTS.values()))),
        st.floats(0, 20),  # to the server
        st.floats(0, 20),  # and back
        st.floats(0, 5),  # until the next one is sent
    ),
    max_size=60,
)


@given(requests=requests, limit=st.integers(100, 700))
@settings(max_examples=150, deadline=None)
def test_Q4_no_minute_of_the_servers_holds_more_than_the_budget(
    requests: list[tuple[int, float, float, float]], limit: int
) -> None:
    budget, world = open_budget(limit)
    bills: list[tuple[float, int]] = []
    for units, there, back, pause in requests:
        charge = budget.acquire(units)
        world.later(there, lambda units=units: bills.append((world.now, units)))
        world.later(there + back, charge.settle)
        world.sleep(pause)
    world.sleep(100)
    assert len(bills) == len(requests)
    assert most_in_any_minute(bills) <= limit


@given(costs=st.lists(st.sampled_from([5, 20, 40]), min_size=1, max_size=300))
@settings(max_examples=50, deadline=None)
def test_Q4_the_budget_is_used_up_and_no_more_time_is_lost(costs: list[int]) -> None:
    budget, world = open_budget(400)
    for units in costs:
        budget.acquire(units).settle()
    full_windows = sum(costs) // (400 - 40)
    assert world.now <= 60.0 * full_windows + 0.1


def test_the_whole_budget_may_go_in_one_burst() -> None:
    budget, world = open_budget(6000)
    for _ in range(150):
        budget.acquire(40).settle()
    assert world.now == 0.0
    budget.acquire(1)
    assert world.now == pytest.approx(60.0)


def test_900_messages_are_in_within_75_seconds() -> None:
    """225 threads of one, 56 of two, 94 of six or so: 10,500 units, two bursts."""
    budget, world = open_budget(6000)
    for units in [20] * 225 + [40] * 150:
        charge = budget.acquire(units)
        world.sleep(0.02)
        charge.settle()
    assert world.now <= 75.0


def test_a_slow_answer_holds_its_units_until_a_minute_after_it_came() -> None:
    budget, world = open_budget(100)
    charge = budget.acquire(100)
    world.later(45.0, charge.settle)
    budget.acquire(1)
    assert world.now == pytest.approx(105.0, abs=0.1)


def test_a_cancelled_charge_is_free_at_once() -> None:
    budget, world = open_budget(100)
    with budget.acquire(100) as charge:
        charge.cancel()
    assert budget.held == 0
    budget.acquire(100)
    assert world.now == 0.0


def test_zero_lifts_the_limit() -> None:
    budget, world = open_budget(0)
    for _ in range(1000):
        with budget.acquire(100):
            pass
    assert (world.now, budget.held, budget.ceiling) == (0.0, 0, 0)


def test_a_cost_that_can_never_fit_is_an_error_and_no_endless_wait() -> None:
    budget, _ = open_budget(30)
    with pytest.raises(ValueError, match="never fit"):
        budget.acquire(40)
    with pytest.raises(ValueError, match=r"0 \(no limit\)"):
        UnitBudget(-1)


def test_a_refusal_we_cannot_explain_lowers_the_ceiling_once_a_minute_and_for_some_minutes() -> None:
    budget, world = open_budget(6000)
    budget.refused()
    budget.refused()
    assert budget.ceiling == 4800
    world.sleep(61)
    budget.refused()
    assert budget.ceiling == 3840
    world.sleep(LOWERED_SECONDS)
    assert budget.ceiling == 6000


def test_a_ceiling_never_falls_below_a_fifth_nor_below_one_call() -> None:
    budget, world = open_budget(100)
    for _ in range(20):
        budget.refused()
        world.sleep(61)
    assert budget.ceiling == 20
    began = world.now
    budget.acquire(100)
    assert world.now == began


def test_a_cool_down_is_kept_and_not_pushed_out_by_later_failures() -> None:
    budget, world = open_budget(6000)
    budget.refused(10.0)
    world.sleep(5)
    budget.refused()
    assert budget.closed_for() == pytest.approx(5.0)
    budget.acquire(1)
    assert world.now == pytest.approx(10.0)
    assert budget.closed_for() == 0.0


def test_threads_share_one_window() -> None:
    budget, world = open_budget(100)
    taken: list[int] = []

    def take() -> None:
        for _ in range(50):
            with budget.acquire(1) as charge:
                taken.append(charge.units)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 200
    assert 60.0 <= world.now < 61.0


def test_Q4_a_mailbox_keeps_its_window_from_one_sync_to_the_next() -> None:
    world = World()
    budgets = MailboxBudgets(100, clock=world.clock, sleep=world.sleep)
    budgets.of("mei@ngo.example").acquire(100).settle()
    budgets.of("wei@ngo.example").acquire(100).settle()
    assert world.now == 0.0
    budgets.of("Mei@NGO.example").acquire(1)
    assert world.now == pytest.approx(60.0)
