"""What comes back to a member by its date: tasks, reminders, follow-ups, ended snoozes, and gifts to thank for."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from streaklike.boxes.tasks import end_of_day
from streaklike.cadence.queries.due import TASK, Due, list_due
from streaklike.cadence.queries.flag_views import list_people
from streaklike.cadence.queries.thanks_due import list_thanks_due
from streaklike.digest.contact_summaries import list_responsible
from streaklike.digest.facts import DigestPerson, Thanks
from streaklike.digest.preferences import Reader
from streaklike.instants import local_day
from streaklike.people.snoozes import KIND as SNOOZE
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, Contact, Event, Message, Participant, Task


def list_own_due(session: Session, reader: Reader, now: int, *, is_past: bool) -> tuple[Due, ...]:
    """What is the member's to do by the end of their day, the oldest first.

    Of a past morning (R51) it is the tasks alone, with their owners of then: for when a reminder or a follow-up was, the
    rows tell of today alone.
    """
    today = local_day(now, reader.zone)
    end = end_of_day(today, reader.zone)
    if not is_past:
        return tuple(list_due(session, reader.user_id, now, until=end))
    tasks = [each for each in list_due(session, None, now, until=end) if each.kind == TASK]
    given = _list_owners_before(session, now)
    return tuple(
        each
        for each in tasks
        if (reader.email in given[each.uid] if each.uid in given else each.owner_id == reader.user_id)
    )


def _list_owners_before(session: Session, now: int) -> dict[str, list[str]]:
    """Whose the tasks were at a past instant that were given away after it, by uid."""
    rows = session.execute(
        select(Task.uid, Event.data)
        .join(Task, Task.id == Event.task_id)
        .where(Event.kind == "task_owner", Event.at > now)
        .order_by(Event.at.desc(), Event.id.desc())
    )
    return {uid: data["was"] for uid, data in rows}


def list_own_thanks(session: Session, user_id: int, now: int) -> tuple[Thanks, ...]:
    """Gifts without thanks of the people for whom the member is responsible (R58), or nobody is, the oldest first."""
    due = list_thanks_due(session, now=now)
    keepers = list_responsible(session, [each.contact_id for each in due])
    return tuple(
        Thanks(each, is_nobodys=keepers[each.contact_id] is None)
        for each in due
        if keepers[each.contact_id] in (None, user_id)
    )


@dataclass(frozen=True, slots=True)
class Snoozes:
    """Who sleeps for a member, and who is back because the time came; roots, both."""

    asleep: frozenset[int]
    back: frozenset[int]


def read_snoozes(session: Session, user_id: int, *, since: int, now: int) -> Snoozes:
    """A member's snoozes at `now`, as events and mail up to it tell (R38, R51).

    Who wrote since is neither asleep nor back: they stand where mail that waits stands. Back are those whose time came
    after `since`; who was woken by hand is not.
    """
    undoing = aliased(Event)
    rows = session.execute(
        select(func.coalesce(Contact.root_id, Contact.id), Event.at, Event.data)
        .join(Contact, Contact.id == Event.contact_id)
        .outerjoin(undoing, undoing.id == Event.undone_by_id)
        .where(
            Event.kind == SNOOZE,
            Event.author_id == user_id,
            Event.at <= now,
            or_(Event.undone_by_id.is_(None), undoing.at > now),
        )
        .order_by(Event.at, Event.id)
    )
    newest = {root_id: (at, int(data["until"])) for root_id, at, data in rows}
    told = {root_id: (at, until) for root_id, (at, until) in newest.items() if until > max(at, since)}
    wrote = _list_last_mail(session, told, now)
    quiet = {root_id for root_id, (at, _) in told.items() if wrote.get(root_id, 0) <= at}
    asleep = frozenset(root_id for root_id in quiet if told[root_id][1] > now)
    return Snoozes(asleep, frozenset(quiet) - asleep)


def _list_last_mail(session: Session, root_ids: Collection[int], now: int) -> dict[int, int]:
    """When each root last wrote to us by hand, up to `now`."""
    root_id = func.coalesce(Contact.root_id, Contact.id)
    rows = session.execute(
        select(root_id, func.max(Message.at))
        .join_from(Contact, Address, Address.contact_id == Contact.id)
        .join(Participant, Participant.address_id == Address.id)
        .join(Message, Message.id == Participant.message_id)
        .where(
            in_values(session, root_id, root_ids),
            Participant.role == "author",
            Message.direction == "inbound",
            Message.kind == "human",
            Message.is_live,
            Message.at <= now,
        )
        .group_by(root_id)
    )
    return dict(rows.all())


def describe_returned(session: Session, contact_ids: Collection[int]) -> tuple[DigestPerson, ...]:
    """Whose snooze ended and who stand in no other list, by name."""
    names = list_people(session, contact_ids)
    people = (
        DigestPerson(each, names[each][1], names[each][0], (), is_back=True) for each in sorted(contact_ids)
    )
    return tuple(sorted(people, key=lambda person: (person.name, person.address)))
