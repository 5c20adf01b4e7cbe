"""Q10 on the page and by command: what is set aside is listed with its reason and can be tried again."""

import json

import pytest
from sqlalchemy import update

from streaklike.cli.main import main
from streaklike.store.models import MailboxMessage
from tests.integration.sync_helpers import AN, MEI, WEI, Team, at, mime
from tests.integration.test_labels_page import Office, office  # noqa: F401 - the fixture


@pytest.fixture
def aside(team: Team, office: Office) -> str:  # noqa: F811 - the fixture
    """Mei's mailbox with one mail set aside; the page of it."""
    team.server.accounts[MEI].deliver(mime(AN, [MEI], "Odd"), at=at(90))
    team.sync()
    with team.database.begin() as session:
        session.execute(
            update(MailboxMessage)
            .where(MailboxMessage.at == at(90))
            .values(state="left_out", reason="set_aside", fault="DataError/DataError", message_id=None)
        )
    return f"/mailboxes/{office.mailboxes[MEI]}/set-aside"


def test_Q10_the_page_lists_what_is_set_aside_and_tries_it_again(team: Team, office: Office, aside: str):  # noqa: F811
    mei = office.reader(MEI)
    assert aside in mei.get("/team").text
    page = mei.get(aside).text
    assert "DataError" in page
    assert "mail.google.com/mail/?authuser=mei" in page
    assert office.reader(WEI).get(aside).status_code == 404
    assert mei.post(aside, {}).status_code < 400
    assert team.sync(MEI)[0].left_out == {}
    assert "DataError" not in mei.get(aside).text
    assert aside not in mei.get("/team").text


def test_Q10_the_command_lists_what_is_set_aside_and_tries_it_again(
    team: Team,
    aside: str,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    for name, value in (
        ("DATABASE_URL", database_url),
        ("DATA_DIR", str(team.settings.data_dir)),
        ("GMAIL_ENDPOINT", team.server.url),
        ("TEAM_DOMAINS", "ngo.example"),
    ):
        monkeypatch.setenv(f"STREAKLIKE_{name}", value)
    main(["mailbox", "set-aside", "--json"])
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["mailbox"], row["reason"], row["fault"]) == (MEI, "store", "DataError/DataError")
    main(["mailbox", "set-aside", MEI])
    assert "the database cannot hold it" in capsys.readouterr().out
    main(["mailbox", "set-aside", MEI, "--retry", "--json"])
    assert json.loads(capsys.readouterr().out) == []
    with pytest.raises(SystemExit) as stop:
        main(["mailbox", "set-aside", "nobody@ngo.example"])
    assert stop.value.code == 3
