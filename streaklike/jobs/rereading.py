"""Stored mail is read again where this version reads better: in portions beside the polls, the newest first.

A portion takes what the minute's budget has left above a reserve, and waits for none of it: a poll finds its units, and
the mailbox free again within seconds. Where it stands is told by the copies themselves, so it goes on wherever it was
killed.
"""

import time
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.gmail.errors import BadCredentials, GmailError
from streaklike.gmail.pacing import UnitBudget
from streaklike.gmail.types import GmailId
from streaklike.instants import MINUTE, now_instant
from streaklike.jobs.kinds import JobFailed, Run
from streaklike.jobs.mailbox_lease import LeaseLost, check_lease
from streaklike.jobs.sync import Budgets, MemberLeft, SyncJob, apply_step, make_job, open_mailbox, take_lease
from streaklike.people.linking.relinking import record_before, relink
from streaklike.people.touch_classes import read_anew
from streaklike.store.models import Mailbox, User
from streaklike.store.writing import lock_writer
from streaklike.sync.fetch import iter_pages
from streaklike.sync.kept_text import has_kept, load_kept, write_kept
from streaklike.sync.pages import FetchedPage, SyncStep
from streaklike.sync.plan import Fetch, plan_fetches
from streaklike.sync.rereading import apply_again, count_others, has_stale, list_stale

PORTION_MESSAGES: Final = 200
PORTION_SECONDS: Final = 10.0
"""So long may a portion keep a mailbox from its next poll."""

RESERVED: Final = 0.2
"""The share of a minute's units that is left to polls."""

SIDE_BY_SIDE: Final = 3
"""So many mailboxes are read again at a time: the other places are for polls."""


def list_rereadable(session: Session, now: int) -> Sequence[str]:
    """The mailboxes whose turn it is to be read again; none once all is read."""
    found = session.execute(
        select(Mailbox)
        .join(Mailbox.user)
        .where(User.disabled_at.is_(None), Mailbox.needs_reconnect.is_(False))
        .order_by(Mailbox.email)
    ).scalars()
    waiting = [each.email for each in found if _is_waiting(session, each)]
    turn = now // MINUTE * SIDE_BY_SIDE % (len(waiting) or 1)
    return [*waiting[turn:], *waiting[:turn]][:SIDE_BY_SIDE]


def _is_waiting(session: Session, mailbox: Mailbox) -> bool:
    is_asked = mailbox.source == "gmail" and mailbox.state == "current"  # a full sync comes first
    return (is_asked and has_stale(session, mailbox.id)) or has_kept(session, mailbox.id)


def read_again(run: Run) -> bool:
    """Read a portion of one mailbox again; whether anything changed that may want an evaluation. Raises JobFailed."""
    with run.database.read() as session:
        mailbox = session.scalar(select(Mailbox).where(Mailbox.email == run.subject))
        if mailbox is None or mailbox.user.disabled_at is not None or mailbox.needs_reconnect:
            return False
    job = take_lease(make_job(run.database, run.settings, run.stop), mailbox.id)
    try:
        has_changed = _read_kept(job, mailbox)
    except LeaseLost:
        return False
    fetches = _plan(job, mailbox)
    if not fetches:
        return has_changed
    try:
        with open_mailbox(mailbox, job.settings, job.vault, job.budgets, stop=job.stop) as client:
            for page, wanted in _iter_portion(iter_pages(client, fetches), fetches):
                apply_step(job, mailbox, _step(mailbox.id, page, wanted))
                has_changed = True
    except (MemberLeft, LeaseLost):
        return has_changed
    except GmailError as error:
        raise JobFailed(str(error), is_permanent=error.is_permanent) from error
    except BadCredentials as error:
        raise JobFailed(str(error), is_permanent=True) from error
    return True


def _iter_portion(
    pages: Iterator[FetchedPage], fetches: Sequence[Fetch]
) -> Iterator[tuple[FetchedPage, frozenset[GmailId]]]:
    wanted = frozenset(gmail_id for fetch in fetches for gmail_id in fetch.wanted)
    began = time.monotonic()
    for page in pages:
        yield page, wanted
        if time.monotonic() - began > PORTION_SECONDS:
            return


def _step(mailbox_id: int, page: FetchedPage, wanted: frozenset[GmailId]) -> SyncStep:
    return SyncStep(lambda session: apply_again(session, mailbox_id, page, wanted), page)


def _plan(job: SyncJob, mailbox: Mailbox) -> list[Fetch]:
    """What of the mailbox to fetch now: as much as the budget has room for at this moment."""
    if mailbox.source != "gmail" or mailbox.state != "current":
        return []
    with job.database.read() as session:
        wanted = list_stale(session, mailbox.id, limit=PORTION_MESSAGES)
        others = count_others(session, mailbox.id, wanted)
    room = _find_room(job.budgets, mailbox.email)
    portion: list[Fetch] = []
    for fetch in plan_fetches(wanted, stored_in_thread=others):
        if room is not None:
            room -= fetch.units
            if room < 0:
                break
        portion.append(fetch)
    return portion


def _find_room(budgets: Budgets, email: str) -> int | None:
    """The units that may be spent without waiting and without touching the reserve; None where nothing is limited."""
    rooms = [_room_of(budgets.mailboxes.of(email)), _room_of(budgets.project)]
    return min((room for room in rooms if room is not None), default=None)


def _room_of(budget: UnitBudget) -> int | None:
    if budget.closed_for() > 0:
        return 0
    return int(budget.ceiling * (1 - RESERVED)) - budget.held if budget.ceiling else None


def _read_kept(job: SyncJob, mailbox: Mailbox) -> bool:
    """Read again what is kept of mail that came from a file, a portion."""
    with job.database.read() as session:
        if not has_kept(session, mailbox.id):
            return False
    with job.database.begin() as session:
        lock_writer(session)
        check_lease(session, mailbox.id, job.lease_token)
        kept = load_kept(session, mailbox.id, limit=PORTION_MESSAGES)
        before = record_before(session, kept.changed)
        write_kept(session, mailbox.id, kept)
        if kept.changed:
            read_anew(session, kept.changed)
            relink(session, kept.changed, before, now=now_instant())
    return bool(kept.changed)
