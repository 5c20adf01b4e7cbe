"""The end of the queue: what is from before we began (R59), and mail of unknown senders (R13)."""

import re

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.instants import DAY
from streaklike.jobs.first_read import keep_first_read
from streaklike.people.linking.link import link
from streaklike.store.database import Database
from streaklike.store.models import Event, Mailbox, Message, Participant, User
from tests.factories import PostOffice
from tests.unit.web.conftest import Reader
from tests.unit.web.test_actions import undo_path
from tests.unit.web.test_forms import form_to, send
from tests.unit.web.web_fixtures import MEI, NOW, WEI, World

OLD = "Old <old@before.example>"
OLDER = "Older <older@before.example>"


@pytest.fixture
def began(database: Database, world: World) -> World:
    """Mei's mailbox is first read a day ago, with two debts of a year; and a mail without a sender came."""
    with database.begin() as session:
        office = PostOffice(session, now=NOW - DAY)
        keep_first_read(session, session.get_one(Mailbox, office.mailbox(MEI)), now=NOW - DAY)
        office.post(OLD, to=[MEI], at=NOW - 380 * DAY, subject="<b>一年前的問題</b>")
        office.post(OLDER, to=[MEI, WEI], at=NOW - 390 * DAY, subject="更早的問題", seen_by=[MEI])
        lost = office.post("x@nowhere.example", to=[MEI], at=NOW - DAY, subject="讀不出", text="<i>是誰</i>")
        office.link()
        message = session.get_one(Message, lost)
        _forget_sender(session, message)
        refresh(session, now=NOW)
    return world


def _forget_sender(session: Session, message: Message) -> None:
    """As a sync stores a From without an address."""
    session.execute(
        delete(Participant).where(Participant.message_id == message.id, Participant.role == "author")
    )
    message.author_id = None
    link(session, [message.id], now=NOW)


def test_R59_the_section_stands_at_the_end_with_its_count_and_in_no_other(mei: Reader, began: World):
    page = mei.get("/").text
    assert "開始使用之前留下的：2 人" in page
    assert "old@before.example" not in page
    section = mei.get("/?kind=before").text
    assert "&lt;b&gt;一年前的問題&lt;/b&gt;" in section
    assert section.index("一年前的問題") < section.index("更早的問題")
    contact = re.search(r'data-row="p(\d+)"', section)
    assert contact
    person = mei.get(f"/people/{contact[1]}").text
    assert "是開始使用之前的信" in person
    assert "是開始使用之前的信" in mei.get("/companion?email=old@before.example").text
    assert "開始使用之前留下的" not in mei.get("/?kind=needs_us").text


def test_R59_closing_the_section_is_one_deed_with_one_way_back(
    mei: Reader, looker: Reader, database: Database, began: World
):
    assert "/queue/before/close" not in looker.get("/?kind=before").text
    form = form_to(mei, "/?kind=before", "/queue/before/close")
    send(mei, "/queue/before/close", {**form, "reason": ""})
    assert "一年前的問題" in mei.get("/?kind=before").text
    form = form_to(mei, "/?kind=before", "/queue/before/close")
    send(mei, "/queue/before/close", {**form, "reason": "太久以前，不必再回"})
    page = mei.get("/?kind=before").text
    assert "已結案：開始使用之前留下的 2 人" in page
    assert "一年前的問題" not in page
    mei.post(undo_path(page))
    assert "一年前的問題" in mei.get("/?kind=before").text
    with database.read() as session:
        closings = session.scalars(select(Event).where(Event.kind == "no_reply_needed")).all()
        assert len(closings) == 2
        assert all(event.undone_by_id is not None for event in closings)


def test_R59_one_is_taken_from_the_section_into_the_queue(mei: Reader, began: World):
    section = mei.get("/?kind=before").text
    (first, *_) = re.findall(r"/people/(\d+)/take", section)
    form = form_to(mei, "/?kind=before", f"/people/{first}/take")
    assert send(mei, f"/people/{first}/take", form).status_code == 303
    assert f'data-row="p{first}"' not in mei.get("/?kind=before").text
    assert f'data-row="p{first}"' in mei.get("/?kind=needs_us").text


def test_R13_mail_of_an_unknown_sender_is_read_taken_and_closed(
    mei: Reader, looker: Reader, database: Database, began: World
):
    assert "讀不出寄件人" in looker.get("/").text
    page = mei.get("/").text
    assert "&lt;i&gt;是誰&lt;/i&gt;" in page
    (lost,) = set(re.findall(r"/conversations/(\d+)/take", page))
    assert "讀不出寄件人" not in mei.get("/?whose=mine").text
    old_form = form_to(mei, "/", f"/conversations/{lost}/no-reply-needed")
    send(mei, f"/conversations/{lost}/take", form_to(mei, "/", f"/conversations/{lost}/take"))
    assert "讀不出寄件人" in mei.get("/?whose=mine").text
    stale = send(mei, f"/conversations/{lost}/no-reply-needed", {**old_form, "reason": "x"})
    assert stale.status_code == 409
    form = form_to(mei, "/", f"/conversations/{lost}/no-reply-needed")
    send(mei, f"/conversations/{lost}/no-reply-needed", {**form, "reason": "廣告"})
    page = mei.get("/").text
    assert "讀不出寄件人" not in page
    with database.begin() as session:
        closing = session.scalars(select(Event).where(Event.kind == "no_reply_needed")).one()
        undo(session, closing, by=session.get_one(User, began.mei), now=NOW)
    assert "讀不出寄件人" in mei.get("/").text


def test_R13_what_is_not_there_cannot_be_taken(mei: Reader, began: World):
    assert mei.post("/conversations/999999/take").status_code == 404
    assert mei.post("/conversations/999999/no-reply-needed", {"reason": "x"}).status_code == 404
