"""One form at many moments at once, behind the real server: threads, waitress, a database of each kind."""

import http.client
import re
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import waitress
from sqlalchemy import func, select

from streaklike.app import create_app
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import ContactStatus, Conversation, Event
from tests.unit.web.conftest import Reader
from tests.unit.web.test_load import user_id
from tests.unit.web.web_fixtures import NOW, World

AT_ONCE = 6


@pytest.fixture
def site(database: Database, world: World, tmp_path: Path) -> Iterator[tuple[str, int, Reader, Reader]]:
    """A waitress on a free port, and two members whose sessions it knows."""
    app = create_app(Settings(data_dir=tmp_path, _env_file=None), database, clock=lambda: NOW)
    mei, anna = (Reader(app).sign_in(user) for user in (world.mei, user_id(database, "anna")))
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=AT_ONCE, ident=None)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield "127.0.0.1", server.effective_port, mei, anna
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(timeout=30)


def post(site: tuple[str, int, Reader, Reader], reader: Reader, path: str, form: dict[str, str]):
    """The status, the place to go on to, and the page of a form sent over a connection of its own."""
    connection = http.client.HTTPConnection(site[0], site[1], timeout=60)
    cookies = "; ".join(f"{each.key}={each.value}" for each in reader.client._cookies.values())
    headers = {
        "Cookie": cookies,
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": reader.client.environ_base["HTTP_USER_AGENT"],
    }
    connection.request("POST", path, urlencode(form), headers)
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Location"), said


def at_once(jobs) -> list[tuple[int, str | None, str]]:
    """What each of these answers, all begun at one moment."""
    barrier, answers = threading.Barrier(len(jobs)), []

    def run(job):
        barrier.wait()
        answers.append(job())

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return answers


def test_one_gift_from_one_form_however_often_it_arrives(site, database: Database, world: World):
    mei = site[2]
    form = {"csrf_token": mei.token(), "form_key": secrets.token_urlsafe(18), "kind": "gift"}
    found = re.search(r'name="seen" value="([^"]+)"', mei.get(f"/people/{world.chen}").text)
    assert found
    form |= {"amount": "5000", "text": "現金", "seen": found[1].replace("&amp;", "&"), "next": "/"}
    path = f"/people/{world.chen}/log"
    answers = at_once([lambda: post(site, mei, path, form)] * AT_ONCE)
    assert [answer[:2] for answer in answers] == [(303, "/")] * AT_ONCE
    with database.read() as session:
        assert session.scalars(select(func.count()).where(Event.kind == "gift")).one() == 1


def test_of_two_who_take_at_one_moment_one_has_it_and_the_other_is_told(
    site, database: Database, world: World
):
    readers, path = site[2:], f"/people/{world.wang}/take"
    forms = []
    for reader in readers:
        page = reader.get("/").text
        found = re.search(rf'action="{path}".*?name="seen" value="([^"]+)"', page, re.DOTALL)
        assert found
        seen = found[1].replace("&amp;", "&")
        forms.append({"csrf_token": reader.token(), "form_key": secrets.token_urlsafe(18), "seen": seen})
    answers = at_once([lambda r=r, f=f: post(site, r, path, f) for r, f in zip(readers, forms, strict=True)])
    assert sorted(answer[0] for answer in answers) == [303, 409]
    told = next(said for status, _, said in answers if status == 409)
    assert "已接手" in told
    with database.read() as session:
        waiting = session.get_one(ContactStatus, world.wang).waiting_conversation_id
        assert session.get_one(Conversation, waiting).owner_id is not None
        assert session.scalars(select(func.count()).where(Event.kind == "owner")).one() == 1
