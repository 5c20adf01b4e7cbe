"""R17 on the person's page: what a colleague forwarded by hand is an offer, accepted and taken back."""

import re

import pytest
from sqlalchemy import select

from streaklike.instants import DAY
from streaklike.store.database import Database
from streaklike.store.models import ForwardOffer, Mailbox, MailboxMessage
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import EVIL_SUBJECT, NOW, World


def offer(database: Database, *, dated: str = "2026年11月1日 週日 下午3:04", subject: str = "收據") -> None:
    with database.begin() as session:
        mailbox = session.scalars(select(Mailbox).where(Mailbox.email == "wei@ngo.example")).one()
        copy = MailboxMessage(
            mailbox_id=mailbox.id, gmail_id="f1", thread_id="f1", state="left_out", reason="internal",
            is_sent=False, is_hidden=False, round=0, position=0,
        )  # fmt: skip
        made = ForwardOffer(
            mailbox_id=mailbox.id, gmail_id="f1", at=NOW - 9 * DAY, forwarded_by="mei@ngo.example",
            original_name="陳雅婷", original_key="yating.chen@donor.example", original_dated=dated,
            original_subject=subject,
        )  # fmt: skip
        session.add_all([copy, made])


def action(text: str, action: str) -> str:
    (found,) = re.findall(rf'action="(/forwards/\w+/{action})"', text)
    return str(found)


def test_R17_an_offer_is_accepted_and_taken_back(database: Database, world: World, mei: Reader):
    offer(database)
    path = f"/people/{world.chen}"
    before = mei.get(path).text
    assert "陳雅婷 的原信，林小美轉寄" in before
    assert before.count('class="entry-subject">收據') == 0
    told = mei.post(action(before, "accept"), {"next": path}, follow_redirects=True).text
    assert "已採用 陳雅婷 的原信" in told
    assert told.count('class="entry-subject">收據') == 1
    told = mei.post(action(told, "return"), {"next": path}, follow_redirects=True).text
    assert told.count('class="entry-subject">收據') == 0
    assert action(told, "accept")


def test_R17_an_undated_offer_asks_when_it_was_written(database: Database, world: World, mei: Reader):
    offer(database, dated="some day", subject=EVIL_SUBJECT)
    path = f"/people/{world.chen}"
    text = mei.get(path).text
    assert "<script>alert(3)" not in text
    accept = action(text, "accept")
    assert "沒有任何變更" in mei.post(accept, {"next": path}, follow_redirects=True).text
    assert "看不懂這個日期" in mei.post(accept, {"at": "soon", "next": path}, follow_redirects=True).text
    told = mei.post(accept, {"at": "2026-10-30T09:00", "next": path}, follow_redirects=True).text
    assert "已採用" in told


def test_R17_a_viewer_sees_the_offer_and_accepts_nothing(database: Database, world: World, looker: Reader):
    offer(database)
    text = looker.get(f"/people/{world.chen}").text
    assert "陳雅婷 的原信，林小美轉寄" in text
    assert "/forwards/" not in text


@pytest.mark.parametrize("action", ["accept", "return"])
def test_R17_an_offer_that_is_gone_says_so(world: World, mei: Reader, action: str):
    told = mei.post(f"/forwards/0badc0de/{action}", {"next": "/people"}, follow_redirects=True).text
    assert "這封轉寄的信已經不在了" in told
