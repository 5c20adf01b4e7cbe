"""R60: a mailbox holds the mail of its own account alone, whoever's consent is given for it."""

import json
import webbrowser
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gmail_emulator import Account, Fault, GmailServer
from streaklike.cli.main import main
from streaklike.gmail.auth import READ_SCOPE, SEND_SCOPE, parse_credentials_file
from streaklike.gmail.errors import BadCredentials, WrongAccount
from streaklike.jobs.labels import list_labels
from streaklike.jobs.mailboxes import add_mailbox, rename_mailbox
from streaklike.store.models import Job, Mailbox, MailboxMessage, Message
from tests.integration.sync_helpers import AN, MEI, WEI, Team, at, mime
from tests.integration.test_gmail_client_tokens import Owner

NEW = "mei.lin@ngo.example"


@pytest.fixture
def wei(server: GmailServer) -> Account:
    account = server.add_account(WEI)
    account.deliver(mime(AN, [WEI], "To Wei alone"), at=at(0))
    return account


def credentials_of(account: Account, *scopes: str) -> object:
    return parse_credentials_file(json.dumps(account.credentials(scopes or None)))


def count(team: Team, model: type) -> int:
    with team.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def unreachable(team: Team) -> None:
    team.server.faults.add(Fault(path_contains="/profile", status=503, times=None))


def test_R60_another_accounts_consent_is_refused_and_nothing_is_stored(team: Team, wei: Account):
    with pytest.raises(WrongAccount, match=f"mailbox connect {WEI}"):
        add_mailbox(team.database, team.settings, MEI, credentials_of(wei))
    assert (count(team, Mailbox), count(team, MailboxMessage), count(team, Job)) == (0, 0, 0)


def test_R60_what_could_not_be_asked_when_connecting_is_asked_before_anything_is_stored(
    team: Team, wei: Account, quick_retries: None
):
    unreachable(team)
    assert add_mailbox(team.database, team.settings, MEI, credentials_of(wei)) is False
    team.server.faults.clear()
    report = team.sync_one()
    assert (report.complete, report.needs_reconnect, report.messages_added) == (False, True, 0)
    assert WEI in (report.error or "")
    assert count(team, MailboxMessage) == 0
    with pytest.raises(WrongAccount):
        list_labels(team.database, team.settings, MEI)


@pytest.mark.parametrize("state", ["current", "listing", "filling"])
def test_R60_a_consent_exchanged_unseen_is_found_before_anything_is_stored(
    team: Team, wei: Account, state: str, quick_retries: None
):
    mei = team.connect(MEI)
    mei.deliver(mime(AN, [MEI], "To Mei"), at=at(1))
    assert team.sync_one().complete
    before = team.dump()
    with team.database.begin() as session:
        session.scalars(select(Mailbox)).one().state = state
    unreachable(team)
    add_mailbox(team.database, team.settings, MEI, credentials_of(wei))
    team.server.faults.clear()
    assert team.sync_one().needs_reconnect
    assert team.dump() == before
    team.reconnect(MEI, mei)
    assert team.sync_one().complete
    assert team.dump() == before


def test_R60_a_proof_asks_whose_account_it_is(team: Team):
    mei = team.connect(MEI)
    mei.deliver(mime(AN, [MEI], "To Mei"), at=at(1))
    team.sync()
    team.server.rename_account(MEI, NEW)
    (report,) = team.sync(verify=True)
    assert f"mailbox rename {MEI} {NEW}" in (report.error or "")
    assert report.needs_reconnect


def test_R60_a_renamed_account_keeps_its_rows(team: Team):
    mei = team.connect(MEI)
    mei.deliver(mime(AN, [MEI], "To Mei"), at=at(1))
    mei.deliver(mime(MEI, [AN], "From Mei"), label_ids=("SENT",), at=at(2))
    team.sync()
    with team.database.read() as session:
        before = session.execute(
            select(MailboxMessage.gmail_id, MailboxMessage.message_id).order_by(MailboxMessage.gmail_id)
        ).all()
    team.server.rename_account(MEI, NEW)
    with pytest.raises(WrongAccount, match=f"mailbox rename {MEI} {NEW}"):
        add_mailbox(team.database, team.settings, NEW, credentials_of(mei))
    rename_mailbox(team.database, team.settings, MEI, NEW)
    mei.deliver(mime(AN, [NEW], "To the new address"), at=at(3))
    (report,) = team.sync(verify=True)
    assert (report.mailbox, report.complete, report.messages_total) == (NEW, True, 3)
    with team.database.read() as session:
        after = session.execute(
            select(MailboxMessage.gmail_id, MailboxMessage.message_id).order_by(MailboxMessage.gmail_id)
        ).all()
        assert session.scalars(select(Mailbox.email)).all() == [NEW]
        assert set(before) <= set(after)
        assert session.scalars(select(Message.direction).order_by(Message.at)).all() == [
            "inbound",
            "outbound",
            "inbound",
        ]


def test_R60_a_rename_to_an_account_with_other_mail_is_refused(team: Team, wei: Account):
    mei = team.connect(MEI)
    mei.deliver(mime(AN, [MEI], "To Mei"), at=at(1))
    team.sync()
    with pytest.raises(WrongAccount, match="holds none"):
        rename_mailbox(team.database, team.settings, MEI, WEI, credentials_of(wei))
    with pytest.raises(WrongAccount):
        rename_mailbox(team.database, team.settings, MEI, NEW)
    assert team.sync_one().complete


def test_R60_R2_case_and_dots_of_one_address_are_one_account(team: Team, server: GmailServer):
    account = server.add_account("mei.lin@gmail.com")
    assert add_mailbox(team.database, team.settings, "MeiLin@googlemail.com", credentials_of(account))
    assert team.sync_one().complete


def test_R60_in_the_browser_too(
    team: Team,
    wei: Account,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("STREAKLIKE_DATABASE_URL", database_url)
    monkeypatch.setenv("STREAKLIKE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("STREAKLIKE_GMAIL_ENDPOINT", team.server.url)
    owner = Owner()
    monkeypatch.setattr(webbrowser, "get", lambda _=None: owner)
    team.server.add_account(MEI)
    team.server.grants.chosen_email = WEI
    secrets = tmp_path / "client.json"
    secrets.write_text(json.dumps(team.server.client_secrets()))
    with pytest.raises(SystemExit) as stop:
        main(["mailbox", "connect", MEI, "--client-secrets", str(secrets)])
    owner.thread.join()
    assert stop.value.code == 6
    assert f"mailbox connect {WEI}" in capsys.readouterr().err
    assert count(team, Mailbox) == 0


def test_a_consent_that_opens_more_than_reading_is_refused(team: Team, server: GmailServer):
    account = server.add_account(MEI)
    wide = credentials_of(account, READ_SCOPE, SEND_SCOPE)
    assert wide.scopes == ()
    with pytest.raises(BadCredentials, match=r"gmail\.send.*--allow-scopes"):
        add_mailbox(team.database, team.settings, MEI, wide)
    assert count(team, Mailbox) == 0
    named = parse_credentials_file(
        json.dumps(account.credentials() | {"scopes": ["https://mail.google.com/", READ_SCOPE]})
    )
    with pytest.raises(BadCredentials, match=r"https://mail\.google\.com/"):
        add_mailbox(team.database, team.settings, MEI, named)
    assert add_mailbox(team.database, team.settings, MEI, wide, may_open_more=True)


def test_the_mailbox_that_sends_the_digests_may_send(team: Team, server: GmailServer):
    account = server.add_account(MEI)
    settings = team.settings.model_copy(update={"mail_from": f"streaklike <{MEI}>"})
    assert add_mailbox(team.database, settings, MEI, credentials_of(account, READ_SCOPE, SEND_SCOPE))
    wei = credentials_of(server.add_account(WEI), READ_SCOPE, SEND_SCOPE)
    with pytest.raises(BadCredentials, match=r"gmail\.send"):
        add_mailbox(team.database, settings, WEI, wei)


def test_the_example_file_is_refused_by_name_and_by_its_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("STREAKLIKE_DATA_DIR", str(tmp_path / "data"))
    example = Path(__file__).parents[2] / "credentials.example.json"
    copied = tmp_path / "mine.json"
    copied.write_bytes(example.read_bytes())
    for path, says in ((example, "is the example"), (copied, "example's values")):
        with pytest.raises(SystemExit) as stop:
            main(["mailbox", "add", MEI, "--credentials", str(path)])
        assert stop.value.code == 3
        assert says in capsys.readouterr().err
