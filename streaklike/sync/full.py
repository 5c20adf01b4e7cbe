"""A full sync: store the history cursor, list every id, then fetch every message, newest first. It is
resumable.

The same steps serve the first sync, an expired cursor and a proof: for ids that are stored already only the
listing costs quota (see gmail.md, Sync).
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.gmail.errors import AccessDenied
from streaklike.gmail.types import GmailId, ListPage, Profile
from streaklike.store.models import Mailbox, MailboxMessage
from streaklike.sync.account import check_account
from streaklike.sync.copies import (
    BEHIND,
    count_stored_in_threads,
    drop_unlisted,
    has_unlisted_messages,
    keep_waiting,
    next_wanted,
    save_listed,
)
from streaklike.sync.copy_filters import LISTED
from streaklike.sync.directory import load_team
from streaklike.sync.excluded_labels import iter_label_steps
from streaklike.sync.fetch import iter_pages
from streaklike.sync.ingest import Ingested, apply_fetched, drop_offers
from streaklike.sync.pages import FetchedPage, Gmail, Reader, SyncStep, list_page
from streaklike.sync.plan import plan_fetches
from streaklike.sync.proof import LISTABLE, counting

BATCH_MESSAGES = 400
HEAD_START_MESSAGES = 100
"""How many of the newest messages are fetched after the listing's first page, to show something early."""


class SyncOvertaken(Exception):
    """Another sync of the same mailbox wrote first. Nothing is lost; that one continues."""


def iter_full_sync(gmail: Gmail, mailbox_id: int, read: Reader, *, now: int) -> Iterator[SyncStep]:
    """Yield the remaining steps of a full sync. Apply each step before requesting the next.

    Raises WrongAccount before anything is stored if the account is not the mailbox's own (R60).
    """
    with read() as session:
        state = session.get_one(Mailbox, mailbox_id).state
    profile = check_account(gmail, mailbox_id, read)
    if state not in ("listing", "filling"):
        yield SyncStep(lambda session: _begin(session, mailbox_id, profile))
        state = "listing"
    yield from iter_label_steps(gmail, mailbox_id, read)
    if state == "listing":
        yield from _iter_listing(gmail, mailbox_id, read)
    yield from iter_filling(gmail, mailbox_id, read)
    yield SyncStep(lambda session: _finish(session, mailbox_id, now=now))


def _begin(session: Session, mailbox_id: int, profile: Profile) -> Ingested:
    mailbox = session.get_one(Mailbox, mailbox_id)
    mailbox.history_id = profile.history_id
    mailbox.state = "listing"
    mailbox.list_token = None
    mailbox.listing_round += 1
    return Ingested()


def _iter_listing(gmail: Gmail, mailbox_id: int, read: Reader) -> Iterator[SyncStep]:
    with read() as session:
        mailbox = session.get_one(Mailbox, mailbox_id)
        token, listing_round = mailbox.list_token, mailbox.listing_round
    is_resumed = token is not None
    has_head_start = is_resumed
    while True:
        try:
            page = list_page(gmail, token)
        # Page tokens expire: a resumed listing whose token is rejected starts again.
        except AccessDenied:
            if not is_resumed:
                raise
            yield SyncStep(lambda session: list_from_the_top(session, mailbox_id))
            yield from _iter_listing(gmail, mailbox_id, read)
            return
        yield _list_step(gmail, mailbox_id, read, page, (token, listing_round))
        token, is_resumed = page.next_token, False
        if token is None:
            return
        if not has_head_start:
            yield from _iter_head_start(gmail, mailbox_id, read)
            has_head_start = True


def _list_step(
    gmail: Gmail, mailbox_id: int, read: Reader, page: ListPage, place: tuple[str | None, int]
) -> SyncStep:
    """The step that writes a listed page. `place` is the page token and listing round it was listed with."""
    hidden: dict[GmailId, str] = {}
    if page.next_token is None:
        listed = {row.id for row in page.rows}
        with read() as session:
            is_doubtful = has_unlisted_messages(session, mailbox_id, listing_round=place[1], listed=listed)
        hidden = _list_hidden(gmail) if is_doubtful else {}
    return SyncStep(lambda session: _save_list_page(session, mailbox_id, page, place, hidden))


def _list_hidden(gmail: Gmail) -> dict[GmailId, str]:
    """Map the ids in trash and spam to their label."""
    hidden: dict[GmailId, str] = {}
    for label, query in (("TRASH", "in:trash"), ("SPAM", "in:spam")):
        token: str | None = None
        while True:
            page = gmail.list_messages(token, query=query)
            hidden.update((row.id, label) for row in page.rows)
            token = page.next_token
            if token is None:
                break
    return hidden


def list_from_the_top(session: Session, mailbox_id: int) -> Ingested:
    """Restart the listing, for a proof or after Gmail rejected the page token.

    The history cursor is kept: history since then is replayed after the listing, so no label change is lost.
    """
    mailbox = session.get_one(Mailbox, mailbox_id)
    mailbox.state = "listing"
    mailbox.list_token = None
    mailbox.listing_round += 1
    return Ingested()


def _save_list_page(
    session: Session,
    mailbox_id: int,
    page: ListPage,
    place: tuple[str | None, int],
    hidden: Mapping[GmailId, str],
) -> Ingested:
    mailbox = session.get_one(Mailbox, mailbox_id)
    if mailbox.state != "listing" or place != (mailbox.list_token, mailbox.listing_round):
        raise SyncOvertaken(
            f"Another sync of {mailbox.email} is at work. Nothing was lost; it goes on there."
        )
    listed = MailboxMessage.mailbox_id == mailbox_id, LISTED, MailboxMessage.position < BEHIND
    # Positions of a resumed listing continue after those already listed.
    first = (session.scalar(select(func.max(MailboxMessage.position)).where(*listed)) or 0) + 1
    save_listed(session, mailbox_id, page.rows, listing_round=mailbox.listing_round, first=first)
    mailbox.list_token = page.next_token
    if page.next_token is not None:
        return Ingested()
    mailbox.state = "filling"
    in_round = MailboxMessage.mailbox_id == mailbox_id, MailboxMessage.round == mailbox.listing_round
    mailbox.gmail_total = session.scalar(select(func.count()).where(*in_round, LISTABLE)) or 0
    return drop_unlisted(session, mailbox_id, listing_round=mailbox.listing_round, hidden=hidden)


def _iter_head_start(gmail: Gmail, mailbox_id: int, read: Reader) -> Iterator[SyncStep]:
    """Fetch whole threads early: a thread costs the same however many more of its messages are listed later."""
    with read() as session:
        wanted = next_wanted(session, mailbox_id, limit=HEAD_START_MESSAGES)
    whole = [fetch for fetch in plan_fetches(wanted) if fetch.is_whole]
    for page in iter_pages(gmail, whole):
        yield write_page(mailbox_id, page)


def iter_filling(gmail: Gmail, mailbox_id: int, read: Reader) -> Iterator[SyncStep]:
    """Yield the steps that fetch every listed id. Each id is requested once, as Gmail may not return it."""
    tried: set[GmailId] = set()
    missed: set[GmailId] = set()
    while True:
        with read() as session:
            wanted = next_wanted(session, mailbox_id, limit=BATCH_MESSAGES, but_not=missed)
            stored = count_stored_in_threads(session, mailbox_id, (thread_id for _, thread_id in wanted))
        if not wanted:
            return
        ids = {gmail_id for gmail_id, _ in wanted}
        if again := ids & tried:
            missed |= again
            continue
        tried |= ids
        for page in iter_pages(gmail, plan_fetches(wanted, stored_in_thread=stored)):
            yield write_page(mailbox_id, page)


def write_page(mailbox_id: int, page: FetchedPage) -> SyncStep:
    """The step that writes a fetched page and nothing else."""
    return SyncStep(lambda session: apply_page(session, mailbox_id, page), page)


def apply_page(session: Session, mailbox_id: int, page: FetchedPage) -> Ingested:
    """Write a fetched page.

    Missing ids stay listed until history or the next listing shows whether they are gone.
    """
    missing = [gmail_id for gmail_id, _ in page.missing]
    with counting(session, mailbox_id, [*missing, *(item.gmail_id for item in page.fetched)]):
        result = apply_fetched(session, mailbox_id, load_team(session), page.fetched)
        drop_offers(session, mailbox_id, [item.gmail_id for item in page.fetched if item.understood is None])
        keep_waiting(session, mailbox_id, page.missing)
    return result


def _finish(session: Session, mailbox_id: int, *, now: int) -> Ingested:
    mailbox = session.get_one(Mailbox, mailbox_id)
    if mailbox.state == "filling":
        mailbox.state = "current"
        mailbox.proven_at = now
    return Ingested()
