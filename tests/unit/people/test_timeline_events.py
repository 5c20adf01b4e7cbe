"""What people did in a conversation stands on the timelines of all who stand in it, however it is found."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR
from streaklike.people import timeline_keys
from streaklike.people.contacts import get_contact
from streaklike.people.events import record_event, undo_event
from streaklike.people.timeline import TimelineEntry, iter_timeline, list_timeline
from streaklike.store.database import Database
from streaklike.store.models import Box, BoxContact, Contact, Event, Message, Participant
from tests.factories import AN, BO, MEI, T0, PostOffice, make_box


def pages(session: Session, contact: Contact, limit: int) -> Iterator[TimelineEntry]:
    """Page by page, newest first."""
    before = None
    while page := list_timeline(session, contact.id, before=before, limit=limit):
        yield from page
        before = page[-1].at


@pytest.mark.parametrize("most_recent", [0, 3, 1_000])
@pytest.mark.parametrize("limit", [1, 4, 50])
def test_events_of_conversations_are_the_same_by_instant_and_by_conversation(
    database: Database, monkeypatch: pytest.MonkeyPatch, most_recent: int, limit: int
) -> None:
    monkeypatch.setattr(timeline_keys, "MOST_RECENT", most_recent)
    with database.begin() as session:
        office = PostOffice(session)
        ids = [
            office.post(AN if number % 3 else BO, [MEI], at=T0 + number * HOUR, subject=f"S{number}")
            for number in range(12)
        ]
        office.link()
        places = dict(session.execute(select(Message.id, Message.conversation_id)).all())
        for number, message_id in enumerate([*ids, *ids]):
            at = T0 + (5 * number % 17) * HOUR
            record_event(
                session, "no_reply_needed", at=at, now=at, author_id=None, conversation_id=places[message_id]
            )
        for who, mails, events in ((AN, 8, 16), (BO, 4, 8)):
            contact = get_contact(session, who)
            whole = list(iter_timeline(session, contact.id))
            kinds = [entry.kind for entry in whole]
            assert (kinds.count("email"), kinds.count("no_reply_needed")) == (mails, events)
            assert list(pages(session, contact, limit)) == whole[::-1]


@pytest.mark.parametrize("most_recent", [0, 1_000])
def test_only_what_was_done_about_them_stands_there_and_stands_still(
    database: Database, monkeypatch: pytest.MonkeyPatch, most_recent: int
) -> None:
    monkeypatch.setattr(timeline_keys, "MOST_RECENT", most_recent)
    with database.begin() as session:
        office = PostOffice(session)
        for days in (1, 2):
            office.post(AN, [MEI], at=T0 - days * DAY, subject=f"Before {days}")
        asked = office.post(AN, [MEI], subject="Rice")
        of_bo = office.post(BO, [MEI], subject="Plums")
        office.link()
        an, bo = get_contact(session, AN), get_contact(session, BO)
        passed_on = {"role": "from", "address_id": office.address(AN), "at": T0, "name": ""}
        session.add(Participant(message_id=of_bo, **passed_on))
        box = make_box(session)
        facts = {"name": "Plums", "created_at": T0, "stage_since_at": T0}
        other = Box(uid="b2", pipeline_id=box.pipeline_id, stage_id=box.stage_id, **facts)
        session.add(other)
        session.flush()
        session.add_all(
            [BoxContact(box_id=box.id, contact_id=an.id), BoxContact(box_id=other.id, contact_id=bo.id)]
        )
        places = dict(session.execute(select(Message.id, Message.conversation_id)).all())

        def record(kind: str, **about: int) -> Event:
            at = T0 + next(hours) * HOUR
            author_id = office.user(MEI) if kind == "snooze" else None  # a snooze is somebody's own
            return record_event(session, kind, at=at, now=at, author_id=author_id, **about)

        hours = iter(range(1, 20))
        theirs = [
            record("note", contact_id=an.id),
            record("stage", box_id=box.id),
            record("no_reply_needed", conversation_id=places[asked]),
        ]
        record("note", contact_id=bo.id)
        record("stage", box_id=other.id)
        record("no_reply_needed", conversation_id=places[of_bo])
        record("snooze", contact_id=an.id)
        undo_event(session, record("note", contact_id=an.id), by=None, now=T0 + 15 * HOUR)
        expected = [None, None, None, *(event.uid for event in theirs)]
        assert [entry.uid for entry in iter_timeline(session, an.id)] == expected
        assert [entry.uid for entry in pages(session, an, 1)] == expected[::-1]
        assert len(list(iter_timeline(session, bo.id))) == 4
