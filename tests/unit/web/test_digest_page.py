"""The digest's pages: wishes, preview, what became of each, and the link that pauses one."""

import re

from flask import Flask

from streaklike.digest.links import sign_pause
from streaklike.digest.preferences import get_reader
from streaklike.store.database import Database
from streaklike.store.models import DigestDelivery, DigestSetting, User
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import NOW, World


def reader_of(database: Database, user_id: int):
    with database.read() as session:
        return get_reader(session, user_id, team_zone="Asia/Taipei")


def token_of(app: Flask, user_id: int, email: str) -> str:
    return sign_pause(app.config["SECRET_KEY"], user_id, email)


def test_the_hour_language_and_pause_are_kept(mei: Reader, world: World, database: Database):
    assert reader_of(database, world.mei).hour == 8
    mei.post("/digest", {"hour": "7", "language": "en", "paused": "1"})
    kept = reader_of(database, world.mei)
    assert (kept.hour, kept.locale, kept.paused_at) == (7, "en", NOW)
    mei.post("/digest", {"hour": "20", "language": "zh"})
    kept = reader_of(database, world.mei)
    assert (kept.hour, kept.locale, kept.paused_at) == (20, "zh", None)
    assert 'value="20" selected' in mei.get("/digest").text


def test_an_hour_that_cannot_be_had_changes_nothing(mei: Reader, world: World, database: Database):
    for hour in ("3", "24", "-1", "x", "", "99999999999999999999"):
        response = mei.post("/digest", {"hour": hour, "language": "en"}, follow_redirects=True)
        assert "摘要不能在那個時間寄" in response.text
    with database.read() as session:
        assert session.get(DigestSetting, world.mei) is None


def test_a_viewer_has_wishes_of_their_own(looker: Reader, world: World, database: Database):
    assert looker.post("/digest", {"hour": "9", "language": "zh"}).status_code == 303
    assert reader_of(database, world.looker).hour == 9
    assert reader_of(database, world.mei).hour == 8


def test_the_preview_shows_subject_text_and_html_in_a_frame(mei: Reader, world: World):
    page = mei.get("/digest/preview?language=en")
    assert "1 waits for you, 1 had too much · 18 Nov" in page.text
    assert "Wrote 4 d ago, answer overdue" in page.text
    frame = re.search(r'<iframe[^>]* sandbox="([^"]*)"[^>]* src="([^"]+)"', page.text)
    assert frame
    assert "allow-scripts" not in frame[1]
    assert "allow-same-origin" not in frame[1]
    inner = mei.get(frame[2].replace("&amp;", "&"))
    assert inner.text.startswith("<!doctype html>")
    assert "陳雅婷" in inner.text


def test_Q22_hostile_names_stay_text_in_the_preview(mei: Reader, world: World):
    for path in ("/digest", "/digest/preview", "/digest/preview/html"):
        text = mei.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_the_week_is_shown_to_leads_alone(mei: Reader, looker: Reader, world: World):
    assert "Who carries what" in mei.get("/digest/preview?kind=weekly&language=en").text
    assert "Who carries what" not in looker.get("/digest/preview?kind=weekly&language=en").text


def test_Q7_an_unknown_sending_is_shown_to_its_member(mei: Reader, world: World, database: Database):
    key = {"user_id": world.mei, "kind": "daily", "claimed_at": NOW}
    with database.begin() as session:
        session.add(
            DigestDelivery(**key, day="2026-11-17", state="unknown", reason="It died.", message_id="a")
        )
        session.add(
            DigestDelivery(**key, day="2026-11-16", state="skipped", reason="nothing", message_id="b")
        )
        session.add(
            DigestDelivery(**key, day="2026-11-18", state="skipped", reason="refused: 550 no", message_id="c")
        )
        session.get_one(User, world.mei).locale = "en"
    text = mei.get("/digest").text
    assert "not known" in text
    assert "It is not sent again" in text
    assert "nothing waited" in text
    assert "the mail server refused it" in text
    assert "550 no" in text


def test_one_click_pauses_without_a_sign_in_and_comes_back(app: Flask, world: World, database: Database):
    path = f"/digest/pause/{token_of(app, world.mei, 'mei@ngo.example')}"
    client = app.test_client()
    response = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert reader_of(database, world.mei).paused_at == NOW
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    client.post(path, data={"action": "resume"})
    assert reader_of(database, world.mei).paused_at is None
    assert "Set-Cookie" not in response.headers, "it signs nobody in"


def test_reading_the_link_changes_nothing(app: Flask, world: World, database: Database):
    path = f"/digest/pause/{token_of(app, world.mei, 'mei@ngo.example')}"
    page = app.test_client().get(path)
    assert page.status_code == 200
    assert page.text.count('<button class="button primary"') == 1
    assert reader_of(database, world.mei).paused_at is None


def test_the_link_reaches_that_members_digest_alone(app: Flask, world: World, database: Database):
    with database.read() as session:
        before = {user.id: (user.role, user.email) for user in session.query(User)}
    app.test_client().post(f"/digest/pause/{token_of(app, world.mei, 'mei@ngo.example')}")
    with database.read() as session:
        assert {row.user_id for row in session.query(DigestSetting)} == {world.mei}
        assert {user.id: (user.role, user.email) for user in session.query(User)} == before


def test_a_forged_link_is_found_nowhere(app: Flask, world: World, database: Database):
    good = token_of(app, world.mei, "mei@ngo.example")
    forged = [
        "x",
        good[:-1],
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
        good + "A",
        sign_pause("another secret", world.mei, "mei@ngo.example"),
        sign_pause(app.config["SECRET_KEY"], world.mei, "wei@ngo.example"),
        sign_pause(app.config["SECRET_KEY"], 999, "mei@ngo.example"),
    ]
    client = app.test_client()
    for token in forged:
        for method in ("GET", "POST"):
            assert client.open(f"/digest/pause/{token}", method=method).status_code == 404, token
    with database.read() as session:
        assert session.query(DigestSetting).count() == 0


def test_Q27_a_leavers_link_is_found_nowhere(app: Flask, world: World, database: Database):
    with database.begin() as session:
        session.get_one(User, world.mei).disabled_at = NOW
    path = f"/digest/pause/{token_of(app, world.mei, 'mei@ngo.example')}"
    assert app.test_client().post(path).status_code == 404
