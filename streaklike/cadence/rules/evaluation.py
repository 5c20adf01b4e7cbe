"""Evaluates one person: a pure function of history, policy and instant (R51)."""

from dataclasses import replace
from typing import NamedTuple

from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.cadence.model.history import NEEDS_REPLY, ContactHistory, Waiting
from streaklike.cadence.model.next_change import NextChange
from streaklike.cadence.policy.levels import policy_for
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.rules.before_start import set_apart
from streaklike.cadence.rules.flags import (
    EvaluationContext,
    FlagFacts,
    find_oldest,
    find_responsible,
    find_waiting,
)
from streaklike.cadence.rules.gone_quiet import find_gone_quiet, flag_gone_quiet
from streaklike.cadence.rules.ignored import find_ignored, is_planned
from streaklike.cadence.rules.logged_debts import resolve_logged
from streaklike.cadence.rules.over_contacted import Budget, find_over_contacted, read_budget
from streaklike.cadence.rules.touches import Contacts, read_contacts


class StatusFacts(NamedTuple):
    """The person's status: the computed columns of `ContactStatus`."""

    reply_state: str
    waiting_since_at: int | None
    waiting_conversation_id: int | None
    is_thanks_only: bool
    last_inbound_at: int | None
    last_outbound_at: int | None
    last_touch_at: int | None
    last_touch_direction: str | None
    last_touch_user_id: int | None
    touches_28d: float
    bulk_28d: int
    budget_used: float
    budget_limit: float
    budget_frees_at: int | None
    gone_quiet_at: int | None = None
    gone_quiet_last_at: int | None = None
    gone_quiet_days: float | None = None
    gone_quiet_gaps: int | None = None
    is_case: bool = False
    waits_long_at: int | None = None
    usual_wait_ms: int | None = None
    named_on: str | None = None
    urgent_word: str | None = None
    awaiting_until_at: int | None = None
    before_since_at: int | None = None
    before_conversation_id: int | None = None
    before_count: int = 0


class Evaluation(NamedTuple):
    """The result, and `due_at`: the first instant at which time alone may change it (None: never).

    `logged_places` are (event uid, answer status) of logged entries that want a reply (R39, R56). `waiting`
    is what waits for us; its texts and the queue order are added later (`evaluate.mail_texts`).
    `responsible_id` is responsible for what waits longest, or for the person (R58).
    """

    contact_status: StatusFacts
    flags: tuple[FlagFacts, ...]
    due_at: int | None
    logged_places: tuple[tuple[str, str], ...] = ()
    waiting: tuple[Waiting, ...] = ()
    responsible_id: int | None = None


def evaluate(history: ContactHistory, *, now: int, policy: Policy, calendar: WorkCalendar) -> Evaluation:
    """Evaluate a history that holds nothing later than `now` except `next_at`."""
    next_change = NextChange(now)
    policy = policy_for(policy, history)
    if history.next_at is not None:
        next_change.note(history.next_at)
    contacts = read_contacts(history, policy)
    history = set_apart(history, policy, next_change)
    debts = resolve_logged(history, policy)
    if debts.run is not None:
        waiting = (*history.waiting, Waiting(None, debts.run))
        history = replace(history, waiting=waiting, reply_state=NEEDS_REPLY)
    context = EvaluationContext(history, contacts, policy, calendar, next_change)
    budget = read_budget(context)
    flags = find_over_contacted(context, budget) + find_ignored(context)
    quiet = find_gone_quiet(context, is_planned=bool(history.tasks) and is_planned(context))
    if quiet is not None and policy.gone_quiet_flag:
        flags.append(flag_gone_quiet(context, quiet))
        quiet = None  # raised or dismissed as a flag, it is not a hint as well
    dismissed = history.dismissed
    if dismissed and flags:
        flags = [each for each in flags if (each.flag, each.reason, each.since_at) not in dismissed]
    flags.sort(key=_order)
    contact_status = _build_status(history, contacts, budget, policy)
    if quiet is not None:
        contact_status = contact_status._replace(
            gone_quiet_at=quiet.since_at,
            gone_quiet_last_at=quiet.last_at,
            gone_quiet_days=quiet.usual_days,
            gone_quiet_gaps=quiet.gaps,
        )
    if history.before:
        since_at, conversation_id, _ = find_oldest(history.before)
        contact_status = contact_status._replace(
            before_since_at=since_at,
            before_conversation_id=conversation_id,
            before_count=len(history.before),
        )
    return Evaluation(
        contact_status,
        tuple(flags),
        next_change.due_at,
        debts.places,
        tuple(history.waiting),
        find_responsible(history),
    )


def _order(flag: FlagFacts) -> tuple[str, str, int, tuple[str, ...]]:
    return flag.flag, flag.reason, flag.since_at, flag.evidence


def _build_status(history: ContactHistory, contacts: Contacts, budget: Budget, policy: Policy) -> StatusFacts:
    since_at, conversation_id, is_thanks_only = find_waiting(history)
    at, direction, by = contacts.last_word or (None, None, None)
    return StatusFacts(
        history.reply_state,
        since_at,
        conversation_id,
        is_thanks_only,
        contacts.last_inbound_at,
        contacts.last_outbound_at,
        at,
        direction,
        by,
        budget.touches,
        budget.bulk,
        budget.used,
        policy.budget_limit,
        budget.frees_at,
    )
