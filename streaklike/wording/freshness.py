"""How fresh what one sees is (Q11): every list says when the mailboxes were last synced, and how many of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import MINUTE
from streaklike.store.models import Mailbox

BEHIND_AFTER = 30 * MINUTE


@dataclass(frozen=True, slots=True)
class Freshness:
    """`fresh` of `total` mailboxes are in step; `synced_at` is the oldest of their syncs.

    `state` is none (no mailbox), fresh, filling (a first sync is at work) or behind.
    """

    state: str
    fresh: int
    total: int
    synced_at: int | None


def measure_freshness(session: Session, now: int) -> Freshness:
    """The freshness of all connected mailboxes. An imported one is complete as it is."""
    rows = session.execute(select(Mailbox.source, Mailbox.state, Mailbox.synced_at)).all()
    fresh = [synced_at for source, state, synced_at in rows if _is_fresh(source, state, synced_at, now)]
    known = [synced_at for synced_at in fresh if synced_at is not None]
    return Freshness(_state(rows, len(fresh)), len(fresh), len(rows), min(known, default=None))


def _state(rows: Sequence[Any], fresh: int) -> str:
    if not rows:
        return "none"
    if fresh == len(rows):
        return "fresh"
    return "filling" if any(state in {"listing", "filling"} for _, state, _ in rows) else "behind"


def _is_fresh(source: str, state: str, synced_at: int | None, now: int) -> bool:
    if source != "gmail":
        return True
    return state == "current" and synced_at is not None and now - synced_at <= BEHIND_AFTER
