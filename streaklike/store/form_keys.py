"""Carrying out each form once: its key is claimed in the transaction that does its work, and keeps the answer."""

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from streaklike.instants import DAY
from streaklike.store.models import FormKey

KEPT: Final = 3 * DAY
"""A page that is older than this needs a new form anyway."""


def hash_key(user_id: int, key: str) -> str:
    """What a member's key is kept as: nobody can send another's."""
    return hashlib.sha256(f"{user_id}:{key}".encode()).hexdigest()


def hash_content(path: str, fields: Iterable[tuple[str, str]]) -> str:
    """A hash of what a form asks for, whatever the order of its fields."""
    said = "\0".join(f"{name}\1{value}" for name, value in sorted(fields))
    return hashlib.sha256(f"{path}\0{said}".encode("utf-8", "surrogatepass")).hexdigest()


def claim_key(
    session: Session, key_hash: str, *, user_id: int, content_hash: str, now: int
) -> FormKey | None:
    """Claim the key; the earlier claim where there is one, and None where it is ours now.

    The caller holds the writer lock, so of two at one moment the second sees what the first did; the primary key keeps it
    even without.
    """
    earlier = session.get(FormKey, key_hash)
    if earlier is None:
        session.add(FormKey(key_hash=key_hash, user_id=user_id, content_hash=content_hash, created_at=now))
        session.flush()
    return earlier


def keep_answer(session: Session, key_hash: str, answer: dict[str, Any]) -> None:
    """Keep what was answered, for repetitions."""
    session.execute(update(FormKey).where(FormKey.key_hash == key_hash).values(answer=answer))


def release_key(session: Session, key_hash: str) -> None:
    """Give up a claim whose work failed, so that the form can be sent again."""
    session.execute(delete(FormKey).where(FormKey.key_hash == key_hash, FormKey.answer.is_(None)))


def forget_old_keys(session: Session, *, now: int) -> int:
    """Delete the keys that are older than KEPT; how many those were."""
    old = delete(FormKey).where(FormKey.created_at < now - KEPT)
    return session.execute(old).rowcount  # type: ignore[attr-defined, no-any-return]
