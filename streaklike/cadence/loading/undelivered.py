"""Permanent bounces (R30): which of our messages did not reach which address."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import and_, literal_column, or_, select
from sqlalchemy.orm import Session

from streaklike.cadence.loading.fetching import fetch
from streaklike.store.in_values import in_values
from streaklike.store.models import Message, Participant


class Undelivered(NamedTuple):
    """(Message-ID, address id) of failed deliveries; and when a future-dated bounce comes to count, by address."""

    pairs: set[tuple[str, int]]
    later: dict[int, int]


def find_undelivered(
    session: Session, address_ids: Collection[int], *, now: int, within_ms: int
) -> Undelivered:
    """Match permanent bounces to sent mail.

    A bounce matches the Message-ID it names, else the last mail sent to the address before it.

    Delays (4.x.x) are ignored. `within_ms` limits how far back an unnamed message is searched.
    """
    found = Undelivered(set(), {})
    bounces = _list_bounces(session, address_ids)
    sent = _list_sent(
        session, {address_id for at, address_id, rfc_id in bounces if rfc_id is None and at <= now}
    )
    for bounced_at, address_id, rfc_id in bounces:
        if bounced_at > now:
            found.later[address_id] = min(bounced_at, found.later.get(address_id, bounced_at))
        elif rfc_id is not None:
            found.pairs.add((rfc_id, address_id))
        else:
            before = [each for each in sent[address_id] if bounced_at - within_ms <= each[0] <= bounced_at]
            if before:
                found.pairs.add((max(before)[1], address_id))
    return found


def _list_sent(session: Session, address_ids: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    """Return (instant, Message-ID) of our mail to each of these addresses."""
    sent: dict[int, list[tuple[int, str]]] = defaultdict(list)
    if not address_ids:
        return sent
    statement = (
        select(Participant.address_id, Message.at, Message.rfc_id)
        .join(Message, Message.id == Participant.message_id)
        .where(
            in_values(session, Participant.address_id, address_ids),
            Participant.role.in_(("to", "cc", "bcc")),
            Message.is_live,
            Message.direction == "outbound",
            or_(
                Message.kind.in_(("human", "bulk")),
                and_(Message.kind == "calendar", Message.is_invitation),
            ),
        )
    )
    for address_id, at, rfc_id in fetch(session, statement):
        sent[address_id].append((at, rfc_id))
    return sent


def _list_bounces(session: Session, address_ids: Collection[int]) -> list[tuple[Any, ...]]:
    if not address_ids:
        return []
    rows = fetch(
        session,
        select(Message.at, Participant.address_id, Message.bounce_of)
        .join(Participant, Participant.message_id == Message.id)
        .where(
            in_values(session, Participant.address_id, address_ids),
            # A literal, not a bound parameter: a partial index is used only if the condition matches its own.
            Participant.role == literal_column("'failed'"),
            Message.kind == "bounce",
            Message.is_live,
            Message.bounce_status.startswith("5"),
        ),
    )
    return [tuple(row) for row in rows]
