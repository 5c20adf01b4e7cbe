"""`over_contacted` (R46): too much weight, too many asks, an ask after a gift, two colleagues at once."""

from collections.abc import Sequence
from typing import NamedTuple

from streaklike.cadence.rules.flags import OVER_CONTACTED, EvaluationContext, FlagFacts
from streaklike.cadence.rules.touches import Touch
from streaklike.cadence.rules.windows import Window, look
from streaklike.instants import DAY, HOUR


class Budget(NamedTuple):
    """R44, R45: the weight since their last mail against the limit.

    `touches` counts those of the last 28 days whether or not they wrote; `bulk` counts bulk mail separately
    (R32).
    """

    touches: int
    bulk: int
    used: float
    frees_at: int | None
    counted: Sequence[Touch]
    window: Window


def read_budget(question: EvaluationContext) -> Budget:
    """Return the person's contact budget at this instant."""
    policy, next_change, contacts = question.policy, question.next_change, question.contacts
    touches, span = contacts.touches, policy.budget_ms
    bulk = [at for at in contacts.bulk_at if at > next_change.now - span]
    if bulk:
        next_change.note(min(bulk) + span)
    if not touches or touches[-1].at <= next_change.now - span:
        return Budget(0, len(bulk), 0.0, None, (), Window(len(touches), 0.0, None, None))
    weighed = [(touch.at, touch.weight) for touch in touches]
    overall = look(weighed, span_ms=span, limit=policy.budget_limit, now=next_change.now)
    next_change.note(touches[overall.start].at + span)
    first = _first_after(touches, contacts.renewed_at)
    if first:
        window = look(weighed[first:], span_ms=span, limit=policy.budget_limit, now=next_change.now)
    else:
        window = overall
    counted = touches[first + window.start :]
    personal = sum(touch.is_personal for touch in touches[overall.start :])
    return Budget(personal, len(bulk), window.total, window.frees_at, counted, window)


def _first_after(touches: Sequence[Touch], inbound_at: int | None) -> int:
    if inbound_at is None:
        return 0
    first = len(touches)
    while first and touches[first - 1].at > inbound_at:
        first -= 1
    return first


def find_over_contacted(question: EvaluationContext, budget: Budget) -> list[FlagFacts]:
    """Return the flags of R46."""
    flags = []
    if budget.window.since_at is not None:
        flags.append(_budget_flag(question, budget, budget.window.since_at))
    touches = question.contacts.touches
    if len(touches) > 1:
        flags += _find_collision(question, touches)
    asks = [touch for touch in touches if touch.touch_class == "ask"]
    if asks:
        flags += _find_asks(question, asks)
        flags += _find_ask_after_gift(question, asks)
    return flags


def _budget_flag(question: EvaluationContext, budget: Budget, since_at: int) -> FlagFacts:
    return FlagFacts(
        OVER_CONTACTED,
        "budget",
        since_at,
        budget.frees_at,
        budget.used,
        question.policy.budget_limit,
        "touches",
        _name_all(budget.counted),
        owner_id=_owner_of(question, budget.counted),
    )


def _name_all(touches: Sequence[Touch]) -> tuple[str, ...]:
    """List every mail and event of these touches: a burst counts once, but all its mails are named (R50)."""
    return tuple(name for touch in touches for name in touch.named)


def _owner_of(question: EvaluationContext, touches: Sequence[Touch]) -> int | None:
    """Return who should hold back: the person's owner, else whoever of us touched last."""
    owner_id = question.person_owner_id
    if owner_id is not None:
        return owner_id
    return next((touch.sender for touch in reversed(touches) if touch.sender > 0), None)


def _find_asks(question: EvaluationContext, asks: Sequence[Touch]) -> list[FlagFacts]:
    policy, next_change = question.policy, question.next_change
    weighed = [(ask.at, 1.0) for ask in asks]
    for limit, days in (
        (policy.asks_limit, policy.asks_days),
        (policy.asks_long_limit, policy.asks_long_days),
    ):
        window = look(weighed, span_ms=round(days * DAY), limit=limit, now=next_change.now)
        counted = asks[window.start :]
        if counted:
            next_change.note(counted[0].at + round(days * DAY))
        if window.since_at is not None:
            evidence = _name_all(counted)
            owner_id = _owner_of(question, counted)
            return [
                FlagFacts(
                    OVER_CONTACTED,
                    "asks",
                    window.since_at,
                    window.frees_at,
                    window.total,
                    limit,
                    "asks",
                    evidence,
                    owner_id=owner_id,
                )
            ]
    return []


def _find_ask_after_gift(question: EvaluationContext, asks: Sequence[Touch]) -> list[FlagFacts]:
    """Raise the flag for as long as the gift is recent; after that an ask is allowed."""
    span = round(question.policy.ask_after_gift_days * DAY)
    now = question.now
    for gift_at, uid in sorted(question.history.gifts, reverse=True):
        after = [ask for ask in asks if gift_at <= ask.at < gift_at + span]
        if after and not question.next_change.has_come(gift_at + span):
            return [
                FlagFacts(
                    OVER_CONTACTED,
                    "ask_after_gift",
                    after[0].at,
                    gift_at + span,
                    (after[0].at - gift_at) // DAY,
                    question.policy.ask_after_gift_days,
                    "days",
                    (uid, *_name_all(after)),
                    owner_id=_owner_of(question, after),
                )
            ]
        if gift_at + span <= now:
            break
    return []


def _find_collision(question: EvaluationContext, touches: Sequence[Touch]) -> list[FlagFacts]:
    """Flag two colleagues within hours in different conversations; lasts for days, or until the person writes."""
    policy, next_change = question.policy, question.next_change
    stands = policy.collision_stands_ms
    if touches[-1].at + stands <= next_change.now:
        return []
    inbound_at = question.contacts.renewed_at
    since_at, lapses_at, gap, evidence = 0, 0, 0, dict[str, None]()
    for number, second in enumerate(touches):
        if inbound_at is not None and second.at <= inbound_at:
            continue
        first = _collides_with(touches, number, policy.collision_ms)
        if first is None:
            continue
        if second.at >= lapses_at:
            since_at, gap, evidence = second.at, second.at - first.at, {}
        lapses_at = second.at + stands
        evidence.update(dict.fromkeys((*first.named, *second.named)))
    if not lapses_at or next_change.has_come(lapses_at):
        return []
    owner_id = _owner_of(question, touches)
    return [
        FlagFacts(
            OVER_CONTACTED,
            "collision",
            since_at,
            lapses_at,
            round(gap / HOUR, 1),
            policy.collision_hours,
            "hours",
            tuple(evidence),
            owner_id=owner_id,
        )
    ]


def _collides_with(touches: Sequence[Touch], number: int, span_ms: int) -> Touch | None:
    """Return the nearest earlier touch of a colleague in another conversation; bulk never collides."""
    second = touches[number]
    if not second.is_personal:
        return None
    for first in reversed(touches[:number]):
        if second.at - first.at > span_ms:
            return None
        if first.is_personal and first.sender != second.sender and first.conversation != second.conversation:
            return first
    return None
