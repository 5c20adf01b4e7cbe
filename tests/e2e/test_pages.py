"""The pages in a real browser: the ways through them, by pointer, by keyboard, and on a narrow screen."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage
from tests.unit.web.web_fixtures import EVIL, World

pytestmark = pytest.mark.e2e


def test_from_sign_in_over_the_queue_to_a_note_and_its_undo(open_page: OpenPage, world: World):
    page = open_page("/", name=None)
    expect(page).to_have_url(re.compile("/sign-in"))
    page = open_page("/")
    page.get_by_role("link", name="王大明").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("王大明")
    page.get_by_role("textbox", name="說了什麼？").fill("星期三改由志偉接送")
    page.get_by_role("button", name="記下").click()
    expect(page.get_by_role("status")).to_contain_text("已記下 王大明 的紀錄")
    entry = page.locator(".entry", has_text="星期三改由志偉接送")
    expect(entry).to_have_count(1)
    page.get_by_role("status").get_by_role("button", name=re.compile("復原")).click()
    expect(entry).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("已復原")


def test_the_queue_answers_to_keys_only_while_it_has_the_focus(open_page: OpenPage, world: World):
    page = open_page("/")
    page.keyboard.press("j")
    expect(page.locator("body")).to_be_focused()
    rows = page.locator('[data-row^="p"]')
    rows.nth(0).locator("[data-open]").focus()
    page.keyboard.press("j")
    expect(rows.nth(1).locator("[data-open]")).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0).locator("[data-open]")).to_be_focused()
    page.keyboard.press("v")
    expect(rows.nth(0).locator(".evidence-list")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    rows.nth(0).locator("[data-open]").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("王大明")


def test_a_deed_by_key_keeps_the_place_and_u_takes_it_back(open_page: OpenPage, world: World):
    page = open_page("/")
    row = page.locator(f'[data-row="p{world.wang}"]')
    row.locator("[data-open]").focus()
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)
    expect(page.locator("[data-row] [data-open]:focus")).to_have_count(1)
    page.keyboard.press("u")
    expect(row).to_have_count(1)


def columns(page: Page) -> dict[str, list[str]]:
    found = {}
    for column in page.locator(".column").all():
        found[column.get_attribute("data-column") or ""] = column.locator(".card-name").all_inner_texts()
    return found


def test_a_card_moves_by_drag(open_page: OpenPage, world: World):
    page = open_page("/board/supporters", width=1600)
    card = page.locator(f'[data-row="{world.box}"]')
    start, target = card.bounding_box(), page.locator('[data-column="volunteer"]').bounding_box()
    assert start
    assert target
    page.mouse.move(start["x"] + 60, start["y"] + start["height"] - 8)
    page.mouse.down()
    page.mouse.move(target["x"] + 80, target["y"] + 60, steps=8)
    page.mouse.up()
    expect(page.get_by_role("status")).to_contain_text("→ 志工")
    assert columns(page)["volunteer"][0] == "張家豪（報社）"
    page.reload()
    assert columns(page)["volunteer"][0] == "張家豪（報社）"
    assert columns(page)["stranger"] == []


def test_a_click_on_a_card_is_no_drag(open_page: OpenPage, world: World):
    page = open_page("/board/supporters")
    page.get_by_role("link", name="張家豪（報社）").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("張家豪")


def test_a_card_moves_by_its_menu_and_back_by_undo(open_page: OpenPage, world: World):
    page = open_page("/board/supporters")
    card = page.locator(f'[data-row="{world.box}"]')
    card.locator("summary").click()
    card.get_by_role("button", name="捐款人").click()
    expect(page.get_by_role("status")).to_contain_text("→ 捐款人")
    assert "張家豪（報社）" in columns(page)["donor"]
    page.get_by_role("status").get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("已復原")
    assert "張家豪（報社）" in columns(page)["stranger"]


def test_a_card_moves_by_keyboard(open_page: OpenPage, world: World):
    page = open_page("/board/supporters")
    name = page.locator(f'[data-row="{world.box}"] [data-open]')
    name.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("status")).to_contain_text("→ 支持者")
    expect(name).to_be_focused()
    page.keyboard.press("m")
    expect(page.locator(f'[data-row="{world.box}"] .menu-body')).to_be_visible()
    page.keyboard.press("Escape")
    name.focus()
    page.keyboard.press("u")
    expect(page.get_by_role("status")).to_contain_text("已復原")
    assert "張家豪（報社）" in columns(page)["stranger"]


def test_a_card_moves_without_scripts(open_page: OpenPage, world: World):
    page = open_page("/board/supporters", java_script_enabled=False)
    card = page.locator(f'[data-row="{world.box}"]')
    card.locator("summary").click()
    card.get_by_role("button", name="志工").click()
    assert "張家豪（報社）" in columns(page)["volunteer"]


EMAILS = (
    "yating.chen@donor.example",
    "wang@volunteer.example",
    "ming@quiet.example",
    EVIL,
    "new@somewhere.example",
)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_companion_fits_320_pixels_with_nothing_scrolled(open_page: OpenPage, world: World, locale: str):
    page = open_page("/", width=320, height=480)
    if locale == "en":
        switch(page, "language", "en")
    for email in EMAILS:
        page.goto(f"/companion?email={email}")
        sizes = page.evaluate(
            "[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"
        )
        assert sizes == [0, 0], email
        expect(page.locator(".companion-actions > *, .companion-stranger .button").first).to_be_visible()


def switch(page: Page, name: str, value: str) -> None:
    page.locator(".account > summary").click()
    page.locator(f'button[name="{name}"][value="{value}"]').click()
    page.wait_for_load_state()


PATHS = (
    "/",
    "/?whose=mine",
    "/?kind=due",
    "/people",
    "/people?q=nobody-at-all",
    "/search",
    "/search?q=志工",
    "/people/{chen}",
    "/people/{newcomer}",
    "/people/{quiet}",
    "/board/supporters",
    "/board/supporters?by=owner",
    "/companion?email=yating.chen@donor.example",
    "/digest",
    "/digest/preview",
    "/load",
    "/load/{mei}/handover",
    "/policy",
    "/policy?level=tier:A",
    "/policy/try?key=unanswered_work_hours&value=1",
    "/policy/try?preset=major_donors",
    "/team",
    "/mailboxes/1/labels",
    "/sessions",
    "/nowhere",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.mark.parametrize(
    ("theme", "locale", "width"), [("light", "zh", 1280), ("dark", "en", 360), ("light", "en", 320)]
)
def test_axe_finds_nothing_and_nothing_overflows(
    open_page: OpenPage, world: World, theme: str, locale: str, width: int
):
    page = open_page("/sign-in", width=width, color_scheme=theme, name=None)
    hold(page, "/sign-in")
    page.goto("/sign-in/link")
    hold(page, "/sign-in/link")
    page = open_page("/", width=width, color_scheme=theme)
    if locale == "en":
        switch(page, "language", "en")
    for path in PATHS:
        page.goto(path.format(**world._asdict()))
        for summary in page.locator(".evidence > summary").all():
            summary.click()
        hold(page, path)
    page.goto("/")
    page.locator(".account > summary").click()
    hold(page, "the account menu", ".account > .menu-body")


def hold(page: Page, path: str, part: str = "html") -> None:
    found = Axe().run(page, context=part, options={"runOnly": RULES})
    assert found.response["violations"] == [], (path, found.generate_report())
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path


def test_the_theme_is_the_readers_choice(open_page: OpenPage, world: World):
    page = open_page("/", color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    switch(page, "theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_Q20_hostile_mail_runs_nothing_even_without_the_policy(open_page: OpenPage, world: World):
    page = open_page("/", bypass_csp=True)
    for path in ("/", "/people", f"/people/{world.evil}", f"/companion?email={EVIL}"):
        page.goto(path)
    expect(page.locator("body")).to_be_visible()
