"""A page written and linked in one transaction, whether its mail is new or read anew."""

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from streaklike.people.linking.link import link
from streaklike.people.linking.relinking import record_before, relink
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
    before = record_before(session, older) if older else None
    ingested = apply(session)
    session.flush()
    if before is not None:
        relink(session, ingested.message_ids, before, now=now)
    elif ingested.message_ids:
        link(session, ingested.message_ids, now=now)
    return ingested
