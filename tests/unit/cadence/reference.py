"""R40, R44, R46 and R47 once more: slow, plain, by itself, to compare with."""

from collections.abc import Sequence

from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.cadence.model.history import INBOUND, Mail
from streaklike.instants import DAY, HOUR, MINUTE

type_of_touch = tuple[int, int, int]  # instant, sender, conversation


def plain_bursts(mails: Sequence[Mail], who: int) -> list[list[Mail]]:
    """R44 for mail of weight 1, each burst judged by looking at all of its mails."""
    ours = [mail for mail in mails if mail.effect != INBOUND and who in mail.to]
    bursts: list[list[Mail]] = []
    for mail in ours:
        own = [burst for burst in bursts if burst[0].author == mail.author]
        if own and mail.at - own[-1][0].at <= 10 * MINUTE:
            own[-1].append(mail)
        else:
            bursts.append([mail])
    return [burst for burst in bursts if any(not _is_response(mail, mails, who) for mail in burst)]


def plain_touches(mails: Sequence[Mail], who: int) -> list[type_of_touch]:
    """Each burst as the one touch that it is."""
    return [(burst[0].at, burst[0].author, burst[0].conversation_id) for burst in plain_bursts(mails, who)]


def budget_evidence(mails: Sequence[Mail], who: int, instant: int) -> set[str]:
    """R50: every mail of the bursts that count."""
    after = max(last_inbound(mails, who, instant), instant - 28 * DAY)
    counted = [burst for burst in plain_bursts(mails, who) if after < burst[0].at <= instant]
    return {mail.rfc_id for burst in counted for mail in burst}


def person_state(mails: Sequence[Mail], who: int) -> str:
    """R33 for one person: open mail of their own, else To of ours that they did not answer, else quiet. No marks."""
    waits, awaited = set(), set()
    for mail in mails:
        if mail.effect == INBOUND:
            if mail.author == who and mail.is_addressed:
                waits.add(mail.conversation_id)
                awaited.discard(mail.conversation_id)
            continue
        if who in mail.to + mail.cc:
            waits.discard(mail.conversation_id)
        if who in mail.to or (not mail.to and mail.is_addressed and who in mail.cc):
            awaited.add(mail.conversation_id)
    return "needs_reply" if waits else "awaiting_reply" if awaited else "quiet"


def _is_response(reply: Mail, mails: Sequence[Mail], who: int) -> bool:
    before = [mail for mail in mails[: mails.index(reply)] if mail.conversation_id == reply.conversation_id]
    last_theirs = [n for n, mail in enumerate(before) if mail.effect == INBOUND and mail.author == who]
    if not last_theirs:
        return False
    since = before[last_theirs[-1] + 1 :]
    is_first = not any(mail.effect != INBOUND and who in mail.to + mail.cc for mail in since)
    return is_first and reply.at - before[last_theirs[-1]].at <= 7 * DAY


def last_inbound(mails: Sequence[Mail], who: int, instant: int) -> int:
    return max(
        (m.at for m in mails if m.effect == INBOUND and m.author == who and m.at <= instant), default=-1
    )


def budget_used(mails: Sequence[Mail], who: int, instant: int) -> int:
    after = max(last_inbound(mails, who, instant), instant - 28 * DAY)
    return sum(1 for at, _, _ in plain_touches(mails, who) if after < at <= instant)


def budget_since(mails: Sequence[Mail], who: int, now: int) -> int | None:
    """Walks back from now through every instant at which the budget may change, as long as it is used up."""
    if budget_used(mails, who, now) < 3:
        return None
    touches = plain_touches(mails, who)
    moments = {at for at, _, _ in touches} | {at + 28 * DAY for at, _, _ in touches}
    moments |= {mail.at for mail in mails}
    since = now
    for moment in sorted((m for m in moments if m <= now), reverse=True):
        if budget_used(mails, who, moment) < 3:
            break
        since = moment
    return since


def budget_frees(mails: Sequence[Mail], who: int, now: int) -> int:
    return min(
        at + 28 * DAY
        for at, _, _ in plain_touches(mails, who)
        if at + 28 * DAY > now and budget_used(mails, who, at + 28 * DAY) < 3
    )


def collision_lapses(mails: Sequence[Mail], who: int, now: int) -> int | None:
    touches = plain_touches(mails, who)
    seconds = [
        second[0]
        for number, second in enumerate(touches)
        for first in touches[:number]
        if second[0] - first[0] <= 72 * HOUR and second[1] != first[1] and second[2] != first[2]
    ]
    contact_status = [
        at + 7 * DAY for at in seconds if at > last_inbound(mails, who, now) and at + 7 * DAY > now
    ]
    return max(contact_status, default=None)


def unanswered(mails: Sequence[Mail], who: int, now: int, calendar: WorkCalendar) -> dict[int, int]:
    """By conversation, the working time that the oldest unanswered question waits, where it is over 16 hours."""
    waiting: dict[int, list[Mail]] = {}
    for mail in mails:
        if mail.effect == INBOUND and mail.author == who and mail.is_addressed:
            waiting.setdefault(mail.conversation_id, []).append(mail)
        elif mail.effect != INBOUND and who in mail.to + mail.cc:
            waiting.pop(mail.conversation_id, None)
    waited = {}
    for conversation, open_mails in waiting.items():
        questions = [mail for mail in open_mails if not mail.is_thanks]
        if questions:
            waited[conversation] = calendar.working_ms(questions[0].at, now)
    return {conversation: ms for conversation, ms in waited.items() if ms > 16 * HOUR}
