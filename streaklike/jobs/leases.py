"""Parts that one process plays at a time, kept in the database."""

import os
import secrets
import socket

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from streaklike.store.models import Lease
from streaklike.store.writing import insert_missing


def make_holder() -> str:
    """A name for this process that no other has: host, process, and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


def take_lease(session: Session, name: str, holder: str, *, now: int, span: int) -> bool:
    """Take the lease, or renew it, for `span` milliseconds; whether `holder` has it now.

    Only one that nobody has, one's own, and one that has run out can be taken. The clocks of the machines must agree to
    within a fraction of the span.
    """
    is_free = or_(Lease.holder == holder, Lease.until <= now)
    renewed = update(Lease).where(Lease.name == name, Lease.holder == holder).values(until=now + span)
    if session.execute(renewed).rowcount:  # type: ignore[attr-defined]
        return True
    taken = update(Lease).where(Lease.name == name, is_free)
    if session.execute(taken.values(holder=holder, taken_at=now, until=now + span)).rowcount:  # type: ignore[attr-defined]
        return True
    insert_missing(session, Lease, [{"name": name, "holder": holder, "taken_at": now, "until": now + span}])
    return session.get_one(Lease, name, populate_existing=True).holder == holder


def release_lease(session: Session, name: str, holder: str) -> None:
    """Give the lease back, where `holder` still has it."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
