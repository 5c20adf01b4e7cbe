"""The web app over the small world in a real browser: Debian's chromium, a server on a loopback port."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from streaklike.app import create_app
from streaklike.people.sign_in_links import make_sign_in_link
from streaklike.settings import Settings
from streaklike.store.database import Database, open_database
from streaklike.store.models import User
from tests.unit.web.web_fixtures import NOW, World, find_world

ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium here: apt-get install --no-install-recommends chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def e2e_database(sqlite_world: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(sqlite_world, tmp_path / "e2e.db")
    database = open_database(f"sqlite:///{tmp_path / 'e2e.db'}")
    yield database
    database.close()


@pytest.fixture
def world(e2e_database: Database) -> World:
    with e2e_database.read() as session:
        return find_world(session)


@pytest.fixture
def site(e2e_database: Database, world: World, tmp_path: Path) -> Iterator[str]:
    """The address of the running app."""
    app = create_app(Settings(data_dir=tmp_path, _env_file=None), e2e_database, clock=lambda: NOW)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def is_trouble(message: ConsoleMessage) -> bool:
    """Whether the console tells of a failure; a page that is rightly not found, a conflict that is told on a page, and an
    answer that a test loses on purpose are none."""
    return message.type == "error" and not re.search("status of (404|409)|ERR_CONNECTION_RESET", message.text)


OpenPage = Callable[..., Page]

PATIENCE = 30_000
"""Milliseconds until something is taken for missing; a machine with other work to do needs more than Playwright's five seconds."""

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def open_page(chromium: Browser, site: str, e2e_database: Database) -> Iterator[OpenPage]:
    """A page, signed in as Mei unless `name` says otherwise; nothing may be asked from outside, no script may fail."""
    contexts = []
    troubles: list[str] = []

    def make_link(name: str) -> str:
        with e2e_database.begin() as session:
            user = session.scalars(select(User).where(User.name == name)).one()
            return make_sign_in_link(session, user, now=NOW)

    def opened(
        path: str = "/", *, width: int = 1280, height: int = 800, name: str | None = "林小美", **options: Any
    ) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, base_url=site, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on(
            "request",
            lambda request: None if request.url.startswith((site, "data:")) else troubles.append(request.url),
        )
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda message: troubles.append(message.text) if is_trouble(message) else None)
        page.on("dialog", lambda dialog: (troubles.append(f"dialog {dialog.message}"), dialog.dismiss()))
        if name is not None:
            page.goto(f"/sign-in/link#{make_link(name)}")
            if not options.get("java_script_enabled", True):
                page.locator("[name=token]").fill(page.url)  # the whole link is pasted
            page.locator("[data-link-form] button").click()
            page.wait_for_url(f"{site}/")
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []
