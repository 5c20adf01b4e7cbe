"""Each deed of the pages: what it does, what it says, and the way back."""

import re

import pytest
from sqlalchemy import select, update

from streaklike.cadence.evaluate.refresh import refresh
from streaklike.instants import DAY
from streaklike.store.database import Database
from streaklike.store.models import (
    FOREVER,
    Address,
    Box,
    BoxOwner,
    Contact,
    ContactStatus,
    Conversation,
    Event,
    Flag,
    Mailbox,
    MailboxMessage,
    Message,
    Stage,
    Task,
    User,
)
from tests.factories import WEI, PostOffice
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import NOW, World


def undo_path(page: str) -> str:
    found = re.search(r'class="toast">.*?action="(/undo/[0-9a-f]+)"', page, re.DOTALL)
    assert found, page
    return found[1]


def contact_status(database: Database, contact_id: int) -> ContactStatus:
    with database.read() as session:
        return session.get_one(ContactStatus, contact_id)


def test_taking_on_gives_the_conversation_to_me_and_back(mei: Reader, world: World, database: Database):
    def owner() -> int | None:
        with database.read() as session:
            waiting = session.get_one(ContactStatus, world.wang).waiting_conversation_id
            return session.get_one(Conversation, waiting).owner_id

    assert owner() is None
    page = mei.post(f"/people/{world.wang}/take", follow_redirects=True).text
    assert "已由您負責 王大明" in page
    assert owner() == world.mei
    assert "已復原" in mei.post(undo_path(page), follow_redirects=True).text
    assert owner() is None


def test_R37_no_reply_needed_closes_what_waits_and_comes_back(mei: Reader, world: World, database: Database):
    page = mei.post(
        f"/people/{world.wang}/no-reply-needed", {"reason": "已用電話回覆"}, follow_redirects=True
    ).text
    assert "不需回覆" in page
    assert f'data-row="p{world.wang}"' not in page
    assert contact_status(database, world.wang).reply_state != "needs_reply"
    mei.post(undo_path(page))
    assert contact_status(database, world.wang).reply_state == "needs_reply"


def test_R36_a_suggested_answer_is_taken_with_one_click_and_comes_back(
    mei: Reader, world: World, database: Database
):
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        waiting_id = session.get_one(ContactStatus, world.wang).waiting_conversation_id
        wang = session.scalars(select(Address.key).where(Address.contact_id == world.wang)).first()
        office.post(WEI, to=[f"{wang}"], at=NOW - DAY, subject="關於您的提問")
        office.link()
        refresh(session, now=NOW)
        flag = session.scalars(select(Flag).where(Flag.suggested_answer.is_not(None))).one()
        form = {"answer": flag.suggested_answer or "", "conversation": str(flag.conversation_id)}
        assert flag.conversation_id == waiting_id
    for path in ("/", f"/people/{world.wang}"):
        page = mei.get(path).text
        assert "關於您的提問" in page
        assert f'action="/people/{world.wang}/take-answer"' in page
    page = mei.post(f"/people/{world.wang}/take-answer", form, follow_redirects=True).text
    assert contact_status(database, world.wang).reply_state != "needs_reply"
    mei.post(undo_path(page))
    assert contact_status(database, world.wang).reply_state == "needs_reply"


def test_R35_R36_a_reply_to_our_group_alone_is_taken_with_one_click(
    mei: Reader, world: World, database: Database
):
    group = "helpers@ngo.example"
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        office.address(group)
        session.execute(update(Address).where(Address.key == group).values(kind="list"))
        asked = office.post("lin@donor.example", to=[group], at=NOW - 20 * DAY, channel=group)
        office.link()
        wei = session.scalars(select(Mailbox).where(Mailbox.email == "wei@ngo.example")).one()
        session.add(
            MailboxMessage(
                mailbox_id=wei.id,
                gmail_id="internal",
                thread_id="internal",
                state="left_out",
                reason="internal",
                at=NOW - 19 * DAY,
                is_sent=True,
                rfc_id="internal@ngo.example",
                refs=session.get_one(Message, asked).rfc_id,
                group_keys=group,
            )
        )
        refresh(session, now=NOW)
        flag = session.scalars(select(Flag).where(Flag.suggested_answer == "internal@ngo.example")).one()
        form = {"answer": "internal@ngo.example", "conversation": str(flag.conversation_id)}
        lin = flag.contact_id
    page = mei.get(f"/people/{lin}").text
    assert "可能只回覆到我們自己的群組" in page
    page = mei.post(f"/people/{lin}/take-answer", form, follow_redirects=True).text
    assert contact_status(database, lin).reply_state == "quiet"
    mei.post(undo_path(page))
    assert contact_status(database, lin).reply_state == "needs_reply"


def test_R50_a_dismissed_flag_leaves_the_queue_and_comes_back(mei: Reader, world: World):
    page = mei.get("/?kind=too_much").text
    since = dict(
        re.findall(
            r'name="flag_reason" value="(\w+)"><input type="hidden" name="since_at" value="(\d+)"', page
        )
    )
    for reason, since_at in since.items():
        form = {
            "flag": "over_contacted",
            "flag_reason": reason,
            "since_at": since_at,
            "reason": "已與對方約好",
        }
        page = mei.post(f"/people/{world.chen}/dismiss", form, follow_redirects=True).text
    assert set(since) == {"asks", "budget", "collision"}
    assert f'data-row="p{world.chen}"' not in mei.get("/").text
    mei.post(undo_path(page))
    assert f'data-row="p{world.chen}"' in mei.get("/").text


def test_R50_a_flag_is_not_set_aside_without_a_reason(mei: Reader, world: World, database: Database):
    form = {"flag": "over_contacted", "flag_reason": "budget", "since_at": "1", "reason": " "}
    assert "缺少原因" in mei.post(f"/people/{world.chen}/dismiss", form, follow_redirects=True).text
    with database.read() as session:
        assert session.scalars(select(Event).where(Event.kind == "dismissed")).all() == []


def test_R9_a_candidate_becomes_a_contact_by_one_click(mei: Reader, world: World, database: Database):
    mei.post(f"/people/{world.newcomer}/add")
    with database.read() as session:
        assert session.get_one(Contact, world.newcomer).kind == "contact"


def test_a_stranger_of_the_companion_is_added(mei: Reader, world: World):
    form = {"address": "fresh@new.example", "next": "/companion?email=fresh@new.example"}
    page = mei.post("/people/add", form, follow_redirects=True).text
    assert "fresh@new.example 現在是聯絡人" in page
    assert "額度" in page


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("no address", "這不是電子郵件地址"),
        ("mei@ngo.example", "同事不會成為聯絡人"),
        ("no-reply@x.example", "系統地址"),
    ],
)
def test_R10_what_is_nobody_is_refused_with_a_reason(mei: Reader, world: World, address: str, said: str):
    assert said in mei.post("/people/add", {"address": address}, follow_redirects=True).text


def test_R48_a_tier_is_set_and_taken_back(mei: Reader, world: World, database: Database):
    page = mei.post(f"/people/{world.chen}/tier", {"tier": "C"}, follow_redirects=True).text
    with database.read() as session:
        assert session.get_one(Contact, world.chen).tier == "C"
    mei.post(undo_path(page))
    with database.read() as session:
        assert session.get_one(Contact, world.chen).tier == "A"


def test_R49_do_not_contact_until_the_end_of_a_day_or_for_good(mei: Reader, world: World, database: Database):
    path = f"/people/{world.chen}/do-not-contact"
    mei.post(path, {"until": "2026-12-31", "reason": "出國"})
    with database.read() as session:
        contact = session.get_one(Contact, world.chen)
        assert contact.do_not_contact_until == 1_798_732_799_999  # 2026-12-31 23:59:59.999 in Taipei
        assert contact.do_not_contact_reason == "出國"
    mei.post(path, {"clear": "1"})
    mei.post(path, {"until": ""})
    with database.read() as session:
        assert session.get_one(Contact, world.chen).do_not_contact_until == FOREVER


@pytest.mark.parametrize(("until", "said"), [("nonsense", "看不懂這個日期"), ("2020-01-01", "日期已過")])
def test_a_day_that_cannot_be_used_changes_nothing(
    mei: Reader, world: World, database: Database, until: str, said: str
):
    page = mei.post(f"/people/{world.chen}/do-not-contact", {"until": until}, follow_redirects=True).text
    assert said in page
    with database.read() as session:
        assert session.get_one(Contact, world.chen).do_not_contact_until is None


def test_R36_a_logged_call_clears_the_debt_and_undo_brings_it_back(
    mei: Reader, world: World, database: Database
):
    form = {"kind": "call", "text": "電話裡答好了", "next": f"/people/{world.wang}"}
    page = mei.post(f"/people/{world.wang}/log", form, follow_redirects=True).text
    assert "電話裡答好了" in page
    assert contact_status(database, world.wang).reply_state != "needs_reply"
    page = mei.post(undo_path(page), {"next": f"/people/{world.wang}"}, follow_redirects=True).text
    assert "電話裡答好了" not in page
    assert contact_status(database, world.wang).reply_state == "needs_reply"


def test_what_was_said_earlier_is_dated_in_the_readers_zone(mei: Reader, world: World, database: Database):
    mei.post(f"/people/{world.chen}/log", {"kind": "note", "text": "昨晚", "at": "2026-11-17T21:30"})
    with database.read() as session:
        noted = session.scalars(select(Event).where(Event.text == "昨晚")).one()
        assert (noted.at, noted.logged_at) == (1_794_922_200_000, NOW)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "note", "text": "  "}, "缺少內容"),
        ({"kind": "spell", "text": "x"}, "缺少內容"),
        ({"kind": "note", "text": "x", "at": "soon"}, "看不懂這個日期"),
        ({"kind": "note", "text": "x", "at": "2030-01-01T10:00"}, "那個時間還沒有到"),
    ],
)
def test_a_note_that_cannot_be_kept_says_why(
    mei: Reader, world: World, database: Database, form: dict[str, str], said: str
):
    assert said in mei.post(f"/people/{world.chen}/log", form, follow_redirects=True).text
    with database.read() as session:
        assert session.scalars(select(Event).where(Event.text == "x")).all() == []


def test_a_task_is_added_done_and_both_taken_back(mei: Reader, world: World, database: Database):
    added = mei.post(
        f"/people/{world.chen}/task", {"text": "寄卡片", "due": "2026-12-01"}, follow_redirects=True
    ).text
    with database.read() as session:
        task = session.scalars(select(Task).where(Task.text == "寄卡片")).one()
        assert task.due_at == 1_796_140_799_999  # the end of that day in Taipei
        assert task.owner_id == world.mei
    ticked = mei.post(f"/tasks/{task.uid}/done", follow_redirects=True).text
    assert "完成：寄卡片" in ticked
    mei.post(undo_path(ticked))
    mei.post(undo_path(added))
    with database.read() as session:
        assert session.scalars(select(Task).where(Task.text == "寄卡片")).all() == []


def test_what_was_undone_is_not_undone_again(mei: Reader, world: World):
    page = mei.post(f"/people/{world.chen}/tier", {"tier": "B"}, follow_redirects=True).text
    path = undo_path(page)
    mei.post(path)
    assert "無法復原" in mei.post(path, follow_redirects=True).text


def stage_of(database: Database, uid: str) -> str:
    with database.read() as session:
        box = session.scalars(select(Box).where(Box.uid == uid)).one()
        return session.get_one(Stage, box.stage_id).key


def test_a_card_moves_to_another_stage_and_back(mei: Reader, world: World, database: Database):
    page = mei.post(
        f"/boxes/{world.box}/move", {"to": "donor", "by": "stage", "before": ""}, follow_redirects=True
    ).text
    assert "張家豪（報社） → 捐款人" in page
    assert stage_of(database, world.box) == "donor"
    mei.post(undo_path(page))
    assert stage_of(database, world.box) == "stranger"


def test_a_card_takes_its_place_above_another(mei: Reader, world: World, database: Database):
    with database.read() as session:
        other = session.scalars(select(Box).where(Box.name == "黃美玲")).one()
    mei.post(f"/boxes/{world.box}/move", {"to": "supporter", "before": other.uid})
    with database.read() as session:
        moved = session.scalars(select(Box).where(Box.uid == world.box)).one()
        assert moved.stage_id == other.stage_id
        assert moved.rank < session.get_one(Box, other.id).rank


def test_a_card_moves_to_another_owner_and_keeps_its_further_owners(
    mei: Reader, world: World, database: Database
):
    with database.read() as session:
        box = session.scalars(select(Box).where(Box.name == "王大明")).one()
    form = {"by": "owner", "from": "wei@ngo.example", "to": "anna@ngo.example"}
    page = mei.post(f"/boxes/{box.uid}/move", form, follow_redirects=True).text
    assert "王大明 → Anna Berg" in page

    def owners() -> set[str]:
        with database.read() as session:
            query = (
                select(User.email)
                .join(BoxOwner, BoxOwner.user_id == User.id)
                .where(BoxOwner.box_id == box.id)
            )
            return set(session.scalars(query))

    assert owners() == {"mei@ngo.example", "anna@ngo.example"}
    mei.post(undo_path(page))
    assert owners() == {"mei@ngo.example", "wei@ngo.example"}
    mei.post(f"/boxes/{box.uid}/move", {"by": "owner", "from": "wei@ngo.example", "to": ""})
    assert owners() == set()


def test_a_move_to_nowhere_changes_nothing(mei: Reader, world: World, database: Database):
    page = mei.post(f"/boxes/{world.box}/move", {"to": "moon"}, follow_redirects=True).text
    assert "沒有任何變更" in page
    assert stage_of(database, world.box) == "stranger"


def test_a_deed_on_nobody_is_a_page_that_says_so(mei: Reader, world: World):
    for path in ("/people/987654/take", "/tasks/nothing/done", "/undo/nothing"):
        assert mei.post(path).status_code == 404


def test_a_gift_in_kind_is_shown_without_an_amount(mei: Reader, world: World):
    path = f"/people/{world.chen}"
    mei.post(f"{path}/log", {"kind": "gift", "text": "兩箱書", "amount": ""})
    page = mei.get(path)
    assert page.status_code == 200
    assert "兩箱書" in page.text
