"""Ids of internal mail whose content is not stored, to keep the conversations around it connected (R13, R23).

Of mail among colleagues only the Message-ID and References are kept, on its MailboxMessage. A message that
replies to it is treated as replying to what it replied to.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from streaklike.store.in_values import in_values
from streaklike.store.models import Link, MailboxMessage, Message
from streaklike.store.writing import in_chunks

_MAX_STEPS: Final = 100
"""Maximum depth to which chains of internal mail are followed."""

IS_BRIDGE: Final = and_(
    MailboxMessage.rfc_id.is_not(None),
    MailboxMessage.state == "left_out",
    MailboxMessage.reason == "internal",
    MailboxMessage.is_hidden.is_(False),
)


@dataclass(frozen=True, slots=True)
class Bridge:
    """An internal message: its References, oldest first, and its Gmail threads as (mailbox id, thread id)."""

    refs: tuple[str, ...]
    threads: frozenset[tuple[int, str]]


Bridges = dict[str, Bridge]
"""Internal mail by Message-ID."""


def load_bridges(session: Session, refs: Iterable[str], *, until: int | None = None) -> Bridges:
    """Load the internal mail reachable from these Message-IDs; only mail up to `until` (UTC ms) if given."""
    found: Bridges = {}
    wanted = set(refs)
    seen = set(wanted)
    for _ in range(_MAX_STEPS):
        step = _load_step(session, wanted, until)
        if not step:
            break
        found.update(step)
        wanted = {ref for bridge in step.values() for ref in bridge.refs} - seen
        seen |= wanted
    return found


def _load_step(session: Session, rfc_ids: Collection[str], until: int | None) -> Bridges:
    found: Bridges = {}
    is_there = IS_BRIDGE if until is None else and_(IS_BRIDGE, MailboxMessage.at <= until)
    for chunk in in_chunks(sorted(rfc_ids)):
        rows = session.execute(
            select(
                MailboxMessage.rfc_id,
                MailboxMessage.refs,
                MailboxMessage.mailbox_id,
                MailboxMessage.thread_id,
            )
            .where(in_values(session, MailboxMessage.rfc_id, chunk), is_there)
            .order_by(MailboxMessage.mailbox_id, MailboxMessage.gmail_id)
        )
        for rfc_id, refs, mailbox_id, thread_id in rows:
            known = found.get(rfc_id or "", Bridge((), frozenset()))
            named = dict.fromkeys((*known.refs, *(refs or "").split()))
            found[rfc_id or ""] = Bridge(tuple(named), known.threads | {(mailbox_id, thread_id)})
    return found


def expand_refs(refs: Iterable[str], bridges: Bridges) -> tuple[tuple[str, ...], frozenset[tuple[int, str]]]:
    """Insert before each ref the refs it leads to through internal mail.

    Returns refs, oldest first, and threads.
    """
    out: dict[str, None] = {}
    threads: set[tuple[int, str]] = set()
    opened: set[str] = set()
    # Iterative depth-first walk: a bridge stays on the stack until its own refs are output.
    waiting = list(reversed(list(refs)))
    while waiting:
        ref = waiting[-1]
        bridge = bridges.get(ref)
        if bridge is not None and ref not in opened:
            opened.add(ref)
            threads |= bridge.threads
            waiting += [each for each in reversed(bridge.refs) if each not in out and each not in opened]
            continue
        out[waiting.pop()] = None
    return tuple(out), frozenset(threads)


def _list_answered(session: Session, rfc_ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for chunk in in_chunks(sorted(rfc_ids)):
        to_groups = in_values(session, MailboxMessage.rfc_id, chunk), MailboxMessage.group_keys.is_not(None)
        for refs in session.scalars(select(MailboxMessage.refs).where(*to_groups)):
            found.update((refs or "").split())
    return found


def find_around(session: Session, rfc_ids: Collection[str]) -> set[int]:
    """Return stored messages whose conversation may depend on internal mail with these Message-IDs.

    Includes messages in conversations it replies to if it went to a team group: it may be their answer (R35).
    """
    found: set[int] = set()
    rfc_ids = set(rfc_ids) | _list_answered(session, rfc_ids)
    for chunk in in_chunks(sorted({f"m:{rfc_id}" for rfc_id in rfc_ids})):
        groups = select(Link.group_id).where(in_values(session, Link.key, chunk))
        found.update(session.scalars(select(Message.id).where(Message.group_id.in_(groups))))
    return found
