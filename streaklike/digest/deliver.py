"""Every digest is claimed before it is made, sent by whoever holds the claim, and written down (Q7).

claimed -> sending -> sent; a claim whose holder died is claimed again, since nothing was handed over; a sending whose
holder died is `unknown` and stays so. Nothing here commits: each step is a transaction of its caller's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.orm import Session

from streaklike.digest.schedule import PAUSES, DigestSlot, next_try
from streaklike.instants import MINUTE
from streaklike.store.models import DigestDelivery
from streaklike.store.writing import insert_for

CLAIMED: Final = "claimed"
SENDING: Final = "sending"
SENT: Final = "sent"
SKIPPED: Final = "skipped"
FAILED: Final = "failed"
UNKNOWN: Final = "unknown"
STATES: Final = (CLAIMED, SENDING, SENT, SKIPPED, FAILED, UNKNOWN)

NOTHING: Final = "nothing"
PAUSED: Final = "paused"
LATE: Final = "late"
REFUSED: Final = "refused"
DIED: Final = "The program ended while the mail was handed over."

LEASE: Final = 10 * MINUTE
"""So long may a step of a delivery take: longer than every timeout of a connection together."""


class ClaimLost(Exception):
    """Another run holds this digest by now: it is theirs to send."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to send one digest. `tries` tells this claim from every other on the same digest.

    `reason` is why the try before failed.
    """

    delivery_id: int
    message_id: str
    tries: int
    reason: str = ""


def claim(session: Session, user_id: int, slot: DigestSlot, *, message_id: str, now: int) -> Claim | None:
    """Claim one digest of a member: None where it is settled, or another's, or not to be tried again yet.

    A guarded insert, and for what failed or was left by a run that died a guarded update: of any number of runs one
    gets it.
    """
    key = {"user_id": user_id, "kind": slot.kind, "day": slot.day.isoformat()}
    row = {**key, "state": CLAIMED, "message_id": message_id, "reason": "", "tries": 1, "claimed_at": now}
    statement = insert_for(session, DigestDelivery).values(**row)
    inserted = session.execute(
        statement.on_conflict_do_nothing().returning(DigestDelivery.id)  # type: ignore[attr-defined]
    ).scalar()
    if inserted is not None:
        return Claim(inserted, message_id, 1)
    again = session.execute(
        update(DigestDelivery)
        .filter_by(**key)
        .where(_may_be_claimed_again(now))
        .values(state=CLAIMED, tries=DigestDelivery.tries + 1, claimed_at=now, next_try_at=None)
        .returning(DigestDelivery.id, DigestDelivery.message_id, DigestDelivery.tries, DigestDelivery.reason)
        .execution_options(synchronize_session=False)
    ).first()
    return Claim(*again) if again else None


def _may_be_claimed_again(now: int) -> Any:
    return or_(
        and_(DigestDelivery.state == FAILED, DigestDelivery.next_try_at <= now),
        and_(DigestDelivery.state == CLAIMED, DigestDelivery.claimed_at <= now - LEASE),
    )


def begin_sending(session: Session, held: Claim, *, composed_at: int, now: int) -> None:
    """Say that the mail's content is about to be handed over. Raises ClaimLost, and then nothing may be sent."""
    if not _settle(session, held, (CLAIMED,), state=SENDING, composed_at=composed_at, claimed_at=now):
        raise ClaimLost


def record_sent(session: Session, held: Claim, *, now: int) -> None:
    """The server took it. This is believed also where the sending was given up for unknown meanwhile."""
    _settle(session, held, (SENDING, UNKNOWN), state=SENT, reason="", settled_at=now, next_try_at=None)


def record_skipped(session: Session, held: Claim, reason: str, *, now: int) -> None:
    """None is sent on this day, and why: nothing, paused, late, or what the server said."""
    _settle(session, held, (CLAIMED, SENDING), state=SKIPPED, reason=reason, settled_at=now)


def record_failed(session: Session, held: Claim, reason: str, *, now: int) -> None:
    """It was certainly not sent, and is tried again after a pause that grows with every try."""
    again_at = next_try(now, held.tries)
    _settle(session, held, (CLAIMED, SENDING), state=FAILED, reason=reason, next_try_at=again_at)


def record_fault(session: Session, held: Claim, reason: str, *, now: int) -> str:
    """Something broke that should not: the state that follows, which is unknown where it broke while sending."""
    again_at = next_try(now, held.tries)
    if _settle(session, held, (CLAIMED,), state=FAILED, reason=reason, next_try_at=again_at):
        return FAILED
    record_unknown(session, held, reason, now=now)
    return UNKNOWN


def record_unknown(session: Session, held: Claim, reason: str, *, now: int) -> None:
    """It may have been sent or not: shown, and never sent again by itself."""
    _settle(session, held, (SENDING,), state=UNKNOWN, reason=reason, settled_at=now)


def _settle(session: Session, held: Claim, states: Sequence[str], **values: Any) -> bool:
    """Write how it stands, if this claim is the newest and the digest stands in one of these states."""
    found = session.execute(
        update(DigestDelivery)
        .where(
            DigestDelivery.id == held.delivery_id,
            DigestDelivery.tries == held.tries,
            DigestDelivery.state.in_(states),
        )
        .values(**values)
        .returning(DigestDelivery.id)
        .execution_options(synchronize_session=False)
    )
    return found.scalar() is not None


def pull_in(session: Session, *, now: int) -> None:
    """Have what a clock that was ahead left behind go on within its ordinary span: claims, sendings, next tries.

    What was sent in the name of a day to come stays sent: nobody gets a day's digest twice.
    """
    of_the_future = update(DigestDelivery).execution_options(synchronize_session=False)
    session.execute(
        of_the_future.where(
            DigestDelivery.state.in_((CLAIMED, SENDING)), DigestDelivery.claimed_at > now + LEASE
        ).values(claimed_at=now)
    )
    session.execute(
        of_the_future.where(
            DigestDelivery.state == FAILED, DigestDelivery.next_try_at > now + max(PAUSES) + MINUTE
        ).values(next_try_at=now)
    )


def resolve_lost(session: Session, *, now: int, today: date) -> None:
    """Settle what runs that died left behind: sendings are unknown, and what no day will take up again is skipped.

    `today` is the earliest date that anybody's clock shows now.
    """
    session.execute(
        update(DigestDelivery)
        .where(DigestDelivery.state == SENDING, DigestDelivery.claimed_at <= now - LEASE)
        .values(state=UNKNOWN, reason=DIED, settled_at=now)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(DigestDelivery)
        .where(
            DigestDelivery.day < today.isoformat(),
            or_(
                DigestDelivery.state == FAILED,
                and_(DigestDelivery.state == CLAIMED, DigestDelivery.claimed_at <= now - LEASE),
            ),
        )
        .values(
            state=SKIPPED,
            reason=case((DigestDelivery.reason == "", LATE), else_=DigestDelivery.reason),
            settled_at=now,
            next_try_at=None,
            tries=DigestDelivery.tries + 1,
        )
        .execution_options(synchronize_session=False)
    )


def list_deliveries(session: Session, user_id: int, *, limit: int = 10) -> list[DigestDelivery]:
    """What became of a member's digests, the newest first."""
    query = select(DigestDelivery).where(DigestDelivery.user_id == user_id)
    return list(
        session.scalars(
            query.order_by(DigestDelivery.day.desc(), DigestDelivery.kind, DigestDelivery.id.desc()).limit(
                limit
            )
        )
    )
