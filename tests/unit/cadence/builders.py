"""Small builders of histories: the pure half of cadence is tested without a database.

AN and BO are outside (contacts 1 and 2); MEI and WEI are colleagues (users 11 and 12). Times are hours after T0, a Monday
at nine in Taipei.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.cadence.loading.conversation_loader import file_state
from streaklike.cadence.model.history import (
    AUTHOR,
    BCC,
    CC,
    INBOUND,
    OUTBOUND,
    TO,
    ContactHistory,
    Entry,
    Logged,
    Mail,
    Mark,
)
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.rules.evaluation import Evaluation, evaluate
from streaklike.cadence.rules.reply_state import list_owing, resolve
from streaklike.instants import DAY, HOUR, parse_instant

AN, BO = 1, 2
MEI, WEI = 11, 12
T0 = parse_instant("2026-03-02T01:00:00+00:00")
POLICY = Policy()
CALENDAR = WorkCalendar("Asia/Taipei")
_numbers = count(1)


def at(hours: float) -> int:
    return T0 + round(hours * HOUR)


def days(number: float) -> int:
    return T0 + round(number * DAY)


def asks(hours: float, by: int = AN, conversation: int = 1, **facts: Any) -> Mail:
    """A mail of theirs to us."""
    return _mail(at(hours), INBOUND, by, conversation, facts)


def writes(
    hours: float, by: int = MEI, conversation: int = 1, to: Sequence[int] = (AN,), **facts: Any
) -> Mail:
    """A mail of ours."""
    facts = {"effect": OUTBOUND, "to": tuple(to), **facts}
    return _mail(at(hours), facts.pop("effect"), by, conversation, facts)


def _mail(instant: int, effect: int, by: int, conversation: int, facts: dict[str, Any]) -> Mail:
    number = next(_numbers)
    rfc_id = facts.pop("rfc_id", f"{number:06}@post.example")
    return Mail(instant, rfc_id, number, conversation, effect, by, **facts)


def logs(hours: float, by: int | None = MEI, kind: str = "call", *, is_outbound: bool = True) -> Logged:
    return Logged(at(hours), f"event-{next(_numbers)}", kind, is_outbound, by)


def history(
    mails: Iterable[Mail], *, who: int = AN, marks: Sequence[Mark] = (), **facts: Any
) -> ContactHistory:
    """What one person's evaluation rests on. `marks` hold in every conversation."""
    ordered = sorted(mails, key=lambda mail: (mail.at, mail.rfc_id))
    by_conversation = defaultdict(list)
    for mail in ordered:
        by_conversation[mail.conversation_id].append(mail)
    built = ContactHistory(who, since_at=facts.pop("since_at", T0), **facts)
    built.entries = [entry for mail in ordered if (entry := entry_of(mail, who)) is not None]
    for conversation, own in by_conversation.items():
        roles = {role for mail in own for role in _roles(mail, who)}
        if roles:
            owes = any(who in list_owing(mail) for mail in own if mail.effect == OUTBOUND)
            file_state(built, resolve(own, marks), who, conversation, owes=owes)
    return built


def _roles(mail: Mail, who: int) -> list[int]:
    if mail.effect == INBOUND:
        return (
            [AUTHOR]
            if mail.author == who
            else [role for role, keys in ((TO, mail.to), (CC, mail.cc)) if who in keys]
        )
    return [role for role, keys in ((TO, mail.to), (CC, mail.cc), (BCC, mail.bcc)) if who in keys]


def entry_of(mail: Mail, who: int) -> Entry | None:
    roles = _roles(mail, who)
    if not roles or (mail.effect == INBOUND and roles != [AUTHOR]):
        return None
    people = len(mail.to) + len(mail.cc) + len(mail.bcc)
    is_inbound = mail.effect == INBOUND
    return Entry(
        mail.at,
        mail.rfc_id,
        roles[0],
        mail.effect,
        mail.conversation_id,
        0 if is_inbound else mail.author,
        1 if is_inbound else people,
        mail.touch_class,
    )


def judge(
    story: ContactHistory, now: int, *, policy: Policy = POLICY, calendar: WorkCalendar = CALENDAR
) -> Evaluation:
    return evaluate(story, now=now, policy=policy, calendar=calendar)


def reasons(story: ContactHistory, now: int, **facts: Any) -> list[str]:
    """The reasons of the flags that stand, sorted as they are given."""
    return [flag.reason for flag in judge(story, now, **facts).flags]
