"""What was returned for good (R30): which message of ours did not reach which address."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.fetching import among, fetch
from streaklike.store.models import Message, Participant


class Sent(NamedTuple):
    """A message of ours to one address."""

    at: int
    rfc_id: str
    address_id: int


class Undelivered(NamedTuple):
    """(Message-ID, address id) of what never arrived; and when a return dated later comes to count, by address."""

    pairs: set[tuple[str, int]]
    later: dict[int, int]


def find_undelivered(
    session: Session,
    address_ids: set[int],
    list_sent: Callable[[], list[Sent]],
    *,
    now: int,
    within_ms: int,
) -> Undelivered:
    """Match permanent bounces with what was sent: by the Message-ID they name, else the last to that address before.

    Delays (4.x.x) change nothing. `within_ms` is how far back an unnamed message is looked for, among what `list_sent`
    gives: asked for only where there is such a bounce.
    """
    found = Undelivered(set(), {})
    for bounced_at, address_id, rfc_id in _list_bounces(session, address_ids):
        if bounced_at > now:
            found.later[address_id] = min(bounced_at, found.later.get(address_id, bounced_at))
        elif rfc_id is not None:
            found.pairs.add((rfc_id, address_id))
        else:
            before = [
                each
                for each in list_sent()
                if each.address_id == address_id and bounced_at - within_ms <= each.at <= bounced_at
            ]
            if before:
                found.pairs.add((max(before).rfc_id, address_id))
    return found


def _list_bounces(session: Session, address_ids: set[int]) -> list[tuple[Any, ...]]:
    if not address_ids:
        return []
    rows = fetch(
        session,
        select(Message.at, Participant.address_id, Message.bounce_of)
        .join(Participant, Participant.message_id == Message.id)
        .where(
            among(session, Participant.address_id, address_ids),
            Participant.role == "failed",
            Message.kind == "bounce",
            Message.is_live,
            Message.bounce_status.startswith("5"),
        ),
    )
    return [tuple(row) for row in rows]
