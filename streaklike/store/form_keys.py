"""Process each submitted form once.

Its key is claimed in the working transaction, which also stores the response.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from streaklike.instants import DAY
from streaklike.store.models import FormKey

KEPT: Final = 3 * DAY
"""How long keys are kept. An older page needs a new form anyway."""


def hash_key(user_id: int, key: str) -> str:
    """Hash a form key together with the member, so that nobody can use another's."""
    return hashlib.sha256(f"{user_id}:{key}".encode()).hexdigest()


def hash_content(path: str, fields: Iterable[tuple[str, str]]) -> str:
    """Hash a form's path and fields, independent of the order of the fields."""
    said = "\0".join(f"{name}\1{value}" for name, value in sorted(fields))
    return hashlib.sha256(f"{path}\0{said}".encode("utf-8", "surrogatepass")).hexdigest()


def claim_key(
    session: Session, key_hash: str, *, user_id: int, content_hash: str, now: int
) -> FormKey | None:
    """Claim the key. Returns the earlier claim if there is one, None if it is ours now.

    The caller holds the writer lock, so that of two concurrent requests the second sees the first one's
    claim; the primary key enforces it even without the lock.
    """
    earlier = session.get(FormKey, key_hash)
    if earlier is None:
        session.add(FormKey(key_hash=key_hash, user_id=user_id, content_hash=content_hash, created_at=now))
        session.flush()
    return earlier


def keep_answer(session: Session, key_hash: str, answer: dict[str, Any]) -> None:
    """Store the response for repeated submissions."""
    session.execute(update(FormKey).where(FormKey.key_hash == key_hash).values(answer=answer))


def release_key(session: Session, key_hash: str) -> None:
    """Release a claim whose work failed, so that the form can be submitted again."""
    session.execute(delete(FormKey).where(FormKey.key_hash == key_hash, FormKey.answer.is_(None)))


def forget_old_keys(session: Session, *, now: int) -> int:
    """Delete keys older than KEPT. Returns how many."""
    old = delete(FormKey).where(FormKey.created_at < now - KEPT)
    return session.execute(old).rowcount  # type: ignore[attr-defined, no-any-return]
