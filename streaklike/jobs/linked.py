"""A page written and linked in one transaction, whether its mail is new or read anew.

What links is loaded with the first page that holds anything: a sync that finds nothing new needs none of it.
"""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy.orm import Session

from streaklike.store.writing import lock_writer
from streaklike.sync.ingest import Fetched, Ingested
from streaklike.sync.rereading import find_older


def apply_linked(
    session: Session,
    mailbox_id: int,
    items: Sequence[Fetched],
    apply: Callable[[Session], Ingested],
    *,
    now: int,
) -> Ingested:
    """What `apply` did, which writes these items and maybe more of the mailbox, with all that follows from it derived."""
    lock_writer(session)
    older = find_older(session, mailbox_id, items)
    if older:
        return _apply_anew(session, older, apply, now=now)
    ingested = apply(session)
    session.flush()
    if ingested.message_ids:
        link(session, ingested.message_ids, now=now)
    return ingested


def _apply_anew(
    session: Session, older: set[int], apply: Callable[[Session], Ingested], *, now: int
) -> Ingested:
    from streaklike.people.linking.relinking import record_before, relink  # noqa: PLC0415 - as above

    before = record_before(session, older)
    ingested = apply(session)
    session.flush()
    relink(session, ingested.message_ids, before, now=now)
    return ingested


def link(session: Session, message_ids: Collection[int], *, now: int) -> None:
    """As `people.linking.link` does."""
    from streaklike.people.linking.link import link  # noqa: PLC0415 - as above

    link(session, message_ids, now=now)
