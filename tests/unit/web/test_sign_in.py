"""The door: one-time links, the first admin, sessions that the server ends, and the demo's own list (Q27)."""

import re
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from streaklike.app import create_app
from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.people.sessions import start_session
from streaklike.people.sign_in_links import make_sign_in_link, offer_first_link
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import SignInLink, TeamAddress, User, UserSession
from streaklike.web import demo_sign_in
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import NOW, World

LINK = "/sign-in/link"


def make_link(database: Database, user_id: int) -> str:
    with database.begin() as session:
        return make_sign_in_link(session, session.get_one(User, user_id), now=NOW)


def first_link(database: Database) -> str:
    with database.begin() as session:
        token = offer_first_link(session, now=NOW)
    assert token is not None
    return token


def use(reader: Reader, token: str, **form: str):
    return reader.post(LINK, {"token": token, **form})


def is_in(reader: Reader) -> bool:
    return reader.get("/").status_code == 200


def count_sessions(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(UserSession)).one()


def test_Q27_a_link_signs_its_member_in_once(app: Flask, world: World, database: Database, stranger: Reader):
    token = make_link(database, world.looker)
    assert use(stranger, f"https://crm.ngo.example{LINK}#{token}").headers["Location"] == "/"
    assert "理事長" in stranger.get("/").text
    assert count_sessions(database) == 1
    other = Reader(app)
    refused = use(other, token)
    assert refused.status_code == 403
    assert "This link does not work" in refused.text
    assert not is_in(other)
    assert count_sessions(database) == 1


def test_Q27_reading_the_link_page_uses_nothing_up(app: Flask, world: World, database: Database):
    token = make_link(database, world.looker)
    pages = {Reader(app).get(path).status_code for path in (LINK, f"{LINK}?token={token}", f"{LINK}?x=1")}
    assert pages == {200}
    assert Reader(app).client.head(LINK).status_code == 200
    with database.read() as session:
        assert session.scalars(select(SignInLink.used_at)).all() == [None]
    reader = Reader(app)
    assert use(reader, token).status_code == 303
    assert is_in(reader)


def test_Q27_two_clicks_at_once_give_one_session(app: Flask, world: World, database: Database):
    token = make_link(database, world.looker)
    readers = [Reader(app) for _ in range(4)]
    tokens = [reader.token(LINK) for reader in readers]
    barrier, answers = threading.Barrier(4), []

    def click(reader: Reader, csrf: str) -> None:
        barrier.wait()
        answers.append(reader.client.post(LINK, data={"csrf_token": csrf, "token": token}).status_code)

    clicks = [threading.Thread(target=click, args=pair) for pair in zip(readers, tokens, strict=True)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(timeout=60)
    assert sorted(answers) == [303, 403, 403, 403]
    assert count_sessions(database) == 1


@pytest.mark.parametrize("token", ["", "#", "x", "x" * 10_000, "\x00", "%00", "' OR 1=1 --", "　"])
def test_Q27_a_made_up_link_lets_nobody_in(world: World, database: Database, stranger: Reader, token: str):
    first_link(database)
    refused = 400 if "\x00" in token else 403
    assert (
        use(stranger, token, email="eve@evil.example", name="Eve", user=str(world.mei)).status_code == refused
    )
    assert count_sessions(database) == 0
    assert not is_in(stranger)


def test_Q27_an_old_link_and_a_leavers_let_nobody_in(world: World, database: Database, stranger: Reader):
    with database.begin() as session:
        old = make_sign_in_link(session, session.get_one(User, world.mei), now=NOW - HOUR)
        left = make_sign_in_link(session, session.get_one(User, world.looker), now=NOW)
        session.execute(update(User).where(User.id == world.looker).values(disabled_at=NOW))
    assert [use(stranger, token).status_code for token in (old, left)] == [403, 403]
    assert count_sessions(database) == 0


def test_the_first_admin_of_an_empty_team_gives_name_and_address(app: Flask, database: Database):
    token = first_link(database)
    reader = Reader(app)
    reader.client.set_cookie("language", "zh")
    asked = use(reader, token)
    assert asked.status_code == 200
    assert "團隊還沒有管理者" in asked.text
    assert count_sessions(database) == 0
    for form in ({"email": "nobody", "name": "林小美"}, {"email": "mei@ngo.example", "name": " "}):
        told = use(reader, token, **form)
        assert told.status_code == 400
        assert 'role="alert"' in told.text
    assert use(reader, token, email=" Mei@NGO.example ", name=" 林  小美 ").status_code == 303
    assert "林 小美" in reader.get("/").text
    with database.read() as session:
        user = session.scalars(select(User)).one()
        assert (user.email, user.name, user.role, user.locale) == (
            "mei@ngo.example",
            "林 小美",
            "admin",
            "zh",
        )
        assert session.scalars(select(TeamAddress.key)).all() == ["mei@ngo.example"]
    assert use(Reader(app), token, email="eve@evil.example", name="Eve").status_code == 403
    other = first_link_or_none(database)
    assert other is None


def first_link_or_none(database: Database) -> str | None:
    with database.begin() as session:
        return offer_first_link(session, now=NOW)


def test_the_first_link_of_a_team_with_admins_asks_which_one(app: Flask, world: World, database: Database):
    tokens = [first_link(database), first_link(database)]
    reader = Reader(app)
    asked = use(reader, tokens[0]).text
    assert "林小美" in asked
    assert "陳志偉" not in asked  # a member is no admin
    with database.read() as session:
        wei = session.scalars(select(User.id).where(User.email == "wei@ngo.example")).one()
    assert use(reader, tokens[0], user=str(wei)).status_code == 400
    assert use(reader, tokens[0], email="eve@evil.example", name="Eve").status_code == 400
    assert count_sessions(database) == 0
    assert use(reader, tokens[0], user=str(world.mei)).status_code == 303
    assert "林小美" in reader.get("/").text
    assert (
        use(Reader(app), tokens[1], user=str(world.mei)).status_code == 403
    )  # an admin is in: the other is void


def test_the_first_link_of_a_team_without_admins_makes_one_of_a_member(app: Flask, database: Database):
    with database.begin() as session:
        wei = User(email="wei@ngo.example", name="志偉", role="member", locale="zh", created_at=NOW)
        left = User(email="eve@ngo.example", name="Eve", role="admin", created_at=NOW, disabled_at=NOW)
        session.add_all([wei, left])
        session.flush()
        before = start_session(session, wei, now=NOW)
    token = first_link(database)
    reader = Reader(app)
    assert "志偉" not in use(reader, token).text
    assert use(reader, token, email="eve@ngo.example", name="Eve").status_code == 400
    assert use(reader, token, email="wei@ngo.example", name="Wei").status_code == 303
    assert "志偉" in reader.get("/").text
    with database.read() as session:
        assert session.scalars(select(User.role).where(User.email == "wei@ngo.example")).one() == "admin"
    earlier = Reader(app)
    with earlier.client.session_transaction() as kept:
        kept["_user_id"] = before
    assert not is_in(earlier)  # begun under other rights


def test_Q27_signing_in_begins_a_new_session_and_ends_the_one_before(
    app: Flask, world: World, database: Database, stranger: Reader
):
    stranger.get("/sign-in")
    old = stranger.client.get_cookie("session")
    use(stranger, make_link(database, world.mei))
    new = stranger.client.get_cookie("session")
    assert old
    assert new
    assert old.value != new.value
    use(stranger, make_link(database, world.looker))
    assert "理事長" in stranger.get("/").text
    thief = Reader(app)
    thief.client.set_cookie("session", new.value)
    assert not is_in(thief)


def test_Q27_signing_out_ends_the_session_on_the_server(app: Flask, mei: Reader):
    cookie = mei.client.get_cookie("session")
    assert cookie
    copied = Reader(app)
    copied.client.set_cookie("session", cookie.value)
    assert is_in(copied)
    assert mei.post("/sign-out").status_code == 302
    assert not is_in(mei)
    assert not is_in(copied)


def test_Q27_a_cookie_of_the_older_program_lets_nobody_in(app: Flask, world: World):
    reader = Reader(app)
    with reader.client.session_transaction() as kept:
        kept["_user_id"] = str(world.mei)
    assert not is_in(reader)


def test_Q27_a_session_of_before_stays_ended_where_access_is_given_back(
    app: Flask, world: World, mei: Reader
):
    his = Reader(app).sign_in(world.looker)
    mei.post(f"/members/{world.looker}/disable")
    assert not is_in(his)
    mei.post(f"/members/{world.looker}/enable")
    assert not is_in(his)
    assert is_in(Reader(app).sign_in(world.looker))


def test_Q27_my_sessions_are_listed_and_ended_one_by_one_or_all(app: Flask, world: World):
    here, there, elsewhere = (Reader(app).sign_in(world.looker) for _ in range(3))
    colleague = Reader(app).sign_in(world.mei)
    page = here.get("/sessions").text
    ends = re.findall(r"/sessions/(\d+)/end", page)
    assert len(ends) == 3
    assert page.count("這個瀏覽器") == 1
    assert colleague.post(f"/sessions/{ends[0]}/end").status_code == 404
    own = re.search(r"/sessions/(\d+)/end", there.get("/sessions").text.partition("這個瀏覽器")[2])
    assert own
    here.post(f"/sessions/{own[1]}/end")
    assert [is_in(each) for each in (here, there, elsewhere)] == [True, False, True]
    told = here.post("/sessions/end-others", follow_redirects=True).text
    assert "已登出其他 1 個瀏覽器" in told
    assert [is_in(each) for each in (here, there, elsewhere, colleague)] == [True, False, False, True]
    last = re.findall(r"/sessions/(\d+)/end", here.get("/sessions").text)
    assert len(last) == 1
    assert here.post(f"/sessions/{last[0]}/end").headers["Location"] == "/sign-in"
    assert not is_in(here)


def test_Q27_the_last_use_is_written_beside_the_page(database: Database, world: World, tmp_path):
    now = [NOW]
    app = create_app(Settings(data_dir=tmp_path, _env_file=None), database, clock=lambda: now[0])
    reader = Reader(app).sign_in(world.mei)

    def last_seen() -> int:
        with database.read() as session:
            return session.scalars(select(UserSession.last_seen_at)).one()

    def look() -> None:
        assert is_in(reader)
        for thread in threading.enumerate():
            if thread.name == "last-seen":
                thread.join(timeout=60)

    now[0] += 4 * MINUTE
    look()
    assert last_seen() == NOW
    now[0] += 2 * MINUTE
    look()
    assert last_seen() == now[0]
    for _ in range(40):
        now[0] += 11 * HOUR
        look() if now[0] < NOW + 14 * DAY else None
    assert not is_in(reader)  # fourteen days are over


def test_Q27_a_page_neither_waits_for_the_writer_nor_fails_because_of_it(
    database: Database, world: World, tmp_path
):
    now = [NOW]
    app = create_app(Settings(data_dir=tmp_path, _env_file=None), database, clock=lambda: now[0])
    reader = Reader(app).sign_in(world.mei)
    now[0] += HOUR
    answered = threading.Event()

    def look() -> None:
        assert is_in(reader)
        answered.set()

    with database.begin() as session:
        session.execute(
            update(UserSession).values(created_at=NOW)
        )  # the row's lock is held, on SQLite the file's
        page = threading.Thread(target=look)
        page.start()
        assert answered.wait(timeout=10)
    page.join(timeout=60)
    for thread in threading.enumerate():
        if thread.name == "last-seen":
            thread.join(timeout=60)
    with database.read() as session:
        assert session.scalars(select(UserSession.last_seen_at)).one() == now[0]


def test_the_sign_in_page_says_how_to_get_in_and_names_nobody(world: World, stranger: Reader):
    page = stranger.get("/sign-in").text
    assert "streaklike sign-in-link" in page
    assert "林小美" not in page
    assert "ngo.example" not in page
    assert stranger.client.post("/sign-in", data={"user": str(world.mei)}).status_code == 405


@pytest.fixture
def demo(app: Flask) -> Flask:
    demo_sign_in.init_app(app)
    return app


def test_nothing_but_the_demo_command_adds_the_demos_list():
    package = Path(demo_sign_in.__file__).parents[1]
    users = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "demo_sign_in" in path.read_text("utf-8") and path != Path(demo_sign_in.__file__)
    }
    assert users == {"cli/demo.py", "app.py"}
    assert "demo_sign_in" not in re.sub(
        r'""".*?"""', "", (package / "app.py").read_text("utf-8"), flags=re.DOTALL
    )


def test_the_demo_lists_its_people_and_a_click_signs_in(demo: Flask, world: World):
    reader = Reader(demo)
    assert "林小美" in reader.get("/sign-in").text
    asked = reader.get(f"/people/{world.chen}?hidden=1")
    assert f"next=/people/{world.chen}?hidden%3D1" in asked.headers["Location"]
    told = reader.post("/sign-in", {"user": str(world.mei), "next": f"/people/{world.chen}?hidden=1"})
    assert told.headers["Location"] == f"/people/{world.chen}?hidden=1"
    assert is_in(reader)
    assert Reader(demo).post("/sign-in", {"user": "987654"}).status_code == 404


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_elsewhere(demo: Flask, world: World, wanted: str):
    response = Reader(demo).post("/sign-in", {"user": str(world.mei), "next": wanted})
    assert response.headers["Location"] == "/"
