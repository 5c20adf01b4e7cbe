"""How the mailboxes, the clock and the queue stand."""

import sys
from collections.abc import Iterator, Mapping, Sequence

import click
from sqlalchemy import exists, select

from streaklike.cli.context import as_json, opened, print_json, say, say_links_are_missing
from streaklike.instants import MINUTE, SECOND, format_instant, now_instant
from streaklike.jobs.ahead import find_ahead
from streaklike.jobs.registry import JOBS, SYNC
from streaklike.store.job_state import JobLine, JobState, measure_jobs
from streaklike.store.models import User
from streaklike.sync.health import MailboxHealth, measure_health
from streaklike.sync.reading_left import Reading

STALLED = 1
WORDS = {"reconnect": "connect it again", "error": "its last sync failed", "late": "no sync lately"}


@click.command()
@click.option("--jobs", "is_jobs", is_flag=True, help="The clock, the queue and every job instead.")
@as_json
def status(*, is_jobs: bool, is_json: bool) -> None:
    """How fresh each mailbox is, and whether its proof holds; exits 1 where one, the clock or the queue stands still,
    and where the database is empty.
    """
    with opened() as (settings, database), database.read() as session:
        now = now_instant()
        found = measure_health(session, now=now)
        state = measure_jobs(session, now=now)
        is_empty = not found and not session.scalar(select(exists().where(User.id.is_not(None))))
        ahead = find_ahead(session, JOBS, now=now)
    if is_jobs:
        _show_jobs(state, is_json=is_json)
    else:
        _show_mailboxes(found, state, now, is_json=is_json, is_empty=is_empty)
    for each in ahead:
        say(each.sentence())
    say_links_are_missing(settings)
    if state.clock == "dead":
        say(
            f"The clock stands still: {state.leader} was killed. Next: streaklike scheduler, or streaklike serve"
        )
    if is_empty:
        say(
            "The database is empty: it knows no member and no mailbox. Where there should be some, this is the wrong place: "
            "set STREAKLIKE_DATA_DIR or STREAKLIKE_DATABASE_URL. To begin: streaklike user add EMAIL --name N --role admin"
        )
    if is_empty or state.clock == "dead" or any(mailbox.stall for mailbox in found):
        sys.exit(STALLED)


def _show_mailboxes(
    found: Sequence[MailboxHealth], state: JobState, now: int, *, is_json: bool, is_empty: bool
) -> None:
    syncs = {line.subject: line for line in state.lines if line.name == SYNC.name}
    if is_json:
        print_json([_row(mailbox, syncs) for mailbox in found])
        return
    for mailbox in found:
        click.echo(_tell(mailbox, syncs.get(mailbox.email), now))
    if not found and not is_empty:
        say("No mailbox is connected yet. Next: streaklike mailbox add EMAIL --credentials FILE")


def _row(mailbox: MailboxHealth, syncs: Mapping[str, JobLine]) -> dict[str, object]:
    proof, job = mailbox.proof, syncs.get(mailbox.email)
    return {
        "mailbox": mailbox.email,
        "source": mailbox.source,
        "state": mailbox.state,
        "synced_at": _iso(mailbox.synced_at),
        "lag_seconds": None if mailbox.lag is None else mailbox.lag // SECOND,
        "error": mailbox.error,
        "needs_reconnect": mailbox.needs_reconnect,
        "proven_at": _iso(mailbox.proven_at),
        "complete": proof.is_complete,
        "messages_total": proof.messages_total,
        "left_out": proof.left_out,
        "waiting": proof.waiting,
        "gmail_total": proof.gmail_total,
        "to_read_again": mailbox.reading.waiting,
        "old_reading": {"from_file": mailbox.reading.from_file, "gone": mailbox.reading.gone},
        "stalled": mailbox.stall is not None,
        "stall": mailbox.stall,
        "failures": job.failures if job else 0,
        "next_run_at": _iso(_find_next(mailbox, job)),
    }


def _find_next(mailbox: MailboxHealth, job: JobLine | None) -> int | None:
    """When the mailbox is synced next; None where the clock leaves it out or never ran."""
    return None if job is None or mailbox.needs_reconnect else job.next_at


def _iso(instant: int | None) -> str | None:
    return None if instant is None else format_instant(instant)


def _tell(mailbox: MailboxHealth, job: JobLine | None, now: int) -> str:
    proof = mailbox.proof
    known = proof.messages_total + sum(proof.left_out.values())
    if proof.is_complete:
        account = f"all {proof.gmail_total} accounted for"
    else:
        account = f"{known} of {known + proof.waiting} known, not complete"
    synced = "never synced" if mailbox.lag is None else f"synced {mailbox.lag // MINUTE} min ago"
    line = f"{mailbox.email}: {synced}, {mailbox.state}, {account}"
    next_at = _find_next(mailbox, job)
    if job is not None and job.failures and next_at is not None:
        line += f", failed {job.failures} times in a row, next try in {max(0, next_at - now) // SECOND} s"
    if mailbox.stall:
        line += f" - stands still: {WORDS[mailbox.stall]}"
    return "\n  ".join([line, *_tell_reading(mailbox.reading), *([mailbox.error] if mailbox.error else [])])


def _tell_reading(reading: Reading) -> Iterator[str]:
    """What is not read by this version yet, and what cannot be; nothing where all is."""
    if count := reading.waiting:
        mails = "1 stored mail is" if count == 1 else f"{count:,} stored mails are"
        yield f"{mails} still to be read again by this version, the newest first, beside the polls"
    if count := reading.from_file:
        mails = (
            "1 mail came from a file and keeps its"
            if count == 1
            else f"{count:,} mails came from a file and keep their"
        )
        which = "it" if count == 1 else "them"
        yield f"{mails} old reading; import the file again to read {which} anew (nothing is stored twice)"
    if count := reading.gone:
        mails = "1 mail keeps its" if count == 1 else f"{count:,} mails keep their"
        yield f"{mails} old reading: Gmail did not give {'it' if count == 1 else 'them'} again"


def _show_jobs(state: JobState, *, is_json: bool) -> None:
    if is_json:
        print_json(_jobs_document(state))
        return
    led = f"led by {state.leader}" if state.clock == "led" else state.clock
    click.echo(f"clock: {led}")
    click.echo(
        f"queue: {state.waiting} waiting (the first for {state.lag // SECOND} s), {state.running} running, "
        f"{state.put_off} put off, {state.given_up} given up"
    )
    for line in state.lines:
        click.echo(_tell_job(line))


def _jobs_document(state: JobState) -> dict[str, object]:
    return {
        "clock": state.clock,
        "standstill": state.standstill,
        "leader": state.leader,
        "leads_since": _iso(state.leads_since),
        "waiting": state.waiting,
        "put_off": state.put_off,
        "running": state.running,
        "given_up": state.given_up,
        "lag_seconds": state.lag // SECOND,
        "jobs": [
            {
                "job": line.name,
                "subject": line.subject,
                "running": line.is_running,
                "next_run_at": _iso(line.next_at),
                "failures": line.failures,
                "ended_at": _iso(line.ended_at),
                "error": line.error,
            }
            for line in state.lines
        ],
    }


def _tell_job(line: JobLine) -> str:
    name = f"{line.name} {line.subject}".rstrip()
    ended = "never ended" if line.ended_at is None else f"last ended {format_instant(line.ended_at)}"
    coming = "no run planned" if line.next_at is None else f"next {format_instant(line.next_at)}"
    told = f"{name}: {'running, ' if line.is_running else ''}{ended}, {coming}"
    if line.failures:
        told += f", failed {line.failures} times in a row"
    return f"{told}\n  {line.error}" if line.error else told
