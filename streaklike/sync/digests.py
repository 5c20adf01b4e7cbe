"""Digests of our own are no conversation: their copies are left out, and counted as that."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.store.models import DigestDelivery
from streaklike.store.writing import in_chunks

DIGEST: Final = "digest"
"""The reason of what is a digest of ours."""


def find_digests(session: Session, rfc_ids: Iterable[str]) -> set[str]:
    """Those of these Message-IDs that are digests we recorded before sending: nothing else about a mail makes it one.

    A copy in a mailbox also settles a sending that nobody knew the end of (Q7): it was sent.
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
