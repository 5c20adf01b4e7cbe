"""A page that is stale, and an answer that is lost, in a real browser."""

import re

import pytest
from playwright.sync_api import Route, expect
from sqlalchemy import func, select

from streaklike.store.database import Database
from streaklike.store.models import Event
from tests.e2e.conftest import OpenPage
from tests.unit.web.test_forms import write_in
from tests.unit.web.web_fixtures import World

pytestmark = pytest.mark.e2e


def count_events(database: Database, kind: str) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).where(Event.kind == kind)).one()


def test_who_wrote_meanwhile_is_shown_before_it_is_closed(
    open_page: OpenPage, e2e_database: Database, world: World
):
    page = open_page("/")
    write_in(e2e_database, "我住院了", "我在醫院，這週不能開車。")
    row = page.locator(f'[data-row="p{world.wang}"]')
    row.locator('summary[data-key="n"]').click()
    with page.expect_response(re.compile("no-reply-needed")) as answer:
        row.locator("details[open] button").first.click()
    assert answer.value.status == 409
    expect(page.locator("#stale-title")).to_be_focused()
    expect(page.locator("[data-stale]")).to_contain_text("我在醫院")
    assert count_events(e2e_database, "no_reply_needed") == 0
    page.get_by_role("button", name=re.compile("仍要執行")).click()
    expect(page.get_by_role("status")).to_contain_text("不需回覆")
    assert count_events(e2e_database, "no_reply_needed") == 1


def test_a_lost_answer_does_not_make_two_gifts(open_page: OpenPage, e2e_database: Database, world: World):
    page, sent = open_page(f"/people/{world.chen}"), []

    def lose_the_first_answer(route: Route) -> None:
        sent.append(route.request.post_data)
        if len(sent) > 1:
            route.continue_()
            return
        route.fetch(max_redirects=0)
        route.abort("connectionreset")

    page.route("**/log", lose_the_first_answer)
    form = page.locator("#compose")
    form.locator("textarea").fill("現金")
    form.locator(".pills label").nth(4).click()
    form.get_by_role("button").last.click()
    expect(page.get_by_role("status")).to_contain_text("第一次送出時就已經完成", timeout=30_000)
    assert len(sent) == 2
    assert count_events(e2e_database, "gift") == 1
