"""The rows of the review queue: flags and waiting people brought together, each with why in numbers and what proves it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from streaklike.instants import DAY, HOUR
from streaklike.store.models import Address, Contact, Conversation, Flag, Standing, User
from streaklike.web.evidence import Evidence, load_evidence

GROUPS = ("needs_us", "too_much", "forgotten")
STRIP_WIDTH = 300


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody stands in the queue: the text's name, its numbers, and since when where the text says so."""

    text: str
    numbers: dict[str, float]
    since_at: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on the strip: how far along it, of 300, and whose word it was."""

    x: int
    is_ours: bool


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One person who waits to be looked at."""

    contact_id: int
    name: str
    address: str
    kind: str
    group: str
    sign: str
    reasons: tuple[Reason, ...]
    flags: tuple[Flag, ...]
    is_waiting: bool
    is_left_alone: bool
    is_thanks_only: bool
    since_at: int
    subject: str
    last_at: int | None
    last_direction: str | None
    last_by: str | None
    owner_id: int | None
    owner: str | None
    owner_ids: frozenset[int]
    evidence: tuple[Evidence, ...]
    strip: tuple[Mark, ...]


def list_rows(session: Session, *, now: int) -> list[QueueRow]:
    """Everybody who waits for us or stands under a flag: by group, the longest waiting first, mere thanks last (R37)."""
    flags = _load_flags(session)
    evidence = load_evidence(
        session, {item for found in flags.values() for flag in found for item in flag.evidence}
    )
    people = session.execute(_people()).all()
    users = dict(session.execute(select(User.id, User.name)).tuples().all())
    rows = [_build_row(row, flags[row.id], evidence, users, now) for row in people]
    return sorted(
        rows, key=lambda row: (GROUPS.index(row.group), row.is_thanks_only, row.since_at, row.contact_id)
    )


def _load_flags(session: Session) -> dict[int, list[Flag]]:
    flags: dict[int, list[Flag]] = defaultdict(list)
    for flag in session.scalars(select(Flag).order_by(Flag.since_at, Flag.id)):
        flags[flag.contact_id].append(flag)
    return flags


def _people() -> Any:
    address = select(func.min(Address.key)).where(Address.contact_id == Contact.id).correlate(Contact)
    waiting = aliased(Conversation)
    return (
        select(
            Contact.id,
            func.coalesce(Contact.given_name, Contact.name).label("name"),
            func.coalesce(address.scalar_subquery(), "").label("address"),
            Contact.kind,
            Contact.do_not_contact_until,
            Contact.owner_id,
            Standing.reply_state,
            Standing.waiting_since_at,
            Standing.is_thanks_only,
            Standing.last_touch_at,
            Standing.last_touch_direction,
            Standing.last_touch_user_id,
            func.coalesce(waiting.subject, "").label("subject"),
            waiting.owner_id.label("waiting_owner_id"),
        )
        .outerjoin(Standing, Standing.contact_id == Contact.id)
        .outerjoin(waiting, waiting.id == Standing.waiting_conversation_id)
        .where(
            or_(Standing.reply_state == "needs_reply", Contact.id.in_(select(Flag.contact_id))),
            Contact.merged_into_id.is_(None),
        )
    )


def _build_row(
    row: Any, flags: Sequence[Flag], evidence: dict[str, Evidence], users: dict[int, str], now: int
) -> QueueRow:
    is_waiting = row.reply_state == "needs_reply"
    reasons = [_explain(flag, evidence, now) for flag in flags]
    if is_waiting and not any(flag.reason == "unanswered" for flag in flags):
        reasons.insert(
            0, Reason("thanks_only" if row.is_thanks_only else "needs_reply", {}, row.waiting_since_at)
        )
    group = _group(flags, is_waiting=is_waiting)
    proof = sorted({evidence[key] for flag in flags for key in flag.evidence if key in evidence}, key=_when)
    owners = [row.waiting_owner_id, *(flag.owner_id for flag in flags), row.owner_id]
    owner_id = next((owner for owner in owners if owner is not None), None)
    since = [flag.since_at for flag in flags] + (
        [row.waiting_since_at] if is_waiting and row.waiting_since_at else []
    )
    return QueueRow(
        contact_id=row.id,
        name=row.name,
        address=row.address,
        kind=row.kind,
        group=group,
        sign={"needs_us": "needs_reply", "too_much": "over_contacted", "forgotten": "ignored"}[group],
        reasons=tuple(reasons),
        flags=tuple(flags),
        is_waiting=is_waiting,
        is_left_alone=row.do_not_contact_until is not None and row.do_not_contact_until > now,
        is_thanks_only=bool(row.is_thanks_only) and not flags,
        since_at=min(since, default=now),
        subject=row.subject if is_waiting else "",
        last_at=row.last_touch_at,
        last_direction=row.last_touch_direction,
        last_by=users.get(row.last_touch_user_id),
        owner_id=owner_id,
        owner=users.get(owner_id) if owner_id is not None else None,
        owner_ids=frozenset(owner for owner in owners if owner is not None),
        evidence=tuple(proof),
        strip=_draw_strip(proof, now),
    )


def _group(flags: Iterable[Flag], *, is_waiting: bool) -> str:
    if is_waiting:
        return "needs_us"
    return "too_much" if any(flag.flag == "over_contacted" for flag in flags) else "forgotten"


def _when(item: Evidence) -> tuple[int, str]:
    return item.at, item.key


def _explain(flag: Flag, evidence: dict[str, Evidence], now: int) -> Reason:
    """Why, in the flag's own numbers; what grows by itself is counted on to now."""
    counted = [evidence[key] for key in flag.evidence if key in evidence]
    numbers = {"count": flag.count, "limit": flag.limit}
    grown_days = (now - flag.since_at) // DAY
    match flag.reason:
        case "budget" | "asks":
            is_mail = flag.reason == "budget" and all(item.kind == "email" for item in counted)
            text = flag.reason if is_mail or flag.reason == "asks" else "budget_touches"
            count = len(counted) if is_mail and counted else flag.count
            return Reason(text, {"count": count, "limit": flag.limit, "n": _days_between(counted)})
        case "ask_after_gift":
            return Reason(flag.reason, {"n": flag.count, "limit": flag.limit})
        case "collision":
            return Reason(flag.reason, {"n": max(1, round(flag.count))})
        case "unanswered":
            asked_at = min((item.at for item in counted), default=flag.since_at)
            return Reason(flag.reason, {"limit": flag.limit}, asked_at)
        case "promise_overdue":
            return Reason(flag.reason, {"n": grown_days}) if grown_days else Reason("promise_today", {})
        case _:
            return Reason(flag.reason, {**numbers, "count": flag.count + grown_days})


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
    return tuple(Mark(round((item.at - first) / length * (STRIP_WIDTH - 3)), item.is_ours) for item in proof)
