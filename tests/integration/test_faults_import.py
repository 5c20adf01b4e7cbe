"""R14, Q26, Q10: what a mail file says of itself: who sent, and how large a mail may be."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from streaklike.jobs.imports import ImportReport, import_mbox
from streaklike.mail.mbox import MAX_MAIL_SIZE, iter_mbox
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import Message, TeamAddress
from streaklike.sync.directory import BadAddress
from tests.integration.sync_helpers import AN, MEI, WEI, mime

TAKEOUT = b"From 17@xxx Sun Nov 22 01:46:29 +0000 2026\n"
PLAIN = b"From an@donor.example Sun Nov 22 01:46:29 2026\n"
SENT = b"X-Gmail-Labels: Sent\n"
INBOX = b"X-Gmail-Labels: Inbox\n"
ALIAS = "mei.private@post.example"


def bring(
    database: Database,
    path: Path,
    *mails: bytes,
    of: str = MEI,
    is_sent: bool = False,
    aliases: tuple[str, ...] = (),
) -> ImportReport:
    path.write_bytes(b"".join(each + b"\n" for each in mails))
    return import_mbox(database, Settings(), path, of, is_sent=is_sent, aliases=aliases)


def directions(database: Database) -> dict[str, str]:
    with database.read() as session:
        rows = session.execute(select(Message.rfc_id, Message.direction))
        return {rfc_id.partition("@")[0]: direction for rfc_id, direction in rows}


@pytest.mark.parametrize(
    ("line", "labels"),
    [
        (PLAIN, SENT),
        (b"From 17@xxy Sun Nov 22 01:46:29 +0000 2026\n", SENT),
        (b"From mei@xxx Sun Nov 22 01:46:29 +0000 2026\n", SENT),
        (b"From - Sun Nov 22 01:46:29 2026\n", SENT + SENT),
        (b"From 17@xxx.example Sun Nov 22 01:46:29 +0000 2026\n", SENT),
        (TAKEOUT, INBOX + SENT),
        (TAKEOUT, INBOX + b"X-gmail-labels: Sent\nX-GMAIL-LABELS: SENT\n"),
    ],
)
def test_Q26_a_label_that_takeout_did_not_write_makes_nothing_ours(
    database: Database, tmp_path: Path, line: bytes, labels: bytes
):
    bring(database, tmp_path / "a.mbox", line + labels + mime(MEI, [AN], message_id="forged"))
    assert directions(database) == {"forged": "internal"}


def test_Q26_a_mail_within_a_mail_gives_no_label(database: Database, tmp_path: Path):
    """Somebody mails a piece of a mail file: Takeout escapes its lines, other programs may not."""
    piece = (SENT + mime(MEI, [AN], message_id="within")).decode()
    bring(
        database,
        tmp_path / "a.mbox",
        TAKEOUT + INBOX + mime(AN, [MEI], text=f"Look:\n\n>{TAKEOUT.decode()}{piece}", message_id="carrier"),
        TAKEOUT + INBOX + mime(AN, [MEI], text=f"Look:\n\n{PLAIN.decode()}{piece}", message_id="second"),
    )
    assert "outbound" not in directions(database).values()


def test_R14_takeouts_own_label_and_sent_make_mail_ours(database: Database, tmp_path: Path):
    bring(database, tmp_path / "a.mbox", TAKEOUT + SENT + mime(MEI, [AN], message_id="by-label"))
    bring(database, tmp_path / "b.mbox", PLAIN + mime(MEI, [AN], message_id="by-word"), is_sent=True)
    assert directions(database) == {"by-label": "outbound", "by-word": "outbound"}


def test_R23_only_takeouts_thread_id_counts(database: Database, tmp_path: Path):
    path = tmp_path / "a.mbox"
    path.write_bytes(b"".join(line + b"X-GM-THRID: 255\nSubject: x\n\nhi\n\n" for line in (PLAIN, TAKEOUT)))
    assert [message.thread_id for message in iter_mbox(path)] == [None, "ff"]


@pytest.mark.parametrize("is_sent", [False, True])
def test_R14_sent_mail_of_another_sender_is_asked_about(database: Database, tmp_path: Path, *, is_sent: bool):
    head = PLAIN if is_sent else TAKEOUT + SENT
    mails = [
        head + mime(MEI, [AN], message_id="own", minute=1),
        head + mime(f"Mei <{ALIAS}>", [AN], message_id="alias", minute=2),
        head + mime(f"Mei <{ALIAS}>", [AN], message_id="alias-2", minute=3),
        head + mime(WEI, [AN], message_id="colleague", minute=4),
    ]
    report = bring(database, tmp_path / "a.mbox", *mails, is_sent=is_sent)
    assert report.asked == {ALIAS: 2, WEI: 1}
    assert (report.messages_read, report.messages_added, report.left_out) == (4, 1, {"sender": 3})
    assert directions(database) == {"own": "outbound"}
    with database.read() as session:
        assert session.get(TeamAddress, ALIAS) is None
    again = bring(database, tmp_path / "a.mbox", *mails, is_sent=is_sent, aliases=(ALIAS.upper(),))
    assert (again.asked, again.messages_added, again.left_out) == ({WEI: 1}, 2, {"sender": 1})
    assert directions(database) == {"own": "outbound", "alias": "outbound", "alias-2": "outbound"}
    third = bring(database, tmp_path / "a.mbox", *mails, is_sent=is_sent)
    assert (third.asked, third.messages_added) == ({WEI: 1}, 0)


def test_R14_another_members_address_is_no_alias(database: Database, tmp_path: Path):
    bring(database, tmp_path / "w.mbox", TAKEOUT + INBOX + mime(AN, [WEI]), of=WEI)
    with pytest.raises(BadAddress, match=f"--mailbox {WEI}"):
        bring(database, tmp_path / "a.mbox", TAKEOUT + SENT + mime(WEI, [AN]), aliases=(WEI,))
    with pytest.raises(BadAddress):
        bring(database, tmp_path / "a.mbox", TAKEOUT + SENT + mime(WEI, [AN]), aliases=("wei",))


MEASURE = """
import json, resource, sys
from pathlib import Path
from streaklike.mail.mbox import MboxFile
from streaklike.mail.understand import understand
from streaklike.mail.mime import parse_mime
from streaklike.sync.mbox import FileReader
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with MboxFile(Path(sys.argv[1])) as file:
    found = [(each.reason, bool(each.understood)) for each in FileReader(frozenset(), False).iter_fetched(file)]
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([found, (after - before) // 1024, file.problem]))
"""


def measure(path: Path) -> tuple[list[list[object]], int, str]:
    """What became of each mail of the file, the megabytes it took in a process of its own, and the file's problem."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], check=True, capture_output=True, text=True, timeout=300
    )
    found, megabytes, problem = json.loads(done.stdout)
    return found, megabytes, problem


def write_sparse(path: Path, head: bytes, size: int, end: bytes) -> None:
    """A file of this size that takes no room on the disk: NUL bytes, one line, between its head and its end."""
    with path.open("wb") as file:
        file.write(head)
        file.truncate(size)
        file.seek(0, 2)
        file.write(end)


SMALL = TAKEOUT + INBOX + b"From: a@b.example\nTo: mei@ngo.example\nSubject: x\n\nhi\n\n"


@pytest.mark.parametrize("where", ["body", "headers", "no end"])
def test_Q10_a_mail_beyond_all_measure_takes_no_memory_and_the_file_goes_on(tmp_path: Path, where: str):
    head = {
        "body": TAKEOUT + INBOX + b"From: a@b.example\n\n",
        "headers": TAKEOUT + INBOX + b"From: a@b.example\nX-Long: ",
        "no end": TAKEOUT + INBOX + b"From: a@b.example\n\n",
    }[where]
    end = b"" if where == "no end" else b"\n\n" + SMALL
    write_sparse(tmp_path / "a.mbox", SMALL + head, MAX_MAIL_SIZE + (4 << 20), end)
    found, megabytes, problem = measure(tmp_path / "a.mbox")
    if where == "no end":
        assert found == [[None, True]]
        assert "breaks off in message 2" in problem
    else:
        assert found == [[None, True], ["too_large", False], [None, True]]
        assert problem == ""
    assert megabytes < MAX_MAIL_SIZE * 1.5 / (1 << 20)


def test_Q10_a_mail_of_all_the_size_there_may_be_is_read_without_copies(tmp_path: Path):
    head = (
        TAKEOUT + INBOX + b"From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\n"
    )
    head += b"Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n\n"
    write_sparse(tmp_path / "a.mbox", SMALL + head, MAX_MAIL_SIZE - (1 << 20), b"\n--b--\n\n" + SMALL)
    found, megabytes, _ = measure(tmp_path / "a.mbox")
    assert found == [[None, True]] * 3
    assert megabytes < 2.6 * MAX_MAIL_SIZE / (1 << 20)
