"""What Gmail deleted for good stands in no file of ours any more."""

import random
from email.message import EmailMessage
from pathlib import Path

import pytest

from streaklike.jobs.registry import JOBS
from streaklike.jobs.worker import Worker
from streaklike.store.database import open_database
from streaklike.store.models import Address, Erasure
from tests.integration.teamwork import AN, MEI, WEI, Team, at, mime

SECRETS = ("zqxsubject", "zqxbody", "zqxname", "zqxhost", "zqxfile", "鱻龘", "麤灥", "zqxforward", "zqxid")
PLAIN = "志工 週六 river 河岸 clean 感謝 donation 收據 meeting 名單 hello 活動 bring 朋友 photo 照片".split()


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


def plain_mail(number: int, dice: random.Random) -> bytes:
    text = " ".join(dice.choices(PLAIN, k=dice.randrange(5, 200)))
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
    team, dice = sqlite_team, random.Random(11)
    account = team.connect(MEI)
    team.connect(WEI)
    gone = []
    for number in range(120):
        account.deliver(plain_mail(number, dice), at=at(number))
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
        account.deliver(plain_mail(number, dice), at=at(number))
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
