"""Q6 where a process does not know that another took its mailbox over: it writes no page, no outcome, no reading."""

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy import func, select

from gmail_emulator import Account
from streaklike.gmail.errors import HistoryExpired
from streaklike.instants import now_instant
from streaklike.jobs import rereading, sync
from streaklike.jobs.kinds import Run
from streaklike.jobs.mailbox_lease import take_mailbox
from streaklike.jobs.rereading import read_again
from streaklike.jobs.sync import Progress, SyncReport, sync_mailboxes
from streaklike.mail import reading
from streaklike.store.models import Mailbox, Message
from streaklike.sync.fetch import iter_pages
from tests.integration.crashing import fill
from tests.integration.rereading import cut_short, use_older
from tests.integration.sync_helpers import MEI, WEI, Team


def connect(team: Team, messages: int) -> Account:
    account = team.connect(MEI)
    fill(account, team.connect(WEI), messages)
    return account


def load(team: Team) -> Mailbox:
    with team.database.read() as session:
        return session.scalars(select(Mailbox).where(Mailbox.email == MEI)).one()


def count_old(team: Team) -> int:
    with team.database.read() as session:
        return session.scalars(select(func.count(Message.id)).where(Message.read_version == 0)).one()


def take_over(team: Team) -> str:
    return take_mailbox(team.database, load(team).id)


def test_Q6_a_suspended_sync_writes_nothing_after_another_took_its_mailbox_over(team: Team):
    connect(team, 120)
    is_suspended, may_go_on = threading.Event(), threading.Event()
    reports: list[SyncReport] = []

    def suspend(_progress: Progress) -> None:
        is_suspended.set()
        assert may_go_on.wait(60)

    def sync_slowly() -> None:
        reports.extend(sync_mailboxes(team.database, team.settings, emails=[MEI], on_progress=suspend))

    suspended = threading.Thread(target=sync_slowly)
    suspended.start()
    assert is_suspended.wait(30)
    (whole,) = team.sync(MEI)
    before, kept = team.dump(), load(team)
    may_go_on.set()
    suspended.join(60)
    assert (whole.error, whole.complete) == (None, True)
    assert [report.complete for report in reports] == [False]
    assert "has taken over" in (reports[0].error or "")
    after = load(team)
    assert team.dump() == before
    assert (after.error, after.synced_at, after.progress_at) == (None, kept.synced_at, kept.progress_at)


@pytest.mark.parametrize("fault", [None, RuntimeError("anything"), HistoryExpired("gone")])
def test_Q6_how_an_overtaken_sync_ended_is_not_written(
    team: Team, fault: Exception | None, monkeypatch: pytest.MonkeyPatch
):
    connect(team, 4)
    team.sync()
    before = load(team)

    def overtaken(*_args: object) -> None:
        take_over(team)
        if fault is not None:
            raise fault

    with monkeypatch.context() as patch:
        patch.setattr(sync, "_catch_up", overtaken)
        (report,) = team.sync(MEI)
    assert "has taken over" in (report.error or "")
    after = load(team)
    assert (after.state, after.error, after.synced_at) == ("current", None, before.synced_at)
    assert [report.complete for report in team.sync()] == [True, True]


def test_Q6_reading_again_writes_nothing_after_another_took_its_mailbox_over(
    team: Team, monkeypatch: pytest.MonkeyPatch
):
    connect(team, 12)
    with monkeypatch.context() as patch:
        use_older(patch, cut_short)
        team.sync()
    assert reading.VERSION > 0
    old, before = count_old(team), team.dump()
    assert old > 0

    def overtaken(client: object, fetches: Sequence[object]) -> Iterator[object]:
        read: Callable[..., Iterator[object]] = iter_pages
        for page in read(client, fetches):
            take_over(team)
            yield page

    run = Run(team.database, team.settings, MEI, now_instant(), None)
    with monkeypatch.context() as patch:
        patch.setattr(rereading, "iter_pages", overtaken)
        assert not read_again(run)
    assert (count_old(team), team.dump()) == (old, before)
    assert read_again(run)
    assert count_old(team) < old
