"""Snoozing, reminding and handing over with keys and clicks, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
from tests.unit.web.web_fixtures import World

pytestmark = pytest.mark.e2e


def test_R38_z_snoozes_in_my_queue_and_u_takes_it_back(open_page: OpenPage, world: World):
    page = open_page("/")
    row = page.locator(f'[data-row="p{world.wang}"]')
    row.locator("[data-open]").focus()
    page.keyboard.press("t")
    expect(page.get_by_role("status")).to_contain_text("已由您負責")
    page.goto("/?whose=mine")
    row.locator("[data-open]").focus()
    page.keyboard.press("z")
    expect(row.get_by_role("button", name=re.compile("今天晚一點"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("再看，對方來信就提早")
    page.get_by_role("status").get_by_role("button", name=re.compile("復原")).click()
    expect(row).to_have_count(1)


def test_a_reminder_is_set_by_keys_and_done_by_one(open_page: OpenPage, world: World):
    page = open_page("/")
    row = page.locator(f'[data-row="p{world.wang}"]')
    row.locator("[data-open]").focus()
    page.keyboard.press("r")
    row.get_by_label("提醒我什麼？（只有我看得到）").fill("問九人座")
    row.get_by_role("button", name=re.compile("明天早上")).click()
    expect(page.get_by_role("status")).to_contain_text("會提醒您 王大明 的事")
    page.goto("/?kind=due")
    due = page.locator(".due-row").first
    due.locator("[data-open]").focus()
    page.keyboard.press("d")
    expect(page.get_by_role("status")).to_contain_text("完成：")


def test_menus_on_a_row_stay_on_a_narrow_screen(open_page: OpenPage, world: World):
    page = open_page("/", width=320)
    row = page.locator(f'[data-row="p{world.wang}"]')
    for key in ("z", "r", "n"):
        row.locator(f'summary[data-key="{key}"]').click()
        body = row.locator("details[open] .menu-body").bounding_box()
        assert body
        assert body["x"] >= 0
        assert body["x"] + body["width"] <= 320
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.keyboard.press("Escape")


def test_a_suggestion_is_one_click_and_one_click_back(open_page: OpenPage, world: World):
    page = open_page("/load")
    suggestion = page.locator(".suggestion", has_text="周子瑜")
    suggestion.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("已把 1 件交給陳志偉")
    expect(suggestion).to_have_count(0)
    page.get_by_role("status").get_by_role("button").click()
    expect(suggestion).to_have_count(1)
