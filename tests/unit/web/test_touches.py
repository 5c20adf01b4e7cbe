"""One click says what a mail was for, and what becomes of a refusal (R52, R49)."""

import re

from sqlalchemy import select

from streaklike.boxes.notes import log_gift
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.instants import DAY
from streaklike.people.finding import get_contact
from streaklike.store.database import Database
from streaklike.store.models import FOREVER, Contact, Message
from tests.factories import PostOffice
from tests.unit.web.conftest import Reader
from tests.unit.web.test_actions import undo_path
from tests.unit.web.web_fixtures import HUANG, MEI, NOW, World


def class_of(database: Database, subject: str) -> str | None:
    with database.read() as session:
        return session.scalar(select(Message.touch_class).where(Message.subject == subject))


def refuse(database: Database) -> int:
    """A mail of Huang's that refuses contact; her id."""
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        office.post(
            HUANG, to=[MEI], at=NOW - DAY, text="請不要再寄信給我<b>了</b>。", rfc_id="no@post.example"
        )
        office.link()
        refresh(session, now=NOW)
        return get_contact(session, "meiling@donor.example").id


def test_R52_one_click_corrects_and_undo_takes_it_back(mei: Reader, world: World, database: Database):
    page = mei.get(f"/people/{world.chen}").text
    assert class_of(database, "年終募款信") == "ask"
    entry = page[: page.index(">年終募款信</p>")].rpartition("<li class=")[2]
    message = re.search(r'name="message" value="([^"]+)"', entry)
    assert message
    assert "年終募款" in entry
    form = {"message": message[1], "class": "inform", "next": f"/people/{world.chen}"}
    said = mei.post("/mail/class", form, follow_redirects=True).text
    assert class_of(database, "年終募款信") == "inform"
    assert "林小美更正" in said
    assert "改記為" in said
    mei.post(undo_path(said))
    assert class_of(database, "年終募款信") == "ask"
    assert mei.post("/mail/class", {**form, "message": "nobody"}).status_code == 404


def test_R52_the_page_and_companion_tell_each_class_s_clock(mei: Reader, world: World):
    for path in (f"/people/{world.chen}", "/companion?email=yating.chen@donor.example"):
        assert 'class="clocks"' in mei.get(path).text


def test_R49_a_refusal_stands_on_queue_page_and_companion_until_decided(
    mei: Reader, world: World, database: Database
):
    huang = refuse(database)
    for path in ("/", f"/people/{huang}", "/companion?email=meiling@donor.example"):
        assert "<blockquote>請不要再寄信給我&lt;b&gt;了&lt;/b&gt;。</blockquote>" in mei.get(path).text, path
    form = {"message": "no@post.example", "decline": "1", "next": f"/people/{huang}"}
    said = mei.post(f"/people/{huang}/refusal", form, follow_redirects=True).text
    assert "<blockquote>" not in said
    mei.post(undo_path(said))
    form = {"message": "no@post.example", "accept": "1", "next": f"/people/{huang}"}
    said = mei.post(f"/people/{huang}/refusal", form, follow_redirects=True).text
    assert "<blockquote>" not in said
    with database.read() as session:
        assert session.get_one(Contact, huang).do_not_contact_until == FOREVER
    mei.post(undo_path(said))
    assert "<blockquote>" in mei.get(f"/people/{huang}").text


def test_R49_a_refusal_is_accepted_until_a_day_with_a_reason(mei: Reader, world: World, database: Database):
    huang = refuse(database)
    form = {"message": "no@post.example", "accept": "1", "until": "2027-03-01", "reason": "服喪"}
    mei.post(f"/people/{huang}/refusal", form)
    for path in (f"/people/{huang}", "/companion?email=meiling@donor.example"):
        page = mei.get(path).text
        assert "服喪" in page
        assert "3 月 1 日" in page or "3月1日" in page


def test_a_gift_wants_thanks_on_queue_page_and_companion(mei: Reader, world: World, database: Database):
    with database.begin() as session:
        contact = get_contact(session, "meiling@donor.example")
        log_gift(session, contact=contact, amount="1200", by=None, at=NOW - 3 * DAY, now=NOW)
        huang = contact.id
    for path in ("/", f"/people/{huang}", "/companion?email=meiling@donor.example"):
        assert "超過 48 小時還沒道謝" in mei.get(path).text, path
    mei.post(f"/people/{huang}/log", {"kind": "call", "text": "打電話道謝"})
    assert "還沒道謝" not in mei.get("/").text


def test_a_gift_is_logged_from_the_page_with_its_amount(mei: Reader, world: World, database: Database):
    form = {"kind": "gift", "text": "現金袋", "amount": "3,600", "next": f"/people/{world.chen}"}
    page = mei.post(f"/people/{world.chen}/log", form, follow_redirects=True).text
    assert "3,600 TWD" in page
