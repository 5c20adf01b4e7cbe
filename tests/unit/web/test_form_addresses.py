"""The addresses of website forms on the team's page (R53): an admin's to name, and to take back."""

from sqlalchemy import update

from streaklike.store.database import Database
from streaklike.store.models import User
from streaklike.sync.form_addresses import load_form_addresses
from tests.unit.web.conftest import Reader
from tests.unit.web.test_actions import undo_path
from tests.unit.web.web_fixtures import World

FORM = "relay@formservice.example"


def named(database: Database) -> frozenset[str]:
    with database.read() as session:
        return load_form_addresses(session)


def make_admin(database: Database) -> None:
    with database.begin() as session:
        session.execute(update(User).values(role="admin"))


def test_R53_an_admin_names_a_form_and_takes_it_back(mei: Reader, world: World, database: Database):
    make_admin(database)
    assert "尚未指定" in mei.get("/team").text
    page = mei.post("/form-addresses/add", {"address": f" {FORM} "}, follow_redirects=True).text
    assert named(database) == {FORM}
    assert FORM in mei.get("/team").text
    mei.post(undo_path(page))
    assert named(database) == frozenset()
    mei.post("/form-addresses/add", {"address": FORM})
    mei.post("/form-addresses/remove", {"address": FORM})
    assert named(database) == frozenset()


def test_R53_nobody_else_names_a_form_and_a_members_address_is_none(
    mei: Reader, world: World, database: Database
):
    with database.begin() as session:
        session.execute(update(User).values(role="member"))
    assert mei.post("/form-addresses/add", {"address": FORM}).status_code == 403
    make_admin(database)
    refused = mei.post("/form-addresses/add", {"address": "mei@ngo.example"}, follow_redirects=True).text
    assert "這是成員自己的地址" in refused
    assert named(database) == frozenset()
