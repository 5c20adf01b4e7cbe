"""R55, R14: what is read, new, double, left out and unreadable adds up to the file, in words, in --json and in status."""

from pathlib import Path

import pytest

from streaklike.jobs.imports import ImportReport, import_mbox
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import Mailbox
from streaklike.sync.proof import prove
from tests.integration.sync_helpers import AN, MEI, WEI, mime
from tests.integration.test_faults_import import INBOX, PLAIN, SENT, TAKEOUT, bring, directions

TRASH = b"X-Gmail-Labels: Trash\n"
UNKNOWN = "X-Gmail-Labels: Odeslaná pošta\n".encode()
SETTINGS = Settings(team_domains=("ngo.example",))


def check_sum(report: ImportReport, *, holds: int) -> None:
    parts = report.messages_added + report.messages_double + report.messages_unreadable
    assert report.messages_read == parts + sum(report.left_out.values()) == holds


def test_R55_what_a_file_holds_adds_up(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ask = TAKEOUT + INBOX + mime(AN, [MEI], message_id="ask")
    mails = [
        ask,
        ask,
        TAKEOUT + INBOX + b"X-Other: 1\n" + mime(AN, [MEI], message_id="ask"),
        TAKEOUT + TRASH + mime(AN, [MEI], message_id="gone"),
        TAKEOUT + SENT + mime(WEI, [AN], message_id="odd"),
        TAKEOUT + INBOX + mime(WEI, [MEI], message_id="internal"),
        TAKEOUT + INBOX + mime(AN, [MEI], subject="poison", message_id="poison"),
        TAKEOUT + INBOX + mime(AN, [MEI], message_id="last").replace(b"\n\n", b"\nX: y"),
    ]
    from streaklike.sync import mbox

    real = mbox.understand

    def understand(raw):  # type: ignore[no-untyped-def]
        if ("Subject", "poison") in raw.headers:
            raise ValueError("poison")
        return real(raw)

    monkeypatch.setattr(mbox, "understand", understand)
    path = tmp_path / "a.mbox"
    path.write_bytes(b"".join(each + b"\n" for each in mails[:-1]) + mails[-1].rstrip())
    for added in (1, 0):
        report = import_mbox(database, SETTINGS, path, MEI, is_sent=False)
        check_sum(report, holds=len(mails))
        assert (report.messages_added, report.messages_double) == (added, 3 - added)
        assert report.left_out == {"internal": 1, "sender": 1, "trash": 1}
        assert (report.messages_unreadable, report.complete) == (2, False)


def test_R55_status_says_what_the_imports_said(database: Database, tmp_path: Path):
    mails = [PLAIN + mime(AN, [MEI], message_id=f"m{number}") for number in range(5)]
    path = tmp_path / "a.mbox"
    path.write_bytes(b"".join(mails))
    report = import_mbox(database, SETTINGS, path, MEI, is_sent=False)
    check_sum(report, holds=5)
    assert (report.messages_added, report.splits_without_blank) == (5, 4)
    with database.read() as session:
        proof = prove(session, session.query(Mailbox).one().id)
    assert (proof.messages_total, proof.gmail_total, proof.is_complete) == (5, 5, True)


def test_R14_a_takeout_whose_sent_label_is_unknown_asks(database: Database, tmp_path: Path):
    mails = [
        TAKEOUT + INBOX + mime(AN, [MEI], message_id="ask"),
        TAKEOUT + UNKNOWN + mime(MEI, [AN], message_id="answer", minute=5),
    ]
    report = bring(database, tmp_path / "a.mbox", *mails)
    assert report.unknown_sent == {"Odeslaná pošta": 1}
    assert directions(database)["answer"] == "internal"
    again = import_mbox(
        database, SETTINGS, tmp_path / "a.mbox", MEI, is_sent=False, sent_labels=("odeslaná POŠTA",)
    )
    assert again.unknown_sent == {}
    assert directions(database)["answer"] == "outbound"
