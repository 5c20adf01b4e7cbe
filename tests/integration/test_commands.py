"""The commands as people type them: data on stdout, talk on stderr, an exit code by kind of failure."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gmail_emulator import GmailServer
from streaklike.cli.main import main
from tests.integration.sync_helpers import AN, BO, MEI, at, mime


class Shell:
    def __init__(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        self.capsys, self.tmp_path = capsys, tmp_path

    def run(self, *arguments: str, code: int = 0) -> str:
        """What the command printed; its talk is in `self.err`."""
        got = 0
        try:
            main(arguments)
        except SystemExit as stop:
            got = int(stop.code or 0)
        out, self.err = self.capsys.readouterr()
        assert got == code, f"{arguments}: exit {got}\n{out}\n{self.err}"
        return out

    def lines(self, *arguments: str) -> list[dict]:
        return [json.loads(line) for line in self.run(*arguments).splitlines()]

    def file(self, name: str, content: str | bytes) -> str:
        path = self.tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)


@pytest.fixture
def shell(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: GmailServer,
    database_url: str,
) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STREAKLIKE_DATABASE_URL", database_url)
    monkeypatch.setenv("STREAKLIKE_GMAIL_ENDPOINT", server.url)
    monkeypatch.setenv("STREAKLIKE_GMAIL_UNITS_PER_MINUTE", "0")
    return Shell(capsys, tmp_path)


@pytest.fixture
def synced(shell: Shell, server: GmailServer) -> Shell:
    account = server.add_account(MEI)
    account.deliver(mime(AN, [MEI], text="May I join?", message_id="ask"), at=at(0))
    account.deliver(
        mime(MEI, [AN], text="Please do!", minute=60, message_id="answer", refs=["ask"]),
        label_ids=("SENT",),
        at=at(60),
    )
    account.deliver(mime(BO, [MEI], "A question", "Who are you?", minute=90, message_id="who"), at=at(90))
    shell.run(
        "mailbox", "add", MEI, "--credentials", shell.file("mei.json", json.dumps(account.credentials()))
    )
    shell.run("sync", "--json")
    return shell


def test_sync_tells_each_mailbox_in_one_document(synced: Shell):
    (line,) = json.loads(synced.run("sync", "--json"))
    assert set(line) >= {
        "mailbox", "mode", "messages_added", "messages_total", "gmail_total", "left_out", "quota_units", "requests",
        "seconds", "complete", "error",
    }  # fmt: skip
    assert (line["mailbox"], line["messages_total"], line["gmail_total"], line["complete"]) == (
        MEI,
        3,
        3,
        True,
    )


def test_contacts_are_lines(synced: Shell):
    an, bo = sorted(synced.lines("contacts", "--json"), key=lambda line: line["addresses"])
    assert set(an) >= {
        "id", "name", "addresses", "kind", "tier", "last_inbound_at", "last_outbound_at", "reply_state", "touches_28d",
    }  # fmt: skip
    assert (an["addresses"], an["kind"], an["reply_state"]) == (
        ["an@donor.example"],
        "contact",
        "awaiting_reply",
    )
    assert (bo["addresses"], bo["kind"], bo["reply_state"]) == (
        ["bo@donor.example"],
        "candidate",
        "needs_reply",
    )


def test_a_timeline_is_oldest_first(synced: Shell):
    ask, answer = synced.lines("timeline", "AN@donor.example", "--json")
    assert (ask["direction"], ask["text"], ask["from"]) == ("inbound", "May I join?", "an@donor.example")
    assert (answer["direction"], answer["author"], answer["mailboxes"]) == ("outbound", MEI, [MEI])
    assert ask["conversation"] == answer["conversation"]
    assert set(ask) >= {
        "at", "kind", "direction", "message_id", "subject", "from", "to", "cc", "author", "mailboxes", "conversation",
        "class", "text",
    }  # fmt: skip


def test_flags_tell_their_evidence(synced: Shell):
    (flag,) = synced.lines("flags", "--json")
    assert (flag["flag"], flag["reason"], flag["contact"]) == ("ignored", "unanswered", "bo@donor.example")
    assert flag["evidence"] == ["who@mx.example"]
    assert set(flag) >= {
        "flag",
        "reason",
        "contact",
        "since",
        "lapses_at",
        "evidence",
        "count",
        "limit",
        "owner",
        "box",
    }


def test_R39_the_audit_adds_up(synced: Shell):
    audit = json.loads(synced.run("audit", "--json"))
    assert audit == {
        "inbound_human": 2, "answered": 1, "open_owned": 0, "open_unassigned": 1, "closed": 0, "for_information": 0,
        "unaccounted": 0,
    }  # fmt: skip


def test_what_is_logged_and_promised_stands_on_the_timeline(synced: Shell):
    synced.run("log", "call", "bo@donor.example", "--by", MEI, "We talked")
    synced.run("task", "add", "bo@donor.example", "--by", MEI, "--due", "2031-01-05", "Send the leaflet")
    kinds = [line["kind"] for line in synced.lines("timeline", "bo@donor.example", "--json")]
    assert kinds == ["email", "call", "task"]


def test_contact_set_merge_and_unmerge(synced: Shell):
    synced.run("contact", "set", "an@donor.example", "--tier", "A", "--name", "陳安")
    an = next(line for line in synced.lines("contacts", "--json") if "an@donor.example" in line["addresses"])
    assert (an["tier"], an["name"]) == ("A", "陳安")
    before = synced.run("timeline", "an@donor.example", "--json")
    synced.run("contact", "merge", "an@donor.example", "bo@donor.example")
    assert len(synced.lines("timeline", "bo@donor.example", "--json")) >= 3
    synced.run("contact", "unmerge", "bo@donor.example")
    assert synced.run("timeline", "an@donor.example", "--json") == before


def test_R49_do_not_contact_is_kept_with_its_reason(synced: Shell):
    synced.run(
        "contact",
        "set",
        "bo@donor.example",
        "--do-not-contact-until",
        "never",
        "--reason",
        "asked us to stop",
    )
    assert any(
        '"do_not_contact_reason":"asked us to stop"' in line for line in synced.run("dump").splitlines()
    )


def test_an_mbox_comes_in_through_the_same_door(shell: Shell):
    mbox = b"".join(
        b"From 17@xxx Sun Nov 22 01:46:29 +0000 2026\n" + mail + b"\n"
        for mail in (
            b"X-Gmail-Labels: =?UTF-8?B?5pS25Lu25Yyj?=\n" + mime(AN, [MEI], message_id="ask"),
            b"X-Gmail-Labels: =?UTF-8?B?5a+E5Lu25YKZ5Lu9?=\n"
            + mime(MEI, [AN], text="Yes", minute=5, message_id="yes", refs=["ask"]),
            b"X-Gmail-Labels: =?UTF-8?B?5Z6D5Zy+5qG2?=\n"
            + mime(AN, [MEI], text="gone", minute=9, message_id="gone"),
        )
    )
    report = json.loads(
        shell.run("import", "mbox", shell.file("takeout.mbox", mbox), "--mailbox", MEI, "--json")
    )
    assert (report["messages_added"], report["messages_total"]) == (2, 2)
    assert [line["direction"] for line in shell.lines("timeline", "an@donor.example", "--json")] == [
        "inbound",
        "outbound",
    ]
    again = json.loads(
        shell.run("import", "mbox", str(shell.tmp_path / "takeout.mbox"), "--mailbox", MEI, "--json")
    )
    assert again["messages_added"] == 0


def test_R55_a_pipe_is_imported_and_told_in_words(shell: Shell):
    line = b"From an@donor.example Sun Nov 22 01:46:29 2026\n"
    content = b"".join(line + mime(AN, [MEI], message_id=f"m{number}") for number in range(3))
    path = shell.file("a.mbox", content)
    with Path(path).open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-m", "streaklike", "import", "mbox", "-", "--mailbox", MEI],
            stdin=file,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    assert "3 read: 3 new, 0 already there, none left out, 0 unreadable. 3 stored in all" in done.stdout
    assert "2 mails began without a blank line" in done.stderr
    again = json.loads(shell.run("import", "mbox", path, "--mailbox", MEI, "--json"))
    assert (again["messages_read"], again["messages_double"], again["messages_added"]) == (3, 3, 0)


def test_an_mbox_that_breaks_off_keeps_what_came_before(shell: Shell):
    mbox = (
        b"From x@y Sun Nov 22 01:46:29 2026\n"
        + mime(AN, [MEI], message_id="whole")
        + b"\nFrom x@y Sun Nov 22 01:46:29 2026\nSubject: bro"
    )
    shell.run("import", "mbox", shell.file("broken.mbox", mbox), "--mailbox", MEI, "--json", code=3)
    assert "Error:" in shell.err
    assert len(shell.lines("timeline", "an@donor.example", "--json")) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [("not json", "JSON"), ("{}", "client_id"), ('{"installed": {}}', "client"), (b"\xff\xfe", "text")],
)
def test_a_bad_credentials_file_is_told_in_a_sentence(shell: Shell, content: str | bytes, says: str):
    shell.run("mailbox", "add", MEI, "--credentials", shell.file("bad.json", content), code=3)
    assert says in shell.err
    assert "Traceback" not in shell.err


@pytest.mark.parametrize("address", ["mei", "mei@", "@ngo.example", "a@b@c"])
def test_a_wrong_address_is_told_in_a_sentence(shell: Shell, address: str):
    good = json.dumps(
        {"client_id": "a", "client_secret": "b", "refresh_token": "c", "token_uri": "http://127.0.0.1:1/t"}
    )
    shell.run("mailbox", "add", address, "--credentials", shell.file("good.json", good), code=3)
    assert "no mail address" in shell.err


def test_a_mailbox_without_consent_is_told_and_the_exit_code_says_so(shell: Shell, server: GmailServer):
    account = server.add_account(MEI)
    shell.run(
        "mailbox", "add", MEI, "--credentials", shell.file("mei.json", json.dumps(account.credentials()))
    )
    account.revoke()
    (line,) = json.loads(shell.run("sync", "--json", code=6))
    assert not line["complete"]
    assert "connect" in line["error"].lower()


def test_an_unknown_person_is_told(shell: Shell):
    shell.run("timeline", "nobody@donor.example", "--json", code=3)
    assert "nobody@donor.example" in shell.err


def test_R12_a_public_mail_service_can_never_be_the_teams_domain(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STREAKLIKE_TEAM_DOMAINS", "hinet.net")
    shell.run("sync", code=3)
    assert "hinet.net" in shell.err


def test_a_locked_database_is_told(tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STREAKLIKE_DATABASE_URL", f"sqlite:///{tmp_path / 'locked.db'}")
    monkeypatch.setattr("streaklike.store.turns.WAIT_LIMIT_SECONDS", 0.05)
    shell.run("contacts", "--json")
    holder = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        shell.run("user", "add", MEI, "--name", "小美", code=4)
    finally:
        holder.close()
    assert "locked" in shell.err


def test_the_version_answers_at_once():
    code = "import sys; from streaklike.cli.main import main\ntry: main(['--version'])\nfinally: print('sqlalchemy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("streaklike 0.")
    assert done.stdout.endswith("False\n")
