"""What the pages say, and that nothing which mail brings ever becomes markup (Q22)."""

import html
import re

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from streaklike.instants import HOUR
from streaklike.store.database import Database
from streaklike.store.models import Address, ContactStatus, Flag, Mailbox, Message, Participant, Task
from streaklike.web.people import list_people
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import EVIL, EVIL_NAME, EVIL_SUBJECT, LONG_SUBJECT, NOW, World


def english(reader: Reader) -> Reader:
    reader.post("/preferences", {"language": "en"})
    return reader


def row_of(page: str, contact_id: int) -> str:
    found = re.search(rf'<li class="row queue-row" data-row="p{contact_id}">.*?\n</li>', page, re.DOTALL)
    assert found
    return found[0]


def test_Q22_hostile_names_and_subjects_stay_text_on_every_page(mei: Reader, world: World):
    pages = (
        "/",
        "/people",
        f"/people?q={EVIL}",
        "/people?q=%3Cscript%3Ealert(9)%3C/script%3E",
        f"/people/{world.evil}",
        f"/companion?email={EVIL}",
        "/companion?email=%3Cscript%3Ealert(9)%3C/script%3E@x.example",
        "/board/supporters",
        "/nowhere/<script>alert(9)</script>",
        "/sign-in?next=<script>alert(9)</script>",
    )
    for path in pages:
        page = mei.get(path).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "<b>bold</b>" not in page, path
        assert "49" not in re.sub(r"<[^>]*>", "", page) or "7*7" not in page, path
    page = mei.get(f"/people/{world.evil}").text
    assert html.escape(EVIL_SUBJECT, quote=False) in page
    assert str(html.escape(EVIL_NAME)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page


def test_Q22_hostile_news_stay_text(mei: Reader, world: World):
    mei.post(f"/people/{world.evil}/tier", {"tier": "A"})
    page = mei.get("/people").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_a_row_says_why_in_words_with_its_numbers(mei: Reader, world: World):
    assert "2 位同事都聯絡過，共 5 次，上限 3；12 月 11 日之後再聯絡比較好" in html.unescape(
        mei.get("/").text
    )
    assert "2 colleagues wrote, 5 touches in all, limit 3; better after 11 Dec" in english(mei).get("/").text


def test_R50_a_row_shows_each_mail_counted_with_its_day_and_colleague(mei: Reader, world: World):
    row = row_of(mei.get("/").text, world.chen)
    for subject in ("秋季成果報告", "邀請您參加感恩茶會", "感恩茶會提醒", "義賣活動需要您", "年終募款信"):
        assert subject in row
    assert row.count("陳志偉") == 2
    assert "11 月 17 日" in row


def test_R47_who_waits_too_long_comes_with_working_hours(mei: Reader, world: World):
    row = row_of(mei.get("/").text, world.wang)
    assert "請回信：5 天前來信，已等了 3 個工作天" in row
    assert LONG_SUBJECT in row
    assert "陳志偉" in row  # the owner of the box (R58)
    assert "還沒有人負責" in row_of(mei.get("/").text, world.evil)


def test_the_queue_is_narrowed_by_kind_and_owner(mei: Reader, world: World):
    too_much = mei.get("/?kind=too_much").text
    assert f'data-row="p{world.chen}"' in too_much
    assert f'data-row="p{world.wang}"' not in too_much
    mei.post(f"/people/{world.wang}/take")
    mine = mei.get("/?whose=mine&kind=needs_us").text
    assert f'data-row="p{world.wang}"' in mine
    assert f'data-row="p{world.newcomer}"' not in mine


def test_a_row_says_what_makes_it_urgent_and_a_person_we_no_longer_wait_for_is_quiet(
    mei: Reader, world: World, database: Database
):
    with database.begin() as session:
        contact_status = session.get_one(ContactStatus, world.wang)
        contact_status.named_on, contact_status.urgent_word, contact_status.is_case = (
            "1999-01-01",
            "<b>截稿",
            True,
        )
        session.get_one(ContactStatus, world.chen).awaiting_until_at = None
    page = mei.get("/?kind=needs_us").text
    assert "急：「&lt;b&gt;截稿」・個案" in page
    assert "1999" not in page, "a day that passed long ago is none"
    assert "等對方回覆" not in mei.get(f"/people/{world.chen}").text
    with database.begin() as session:
        session.get_one(ContactStatus, world.chen).awaiting_until_at = NOW + 1
    assert "等對方回覆" in mei.get(f"/people/{world.chen}").text
    assert "等對方回覆" in mei.get("/people").text


def clear(database: Database) -> None:
    with database.begin() as session:
        session.execute(delete(Flag))
        session.execute(update(ContactStatus).values(reply_state="quiet", waiting_since_at=None, due_at=None))
        session.execute(update(Task).values(done_at=NOW))


def test_all_clear_always_says_how_fresh_it_is(mei: Reader, world: World, database: Database):
    clear(database)
    page = mei.get("/").text
    assert "都處理好了" in page
    assert page.count("3 分鐘前同步，") == 2
    assert "3／3 個信箱" in page


def test_a_filter_without_a_match_leads_back_to_all(mei: Reader, world: World, database: Database):
    clear(database)
    page = mei.get("/?kind=too_much").text
    assert "這裡沒有人" in page
    assert "都處理好了" not in page


def test_first_use_says_what_to_do(mei: Reader, world: World, database: Database):
    clear(database)
    with database.begin() as session:
        session.execute(delete(Flag))
        for mailbox in session.query(Mailbox):
            mailbox.state, mailbox.synced_at = "new", None
    page = mei.get("/").text
    assert 'data-state="behind"' in page


def test_Q11_a_stalled_mailbox_shows_on_every_page(mei: Reader, world: World, database: Database):
    with database.begin() as session:
        stalled = session.query(Mailbox).first()
        assert stalled
        stalled.synced_at = NOW - 2 * HOUR
    for path in ("/", "/people", f"/people/{world.chen}", "/board/supporters"):
        page = mei.get(path).text
        assert 'data-state="behind"' in page
        assert "2／3 個信箱" in page


def test_a_person_shows_budget_turn_boxes_and_tasks(mei: Reader, world: World):
    page = mei.get(f"/people/{world.chen}").text
    assert "已用 5／3，12 月 11 日之後較好" in page
    assert "寄成果報告的紙本" in page
    assert "捐款人" in page
    assert "林小美寫的" in page


def test_R49_do_not_contact_stands_on_top(mei: Reader, world: World):
    page = mei.get(f"/people/{world.quiet}").text
    assert "請勿聯絡。" in page
    assert "「家屬請我們不要再寫」" in page


def test_older_entries_follow_a_cursor_and_none_is_lost(mei: Reader, world: World, database: Database):
    from streaklike.boxes.notes import log
    from streaklike.store.models import Contact, User

    with database.begin() as session:
        contact, author = session.get_one(Contact, world.chen), session.get_one(User, world.mei)
        for number in range(70):
            at = NOW - number * HOUR
            log(session, "note", contact=contact, by=author, at=at, now=NOW, text=f"note-{number:02}-end")
    seen: list[str] = []
    path: str | None = f"/people/{world.chen}"
    pages = 0
    while path:
        page = mei.get(path).text
        pages += 1
        seen += re.findall(r"note-\d\d-end", re.sub(r"visually-hidden.*?</span>", "", page, flags=re.DOTALL))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = html.unescape(following[1]) if following else None
    assert seen == [f"note-{number:02}-end" for number in range(70)]
    assert pages >= 3


def test_R4_a_merged_person_leads_to_the_one_who_stands_for_them(
    mei: Reader, world: World, database: Database
):
    from streaklike.people.merging import merge
    from streaklike.store.models import Contact

    with database.begin() as session:
        merge(
            session,
            session.get_one(Contact, world.chen),
            session.get_one(Contact, world.wang),
            by=None,
            now=NOW,
        )
    response = mei.get(f"/people/{world.wang}")
    assert response.status_code == 302
    assert response.headers["Location"] == f"/people/{world.chen}"
    assert "wang@volunteer.example" in mei.get(f"/people/{world.chen}").text
    assert f'href="/people/{world.chen}"' in mei.get("/people?q=wang@volunteer").text


def test_people_are_found_by_each_part_of_name_or_address(world: World, database: Database):
    with database.read() as session:
        for search in ("雅婷", "YATING", "donor.example 陳", "陳雅婷"):
            rows, _ = list_people(session, search=search)
            assert [row.id for row in rows] == [world.chen], search
        assert list_people(session, search="100%")[0] == []
        assert list_people(session, search="_")[0] == []


def test_people_are_paged_newest_first_without_gaps(world: World, database: Database):
    with database.read() as session:
        everybody, _ = list_people(session, limit=500)
        found, cursor = list_people(session, limit=3)
        while cursor:
            at, _, contact_id = cursor.partition("-")
            more, cursor = list_people(session, limit=3, after=(int(at), int(contact_id)))
            found += more
    assert found == everybody
    assert [row.last_at for row in found] == sorted((row.last_at for row in found), reverse=True)


@pytest.mark.parametrize("cursor", ["x", "1-", "-1", "1-2-3", "999999999999999999999-1"])
def test_a_spoilt_cursor_harms_nobody(mei: Reader, world: World, cursor: str):
    assert mei.get(f"/people?after={cursor}").status_code == 200


def test_the_board_shows_who_stands_too_long_and_what_is_overdue(mei: Reader, world: World):
    page = mei.get("/board/supporters").text
    assert "在此 39 天，上限 30 天" in page
    assert "回覆採訪題綱 · 11 月 16 日已逾期" in page


def test_the_board_by_owner_has_a_column_for_every_member_who_writes(mei: Reader, world: World):
    page = mei.get("/board/supporters?by=owner").text
    columns = re.findall(r'data-column="([^"]*)"', page)
    assert set(columns) == {"", "mei@ngo.example", "wei@ngo.example", "anna@ngo.example"}


def test_a_viewer_is_offered_no_deeds(looker: Reader, world: World):
    for path in ("/", f"/people/{world.chen}", "/board/supporters"):
        actions = set(re.findall(r'<form[^>]*action="([^"]+)"', looker.get(path).text))
        assert actions <= {"/preferences", "/sign-out"}, path


def test_unforeseen_failures_show_one_page_and_no_inside(app: Flask, mei: Reader, world: World):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.view_functions["people.page"] = lambda: {}["secret inside"]
    response = mei.get("/people")
    assert response.status_code == 500
    assert "我們這邊出了問題" in response.text
    assert "secret inside" not in response.text


def test_instants_read_in_the_members_own_zone(mei: Reader, world: World, database: Database):
    from streaklike.store.models import User

    with database.begin() as session:
        session.execute(update(User).where(User.id == world.mei).values(timezone="America/New_York"))
    assert "-05:00" in mei.get(f"/people/{world.chen}").text


def test_R14_mail_that_only_claims_to_be_a_colleagues_says_so(mei: Reader, world: World, database: Database):
    path = f"/people/{world.chen}"
    assert "不在該同事的寄件備份裡" not in mei.get(path).text
    with database.begin() as session:
        theirs = select(Participant.message_id).join(Address, Address.id == Participant.address_id)
        ours = session.scalars(
            select(Message).where(
                Message.id.in_(theirs.where(Address.contact_id == world.chen)),
                Message.direction == "outbound",
            )
        )
        for message in ours:
            message.direction = "internal"
    assert "不在該同事的寄件備份裡" in mei.get(path).text
    assert "not in that colleague&#39;s Sent" in english(mei).get(path).text
