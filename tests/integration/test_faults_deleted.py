"""What Gmail deleted for good stands in no file of ours any more."""

import random
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select

from streaklike.jobs.clock import tick
from streaklike.jobs.registry import JOBS
from streaklike.jobs.worker import Worker
from streaklike.store.database import open_database
from streaklike.store.erasing import erase_deleted
from streaklike.store.models import Address, Base, Erasure
from tests.integration.sync_helpers import MEI, WEI, Team, at, mime

SECRETS = ("zqxsubject", "zqxbody", "zqxname", "zqxhost", "zqxfile", "鱻龘", "麤灥", "zqxforward", "zqxid")
(ERASE,) = (kind for kind in JOBS if kind.name == "erase")
PLAIN = [
    "志工",
    "週六",
    "river",
    "河岸",
    "clean",
    "感謝",
    "donation",
    "收據",
    "meeting",
    "名單",
    "hello",
    "活動",
    "bring",
    "朋友",
    "photo",
    "照片",
]


@pytest.fixture
def sqlite_team(tmp_path: Path, server) -> Team:
    url = f"sqlite:///{tmp_path / 'mail' / 'streaklike.db'}"
    return Team(open_database(url), url, tmp_path / "data", server)


def secret_mail(number: int) -> bytes:
    message = EmailMessage()
    message["From"] = f"zqxname {number} <zqx{number}@zqxhost{number}.example>"
    message["To"] = MEI
    message["Subject"] = f"zqxsubject{number} 鱻龘"
    message["Message-ID"] = f"<zqxid{number}@mx.example>"
    message.set_content(f"zqxbody{number} 麤灥 {'and so on ' * (number % 40)}\n")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename=f"zqxfile{number}.pdf")
    return message.as_bytes()


def plain_mail(number: int, rng: random.Random) -> bytes:
    text = " ".join(rng.choices(PLAIN, k=rng.randrange(5, 200)))
    return mime(f"P{number} <p{number}@donor.example>", [MEI], f"Mail {number}", text, minute=number)


def find_secrets(folder: Path) -> dict[str, list[str]]:
    """Which secrets stand in which files."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        told = [secret for secret in SECRETS if secret.encode() in content]
        if told:
            found[path.name] = told
    return found


def test_what_gmail_deleted_for_good_is_in_no_file(sqlite_team: Team, tmp_path: Path):
    team, rng = sqlite_team, random.Random(11)
    account = team.connect(MEI)
    team.connect(WEI)
    gone = []
    for number in range(120):
        account.deliver(plain_mail(number, rng), at=at(number))
        if number % 3 == 0:
            gone.append(account.deliver(secret_mail(number), at=at(number)))
    forward = mime(
        MEI,
        [WEI],
        "Fwd: zqxforward",
        "---------- Forwarded message ---------\nFrom: Zqx <zqxforward@donor.example>\nDate: Mon, 2 Mar 2026 at 15:04\n"
        "Subject: zqxforward\nTo: <mei@ngo.example>\n\nzqxforward zqxbody\n",
        minute=500,
    )
    gone.append(account.deliver(forward, label_ids=("SENT",), at=at(500)))
    team.sync()
    for number in range(200, 260):
        account.deliver(plain_mail(number, rng), at=at(number))
    team.sync()
    assert set().union(*find_secrets(tmp_path).values()) == set(SECRETS)
    for message_id in gone:
        account.delete(message_id)
    reports = team.sync()
    assert all(report.complete for report in reports)
    assert find_secrets(tmp_path) == {}
    with team.database.read() as session:
        assert session.query(Address).filter(Address.key.contains("zqx")).count() == 0
        assert session.query(Address).filter(Address.key.contains("donor.example")).count() == 180
    team.database.close()
    assert find_secrets(tmp_path) == {}


def test_an_erasing_that_a_reader_stands_in_the_way_of_stays_due(
    sqlite_team: Team, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr("streaklike.store.erasing.LOG_PATIENCE_SECONDS", 0.1)
    team = sqlite_team
    account = team.connect(MEI)
    gone = account.deliver(secret_mail(1), at=at(1))
    team.sync()
    account.delete(gone)
    with team.database.read() as session:
        session.query(Address).count()
        team.sync()
        assert not erase_deleted(team.database, now=at(9))
        assert find_secrets(tmp_path)
    assert Worker(team.database, team.settings, [ERASE], clock=lambda: at(10)).run_due() == 0
    tick(team.database, [ERASE], "clock", now=at(10))
    assert Worker(team.database, team.settings, [ERASE], clock=lambda: at(10)).run_due() == 1
    assert find_secrets(tmp_path) == {}


def test_what_was_deleted_stands_in_no_table_of_either_database(team: Team):
    """PostgreSQL's files are its operator's; its tables hold no more than SQLite's."""
    account = team.connect(MEI)
    gone = [account.deliver(secret_mail(number), at=at(number)) for number in range(3)]
    kept = account.deliver(mime("Zqx <zqxkept@donor.example>", [MEI], "Kept", minute=9), at=at(9))
    team.sync()
    for message_id in gone:
        account.delete(message_id)
    team.sync()
    assert kept in account.messages
    with team.database.read() as session:
        assert session.scalars(select(Erasure)).one().done > 0
        told = [
            str(row)
            for table in Base.metadata.sorted_tables
            for row in session.execute(select(table))
            if any(secret in str(row) for secret in SECRETS)
        ]
        assert told == []
        assert session.scalars(select(Address.key).where(Address.key.contains("zqx"))).all() == [
            "zqxkept@donor.example"
        ]
