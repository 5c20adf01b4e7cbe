"""Why somebody stands in the queue or in a digest, in words and numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from streaklike.cadence.flag_views import FlagView
from streaklike.instants import DAY
from streaklike.wording.evidence import Evidence

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


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody stands in the queue: the text's name, its numbers, and since when where the text says so."""

    text: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    since_at: int | None = None


def explain_person(
    flags: Sequence[FlagView],
    evidence: Mapping[str, Evidence],
    *,
    waiting_since_at: int | None,
    is_thanks_only: bool,
) -> tuple[Reason, ...]:
    """All that is to be said of a person, what is owed first."""
    ordered = sorted(flags, key=lambda flag: REASONS.index(flag.reason))
    waiting: tuple[Reason, ...] = ()
    if waiting_since_at is not None and not any(flag.reason == "unanswered" for flag in flags):
        waiting = (Reason("thanks_only" if is_thanks_only else "needs_reply", since_at=waiting_since_at),)
    return (*waiting, *(explain_flag(flag, evidence) for flag in ordered))


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
