"""Why somebody stands in the queue or in a digest, in words and numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from streaklike.cadence.queries.flag_views import FlagView
from streaklike.cadence.queries.hints import QuietHint
from streaklike.cadence.rules.gone_quiet import usual_days_of
from streaklike.cadence.rules.urgency import DATE, WAITING, Sign
from streaklike.instants import DAY, HOUR
from streaklike.wording.evidence import Evidence
from streaklike.wording.texts import Catalogue

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
    "gone_quiet",
)
"""In the order in which a row gives them: what is owed first."""

LONG_HOURS: Final = 36
"""From here on a length is told in days."""
LONGEST_NAME: Final = 40
"""So many characters of a task or a box stand in a row."""
WORKING_DAY_HOURS: Final = 8
"""What R47 calls a working day: two of them are 16 hours."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody stands in the queue, and what to do: the text's name with its values, and since when where it says so.

    `until_at` is when it is better to write again, where that is what it comes to.
    """

    text: str
    numbers: Mapping[str, float | str] = field(default_factory=dict)
    since_at: int | None = None
    until_at: int | None = None

    def say(self, t: Catalogue, *, ago: Callable[[int], str], day: Callable[[int], str]) -> str:
        """The reason in words; `ago` and `day` tell instants on the reader's clock."""
        since = {"ago": ago(self.since_at)} if self.since_at is not None else {}
        said = t(f"why.{self.text}", **self.numbers, **since)
        if self.until_at is None:
            return said
        return t("list.semicolon").join((said, t("why.better_after", day=day(self.until_at))))


def explain_person(
    flags: Sequence[FlagView],
    evidence: Mapping[str, Evidence],
    *,
    waiting_since_at: int | None,
    is_thanks_only: bool,
    is_logged: bool = False,
) -> tuple[Reason, ...]:
    """All that is to be said of a person, what is owed first. `is_logged`: what waits longest is no mail (R56)."""
    ordered = sorted(flags, key=lambda flag: REASONS.index(flag.reason))
    waiting: tuple[Reason, ...] = ()
    if waiting_since_at is not None and not any(flag.reason == "unanswered" for flag in flags):
        plain = "needs_reply_logged" if is_logged else "needs_reply"
        waiting = (Reason("thanks_only" if is_thanks_only else plain, since_at=waiting_since_at),)
    return (*waiting, *(explain_flag(flag, evidence) for flag in ordered))


def say_urgency(t: Catalogue, signs: Sequence[Sign], *, day: Callable[[date], str]) -> str:
    """Why somebody stands before others who waited longer, on one line; empty where nothing is to be said.

    `day` names a date of the calendar. That they wait longer than the team's limit is said by the flag itself.
    """
    said = [text for sign in signs if (text := _say_sign(t, sign, day))]
    return t("list.dot").join(said)


def _say_sign(t: Catalogue, sign: Sign, day: Callable[[date], str]) -> str:
    if sign.kind == DATE and sign.named_on is not None:
        return _say_named_day(t, sign.named_on, sign.days, day)
    if sign.kind == WAITING:
        return "" if sign.usual_ms is None else t("urgent.waiting", usual=_say_working(t, sign.usual_ms))
    return t(f"urgent.{sign.kind}", word=sign.word)


def _say_named_day(t: Catalogue, named_on: date, days: int, day: Callable[[date], str]) -> str:
    if days < 0:
        return t("urgent.date_passed", n=-days, day=day(named_on))
    near = {0: "urgent.date_today", 1: "urgent.date_tomorrow"}.get(days)
    return (
        t(near) if near else t("urgent.date", day=day(named_on), weekday=t(f"weekday.{named_on.weekday()}"))
    )


def _say_working(t: Catalogue, ms: int) -> str:
    """A length of working time: hours within a working day, then working days."""
    hours = max(1, round(ms / HOUR))
    if hours < WORKING_DAY_HOURS:
        return t("urgent.hours", n=hours)
    return t("urgent.working_days", n=round(hours / WORKING_DAY_HOURS))


def explain_flag(flag: FlagView, evidence: Mapping[str, Evidence]) -> Reason:
    """Why a flag stands and what to do about it, in days and working days."""
    counted = [evidence[key] for key in flag.evidence if key in evidence]
    explain = _EXPLAINED.get(flag.reason)
    if explain is not None:
        return explain(flag, counted)
    return Reason(flag.reason, {"count": int(flag.count), "limit": flag.limit})


def _explain_asks(flag: FlagView, counted: Sequence[Evidence]) -> Reason:
    numbers = {"count": flag.count, "limit": flag.limit, "n": _days_between(counted)}
    return Reason(flag.reason, numbers, until_at=flag.lapses_at)


def _explain_ask_after_gift(flag: FlagView, counted: Sequence[Evidence]) -> Reason:
    gift = next((item.text for item in counted if item.kind == "gift" and item.text), None)
    numbers = {"n": flag.count, "limit": flag.limit}
    if gift is None:
        return Reason(flag.reason, numbers, until_at=flag.lapses_at)
    return Reason("ask_after_gift_named", {**numbers, "gift": gift}, until_at=flag.lapses_at)


def _explain_collision(flag: FlagView, _counted: Sequence[Evidence]) -> Reason:
    hours = max(1, round(flag.count))
    if hours >= LONG_HOURS:
        return Reason("collision_days", {"n": round(hours / 24)})
    return Reason(flag.reason, {"n": hours})


def _explain_unanswered(flag: FlagView, counted: Sequence[Evidence]) -> Reason:
    asked_at = min((item.at for item in counted), default=flag.since)
    if flag.suggested_answer is not None:
        return Reason("unanswered_elsewhere", {}, asked_at)
    is_logged = any(item.kind != "email" for item in counted)
    text = "unanswered_logged" if is_logged else flag.reason
    return Reason(text, {"n": max(1, int(flag.count / WORKING_DAY_HOURS))}, asked_at)


def _explain_promise(flag: FlagView, counted: Sequence[Evidence]) -> Reason:
    named = next((item.text for item in counted if item.kind == "task" and item.text.strip()), "")
    task = _short(named)
    if flag.count < 1:
        return Reason("promise_today_named", {"task": task}) if task else Reason("promise_today")
    numbers: dict[str, float | str] = {"n": int(flag.count)}
    return Reason("promise_named", {**numbers, "task": task}) if task else Reason(flag.reason, numbers)


def _explain_stalled(flag: FlagView, _counted: Sequence[Evidence]) -> Reason:
    numbers: dict[str, float | str] = {"count": int(flag.count), "limit": flag.limit}
    box = _short(flag.box_name or "")
    return Reason("stalled_named", {**numbers, "box": box}) if box else Reason(flag.reason, numbers)


def _short(text: str) -> str:
    """What a colleague called it, on one line."""
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_NAME else f"{plain[: LONGEST_NAME - 1].rstrip()}…"


def explain_quiet(quiet: QuietHint, now: int) -> Reason:
    """Why somebody is hinted to have gone quiet (R57)."""
    return _tell_quiet((now - quiet.last_at) / DAY, quiet.usual_days)


def _explain_gone_quiet(flag: FlagView, _counted: Sequence[Evidence]) -> Reason:
    return _tell_quiet(flag.count, usual_days_of(flag.limit))


def _tell_quiet(silent_days: float, usual_days: float) -> Reason:
    return Reason("gone_quiet", {"n": int(silent_days), "usual": max(1, round(usual_days))})


def _explain_budget(flag: FlagView, counted: Sequence[Evidence]) -> Reason:
    colleagues = {item.by for item in counted if item.by is not None}
    is_mail = bool(counted) and all(item.kind == "email" for item in counted)
    count = len(counted) if is_mail else flag.count
    if len(colleagues) > 1:
        numbers = {"n": len(colleagues), "count": count, "limit": flag.limit}
        return Reason("budget_colleagues", numbers, until_at=flag.lapses_at)
    text = "budget" if is_mail or not counted else "budget_touches"
    numbers = {"count": count, "limit": flag.limit, "n": _days_between(counted)}
    return Reason(text, numbers, until_at=flag.lapses_at)


def _days_between(counted: Sequence[Evidence]) -> int:
    if not counted:
        return 1
    first, last = min(item.at for item in counted), max(item.at for item in counted)
    return max(1, -(-(last - first) // DAY))


_EXPLAINED: Final[Mapping[str, Callable[[FlagView, Sequence[Evidence]], Reason]]] = {
    "budget": _explain_budget,
    "asks": _explain_asks,
    "ask_after_gift": _explain_ask_after_gift,
    "collision": _explain_collision,
    "unanswered": _explain_unanswered,
    "promise_overdue": _explain_promise,
    "stalled": _explain_stalled,
    "gone_quiet": _explain_gone_quiet,
}
"""Those that say more than how much there is of what limit."""
