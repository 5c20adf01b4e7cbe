"""A sync of the team's mailboxes, side by side: the entry point that owns its transactions.

One that fails harms no other. Every page is written with its progress in one transaction, and what it changed is linked
there too; contacts are evaluated by the one refresher beside them.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from streaklike.gmail.auth import TokenVault
from streaklike.gmail.client import GmailClient, open_client
from streaklike.gmail.errors import (
    AuthorizationRevoked,
    BadCredentials,
    GmailError,
    HistoryExpired,
    WrongAccount,
)
from streaklike.gmail.pacing import MailboxBudgets, UnitBudget
from streaklike.instants import HOUR, MINUTE, now_instant
from streaklike.jobs.ahead import judge_again
from streaklike.jobs.evaluate import refresh_due
from streaklike.jobs.first_read import keep_first_read
from streaklike.jobs.linked import apply_linked
from streaklike.jobs.mailbox_lease import LeaseLost, check_lease, take_mailbox
from streaklike.jobs.poison import is_explained, write_apart
from streaklike.jobs.team import ensure_team
from streaklike.settings import Settings, load_secret_key
from streaklike.stopping import Stop
from streaklike.store.database import Database, DatabaseUnavailable
from streaklike.store.erasing import erase_deleted
from streaklike.store.fault_origin import is_interrupted, is_operational
from streaklike.store.models import Mailbox, User
from streaklike.store.writing import lock_writer
from streaklike.sync.full import SyncOvertaken, apply_page, iter_full_sync, list_from_the_top
from streaklike.sync.ingest import Fetched, Ingested, name_fault
from streaklike.sync.pages import FetchedPage, SyncStep
from streaklike.sync.partial import iter_partial_sync
from streaklike.sync.proof import Proof, is_waiting, prove

MAX_SIDE_BY_SIDE = 8
FIRST_REFRESH_SECONDS = 1.0
SLOWEST_REFRESH_SECONDS = 15.0
PROGRESS_SECONDS = 0.5
ENDS_WITHIN_SECONDS = 1.2
"""How long a sync that is told to stop waits for its mailboxes; what still waits somewhere then is left behind."""

MAX_INTERRUPTIONS = 9
LONGEST_PAUSE_SECONDS = 5.0
"""So often in a row may the database go away, with pauses that double up to this: half a minute in all."""

PROGRESS_RARITY = 50
"""Telling how far a sync has come takes a fiftieth of its time at most: it counts all that is there."""

ASK_AGAIN_AFTER = HOUR
MAX_LISTINGS = 3
"""How often one run lists anew where Gmail's history ended meanwhile."""

MAX_CATCH_UPS = 3
"""How often one run asks history again while ids wait that Gmail listed and did not give."""

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a mailbox is: messages known of, and those fetched or left out."""

    mailbox: str
    done: int
    total: int


@dataclass(slots=True)
class SyncReport:
    """What a sync of one mailbox came to: the line of `sync --json`."""

    mailbox: str
    mode: str = "partial"
    messages_added: int = 0
    messages_total: int = 0
    gmail_total: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    quota_units: int = 0
    requests: int = 0
    seconds: float = 0.0
    complete: bool = False
    error: str | None = None
    needs_reconnect: bool = False


OnProgress = Callable[[Progress], None]
Hold = Callable[[str], AbstractContextManager[object]]
"""What keeps a mailbox for one sync: entered before it, by the mailbox's address, left when it has ended."""


@dataclass(frozen=True, slots=True)
class Budgets:
    """The minute's units of each mailbox and of the project."""

    mailboxes: MailboxBudgets
    project: UnitBudget


_BUDGETS_LOCK = threading.Lock()


@cache
def _budgets(_endpoint: str, mailbox_units: int, project_units: int) -> Budgets:
    """Kept as long as the process: a minute does not begin anew with each poll (Q4). Another endpoint counts anew."""
    return Budgets(MailboxBudgets(mailbox_units), UnitBudget(project_units))


@dataclass(frozen=True, slots=True)
class SyncJob:
    """What every mailbox's sync shares. `stop` ends them all.

    `lease_token` is the mailbox's own, once `take_lease` has taken it: without it nothing can be written.
    """

    database: Database
    settings: Settings
    vault: TokenVault
    budgets: Budgets
    on_progress: OnProgress
    prove_before: int
    stop: Stop
    hold: Hold = nullcontext
    lease_token: str = ""


def sync_mailboxes(
    database: Database,
    settings: Settings,
    *,
    emails: Sequence[str] = (),
    verify: bool = False,
    on_progress: OnProgress = lambda _progress: None,
    hold: Hold = nullcontext,
    stop: Stop | None = None,
) -> list[SyncReport]:
    """Sync the connected mailboxes (or those named) until all is in, and bring every contact's status up to date.

    `verify` lists every id anew and compares. Reports come in the order of the addresses; a leaver's mailbox is passed
    over. Raises LookupError, with a sentence, for an address that is no connected mailbox, DatabaseUnavailable after
    every mailbox has tried, and Stopped soon after `stop` is set: what was written before stays.
    """
    stop = stop or Stop()
    ensure_team(database, settings.team_domains)
    job = make_job(
        database,
        settings,
        stop,
        prove_before=now_instant() + 1 if verify else 0,
        on_progress=on_progress,
        hold=hold,
    )
    chosen = _choose_mailboxes(database, emails)
    pool = ThreadPoolExecutor(max_workers=min(MAX_SIDE_BY_SIDE, len(chosen) or 1))
    futures = [pool.submit(_sync_one, job, mailbox) for mailbox in chosen]
    try:
        _refresh_meanwhile(database, settings, futures, stop)
    except BaseException:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        wait(futures, timeout=ENDS_WITHIN_SECONDS)
        raise
    pool.shutdown()
    for future in futures:
        future.result()  # what stopped every mailbox is told before anything else is asked of the database
    patiently(lambda: ensure_team(database, settings.team_domains), stop)
    patiently(lambda: _refresh(database, settings), stop)
    patiently(lambda: erase_deleted(database, now=now_instant()), stop)
    return [future.result() for future in futures]


def sync_alone(
    database: Database,
    settings: Settings,
    email: str,
    *,
    prove_before: int = 0,
    on_progress: OnProgress = lambda _progress: None,
    stop: Stop | None = None,
) -> SyncReport | None:
    """Sync one mailbox until all is in; None, with nothing asked, where its consent is gone or its member has left.

    Who calls it holds the mailbox's lock, and sees to it that what came to be due is evaluated. One last proven before
    `prove_before` is proven anew, and so is one proven in the future, by a clock that was ahead. Raises LookupError where
    there is no such mailbox, DatabaseUnavailable, and Stopped.
    """
    ensure_team(database, settings.team_domains)
    with database.read() as session:
        mailbox = session.scalar(select(Mailbox).where(Mailbox.email == email, Mailbox.source == "gmail"))
        if mailbox is None:
            raise LookupError(f"{email} is no connected mailbox any more.")
        if mailbox.needs_reconnect or mailbox.user.disabled_at is not None:
            return None
    job = make_job(database, settings, stop or Stop(), prove_before=prove_before, on_progress=on_progress)
    return _sync_one(job, mailbox)


def make_job(
    database: Database,
    settings: Settings,
    stop: Stop,
    *,
    prove_before: int = 0,
    on_progress: OnProgress = lambda _progress: None,
    hold: Hold = nullcontext,
) -> SyncJob:
    """What the syncs of these settings share."""
    return SyncJob(
        database=database,
        settings=settings,
        vault=TokenVault(load_secret_key(settings)),
        budgets=share_budgets(settings),
        on_progress=on_progress,
        prove_before=prove_before,
        hold=hold,
        stop=stop,
    )


def _choose_mailboxes(database: Database, emails: Sequence[str]) -> list[Mailbox]:
    with database.read() as session:
        mailboxes = session.scalars(
            select(Mailbox)
            .join(Mailbox.user)
            .where(Mailbox.source == "gmail", User.disabled_at.is_(None))
            .order_by(Mailbox.email)
        ).all()
    by_email = {mailbox.email: mailbox for mailbox in mailboxes}
    wanted = [email.strip().lower() for email in emails]
    for email in wanted:
        if email not in by_email:
            known = ", ".join(by_email) or "none yet"
            raise LookupError(f"{email} is no connected mailbox. Nothing was changed. Connected: {known}.")
    return [by_email[email] for email in wanted] if wanted else list(by_email.values())


def _refresh_meanwhile(
    database: Database, settings: Settings, futures: Sequence[Future[SyncReport]], stop: Stop
) -> None:
    """Evaluate what is due while mailboxes sync: soon at first, so that people see something, then less often."""
    pause, waiting = FIRST_REFRESH_SECONDS, set(futures)
    while waiting:
        _, waiting = wait(waiting, timeout=pause, return_when=FIRST_COMPLETED)
        stop.check()
        if waiting:
            try:
                refresh_due(database, settings)
            except Exception as error:
                if not is_interrupted(error):
                    raise
                log.warning("Nothing was evaluated: the database went away. It is tried again.")
            pause = min(2 * pause, SLOWEST_REFRESH_SECONDS)


def _refresh(database: Database, settings: Settings) -> None:
    with database.begin() as session:
        judge_again(session, now=now_instant())
    refresh_due(database, settings)


def _sync_one(job: SyncJob, mailbox: Mailbox) -> SyncReport:
    with job.hold(mailbox.email):
        return _sync_held(take_lease(job, mailbox.id), mailbox.id, mailbox.email)


def take_lease(job: SyncJob, mailbox_id: int) -> SyncJob:
    """The job as the one that may write what it reads of this mailbox; whoever read it until now may no more."""
    return replace(job, lease_token=patiently(lambda: take_mailbox(job.database, mailbox_id), job.stop))


def _sync_held(job: SyncJob, mailbox_id: int, email: str) -> SyncReport:
    began = time.monotonic()
    report = SyncReport(mailbox=email)
    try:
        _run_patiently(job, mailbox_id, report)
    except (SyncOvertaken, MemberLeft, LeaseLost) as error:
        report.error = str(error)
    except _KnownRevoked as error:
        report.error, report.needs_reconnect = str(error), True
    except DatabaseUnavailable:
        raise
    except Exception as error:
        if is_interrupted(error):
            raise _tell_unavailable(job, mailbox_id, report) from error
        report.error = _explain(email, error)
        report.needs_reconnect = isinstance(error, (AuthorizationRevoked, WrongAccount))
        patiently(lambda: _save_outcome(job, mailbox_id, report), job.stop)
    else:
        patiently(lambda: _save_outcome(job, mailbox_id, report), job.stop)
    proof = patiently(lambda: _prove(job, mailbox_id), job.stop)
    report.messages_total, report.gmail_total = proof.messages_total, proof.gmail_total
    report.left_out = proof.left_out
    report.complete = proof.is_complete and report.error is None
    report.seconds = round(time.monotonic() - began, 3)
    return report


def _run_patiently(job: SyncJob, mailbox_id: int, report: SyncReport) -> None:
    """Sync from where the mailbox stands; again where the database went away and came back (Q1 makes that safe).

    It is given up where it fails `MAX_INTERRUPTIONS` times in a row without having written anything in between.
    """
    failures, written = 0, -1
    while True:
        try:
            with job.database.read() as session:
                mailbox = session.get_one(Mailbox, mailbox_id, options=[joinedload(Mailbox.user)])
            _check_consent(mailbox)
            with open_mailbox(mailbox, job.settings, job.vault, job.budgets, stop=job.stop) as client:
                try:
                    return _run(job, client, mailbox, report)
                finally:
                    report.quota_units += client.units_spent
                    report.requests += client.requests
        except Exception as error:
            if not is_interrupted(error):
                raise
            failures = 1 if report.messages_added > written else failures + 1
            written = report.messages_added
            if failures > MAX_INTERRUPTIONS:
                raise
            log.warning(
                "The database went away (%s). The sync of %s goes on when it is back.",
                name_fault(error),
                report.mailbox,
            )
        job.stop.sleep(_pause_after(failures))


def patiently(action: Callable[[], T], stop: Stop) -> T:
    """Do what is one transaction, or may be repeated; again where the database went away, so many times in all."""
    for failures in range(1, MAX_INTERRUPTIONS + 1):
        try:
            return action()
        except Exception as error:
            if not is_interrupted(error):
                raise
        stop.sleep(_pause_after(failures))
    return action()


def _pause_after(failures: int) -> float:
    """Seconds to wait after so many failures in a row."""
    return min(LONGEST_PAUSE_SECONDS, 0.1 * 2.0**failures)


def _prove(job: SyncJob, mailbox_id: int) -> Proof:
    with job.database.read() as session:
        return prove(session, mailbox_id)


def _tell_unavailable(job: SyncJob, mailbox_id: int, report: SyncReport) -> DatabaseUnavailable:
    """The database stayed away: what to say, written to the mailbox too if that can be."""
    report.error = (
        "The database went away in the middle of the sync. What was saved before is safe, and no mail was set aside for it. "
        "See that the database runs; the next sync goes on from there."
    )
    with suppress(Exception):
        _save_outcome(job, mailbox_id, report)
    return DatabaseUnavailable(report.error)


class MemberLeft(Exception):
    """The mailbox's member was disabled: nothing more of it is read (Q27). The sentence says so."""


class _KnownRevoked(Exception):
    """Google said within the hour that consent is gone: it is not asked again (Q5)."""


def _check_consent(mailbox: Mailbox) -> None:
    """Raises _KnownRevoked; connecting the mailbox again ends that at once."""
    if mailbox.needs_reconnect and 0 <= now_instant() - (mailbox.error_at or 0) < ASK_AGAIN_AFTER:
        raise _KnownRevoked(mailbox.error or "This mailbox must be connected again.")


def _explain(email: str, error: Exception) -> str:
    if isinstance(error, (GmailError, BadCredentials)):
        return str(error)
    log.error("The sync of %s stopped by a fault of ours.", email, exc_info=error)
    return (
        f"The sync stopped by a fault of ours ({type(error).__name__}). What was saved before is safe; the next sync goes "
        "on from there. The log has the details."
    )


def share_budgets(settings: Settings) -> Budgets:
    """The budgets that all syncs of this process share."""
    with _BUDGETS_LOCK:  # two that ask at once for the first time would each be given a budget of their own
        return _budgets(
            settings.gmail_endpoint, settings.gmail_units_per_minute, settings.gmail_project_units_per_minute
        )


def open_mailbox(
    mailbox: Mailbox, settings: Settings, vault: TokenVault, budgets: Budgets, **options: Any
) -> GmailClient:
    """A client for a connected mailbox. `options` are `open_client`'s.

    Raises AuthorizationRevoked where there is no consent.
    """
    if mailbox.credentials is None:
        raise AuthorizationRevoked(
            f"{mailbox.email} has no consent yet. Nothing was changed. "
            f"Connect it: streaklike mailbox connect {mailbox.email} --client-secrets FILE"
        )
    return open_client(
        vault.open(mailbox.email, mailbox.credentials),
        endpoint=settings.gmail_endpoint,
        mailbox_budget=budgets.mailboxes.of(mailbox.email),
        project_budget=budgets.project,
        **options,
    )


def _run(job: SyncJob, client: GmailClient, mailbox: Mailbox, report: SyncReport) -> None:
    """History where the cursor stands; a full walk where there is none, or a proof is due, or the cursor is too old."""
    is_known = mailbox.state == "current"
    proven_at = mailbox.proven_at or 0
    if is_known and (proven_at < job.prove_before or proven_at > now_instant() + MINUTE):
        with job.database.begin() as session:
            check_lease(session, mailbox.id, job.lease_token)
            list_from_the_top(session, mailbox.id)
        is_known = False
    for attempt in range(1, MAX_LISTINGS + 1):
        try:
            if not is_known:
                report.mode = "full"
                steps = iter_full_sync(client, mailbox.id, job.database.read, now=now_instant())
                _apply_all(job, mailbox, report, steps)
            return _catch_up(job, client, mailbox, report)
        except HistoryExpired:
            _start_anew(job, mailbox.id)
            is_known = False
            if attempt == MAX_LISTINGS:
                raise
    return None


def _catch_up(job: SyncJob, client: GmailClient, mailbox: Mailbox, report: SyncReport) -> None:
    """What history tells. Where Gmail named an id and did not give it, history is asked again: was it deleted?"""
    for _ in range(MAX_CATCH_UPS):
        _apply_all(job, mailbox, report, iter_partial_sync(client, mailbox.id, job.database.read))
        with job.database.read() as session:
            if not is_waiting(session, mailbox.id):
                return


def _start_anew(job: SyncJob, mailbox_id: int) -> None:
    with job.database.begin() as session:
        mailbox = check_lease(session, mailbox_id, job.lease_token)
        if mailbox.state == "current":
            mailbox.state = "new"


def _apply_all(job: SyncJob, mailbox: Mailbox, report: SyncReport, steps: Iterator[SyncStep]) -> None:
    told, pause = 0.0, 0.0
    for step in steps:
        report.messages_added += apply_step(job, mailbox, step)
        job.stop.check()
        began = time.monotonic()
        if began - told > pause:
            _tell(job, mailbox)
            told = time.monotonic()
            pause = max(PROGRESS_SECONDS, PROGRESS_RARITY * (told - began))
    _tell(job, mailbox)


def apply_step(job: SyncJob, mailbox: Mailbox, step: SyncStep) -> int:
    """Write a step; how many messages are new. One that cannot be written is set aside, the rest goes in (Q10)."""
    page = step.page
    try:
        return _write(job, mailbox, step.apply, page)
    except Exception as error:
        if is_operational(error) or is_explained(error) or page is None or not page.fetched:
            raise
    log.warning("A page of %s could not be written; it is written mail by mail.", mailbox.email)

    def write(item: Fetched) -> int:
        alone = FetchedPage([item])
        return _write(job, mailbox, lambda session: apply_page(session, mailbox.id, alone), alone)

    page.fetched, added = write_apart(job.database, mailbox, page.fetched, write)
    return _write(job, mailbox, step.apply, page) + added


def _write(
    job: SyncJob, mailbox: Mailbox, apply: Callable[[Session], Ingested], page: FetchedPage | None
) -> int:
    with job.database.begin() as session:
        lock_writer(session)
        kept = check_lease(session, mailbox.id, job.lease_token)
        if kept.user.disabled_at is not None:
            raise MemberLeft(
                f"{mailbox.email} is read no more: its member was disabled. What was stored before stays. "
                f"To go on: streaklike user enable {kept.user.email} --by ADMIN"
            )
        keep_first_read(session, kept, now=now_instant())
        items = page.fetched if page is not None else []
        ingested = apply_linked(session, mailbox.id, items, apply, now=now_instant())
        session.get_one(Mailbox, mailbox.id).progress_at = now_instant()
        return ingested.added


def _tell(job: SyncJob, mailbox: Mailbox) -> None:
    with job.database.read() as session:
        proof = prove(session, mailbox.id)
    done = proof.messages_total + sum(proof.left_out.values())
    job.on_progress(Progress(mailbox.email, done, done + proof.waiting))


def _save_outcome(job: SyncJob, mailbox_id: int, report: SyncReport) -> None:
    """Write how the run ended to the mailbox; one that was taken over meanwhile is left to whoever reads it now."""
    try:
        with job.database.begin() as session:
            mailbox = check_lease(session, mailbox_id, job.lease_token)
            mailbox.error, mailbox.needs_reconnect = report.error, report.needs_reconnect
            if report.error is None:
                mailbox.synced_at = now_instant()
            else:
                mailbox.error_at = now_instant()
    except LeaseLost as lost:
        report.error, report.needs_reconnect = str(lost), False
