"""A full sync: cursor first, then every id, then every body, newest first; resumed wherever it stopped.

The same walk serves the first sync, an expired cursor and a proof: ids that are stored already cost nothing but the
listing (gmail.md, Sync).
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
    LISTED,
    count_stored_in_threads,
    drop_unlisted,
    has_unlisted_messages,
    keep_waiting,
    next_wanted,
    save_listed,
)
from streaklike.sync.directory import load_team
from streaklike.sync.excluded_labels import iter_label_steps
from streaklike.sync.fetch import iter_pages
from streaklike.sync.ingest import Ingested, apply_fetched, drop_offers
from streaklike.sync.pages import FetchedPage, Gmail, Reader, SyncStep, list_page
from streaklike.sync.plan import plan_fetches
from streaklike.sync.proof import LISTABLE, counting

BATCH_MESSAGES = 400
HEAD_START_MESSAGES = 100
"""So many of the newest messages are fetched after the first page of a listing, so that people have something to see."""


class SyncOvertaken(Exception):
    """Another sync of the same mailbox is at work, and got there first. Nothing is lost: that one goes on."""


def iter_full_sync(gmail: Gmail, mailbox_id: int, read: Reader, *, now: int) -> Iterator[SyncStep]:
    """The steps of a full sync from where it stands. Each is to be applied before the next is asked for.

    Raises WrongAccount, before anything is stored, where the account is not the mailbox's own (R60).
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
    """The step that writes a page listed at `place`: by which token, in which round."""
    hidden: dict[GmailId, str] = {}
    if page.next_token is None:
        listed = {row.id for row in page.rows}
        with read() as session:
            is_doubtful = has_unlisted_messages(session, mailbox_id, listing_round=place[1], listed=listed)
        hidden = _list_hidden(gmail) if is_doubtful else {}
    return SyncStep(lambda session: _save_list_page(session, mailbox_id, page, place, hidden))


def _list_hidden(gmail: Gmail) -> dict[GmailId, str]:
    """What trash and spam hold, each with its label."""
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
    """Have the listing begin again, for a proof or where Gmail takes its page token no longer.

    The cursor stays where it is: history since then is told after the listing, so that no change of labels is lost.
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
    """Threads of two or more cost the same however many more messages the listing will find in them."""
    with read() as session:
        wanted = next_wanted(session, mailbox_id, limit=HEAD_START_MESSAGES)
    whole = [fetch for fetch in plan_fetches(wanted) if fetch.is_whole]
    for page in iter_pages(gmail, whole):
        yield write_page(mailbox_id, page)


def iter_filling(gmail: Gmail, mailbox_id: int, read: Reader) -> Iterator[SyncStep]:
    """The steps that fetch every id which is listed and not fetched. Each is asked for once: it may not be given."""
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
    """Write a fetched page. What was missing waits: history or the next listing says whether it is gone."""
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
