"""`ignored` (R47, R48): unanswered, maximum gap exceeded, never contacted, overdue promise, stalled box."""

from streaklike.cadence.model.history import CC, OUTBOUND, TO, BoxFacts
from streaklike.cadence.policy.levels import find_stalled_days, find_tier
from streaklike.cadence.rules.flags import IGNORED, EvaluationContext, FlagFacts, responsible_for
from streaklike.cadence.rules.gaps import own_gap_days
from streaklike.instants import DAY


def find_ignored(question: EvaluationContext) -> list[FlagFacts]:
    """Return the flags of R47; none for do-not-contact people, since each asks us to write (R49)."""
    # Evaluate every rule regardless: each records when its result next changes.
    is_left_alone = question.is_left_alone
    found = _find_overdue(question) if question.history.tasks else []
    found += _find_unanswered(question)
    if question.is_contact:
        found += _find_lapsed(question)
        found += _find_never_contacted(question)
    for box in question.history.boxes:
        found += _find_stalled(question, box)
    return [] if is_left_alone else found


def _find_unanswered(question: EvaluationContext) -> list[FlagFacts]:
    """Flag waits above the limit of working time; exactly the limit is not above. Thanks alone raise none (R37)."""
    flags = []
    for waiting in question.history.waiting:
        run = waiting.run
        if run.asked_at is None:
            continue
        since_at = question.calendar.add_working(run.asked_at, question.policy.unanswered_ms + 1)
        if not question.next_change.has_come(since_at):
            continue
        hours = question.policy.unanswered_work_hours
        owner_id, answer = responsible_for(question.history, waiting), None
        if waiting.conversation_id is not None:  # any word of ours would have answered a logged entry
            answer = suggest_answer(question, waiting.conversation_id, run.asked_at)
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
                waiting.conversation_id,
                waiting.box_id,
                owner_id,
                answer,
            )
        )
    return flags


def suggest_answer(question: EvaluationContext, conversation_id: int, asked_at: int) -> str | None:
    """R36: return our first mail within `response_ms` after they asked that may be the answer.

    It is only suggested, never assumed.

    It went to them in another conversation, or in this one to the team group through which they asked (R35).
    """
    until = asked_at + question.policy.response_ms
    elsewhere = [
        (entry.at, entry.rfc_id)
        for entry in question.history.entries
        if entry.effect == OUTBOUND
        and entry.conversation_id != conversation_id
        and entry.role in (TO, CC)
        and asked_at < entry.at <= until
    ]
    to_group = [
        answer
        for answer in question.history.group_answers.get(conversation_id, ())
        if asked_at < answer[0] <= until
    ]
    return min((*elsewhere, *to_group), default=(0, None))[1]


def _find_lapsed(question: EvaluationContext) -> list[FlagFacts]:
    """Flag a gap in our personal contact above the maximum, or above their own usual gap with `rhythm`.

    The evidence is the last contact: a touch, an answer, or a logged call, meeting or message.
    """
    tier = find_tier(question.policy, question.history)
    if tier is None:
        return []
    last = question.contacts.last_personal
    base_at = question.history.since_at if last is None else last.at
    days = tier.maximum_days
    if question.policy.rhythm:
        days = max(days, own_gap_days(question.history.entries) or 0)
    since_at = base_at + round(days * DAY) + 1
    # Not inlined below: evaluating it records the tasks' due dates as next changes.
    has_plan = is_planned(question)
    if not question.next_change.has_come(since_at) or has_plan:
        return []
    evidence = () if last is None else (last.evidence,)
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


def is_planned(question: EvaluationContext, box_id: int | None = None) -> bool:
    """Return whether a task is still ahead: on the person, or on the box given; None means on any box of theirs."""
    ahead = [
        task
        for task in question.history.tasks
        if task.box_id is None or box_id is None or task.box_id == box_id
    ]
    return not all(question.next_change.has_come(task.due_at + 1) for task in ahead)


def _find_never_contacted(question: EvaluationContext) -> list[FlagFacts]:
    days = question.policy.never_contacted_days
    since_at = question.history.since_at + round(days * DAY)
    if question.contacts.was_contacted or not question.next_change.has_come(since_at):
        return []
    owner_id = question.person_owner_id
    return [FlagFacts(IGNORED, "never_contacted", since_at, None, days, days, "days", (), owner_id=owner_id)]


def _find_overdue(question: EvaluationContext) -> list[FlagFacts]:
    flags = []
    for task in question.history.tasks:
        if not question.next_change.has_come(task.due_at + 1):
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


def _find_stalled(question: EvaluationContext, box: BoxFacts) -> list[FlagFacts]:
    days = find_stalled_days(question.policy, question.history, box)
    if days is None:
        return []
    since_at = box.stage_since_at + round(days * DAY) + 1
    # Not inlined below: evaluating it records the tasks' due dates as next changes.
    has_plan = is_planned(question, box.id)
    if not question.next_change.has_come(since_at) or has_plan:
        return []
    owner_id = box.owner_id if box.owner_id is not None else question.history.owner_id
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
