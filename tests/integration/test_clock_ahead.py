"""A machine's clock that was once ahead: set right, everything goes on within its ordinary interval, nothing twice."""

import pytest
from sqlalchemy import BigInteger, select, update

from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cli.main import main
from streaklike.digest import deliver
from streaklike.digest.schedule import PAUSES
from streaklike.instants import DAY, MINUTE, SECOND, now_instant
from streaklike.jobs.ahead import find_ahead, judge_again, pull_in
from streaklike.jobs.clock import PACE, tick
from streaklike.jobs.registry import JOBS, SYNC
from streaklike.jobs.worker import Worker
from streaklike.store.job_state import read_clock
from streaklike.store.models import Base, ContactStatus, DigestDelivery, Job, Lease, Mailbox, Slot, User
from streaklike.sync.health import find_stall
from tests.integration.sync_helpers import AN, MEI, Team, at, mime

AHEAD = 399 * DAY

PULLED_IN = {
    "digest_delivery.claimed_at",
    "digest_delivery.next_try_at",
    "job.due_at",
    "job.ended_at",
    "job.lease_until",
    "lease.taken_at",
    "lease.until",
    "mailbox.error_at",
    "mailbox.first_read_at",
    "mailbox.progress_at",
    "mailbox.proven_at",
    "mailbox.synced_at",
    "erasure.rewritten_at",
    "sign_in_link.expires_at",
    "user_session.created_at",
    "user_session.last_seen_at",
    "slot.next_at",
    "standing.due_at",
    "standing.evaluated_at",
}
"""What is compared with the present instant and was written by a clock: each is tested below."""

SAID_BY_PEOPLE_OR_MAIL = {
    "address.bad_at", "box_contact.entered_at", "box_conversation.entered_at", "box.created_at", "box.entered_at", "box.closed_at", "box.stage_since_at", "contact.created_at",
    "contact.do_not_contact_until", "contact.since_at", "conversation.first_at", "conversation.last_at",
    "conversation.needs_reply_at", "copy.at", "digest_delivery.composed_at", "digest_setting.paused_at", "event.at",
    "event.logged_at", "flag.lapses_at", "flag.since_at", "follow_up.created_at", "follow_up.done_at",
    "follow_up.due_at", "follow_up.since_at", "forward_offer.at", "message.at", "message.dated_at", "participant.at",
    "reminder.created_at", "reminder.done_at", "reminder.due_at", "search_entry.placed_at", "standing.budget_frees_at", "standing.gone_quiet_at",
    "standing.gone_quiet_last_at", "standing.before_since_at", "standing.awaiting_until_at", "standing.waits_long_at",
    "standing.last_inbound_at", "standing.last_outbound_at", "standing.last_touch_at", "standing.waiting_since_at",
    "task.created_at", "task.done_at", "task.due_at", "user.created_at", "user.disabled_at",
}  # fmt: skip
"""History, or a date that somebody chose; what cadence computes of it is made anew with the standing."""

ONLY_TOLD = {
    "digest_delivery.settled_at",
    "form_key.created_at",
    "job.enqueued_at",
    "job.slot_at",
    "job.started_at",
    "mailbox.created_at",
    "replay.asked_at",
    "replay.ended_at",
    "replay.started_at",
    "sign_in_link.created_at",
    "sign_in_link.used_at",
    "user_session.ended_at",
}
"""Nothing waits for it."""


def list_instants() -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, BigInteger) and column.name.rpartition("_")[2] in ("at", "until")
    }


def test_every_stored_instant_is_known():
    """A new one fails here until it is said whether a clock that was ahead could stop anything by it."""
    unknown = list_instants() - PULLED_IN - SAID_BY_PEOPLE_OR_MAIL - ONLY_TOLD
    assert unknown == set()


def set_all(team: Team, model: type, **values: object) -> None:
    with team.database.begin() as session:
        session.execute(update(model).values(**values))


def run_ahead(team: Team, now: int) -> None:
    """The clock and a worker as they work on a machine whose clock is ahead."""
    tick(team.database, JOBS, "ahead", now=now)
    Worker(team.database, team.settings, JOBS, clock=lambda: now).run_due()
    tick(team.database, JOBS, "ahead", now=now + MINUTE)


def test_polling_goes_on_within_a_minute_when_the_clock_is_set_right(team: Team):
    account = team.connect(MEI)
    now = now_instant()
    run_ahead(team, now + AHEAD)
    with team.database.read() as session:
        assert {each.thing for each in find_ahead(session, JOBS, now=now)} == {"lease", "slot", "job"}
        assert read_clock(session, now=now) == "dead"
    account.deliver(mime(AN, [MEI], "After the clock was set right"), at=at(0))
    done = 0
    for beat in range(MINUTE // PACE.beat):
        then = now + beat * PACE.beat
        tick(team.database, JOBS, "another", now=then)
        done += Worker(team.database, team.settings, JOBS, clock=lambda then=then: then).run_due()
    with team.database.read() as session:
        assert find_ahead(session, JOBS, now=now + MINUTE) == []
        assert session.get_one(Lease, "clock").holder == "another"
        synced = select(Job.state).where(Job.name == SYNC.name).order_by(Job.id.desc())
        assert session.scalars(synced).first() == "done"
    assert account.calls["messages.get"] + account.calls["threads.get"] == 1
    assert done >= 1


def test_a_leader_that_lives_keeps_the_lead_through_it(team: Team):
    now = now_instant()
    tick(team.database, JOBS, "living", now=now + AHEAD)
    tick(team.database, JOBS, "other", now=now)
    tick(team.database, JOBS, "living", now=now + PACE.beat)
    for beat in range(2, 8):
        tick(team.database, JOBS, "living", now=now + beat * PACE.beat)
        tick(team.database, JOBS, "other", now=now + beat * PACE.beat + SECOND)
    with team.database.read() as session:
        assert session.get_one(Lease, "clock").holder == "living"


def test_a_living_workers_job_is_not_taken_from_it_and_a_dead_ones_is(team: Team):
    team.connect(MEI)
    now = now_instant()
    set_all(team, Job, state="running", worker="w", lease_until=now + AHEAD, started_at=now + AHEAD)
    with team.database.begin() as session:
        assert [each.thing for each in pull_in(session, JOBS, now=now)] == ["hold"]
        assert pull_in(session, JOBS, now=now) == []
    worker = Worker(team.database, team.settings, JOBS, clock=lambda: now)
    assert worker.run_due() == 0
    late = Worker(team.database, team.settings, JOBS, clock=lambda: now + MINUTE)
    assert late.run_due() == 2, "the sync, and the evaluation that it asks for"


def test_a_backoff_within_its_span_stays_and_one_beyond_does_not(team: Team):
    team.connect(MEI)
    now = now_instant()
    for attempts, wait, is_ahead in ((3, 4 * MINUTE, False), (3, 10 * MINUTE, True), (0, 2 * MINUTE, True)):
        set_all(team, Job, state="waiting", attempts=attempts, due_at=now + wait)
        with team.database.read() as session:
            assert bool(find_ahead(session, JOBS, now=now)) is is_ahead, (attempts, wait)


@pytest.mark.parametrize("column", ["synced_at", "progress_at", "proven_at", "error_at"])
def test_a_mailbox_with_an_instant_of_the_future_is_read_proven_and_watched(team: Team, column: str):
    account = team.connect(MEI)
    team.sync()
    set_all(team, Mailbox, **{column: now_instant() + AHEAD})
    listed = account.calls["messages.list"]
    if column == "error_at":
        set_all(team, Mailbox, needs_reconnect=True, error="It was gone.")
    report = team.sync_one()
    assert (report.error, report.needs_reconnect) == (None, False)
    if column == "proven_at":
        assert account.calls["messages.list"] > listed, "it is proven anew"
    set_all(team, Mailbox, created_at=0, synced_at=None, progress_at=None)
    set_all(team, Mailbox, **{column: now_instant() + AHEAD})
    with team.database.read() as session:
        assert find_stall(session.scalars(select(Mailbox)).one(), now_instant()) == "late"


def test_R59_a_first_read_of_the_future_is_pulled_in(team: Team):
    account = team.connect(MEI)
    account.deliver(mime(AN, [MEI], "Hello"), at=at(0))
    team.sync()
    set_all(team, Mailbox, first_read_at=now_instant() + AHEAD)
    set_all(team, ContactStatus, due_at=None)
    account.deliver(mime(AN, [MEI], "Another"), at=at(1))
    team.sync()
    with team.database.read() as session:
        assert (session.scalars(select(Mailbox.first_read_at)).one() or 0) <= now_instant()


def test_who_was_judged_by_a_clock_that_was_ahead_is_judged_again(team: Team):
    account = team.connect(MEI)
    account.deliver(mime(AN, [MEI], "Hello"), at=at(0))
    team.sync()
    now = now_instant()
    with team.database.begin() as session:
        ours = session.scalars(select(ContactStatus)).one()
        right = ours.due_at
        ours.due_at = 0
    with team.database.begin() as session:
        refresh(session, now=now + AHEAD)
    with team.database.begin() as session:
        judge_again(session, now=now)
        assert refresh(session, now=now) == 1
        ours = session.scalars(select(ContactStatus)).one()
        assert (ours.evaluated_at, ours.due_at) == (now, right)


@pytest.mark.parametrize("state", [deliver.CLAIMED, deliver.SENDING, deliver.FAILED, deliver.SENT])
def test_a_digest_goes_on_and_none_is_sent_twice(team: Team, state: str):
    team.connect(MEI)
    now = now_instant()
    with team.database.begin() as session:
        user_id = session.scalars(select(User.id)).one()
        session.add(
            DigestDelivery(
                user_id=user_id,
                kind="daily",
                day="2026-11-30",
                state=state,
                message_id="m",
                claimed_at=now + AHEAD,
                next_try_at=now + AHEAD if state == deliver.FAILED else None,
            )
        )
    with team.database.begin() as session:
        deliver.pull_in(session, now=now)
        kept = session.scalars(select(DigestDelivery)).one()
        assert kept.state == state
        if state == deliver.SENT:
            assert kept.claimed_at == now + AHEAD
        elif state == deliver.FAILED:
            assert kept.next_try_at is not None
            assert kept.next_try_at <= now + max(PAUSES)
        else:
            assert kept.claimed_at <= now


def test_status_says_why(
    team: Team, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("STREAKLIKE_DATABASE_URL", database_url)
    monkeypatch.setenv("STREAKLIKE_DATA_DIR", str(team.settings.data_dir))
    team.connect(MEI)
    with team.database.begin() as session:
        session.add(Slot(job="sync", next_at=now_instant() + AHEAD))
    main(["status"])
    said = capsys.readouterr().err
    assert "sync was planned for" in said
    assert "clock was ahead" in said
