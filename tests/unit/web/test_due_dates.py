"""Snoozes, reminders and follow-ups on the pages: whose they are, the counts, and the way back."""

import re

from flask import Flask
from sqlalchemy import select

from streaklike.instants import DAY
from streaklike.store.database import Database
from streaklike.store.models import Event, FollowUp, Reminder, User
from tests.unit.web.conftest import Reader
from tests.unit.web.test_actions import undo_path
from tests.unit.web.web_fixtures import NOW, World


def row(world_id: int) -> str:
    return f'data-row="p{world_id}"'


def colleague(app: Flask, database: Database, name: str) -> Reader:
    with database.read() as session:
        found = session.scalars(select(User.id).where(User.email == f"{name}@ngo.example")).one()
    return Reader(app).sign_in(found)


def test_R38_a_snooze_leaves_my_queue_alone_and_comes_back_by_undo_and_by_waking(
    app: Flask, mei: Reader, world: World, database: Database
):
    mei.post(f"/people/{world.wang}/take")
    assert row(world.wang) in mei.get("/?whose=mine").text
    form = {"when": "tomorrow", "next": "/?whose=mine"}
    page = mei.post(f"/people/{world.wang}/snooze", form, follow_redirects=True).text
    assert "王大明：11 月 19 日 09:00 再看" in page
    assert row(world.wang) not in page
    assert row(world.wang) in mei.get("/?whose=mine&kind=snoozed").text
    team = mei.get("/").text
    assert row(world.wang) in team
    assert "稍後再看：11 月 19 日 09:00" in team
    assert "稍後再看：" not in colleague(app, database, "wei").get("/").text
    assert row(world.wang) in mei.post(undo_path(page), {"next": "/?whose=mine"}, follow_redirects=True).text
    mei.post(f"/people/{world.wang}/snooze", {"at": "2026-12-01T14:30"})
    assert "12 月 1 日 14:30" in mei.get(f"/people/{world.wang}").text
    assert "12 月 1 日 14:30" in mei.get("/companion?email=wang@volunteer.example").text
    mei.post(f"/people/{world.wang}/wake")
    assert row(world.wang) in mei.get("/?whose=mine").text


def test_a_time_that_cannot_be_used_changes_nothing(mei: Reader, world: World, database: Database):
    for form in ({}, {"when": "soon"}, {"at": "2020-01-01T09:00"}):
        page = mei.post(f"/people/{world.wang}/snooze", form, follow_redirects=True).text
        assert "沒有任何變更" in page
    with database.read() as session:
        assert session.scalars(select(Event).where(Event.kind == "snooze")).all() == []


def remind(mei: Reader, world: World, database: Database, **form: str) -> str:
    mei.post(f"/people/{world.chen}/remind", {"text": "Canary bus", "at": "2026-11-18T10:05", **form})
    with database.begin() as session:
        reminder = session.scalars(select(Reminder)).one()
        reminder.due_at = NOW - 60_000
        return reminder.uid


def test_Q25_a_reminder_is_on_no_page_of_anybody_else(
    app: Flask, mei: Reader, world: World, database: Database
):
    uid = remind(mei, world, database)
    pages = ("/?whose=mine", f"/people/{world.chen}", "/companion?email=yating.chen@donor.example")
    assert all("Canary bus" in mei.get(path).text for path in pages)
    wei = colleague(app, database, "wei")
    paths = (*pages, "/", "/?kind=due", "/board/supporters", "/people", "/search?q=Canary")
    assert all("Canary bus" not in wei.get(path).text for path in paths)
    assert "Canary bus" not in mei.get("/").text  # the queue of all is the team's
    assert "1 項到期" in mei.get("/").text
    for path in (f"/reminders/{uid}/done", f"/reminders/{uid}/later"):
        assert wei.post(path, {"when": "tomorrow"}).status_code == 404
    with database.read() as session:
        event = session.scalars(select(Event.uid).where(Event.kind == "reminder")).one()
    assert wei.post(f"/undo/{event}").status_code == 404
    assert "Canary bus" in mei.get("/?whose=mine").text


def test_a_reminder_is_done_put_off_and_back(mei: Reader, world: World, database: Database):
    uid = remind(mei, world, database)
    page = mei.post(
        f"/reminders/{uid}/later", {"when": "next-week", "next": "/?whose=mine"}, follow_redirects=True
    ).text
    assert "延到 11 月 23 日 09:00" in page
    assert f"reminder-{uid}" not in page
    page = mei.post(undo_path(page), {"next": "/?whose=mine"}, follow_redirects=True).text
    assert f"reminder-{uid}" in page
    page = mei.post(f"/reminders/{uid}/done", {"next": "/?whose=mine"}, follow_redirects=True).text
    assert f"reminder-{uid}" not in page
    assert (
        f"reminder-{uid}" in mei.post(undo_path(page), {"next": "/?whose=mine"}, follow_redirects=True).text
    )


def test_a_reminder_on_a_box_or_a_conversation_says_so(mei: Reader, world: World, database: Database):
    remind(mei, world, database, about=f"box:{world.box}")
    assert "張家豪（報社）" in mei.get("/?whose=mine&kind=due").text
    assert (
        mei.post(
            f"/people/{world.chen}/remind", {"text": "x", "when": "tomorrow", "about": "box:none"}
        ).status_code
        == 404
    )
    mei.post(f"/people/{world.wang}/remind", {"text": "x", "when": "tomorrow", "about": "conversation"})
    with database.read() as session:
        assert session.scalars(select(Reminder).where(Reminder.message.is_not(None))).one().text == "x"


def test_a_follow_up_is_the_teams_and_mine_to_do(app: Flask, mei: Reader, world: World, database: Database):
    page = mei.post(f"/people/{world.chen}/follow-up", {"days": "7"}, follow_redirects=True).text
    assert "陳雅婷 若沒有回信，11 月 25 日 09:00 追蹤" in page
    with database.begin() as session:
        made = session.scalars(select(FollowUp)).one()
        made.due_at, uid = NOW - DAY, made.uid
    wei = colleague(app, database, "wei")
    assert f"follow_up-{uid}" in mei.get("/?whose=mine").text
    assert f"follow_up-{uid}" in wei.get("/").text
    assert f"follow_up-{uid}" not in wei.get("/?whose=mine").text
    page = wei.post(f"/follow-ups/{uid}/done", follow_redirects=True).text
    assert f"follow_up-{uid}" not in mei.get("/?whose=mine").text
    wei.post(undo_path(page))
    assert f"follow_up-{uid}" in mei.get("/?whose=mine").text
    mei.post(f"/follow-ups/{uid}/later", {"when": "next-week"})
    assert f"follow_up-{uid}" not in mei.get("/?whose=mine").text
    assert mei.post("/follow-ups/none/done").status_code == 404


def test_logging_offers_to_follow_up(mei: Reader, world: World, database: Database):
    mei.post(
        f"/people/{world.chen}/log", {"kind": "call", "text": "Left a message\nand more", "follow_up": "3"}
    )
    with database.read() as session:
        assert session.scalars(select(FollowUp.text)).one() == "Left a message"


def test_the_counts_of_both_views_fit(mei: Reader, world: World, database: Database):
    remind(mei, world, database)
    mei.post(f"/people/{world.wang}/take")
    mei.post(f"/people/{world.wang}/snooze", {"when": "tomorrow"})
    for path in ("/", "/?whose=mine"):
        page = mei.get(path).text
        total = int(re.search(r"<title>待看 \((\d+)\)", page)[1])
        assert page.count("data-row=") == total
        counts = [int(number) for number in re.findall(r'<span class="count">(\d+)</span></a>', page)]
        assert counts[0] == total
        assert counts[0] == sum(counts[1:6])
