"""The review queue as the page shows it: to each row of cadence's, why in words and numbers, and what proves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.flag_views import FlagView
from streaklike.cadence.queue import NEEDS_US, THANKS, TOO_MUCH, Queue, QueueRow
from streaklike.instants import DAY, HOUR
from streaklike.store.models import Contact, Conversation, Standing, User
from streaklike.web.evidence import Evidence, load_evidence

STRIP_WIDTH = 300
MARK_WIDTH = 3
REASONS = (
    "unanswered",
    "budget",
    "asks",
    "ask_after_gift",
    "collision",
    "promise_overdue",
    "stalled",
    "lapsed",
    "never_contacted",
)
"""In the order in which a row gives them: what is owed first."""
SIGNS = {NEEDS_US: "needs_reply", TOO_MUCH: "over_contacted", THANKS: "quiet"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody stands in the queue: the text's name, its numbers, and since when where the text says so."""

    text: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    since_at: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on the strip: how far along it, of 300, and whose word it was."""

    x: int
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """The colleague who answers for the row."""

    id: int
    name: str


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
    strip: tuple[Mark, ...]


def show_rows(session: Session, queue: Queue, now: int) -> list[ShownRow]:
    """The page's rows, by a handful of queries whatever their number."""
    evidence = load_evidence(
        session, {key for row in queue.rows for flag in row.flags for key in flag.evidence}
    )
    owners = {
        user.email: Owner(user.id, user.name)
        for user in session.execute(select(User.email, User.id, User.name))
    }
    more = _load_more(session, [row.contact_id for row in queue.rows])
    return [_show(row, more[row.contact_id], owners, evidence, now) for row in queue.rows]


def _load_more(session: Session, contact_ids: Sequence[int]) -> dict[int, Any]:
    rows = session.execute(
        select(Contact.id, Contact.kind, Contact.do_not_contact_until, Conversation.subject)
        .outerjoin(Standing, Standing.contact_id == Contact.id)
        .outerjoin(Conversation, Conversation.id == Standing.waiting_conversation_id)
        .where(Contact.id.in_(contact_ids))
    )
    return {row.id: row for row in rows}


def _show(
    row: QueueRow, more: Any, owners: Mapping[str, Owner], evidence: Mapping[str, Evidence], now: int
) -> ShownRow:
    flags = sorted(row.flags, key=lambda flag: REASONS.index(flag.reason))
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
        reasons=(*_explain_waiting(row), *(explain_flag(flag, evidence) for flag in flags)),
        evidence=tuple(proof),
        strip=_draw_strip(proof, now),
    )


def _when(item: Evidence) -> tuple[int, str]:
    return item.at, item.key


def _explain_waiting(row: QueueRow) -> tuple[Reason, ...]:
    if row.waiting_since_at is None or any(flag.reason == "unanswered" for flag in row.flags):
        return ()
    return (Reason("thanks_only" if row.is_thanks_only else "needs_reply", since_at=row.waiting_since_at),)


def explain_flag(flag: FlagView, evidence: Mapping[str, Evidence]) -> Reason:
    """Why a flag stands, in its own numbers."""
    counted = [evidence[key] for key in flag.evidence if key in evidence]
    match flag.reason:
        case "budget" | "asks":
            is_mail = flag.reason == "budget" and all(item.kind == "email" for item in counted)
            text = "budget_touches" if flag.reason == "budget" and not is_mail else flag.reason
            count = len(counted) if is_mail and counted else flag.count
            return Reason(text, {"count": count, "limit": flag.limit, "n": _days_between(counted)})
        case "ask_after_gift":
            return Reason(flag.reason, {"n": flag.count, "limit": flag.limit})
        case "collision":
            return Reason(flag.reason, {"n": max(1, round(flag.count))})
        case "unanswered":
            asked_at = min((item.at for item in counted), default=flag.since)
            return Reason(flag.reason, {"count": int(flag.count), "limit": flag.limit}, asked_at)
        case "promise_overdue":
            return Reason(flag.reason, {"n": int(flag.count)}) if flag.count >= 1 else Reason("promise_today")
        case _:
            return Reason(flag.reason, {"count": int(flag.count), "limit": flag.limit})


def _days_between(counted: Sequence[Evidence]) -> int:
    if not counted:
        return 1
    first, last = min(item.at for item in counted), max(item.at for item in counted)
    return max(1, -(-(last - first) // DAY))


def _draw_strip(proof: Sequence[Evidence], now: int) -> tuple[Mark, ...]:
    """The evidence along a line from the first of it to now; a line of one mark says nothing."""
    if len(proof) < 2:
        return ()
    first = min(item.at for item in proof)
    length = max(now - first, HOUR)
    return tuple(
        Mark(round((item.at - first) / length * (STRIP_WIDTH - MARK_WIDTH)), item.is_ours) for item in proof
    )
