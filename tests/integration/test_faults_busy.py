"""Many at once: mailboxes that sync, people who read and write; nobody is turned away, nothing is lost."""

import threading

import pytest
from sqlalchemy import func, select

from streaklike.instants import now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.people.contacts import add_contact
from streaklike.store.dump import iter_dump
from streaklike.store.models import Contact
from tests.integration.crashing import fill
from tests.integration.sync_helpers import Team

MEMBERS = [f"member{n}@ngo.example" for n in range(6)]
WRITES = 8


def test_six_syncs_readers_and_writers_share_one_database(team: Team, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("streaklike.sync.fetch.PAGE_MESSAGES", 3)
    accounts = [team.connect(email) for email in MEMBERS]
    for first, second in zip(accounts[::2], accounts[1::2], strict=True):
        fill(first, second, 6)
    failures: list[Exception] = []
    is_over = threading.Event()

    def guard(work) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the test asks for any
            failures.append(error)

    def read() -> None:
        while not is_over.is_set():
            with team.database.read() as session:
                list(iter_dump(session))

    def write(number: int) -> None:
        for turn in range(WRITES):
            with team.database.begin() as session:
                add_contact(session, f"p{number}-{turn}@press.example", by=None, now=now_instant())
            refresh_due(team.database, team.settings)

    readers = [threading.Thread(target=guard, args=(read,)) for _ in range(2)]
    writers = [threading.Thread(target=guard, args=(lambda number=n: write(number),)) for n in range(2)]
    for thread in [*readers, *writers]:
        thread.start()
    try:
        reports = team.sync()
        for thread in writers:
            thread.join()
    finally:
        is_over.set()
        for thread in [*readers, *writers]:
            thread.join()
    assert failures == []
    assert [(report.error, report.complete) for report in reports] == [(None, True)] * len(MEMBERS)
    with team.database.read() as session:
        written = session.scalar(select(func.count()).select_from(Contact).where(Contact.is_manual))
    assert written == 2 * WRITES
    assert all(report.quota_units == 2 for report in team.sync())
