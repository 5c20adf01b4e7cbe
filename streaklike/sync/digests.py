"""Our own digests are not conversations: exclude them, with a reason of their own."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.store.models import DigestDelivery
from streaklike.store.writing import in_chunks

DIGEST: Final = "digest"
"""Exclusion reason of our own digests."""


def find_digests(session: Session, rfc_ids: Iterable[str]) -> set[str]:
    """Return which of these Message-IDs are digests that we recorded before sending.

    Finding one in a mailbox also proves that it was sent, so a delivery whose outcome was unknown becomes
    `sent` (Q7).
    """
    found: set[str] = set()
    for chunk in in_chunks(sorted(set(rfc_ids))):
        query = select(DigestDelivery.message_id).where(DigestDelivery.message_id.in_(chunk))
        found.update(session.scalars(query))
    if found:
        session.execute(
            update(DigestDelivery)
            .where(DigestDelivery.message_id.in_(found), DigestDelivery.state == "unknown")
            .values(state="sent", reason="")
            .execution_options(synchronize_session=False)
        )
    return found
