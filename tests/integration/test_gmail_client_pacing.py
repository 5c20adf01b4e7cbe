"""Pacing proved against the server's own meter, in time that only sleepers move."""

import json
import random
import threading

import pytest

from gmail_emulator import Account, GmailServer
from streaklike.gmail.auth import parse_credentials_file
from streaklike.gmail.calling import CallTiming
from streaklike.gmail.client import GmailClient, open_client
from streaklike.gmail.pacing import UnitBudget
from streaklike.gmail.types import GmailId, ThreadId


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


def connect(
    server: GmailServer, account: Account, time: Time, mailbox: UnitBudget, project: UnitBudget
) -> GmailClient:
    return open_client(
        parse_credentials_file(json.dumps(account.credentials())),
        endpoint=server.url,
        mailbox_budget=mailbox,
        project_budget=project,
        timing=CallTiming(clock=time.clock, sleep=time.sleep, rng=random.Random(3)),
    )


def fetch_all(clients: list[GmailClient], ids: list[str]) -> None:
    def fetch(client: GmailClient, mine: list[str]) -> None:
        with client:
            for gmail_id in mine:
                client.get_message(GmailId(gmail_id))

    threads = [
        threading.Thread(target=fetch, args=(client, ids[n :: len(clients)]))
        for n, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def fill(account: Account, count: int) -> list[str]:
    return [account.deliver(b"Subject: x\r\n\r\nx") for _ in range(count)]


def test_Q4_900_messages_come_within_75_seconds_and_the_lower_bound_and_are_never_refused() -> None:
    """5 * ceil(M / 500) + sum(min(20 * n_t, 40)) units, at 6,000 a minute."""
    time = Time()
    with GmailServer(units_per_minute=6000, clock=time.clock) as server:
        account = server.add_account("mei@ngo.example")
        for t in range(375):
            size = 1 if t < 225 else 2 if t < 281 else 6 if t < 374 else 5
            first = account.deliver(b"Subject: x\r\n\r\nx")
            for _ in range(size - 1):
                account.deliver(b"Subject: x\r\n\r\nx", thread_id=first)
        mailbox = UnitBudget(6000, clock=time.clock, sleep=time.sleep)
        with connect(server, account, time, mailbox, UnitBudget(0)) as client:
            rows = []
            token = None
            while not rows or token:
                page = client.list_messages(token)
                rows += page.rows
                token = page.next_token
            sizes: dict[ThreadId, list[GmailId]] = {}
            for row in rows:
                sizes.setdefault(row.thread_id, []).append(row.id)
            read = 0
            for thread_id, ids in sizes.items():
                messages = client.get_thread(thread_id) if len(ids) > 1 else (client.get_message(ids[0]),)
                read += len(messages)
            bound = 10 + sum(min(20 * len(ids), 40) for ids in sizes.values())
    assert read == len(account.messages) == 900
    assert account.units_spent == client.units_spent == bound
    assert account.refused == 0
    assert account.peak_units_in_any_minute <= 6000
    assert time.now <= 75.0


def test_Q4_several_clients_of_a_mailbox_stay_in_its_budget_together() -> None:
    time = Time()
    with GmailServer(units_per_minute=400, clock=time.clock) as server:
        account = server.add_account("mei@ngo.example")
        ids = fill(account, 80)
        mailbox = UnitBudget(400, clock=time.clock, sleep=time.sleep)
        fetch_all([connect(server, account, time, mailbox, UnitBudget(0)) for _ in range(4)], ids)
    assert account.units_spent == 1600
    assert account.refused == 0
    assert 340 <= account.peak_units_in_any_minute <= 400


def test_Q4_mailboxes_stay_in_the_projects_budget_together() -> None:
    time = Time()
    with GmailServer(units_per_minute=0, project_units_per_minute=300, clock=time.clock) as server:
        project = UnitBudget(300, clock=time.clock, sleep=time.sleep)
        accounts = [server.add_account(f"m{n}@ngo.example") for n in range(3)]
        for account in accounts:
            ids = fill(account, 10)
            fetch_all([connect(server, account, time, UnitBudget(0), project)], ids)
        assert server.project.units_spent == 600
        assert server.project.peak == 300
    assert all(account.refused == 0 for account in accounts)


@pytest.mark.parametrize("status", [429, 403])
def test_Q4_where_another_client_uses_the_budget_ours_gives_way_and_loses_nothing(status: int) -> None:
    time = Time()
    with GmailServer(units_per_minute=400, clock=time.clock, throttle_status=status) as server:
        account = server.add_account("mei@ngo.example")
        ids = fill(account, 60)
        account.meter.charge(200)
        mailbox = UnitBudget(400, clock=time.clock, sleep=time.sleep)
        client = connect(server, account, time, mailbox, UnitBudget(0))
        fetch_all([client], ids)
    assert account.calls["messages.get"] == 60
    assert 0 < account.refused < 15
    assert client.units_spent == 1200
    assert account.peak_units_in_any_minute <= 400
    assert mailbox.ceiling == 320
