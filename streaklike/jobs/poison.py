"""Mail that cannot be written is set aside alone; a database that fails stops the mailbox instead (Q10)."""

import logging
from collections.abc import Callable, Sequence
from typing import Final

from streaklike.instants import now_instant
from streaklike.store.database import Database
from streaklike.store.fault_origin import is_datas, is_operational
from streaklike.store.models import Mailbox
from streaklike.sync.fetch import set_aside
from streaklike.sync.ingest import Fetched

TRIES: Final = 2
"""So often a mail must fail alone, with a database that can write in between, before it is set aside."""

log = logging.getLogger(__name__)


def write_apart(
    database: Database,
    mailbox: Mailbox,
    items: Sequence[Fetched],
    write: Callable[[Fetched], int],
) -> tuple[list[Fetched], int]:
    """Write each of these alone, after they could not be written together: the items and how many are new.

    Those that cannot be written come back as set aside, with the kind of fault and none of their text. Raises what is no
    fault of the mail's: everything operational, and what no mail of several can be written for.
    """
    kept: list[Fetched] = []
    faults: list[Exception] = []
    added = 0
    for item in items:
        count, fault = _try_alone(database, mailbox, item, write)
        added += count
        kept.append(item if fault is None else set_aside(item, fault))
        faults += [fault] if fault else []
    if len(faults) == len(items) > 1 and not all(map(is_datas, faults)):
        raise faults[0]  # not one of them can be written: that is a fault of ours, and none of theirs
    return kept, added


def _try_alone(
    database: Database, mailbox: Mailbox, item: Fetched, write: Callable[[Fetched], int]
) -> tuple[int, Exception | None]:
    fault: Exception | None = None
    for _ in range(TRIES):
        try:
            return write(item), None
        except Exception as error:
            if is_operational(error) or is_explained(error):
                raise
            fault = error
        _probe(database, mailbox)
    log.warning(
        "Mail %s of %s cannot be written (%s) and is set aside.",
        item.gmail_id,
        mailbox.email,
        type(fault).__name__,
    )
    return 0, fault


def is_explained(error: Exception) -> bool:
    """Whether the error is a fact about the mailbox, which its sync tells: no fault at all."""
    return type(error).__module__.startswith("streaklike.")


def _probe(database: Database, mailbox: Mailbox) -> None:
    """Write something harmless. Raises what the database fails with: then the mail is not to blame."""
    with database.begin() as session:
        session.get_one(Mailbox, mailbox.id).progress_at = now_instant()
