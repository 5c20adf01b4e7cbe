"""`streaklike user disable` and `enable`, as an admin types them."""

import pytest
from sqlalchemy import select

from streaklike.cli.main import main
from streaklike.cli.sign_in import build_link, served_url
from streaklike.instants import now_instant
from streaklike.jobs.mailboxes import add_user
from streaklike.jobs.registry import list_mailboxes
from streaklike.people.sessions import find_session, start_session
from streaklike.settings import Settings
from streaklike.store.models import Event, User
from streaklike.sync.health import measure_health
from tests.integration.sync_helpers import MEI, WEI, Team


@pytest.fixture
def typed(team: Team, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("STREAKLIKE_DATABASE_URL", team.settings.database_url)
    monkeypatch.setenv("STREAKLIKE_DATA_DIR", str(team.settings.data_dir))
    add_user(team.database, team.settings, MEI, name="小美", role="admin")

    def run(*arguments: str) -> tuple[int, str]:
        try:
            main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
        else:
            code = 0
        return code, capsys.readouterr().err

    return run


def test_Q27_a_disabled_member_is_polled_no_more_and_stands_still_nowhere(typed, team: Team):
    team.connect(WEI)
    code, said = typed("user", "disable", WEI, "--by", MEI)
    assert code == 0
    assert "no access any more" in said
    with team.database.read() as session:
        assert list_mailboxes(session, now_instant()) == []
        health = measure_health(session, now=now_instant() + 10**9)
    assert [line.stall for line in health] == [None]
    assert typed("user", "disable", WEI, "--by", MEI)[1].endswith("nothing was changed.\n")
    assert "has access again" in typed("user", "enable", WEI, "--by", MEI)[1]
    with team.database.read() as session:
        assert list_mailboxes(session, now_instant()) == [WEI]


def test_the_last_admin_is_told_why_they_stay(typed):
    code, said = typed("user", "disable", MEI, "--by", MEI)
    assert code == 3
    assert "last admin" in said


def test_Q27_who_is_no_admin_disables_nobody(typed, team: Team):
    team.connect(WEI)
    code, said = typed("user", "disable", MEI, "--by", WEI)
    assert code == 3
    assert "no admin" in said


def test_Q27_a_members_sessions_are_listed_and_ended(typed, team: Team, capsys: pytest.CaptureFixture[str]):
    team.connect(WEI)
    with team.database.begin() as session:
        user = session.scalars(select(User).where(User.email == WEI)).one()
        token = start_session(session, user, now=now_instant())
    assert "signed in at 1 browser" in typed("user", "sessions", WEI)[1]
    assert "1 session of" in typed("user", "sessions", WEI, "--end")[1]
    with team.database.read() as session:
        assert find_session(session, token, now=now_instant()) is None
    assert "signed in at 0 browsers" in typed("user", "sessions", WEI)[1]
    assert typed("user", "sessions", "nobody@ngo.example")[0] == 3


def test_Q27_a_sign_in_link_is_for_members_with_access(typed, team: Team):
    team.connect(WEI)
    assert typed("sign-in-link", WEI)[0] == 0
    typed("user", "disable", WEI, "--by", MEI)
    code, said = typed("sign-in-link", WEI)
    assert code == 3
    assert "has no access, so no link was made" in said
    code, said = typed("sign-in-link", "nobody@ngo.example")
    assert code == 3
    assert "no member of the team" in said


@pytest.mark.parametrize(
    ("host", "settings", "base"),
    [
        ("127.0.0.1", {}, "http://127.0.0.1:8123"),
        ("0.0.0.0", {}, "http://127.0.0.1:8123"),
        ("::", {}, "http://[::1]:8123"),
        ("::1", {}, "http://[::1]:8123"),
        ("192.0.2.7", {}, "http://192.0.2.7:8123"),
        ("127.0.0.1", {"public_url": "https://crm.ngo.example/"}, "https://crm.ngo.example"),
    ],
)
def test_a_link_leads_to_where_people_reach_the_server(host: str, settings: dict[str, str], base: str):
    url = served_url(Settings(_env_file=None, **settings), host=host, port=8123)
    assert build_link(url, "x") == f"{base}/sign-in/link#x"


def test_Q27_user_add_without_a_role_changes_none_and_with_one_tells_it(typed, team: Team):
    team.connect(WEI)
    assert "is a admin" not in typed("user", "add", WEI, "--name", "志偉")[1]
    assert f"{MEI} is a admin" in typed("user", "add", MEI, "--name", "小美")[1]
    assert f"{WEI} is a viewer" in typed("user", "add", WEI, "--role", "viewer")[1]
    code, said = typed("user", "add", MEI, "--role", "member")
    assert code == 3
    assert "last admin" in said
    with team.database.read() as session:
        (event,) = session.scalars(select(Event).where(Event.kind == "role")).all()
        assert event.data == {"user": WEI, "role": "viewer", "was": "member"}
        assert event.author_id is None


def test_Q27_user_role_is_for_admins_and_says_the_way_back(typed, team: Team):
    team.connect(WEI)
    assert f"user role {WEI} member --by {MEI}" in typed("user", "role", WEI, "admin", "--by", MEI)[1]
    assert typed("user", "role", MEI, "viewer", "--by", WEI)[0] == 0
    code, said = typed("user", "role", WEI, "member", "--by", MEI)
    assert code == 3
    assert "no admin" in said
