"""Q3: however often the cursor is lost, what people made stays, and the mail comes in."""

import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from gmail_emulator import Account, Fault
from streaklike.boxes.lifecycle import add_box_conversation, create_box
from streaklike.boxes.notes import log
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.boxes.tasks import add_task
from streaklike.instants import DAY, now_instant
from streaklike.people.contacts import set_do_not_contact, set_name, set_tier
from streaklike.people.finding import get_contact
from streaklike.people.marks import assign_conversation, mark_no_reply_needed
from streaklike.people.merging import merge
from streaklike.store.models import Conversation, Message, Pipeline, User
from tests.integration.sync_helpers import AN, BO, MEI, Team, at, mime

HUMAN = ("user", "team", "pipeline", "box", "task", "event", "contact")


def conversation_of(session, rfc_id: str) -> Conversation:
    conversation_id = session.scalar(select(Message.conversation_id).where(Message.rfc_id == rfc_id))
    return session.get_one(Conversation, conversation_id)


def make_rows_by_hand(team: Team) -> None:
    """One of everything that people make."""
    now = now_instant()
    with team.database.begin() as session:
        ensure_start_pipelines(session)
        mei = session.scalars(select(User)).one()
        an, bo = get_contact(session, "an@donor.example"), get_contact(session, "bo@donor.example")
        set_tier(session, an, "A", by=mei, now=now)
        set_name(session, an, "An of the river", by=mei, now=now)
        set_do_not_contact(session, bo, until=now + 30 * DAY, reason="Asked for quiet", by=mei, now=now)
        merge(session, an, get_contact(session, "cy@press.example"), by=mei, now=now)
        pipeline = session.scalars(select(Pipeline).order_by(Pipeline.position)).first()
        box = create_box(
            session, pipeline, pipeline.stages[0], name="River", contacts=[an], owners=[mei], by=mei, now=now
        )
        marked = conversation_of(session, "marked@mx.example")
        add_box_conversation(session, box, marked, by=mei, now=now)
        assign_conversation(session, marked, mei, by=mei, now=now)
        mark_no_reply_needed(session, marked, by=mei, reason="Settled by phone", now=now)
        add_task(
            session,
            text="Call An",
            due_on=date(2030, 1, 2),
            zone=ZoneInfo("Asia/Taipei"),
            contact=an,
            by=mei,
            now=now,
        )
        log(session, "note", contact=an, by=mei, at=now - DAY, now=now, text="Met at the river")


def rows_by_hand(team: Team) -> list[dict]:
    """All that people made: no count, no time, no link of it may change."""
    rows = [json.loads(line) for line in team.dump()]
    owners = [
        {"kind": "owner", "key": row["key"], "owner": row["owner"]}
        for row in rows
        if row["kind"] == "conversation" and row["owner"]
    ]
    return [row for row in rows if row["kind"] in HUMAN] + owners


@pytest.fixture
def account(team: Team) -> Account:
    account = team.connect(MEI)
    people = (("marked", AN), ("b", BO), ("c", "Cy <cy@press.example>"))
    for place, (name, who) in enumerate(people):
        account.deliver(mime(who, [MEI], name, minute=place, message_id=name), at=at(place))
        account.deliver(
            mime(MEI, [who], name, minute=10 + place, message_id=f"{name}-answer", refs=[name]),
            label_ids=("SENT",),
            at=at(10 + place),
        )
    for minute in range(20, 30):
        account.deliver(mime(AN, [MEI], f"More {minute}", minute=minute), at=at(minute))
    assert team.sync_one().complete
    make_rows_by_hand(team)
    return account


def test_Q3_history_lost_at_twenty_points_changes_no_row_by_hand(team: Team, account: Account):
    before = rows_by_hand(team)
    assert {row["kind"] for row in before} == {*HUMAN, "owner"}
    for point in range(20):
        mail = [i for i in account.state() if account.messages[i].head.subject.startswith("More")]
        account.deliver(mime(AN, [MEI], f"More {100 + point}", minute=100 + point), at=at(100 + point))
        (account.delete, account.trash, account.untrash)[point % 3](mail[point % len(mail)])
        if point % 2:
            account.expire_history()
        else:
            team.server.faults.add(Fault(call="history.list", status=404, skip=point % 4))
        reports = [team.sync_one(), team.sync_one()]
        team.server.faults.clear()
        assert reports[-1].complete
        assert rows_by_hand(team) == before, f"point {point}"
    assert team.sync_one().quota_units == 2


def test_Q3_history_lost_again_and_again_in_one_run_is_an_error_that_passes(team: Team, account: Account):
    team.server.faults.add(Fault(call="history.list", status=404, times=None))
    report = team.sync_one()
    assert report.error is not None
    assert not report.complete
    team.server.faults.clear()
    assert team.sync_one().complete


def test_Q3_what_was_said_of_trashed_mail_comes_back_with_it(team: Team, account: Account):
    before = rows_by_hand(team)
    thread = [i for i, m in account.messages.items() if m.head.rfc_id.startswith("marked")]
    for gmail_id in thread:
        account.trash(gmail_id)
    account.expire_history()
    assert team.sync_one().complete
    assert "marked@mx.example" not in "".join(line for line in team.dump() if '"kind":"message"' in line)
    for gmail_id in thread:
        account.untrash(gmail_id)
    account.expire_history()
    assert team.sync_one().complete
    assert rows_by_hand(team) == before


def test_a_mail_deleted_for_ever_while_history_was_lost_is_forgotten(team: Team, account: Account):
    thread = [i for i, m in account.messages.items() if m.head.rfc_id.startswith("marked")]
    for gmail_id in thread:
        account.delete(gmail_id)
    account.expire_history()
    assert team.sync_one().complete
    with team.database.read() as session:
        assert session.scalars(select(Message.id).where(Message.rfc_id.like("marked%"))).all() == []
