"""The review queue as the page shows it: to each row of cadence's, why in words and numbers, and what proves it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.queries.flag_views import FlagView
from streaklike.cadence.queries.queue import NEEDS_US, THANKS, TOO_MUCH, Queue, QueueRow
from streaklike.instants import HOUR
from streaklike.store.models import Contact, ContactStatus, Conversation, User
from streaklike.wording.evidence import Evidence, keys_of, load_evidence
from streaklike.wording.reasons import Reason, explain_person

STRIP_WIDTH = 300
MARK_WIDTH = 3
SIGNS = {NEEDS_US: "needs_reply", TOO_MUCH: "over_contacted", THANKS: "quiet"}


@dataclass(frozen=True, slots=True)
class StripMark:
    """A mark on the strip: how far along it, of 300, and whose word it was."""

    x: int
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """The colleague who answers for the row."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """Mail of ours in another conversation that may be the answer to what waits in this one (R36)."""

    conversation_id: int
    mail: Evidence


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with all that the page says of it. `subject` is that of the conversation that waits."""

    row: QueueRow
    sign: str
    kind: str
    is_left_alone: bool
    subject: str
    owner: Owner | None
    reasons: tuple[Reason, ...]
    evidence: tuple[Evidence, ...]
    strip: tuple[StripMark, ...]
    answers: tuple[Suggested, ...] = ()


def show_rows(session: Session, queue: Queue, now: int) -> list[ShownRow]:
    """The page's rows, by a handful of queries whatever their number."""
    flags = [flag for row in queue.rows for flag in row.flags]
    evidence = load_evidence(session, {key for flag in flags for key in keys_of(flag)})
    owners = {
        user.email: Owner(user.id, user.name)
        for user in session.execute(select(User.email, User.id, User.name))
    }
    more = _load_more(session, [row.contact_id for row in queue.rows])
    return [_show(row, more[row.contact_id], owners, evidence, now) for row in queue.rows]


def _load_more(session: Session, contact_ids: Sequence[int]) -> dict[int, Any]:
    rows = session.execute(
        select(Contact.id, Contact.kind, Contact.do_not_contact_until, Conversation.subject)
        .outerjoin(ContactStatus, ContactStatus.contact_id == Contact.id)
        .outerjoin(Conversation, Conversation.id == ContactStatus.waiting_conversation_id)
        .where(Contact.id.in_(contact_ids))
    )
    return {row.id: row for row in rows}


def _show(
    row: QueueRow, more: Any, owners: Mapping[str, Owner], evidence: Mapping[str, Evidence], now: int
) -> ShownRow:
    proof = sorted(
        {evidence[key] for flag in row.flags for key in flag.evidence if key in evidence}, key=_when
    )
    return ShownRow(
        row=row,
        sign=SIGNS.get(row.section, "ignored"),
        kind=more.kind,
        is_left_alone=more.do_not_contact_until is not None and more.do_not_contact_until > now,
        subject=more.subject or "",
        owner=owners.get(row.owner or ""),
        reasons=explain_person(
            row.flags,
            evidence,
            waiting_since_at=row.waiting_since_at,
            is_thanks_only=row.is_thanks_only,
            is_logged=row.waiting_conversation_id is None,
        ),
        evidence=tuple(proof),
        strip=_draw_strip(proof, now),
        answers=list_suggested(row.flags, evidence),
    )


def list_suggested(flags: Iterable[FlagView], evidence: Mapping[str, Evidence]) -> tuple[Suggested, ...]:
    """The suggested answers of these flags, of which `evidence` must know the mail."""
    found = [(flag.conversation_id, evidence.get(flag.suggested_answer or "")) for flag in flags]
    return tuple(
        Suggested(conversation_id, mail)
        for conversation_id, mail in found
        if conversation_id is not None and mail is not None
    )


def _when(item: Evidence) -> tuple[int, str]:
    return item.at, item.key


def _draw_strip(proof: Sequence[Evidence], now: int) -> tuple[StripMark, ...]:
    """The evidence along a line from the first of it to now; a line of one mark says nothing."""
    if len(proof) < 2:
        return ()
    first = min(item.at for item in proof)
    length = max(now - first, HOUR)
    return tuple(
        StripMark(round((item.at - first) / length * (STRIP_WIDTH - MARK_WIDTH)), item.is_ours)
        for item in proof
    )
