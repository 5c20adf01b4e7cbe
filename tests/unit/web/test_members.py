"""The team's page: an admin ends access at once, and it comes back."""

from flask import Flask
from sqlalchemy import select

from streaklike.store.database import Database
from streaklike.store.models import User
from tests.unit.web.conftest import Reader
from tests.unit.web.test_actions import undo_path
from tests.unit.web.test_load import user_id
from tests.unit.web.web_fixtures import World


def has_access(database: Database, name: str) -> bool:
    with database.read() as session:
        return (
            session.scalars(select(User).where(User.email == f"{name}@ngo.example")).one().disabled_at is None
        )


def test_Q27_an_admin_disables_a_member_and_they_are_out_at_once(
    app: Flask, mei: Reader, world: World, database: Database
):
    wei = user_id(database, "wei")
    his = Reader(app).sign_in(wei)
    page = mei.post(f"/members/{wei}/disable", {"next": "/team"}, follow_redirects=True).text
    assert "陳志偉已不能使用" in page
    assert his.get("/").headers["Location"].startswith("/sign-in")
    assert f"/members/{wei}/enable" in page
    mei.post(undo_path(page))
    assert has_access(database, "wei")


def test_Q27_only_admins_end_access(app: Flask, world: World, database: Database):
    anna = Reader(app).sign_in(user_id(database, "anna"))
    page = anna.get("/team")
    assert page.status_code == 200
    assert "/disable" not in page.text
    assert anna.post(f"/members/{world.mei}/disable").status_code == 403
    assert has_access(database, "mei")


def test_Q27_a_member_cannot_undo_what_an_admin_said_of_access(
    app: Flask, mei: Reader, world: World, database: Database
):
    wei = user_id(database, "wei")
    path = undo_path(mei.post(f"/members/{wei}/disable", follow_redirects=True).text)
    anna = Reader(app).sign_in(user_id(database, "anna"))
    assert "只有管理者能做這件事" in anna.post(path, follow_redirects=True).text
    assert not has_access(database, "wei")


def test_the_last_admin_stays(mei: Reader, world: World, database: Database):
    page = mei.post(f"/members/{world.mei}/disable", {"next": "/team"}, follow_redirects=True).text
    assert "這是最後一位管理者" in page
    assert has_access(database, "mei")


def test_nobody_there_is_a_page_of_its_own(mei: Reader):
    assert mei.post("/members/987654/disable").status_code == 404
