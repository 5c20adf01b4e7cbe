"""A full sync: cursor first, then every id, then every body, newest first; resumed wherever it stopped.

The same walk serves the first sync, an expired cursor and a proof: ids that are stored already cost nothing but the
listing (gmail.md, Sync).
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.gmail.types import ListPage, Profile
from streaklike.store.models import Copy, Mailbox
from streaklike.sync.copies import count_stored_in_threads, drop_gone, drop_unlisted, next_wanted, save_listed
from streaklike.sync.directory import load_team
from streaklike.sync.fetch import FetchedPage, iter_pages
from streaklike.sync.ingest import Ingested, apply_fetched
from streaklike.sync.pages import Gmail, Reader, Step
from streaklike.sync.plan import Fetch, plan_fetches
from streaklike.sync.proof import counting

BATCH_MESSAGES = 400
HEAD_START_MESSAGES = 100
"""So many of the newest messages are fetched after the first page of a listing, so that people have something to see."""


def iter_full_sync(gmail: Gmail, mailbox_id: int, read: Reader, *, now: int) -> Iterator[Step]:
    """The steps of a full sync from where it stands. Each is to be applied before the next is asked for."""
    with read() as session:
        state = session.get_one(Mailbox, mailbox_id).state
    if state not in ("listing", "filling"):
        profile = gmail.get_profile()
        yield Step(lambda session: _begin(session, mailbox_id, profile))
        state = "listing"
    if state == "listing":
        yield from _iter_listing(gmail, mailbox_id, read)
    yield from _iter_filling(gmail, mailbox_id, read)
    yield Step(lambda session: _finish(session, mailbox_id, now=now))


def _begin(session: Session, mailbox_id: int, profile: Profile) -> Ingested:
    mailbox = session.get_one(Mailbox, mailbox_id)
    mailbox.history_id = profile.history_id
    mailbox.state = "listing"
    mailbox.list_token = None
    mailbox.listing_round += 1
    return Ingested()


def _iter_listing(gmail: Gmail, mailbox_id: int, read: Reader) -> Iterator[Step]:
    with read() as session:
        token = session.get_one(Mailbox, mailbox_id).list_token
    is_first = token is None
    while True:
        page = gmail.list_messages(token)
        yield Step(lambda session, page=page: _save_list_page(session, mailbox_id, page))  # type: ignore[misc]
        token = page.next_token
        if token is None:
            return
        if is_first:
            yield from _iter_head_start(gmail, mailbox_id, read)
            is_first = False


def _save_list_page(session: Session, mailbox_id: int, page: ListPage) -> Ingested:
    mailbox = session.get_one(Mailbox, mailbox_id)
    in_round = Copy.mailbox_id == mailbox_id, Copy.round == mailbox.listing_round
    first = (session.scalar(select(func.max(Copy.position)).where(*in_round)) or 0) + 1
    save_listed(session, mailbox_id, page.rows, listing_round=mailbox.listing_round, first=first)
    mailbox.list_token = page.next_token
    if page.next_token is not None:
        return Ingested()
    mailbox.state = "filling"
    mailbox.gmail_total = session.scalar(select(func.count()).select_from(Copy).where(*in_round)) or 0
    return drop_unlisted(session, mailbox_id, listing_round=mailbox.listing_round)


def _iter_head_start(gmail: Gmail, mailbox_id: int, read: Reader) -> Iterator[Step]:
    """Threads of two or more cost the same however many more messages the listing will find in them."""
    with read() as session:
        wanted = next_wanted(session, mailbox_id, limit=HEAD_START_MESSAGES)
    whole = [fetch for fetch in plan_fetches(wanted) if fetch.is_whole]
    yield from _iter_steps(gmail, mailbox_id, whole)


def _iter_filling(gmail: Gmail, mailbox_id: int, read: Reader) -> Iterator[Step]:
    while True:
        with read() as session:
            wanted = next_wanted(session, mailbox_id, limit=BATCH_MESSAGES)
            stored = count_stored_in_threads(session, mailbox_id, (thread_id for _, thread_id in wanted))
        if not wanted:
            return
        yield from _iter_steps(gmail, mailbox_id, plan_fetches(wanted, stored_in_thread=stored))


def _iter_steps(gmail: Gmail, mailbox_id: int, fetches: Sequence[Fetch]) -> Iterator[Step]:
    for page in iter_pages(gmail, fetches):
        yield Step(lambda session, page=page: apply_page(session, mailbox_id, page))  # type: ignore[misc]


def apply_page(session: Session, mailbox_id: int, page: FetchedPage) -> Ingested:
    """Write a fetched page, and forget what was gone when it was asked for."""
    ids = [*page.gone, *(item.gmail_id for item in page.fetched)]
    with counting(session, mailbox_id, ids):
        result = apply_fetched(session, mailbox_id, load_team(session), page.fetched)
        result.message_ids |= drop_gone(session, mailbox_id, page.gone).message_ids
    return result


def _finish(session: Session, mailbox_id: int, *, now: int) -> Ingested:
    mailbox = session.get_one(Mailbox, mailbox_id)
    mailbox.state = "current"
    mailbox.proven_at = now
    return Ingested()
