"""The load and the handover pack as pages: nothing moves without a click, and all of it comes back."""

from sqlalchemy import select, update

from streaklike.boxes.handover import list_holdings
from streaklike.store.database import Database
from streaklike.store.models import ContactStatus, Conversation, Event, User
from tests.unit.web.conftest import Reader
from tests.unit.web.test_actions import undo_path
from tests.unit.web.web_fixtures import NOW, World


def user_id(database: Database, name: str) -> int:
    with database.read() as session:
        return session.scalars(select(User.id).where(User.email == f"{name}@ngo.example")).one()


def waiting_owner(database: Database, contact_id: int) -> int | None:
    with database.read() as session:
        waiting = session.get_one(ContactStatus, contact_id).waiting_conversation_id
        return session.get_one(Conversation, waiting).owner_id


def test_the_load_names_numbers_and_suggests(mei: Reader, world: World, database: Database):
    page = mei.get("/load").text
    assert "待回覆" in page
    assert "交給林小美" in page
    assert waiting_owner(database, world.wang) is None
    page = mei.post(
        f"/load/people/{world.wang}/hand-over",
        {"to": str(world.mei), "reason": "平均分工"},
        follow_redirects=True,
    ).text
    assert "已把 1 件交給林小美" in page
    assert waiting_owner(database, world.wang) == world.mei
    mei.post(undo_path(page))
    assert waiting_owner(database, world.wang) is None


def test_who_cannot_take_over_is_refused(mei: Reader, world: World, database: Database):
    for to in (str(world.looker), "987", ""):
        page = mei.post(f"/load/people/{world.wang}/hand-over", {"to": to}, follow_redirects=True).text
        assert "這位同事不能接手" in page
    with database.read() as session:
        assert session.scalars(select(Event).where(Event.kind == "handover")).all() == []


def test_a_pack_is_handed_over_one_by_one_and_as_a_whole(app, mei: Reader, world: World, database: Database):
    wei = user_id(database, "wei")
    path = f"/load/{world.mei}/handover"
    with database.read() as session:
        holdings = list_holdings(session, world.mei)
    assert len(holdings) > 1
    item = f"{holdings[0].kind}:{holdings[0].id}"
    page = mei.post(path, {"item": item, "to": str(wei), "reason": "五月離職"}, follow_redirects=True).text
    assert "已把 1 件交給陳志偉" in page
    assert (
        "這件事已經不在這裡了" in mei.post(path, {"item": item, "to": str(wei)}, follow_redirects=True).text
    )
    page = mei.post(path, {"to": str(wei), "reason": "五月離職"}, follow_redirects=True).text
    with database.read() as session:
        assert list_holdings(session, world.mei) == []
    heard = Reader(app).sign_in(wei).get("/?whose=mine").text
    assert "林小美剛剛交給您" in heard
    assert "五月離職" in heard
    mei.post(undo_path(page))
    with database.read() as session:
        assert len(list_holdings(session, world.mei)) == len(holdings) - 1


def test_a_leaver_with_something_in_hand_is_named_on_the_teams_page(
    mei: Reader, world: World, database: Database
):
    wei = user_id(database, "wei")
    with database.begin() as session:
        assert list_holdings(session, wei)
        session.execute(update(User).where(User.id == wei).values(disabled_at=NOW))
    page = mei.get("/load").text
    assert "陳志偉 已離開，名下還有" in page
    assert "陳志偉的交接清單" in mei.get(f"/load/{wei}/handover").text
    assert mei.get("/load/98765/handover").status_code == 404
