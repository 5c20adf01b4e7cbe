"""`ignored` (R47, R48): an answer owed, a tier's maximum passed, nobody ever wrote, a promise, a stalled box."""

from typing import Final

from streaklike.cadence.flags import IGNORED, FlagFacts, Question
from streaklike.cadence.history import CC, NEEDS_REPLY, OUTBOUND, TO, BoxFacts
from streaklike.cadence.policy import Tier
from streaklike.instants import DAY

NO_TIER: Final = "none"


def find_ignored(question: Question) -> list[FlagFacts]:
    """The flags of R47 that stand now; none of somebody to be left alone, since each asks us to write (R49)."""
    is_left_alone = question.is_left_alone
    found = _find_overdue(question) if question.history.tasks else []
    found += _find_unanswered(question)
    if question.is_contact:
        found += _find_lapsed(question)
        found += _find_never_contacted(question)
    for box in question.history.boxes:
        found += _find_stalled(question, box)
    return [] if is_left_alone else found


def _find_unanswered(question: Question) -> list[FlagFacts]:
    """Over the limit of working time, sharp is not over; thanks alone raise none (R37)."""
    flags = []
    for part in question.history.parts:
        run = part.run
        if part.state != NEEDS_REPLY or run is None or run.asked_at is None:
            continue
        since_at = question.calendar.add_working(run.asked_at, question.policy.unanswered_ms + 1)
        if not question.horizon.has_come(since_at):
            continue
        hours = question.policy.unanswered_work_hours
        owner_id = part.owner_id if part.owner_id is not None else question.history.owner_id
        flags.append(
            FlagFacts(
                IGNORED,
                "unanswered",
                since_at,
                None,
                hours,
                hours,
                "hours",
                run.rfc_ids,
                part.conversation_id,
                part.box_id,
                owner_id,
                suggest_answer(question, part.conversation_id, run.asked_at),
            )
        )
    return flags


def suggest_answer(question: Question, conversation_id: int, asked_at: int) -> str | None:
    """R36: our first mail to them in another conversation within the days after they asked: suggested, not assumed."""
    until = asked_at + question.policy.response_ms
    for at, rfc_id, role, mail in question.history.entries:
        is_elsewhere = mail.nature == OUTBOUND and mail.conversation_id != conversation_id
        if is_elsewhere and role in (TO, CC) and asked_at < at <= until:
            return rfc_id
    return None


def find_tier(question: Question) -> Tier | None:
    """R48: the person's own tier; else the strictest among the stages of their boxes; else the team's."""
    tiers = question.policy.tiers
    own = question.history.tier
    if own is not None:
        return tiers.get(own)
    of_stages = [
        tiers[box.tier] for box in question.history.boxes if box.tier is not None and box.tier in tiers
    ]
    if of_stages:
        return min(of_stages, key=lambda tier: tier.maximum_days)
    default = question.policy.default_tier
    return tiers.get(default) if default else None


def _find_lapsed(question: Question) -> list[FlagFacts]:
    tier = find_tier(question)
    if tier is None:
        return []
    last = next((touch for touch in reversed(question.contacts.touches) if touch.is_personal), None)
    base_at = question.history.since_at if last is None else last.at
    since_at = base_at + round(tier.maximum_days * DAY) + 1
    is_planned = _is_planned(question)
    if not question.horizon.has_come(since_at) or is_planned:
        return []
    evidence = () if last is None else (last.evidence,)
    days = tier.maximum_days
    return [
        FlagFacts(
            IGNORED,
            "lapsed",
            since_at,
            None,
            days,
            days,
            "days",
            evidence,
            owner_id=question.person_owner_id,
        )
    ]


def _is_planned(question: Question, box_id: int | None = None) -> bool:
    """Whether a task lies ahead: on the person, or on the box named; with None on any box of theirs."""
    ahead = [
        task
        for task in question.history.tasks
        if task.box_id is None or box_id is None or task.box_id == box_id
    ]
    return not all(question.horizon.has_come(task.due_at + 1) for task in ahead)


def _find_never_contacted(question: Question) -> list[FlagFacts]:
    days = question.policy.never_contacted_days
    since_at = question.history.since_at + round(days * DAY)
    if question.contacts.was_contacted or not question.horizon.has_come(since_at):
        return []
    owner_id = question.person_owner_id
    return [FlagFacts(IGNORED, "never_contacted", since_at, None, days, days, "days", (), owner_id=owner_id)]


def _find_overdue(question: Question) -> list[FlagFacts]:
    flags = []
    for task in question.history.tasks:
        if not question.horizon.has_come(task.due_at + 1):
            continue
        owner_id = task.owner_id if task.owner_id is not None else question.person_owner_id
        flags.append(
            FlagFacts(
                IGNORED,
                "promise_overdue",
                task.due_at + 1,
                None,
                0,
                0,
                "days",
                (task.uid,),
                box_id=task.box_id,
                owner_id=owner_id,
            )
        )
    return flags


def _find_stalled(question: Question, box: BoxFacts) -> list[FlagFacts]:
    if box.allowed_days is None:
        return []
    since_at = box.stage_since_at + round(box.allowed_days * DAY) + 1
    is_planned = _is_planned(question, box.id)
    if not question.horizon.has_come(since_at) or is_planned:
        return []
    owner_id = box.owner_id if box.owner_id is not None else question.history.owner_id
    days = box.allowed_days
    return [
        FlagFacts(
            IGNORED,
            "stalled",
            since_at,
            None,
            days,
            days,
            "days",
            (box.uid,),
            box_id=box.id,
            owner_id=owner_id,
        )
    ]
