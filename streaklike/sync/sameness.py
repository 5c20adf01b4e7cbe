"""Decide whether a newly received copy is a message that is stored already (R19, R54).

Nearly all copies of a message have equal fingerprints. Where they differ, the message under the same
Message-ID is compared: a list added a footer, a charset was decoded differently, or an older version computed
the fingerprint from other text.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.mail.fingerprints import FORM, letters_of
from streaklike.mail.message import Understood
from streaklike.store.in_values import in_values
from streaklike.store.models import Body, Message, Participant
from streaklike.store.writing import in_chunks
from streaklike.sync.older_readings import rank_now
from streaklike.sync.renaming import rename_messages

Identity = tuple[str, str]
"""A Message-ID, or the hash that replaces it, and a fingerprint."""

HASHED: Final = "hash:"
_WRITERS: Final = ("author", "from")
_BROKEN: Final = "\ufffd"
_MOST_LOST: Final = 0.2
"""The share of non-ASCII letters by which two decodings of broken bytes may differ."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message reduced to what is compared: its writers (address ids), Date and letter counts."""

    rfc_id: str
    dated_at: int | None
    writers: frozenset[int]
    letters: Counter[str]
    has_additions: bool
    is_broken: bool
    is_old: bool


def is_same(one: Seen, other: Seen) -> bool:
    """Whether two are one message: equal Message-ID or none, and the same writer, Date and text.

    Text that a list or mail system may have added is ignored, as are differences in non-ASCII letters if one
    of the two lost some or was parsed by an older version.
    """
    if one.dated_at != other.dated_at or not (one.writers & other.writers or one.writers == other.writers):
        return False
    is_hashed = one.rfc_id.startswith(HASHED) and other.rfc_id.startswith(HASHED)
    if one.rfc_id != other.rfc_id and (not is_hashed or one.dated_at is None):
        return False
    if one.letters == other.letters:
        return True
    if one.has_additions or other.has_additions:
        less, more = sorted((one.letters, other.letters), key=Counter.total)
        if less and less <= more:
            return True
    return (one.is_broken or other.is_broken or one.is_old or other.is_old) and _differ_by_charset(one, other)


def _differ_by_charset(one: Seen, other: Seen) -> bool:
    difference = (one.letters - other.letters) + (other.letters - one.letters)
    if any(char.isascii() for char in difference):
        return False
    return difference.total() <= 2 * _MOST_LOST * max(one.letters.total(), other.letters.total())


def find_same(
    session: Session,
    messages: Iterable[Understood],
    known: Mapping[Identity, tuple[int, str]],
    addresses: Mapping[str, int],
) -> tuple[dict[Identity, tuple[int, str]], dict[Identity, Identity]]:
    """Find messages with an unknown identity that are stored already, or that equal another one of the batch.

    `known` maps identities under the same Message-IDs to id and rank. Returns the stored message by identity,
    and for each duplicate identity the one to use instead.
    """
    new = {
        (each.rfc_id, each.fingerprint): each
        for each in messages
        if (each.rfc_id, each.fingerprint) not in known
    }
    stored: dict[Identity, tuple[int, str]] = {}
    candidates = _list_candidates(session, new, known, addresses)
    twins: dict[Identity, Identity] = {}
    if not candidates and not _are_some_alike(new):
        return stored, twins
    loaded = _load_seen(session, candidates)
    kept: list[tuple[Identity, Seen]] = []
    for identity, message in new.items():
        seen = _see(message, addresses)
        found = next((key for key, each in loaded.items() if is_same(seen, each)), None)
        if found is not None:
            stored[identity] = found, candidates[found]
            if loaded[found].is_old:
                _renew(session, found, identity)
        elif twin := next((key for key, each in kept if is_same(seen, each)), None):
            twins[identity] = twin
        else:
            kept.append((identity, seen))
    return stored, twins


def _are_some_alike(new: Collection[Identity]) -> bool:
    ids = [HASHED if rfc_id.startswith(HASHED) else rfc_id for rfc_id, _ in new]
    return len(set(ids)) < len(ids)


def _list_candidates(
    session: Session,
    new: Mapping[Identity, Understood],
    known: Mapping[Identity, tuple[int, str]],
    addresses: Mapping[str, int],
) -> dict[int, str]:
    """Return candidates with their rank: messages with the same Message-ID or, for mail without one, of the
    same writer and Date.
    """
    ids = {rfc_id for rfc_id, _ in new}
    found = {message_id: rank for (rfc_id, _), (message_id, rank) in known.items() if rfc_id in ids}
    hashed = [each for (rfc_id, _), each in new.items() if rfc_id.startswith(HASHED)]
    writers = {addresses[each.author.key] for each in hashed if each.author}
    dates = {each.dated_at for each in hashed if each.dated_at is not None}
    for chunk in in_chunks(writers if dates else ()):
        rows = session.execute(
            select(Message.id, rank_now())
            .join(Participant, Participant.message_id == Message.id)
            .where(
                Participant.role == "author",
                in_values(session, Participant.address_id, chunk),
                Message.dated_at.in_(dates),
            )
        )
        found.update({row.id: row.rank for row in rows})
    return found


def _load_seen(session: Session, message_ids: Collection[int]) -> dict[int, Seen]:
    writers: dict[int, set[int]] = {message_id: set() for message_id in message_ids}
    loaded: dict[int, Seen] = {}
    for chunk in in_chunks(message_ids):
        for message_id, address_id in session.execute(
            select(Participant.message_id, Participant.address_id).where(
                in_values(session, Participant.message_id, chunk), Participant.role.in_(_WRITERS)
            )
        ):
            writers[message_id].add(address_id)
        for row in session.execute(
            select(
                Message.id,
                Message.rfc_id,
                Message.fingerprint,
                Message.dated_at,
                Message.channel_id,
                Message.own_kind,
                Body.text,
                Body.quoted,
            )
            .join(Body, Body.message_id == Message.id)
            .where(in_values(session, Message.id, chunk))
        ):
            loaded[row.id] = Seen(
                rfc_id=row.rfc_id,
                dated_at=row.dated_at,
                writers=frozenset(writers[row.id]),
                letters=letters_of(row.text, row.quoted),
                has_additions=row.channel_id is not None or row.own_kind == "bounce",
                is_broken=_BROKEN in row.text or _BROKEN in row.quoted,
                is_old=not row.fingerprint.startswith(FORM),
            )
    return loaded


def _see(message: Understood, addresses: Mapping[str, int]) -> Seen:
    people: Sequence[str] = [each.key for each in (message.author, message.sender) if each]
    return Seen(
        rfc_id=message.rfc_id,
        dated_at=message.dated_at,
        writers=frozenset(addresses[key] for key in people),
        letters=letters_of(message.text, message.quoted),
        has_additions=message.channel is not None or message.kind == "bounce",
        is_broken=_BROKEN in message.text or _BROKEN in message.quoted,
        is_old=False,
    )


def _renew(session: Session, message_id: int, identity: Identity) -> None:
    """Give a message from an older version today's fingerprint, so that the next lookup finds it directly."""
    rfc_id, mark = identity
    rename_messages(session, {message_id: {"rfc_id": rfc_id}})
    session.execute(update(Message).where(Message.id == message_id).values(rfc_id=rfc_id, fingerprint=mark))
