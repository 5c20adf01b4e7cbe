"""R54, R19: one mail is one, whether the API brought it, a mail file, or both in either order, before or after an upgrade."""

import mailbox
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from streaklike.jobs.imports import ImportReport, import_mbox
from streaklike.store.database import Database
from streaklike.store.models import Message
from tests.integration.sync_helpers import AN, MEI, Team, mime

HEAD = "From: An Chen <an@donor.example>\r\nTo: mei@ngo.example\r\nDate: Mon, 02 Mar 2026 10:{:02}:00 +0800\r\nMIME-Version: 1.0\r\n"
QUOTE = "Yes, gladly.\n\nOn Mon, 2 Mar 2026 at 09:00, Mei <mei@ngo.example> wrote:\n> Will you come?\n> 寄件人：Mei\n"
REPORT = (
    "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\r\nTo: mei@ngo.example\r\nSubject: Delivery Status Notification\r\n"
    "Date: Mon, 02 Mar 2026 12:00:00 +0800\r\nMessage-ID: <dsn@mx.example>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
    "Address not found: an@donor.example\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; an@donor.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: River\r\nMessage-ID: <gone@mx.example>\r\n\r\nHello\r\n--b--\r\n"
)


def plain(number: int, body: bytes, *, charset: str = "utf-8", coding: str = "8bit", head: str = "") -> bytes:
    named = head or f"Message-ID: <m{number}@mx.example>\r\n"
    top = (
        HEAD.format(number) + named + f"Subject: s{number}\r\nContent-Type: text/plain; charset={charset}\r\n"
    )
    return top.encode() + f"Content-Transfer-Encoding: {coding}\r\n\r\n".encode() + body


def rich(number: int) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = AN, MEI, "照片"
    mail["Date"], mail["Message-ID"] = f"Mon, 02 Mar 2026 11:{number:02}:00 +0800", f"<r{number}@mx.example>"
    mail.set_content("謝謝你們！\n照片在附件。\n")
    mail.add_alternative("<p>謝謝你們！</p><blockquote type=cite>Hi</blockquote>", subtype="html")
    mail.add_attachment("a,b\n1,2\n", subtype="csv", filename="a.csv")
    return mail.as_bytes()


MAILS = [
    plain(0, b"\xef\xbb\xbfHello"),
    plain(1, QUOTE.encode()),
    plain(2, "你好，我想報名志工。".encode("big5"), charset="big5"),
    plain(3, "你好，".encode("big5") + b"\xa4\r\n" + "我想報名淨灘的志工，請問時間？謝謝".encode("big5"), charset="big5"),
    plain(4, "ボランティアに応募します。".encode("iso2022_jp"), charset="iso-2022-jp", coding="7bit"),
    plain(6, b"one line =E4=BD=A0=\r\n=E5=A5=BD\r\n", coding="quoted-printable"),
    plain(7, b"no id at all\r\n", head="X-A: b\r\n"),
    plain(8, b"replaced\r\n", head="Message-ID: <5f.SMTPIN_ADDED_MISSING@mx.google.com>\r\n"),
    plain(9, b"broken\r\n", head="Message-ID: <5f.SMTPIN_ADDED_BROKEN@mx.google.com>\r\nX-Google-Original-Message-ID: <odd>\r\n"),
    plain(10, b"<p>Dear Mei,</p><div>see you<br>there</div><blockquote type=cite>when?</blockquote>").replace(b"text/plain", b"text/html"),
    plain(11, b"From here on\r\n\r\nFrom me to you\r\n"),
    plain(12, b""),
    rich(13),
    REPORT.encode(),
    mime(AN, [MEI], text="On Saturday", message_id="twice"),
]  # fmt: skip


def write_file(path: Path, mails: list[bytes]) -> Path:
    box = mailbox.mbox(path)
    for mail in mails:
        box.add(mail.replace(b"\r\n", b"\n"))
    box.close()
    return path


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Message)) or 0


def bring(team: Team, tmp_path: Path, mails: list[bytes] = MAILS) -> ImportReport:
    path = tmp_path / "mail.mbox"
    path.unlink(missing_ok=True)
    return import_mbox(team.database, team.settings, write_file(path, mails), MEI, is_sent=False)


def sync(team: Team) -> None:
    account = team.server.add_account(MEI)
    for mail in MAILS:
        account.deliver(mail)
    team.reconnect(MEI, account)
    team.sync()


def make_old(team: Team) -> None:
    """As an older version left it: fingerprints of what it took for the new part."""
    with team.database.begin() as session:
        for message in session.scalars(select(Message)):
            old = f"{message.id:016x}"
            is_hashed = message.rfc_id.startswith("hash:")
            session.execute(
                update(Message)
                .where(Message.id == message.id)
                .values(fingerprint=old, rfc_id=f"hash:{old}" if is_hashed else message.rfc_id)
            )


def nothing(_team: Team) -> None:
    pass


@pytest.mark.parametrize("between", [nothing, make_old])
@pytest.mark.parametrize("is_file_first", [True, False])
def test_R54_a_file_and_the_api_bring_each_mail_once(
    team: Team, tmp_path: Path, between: Callable[[Team], None], *, is_file_first: bool
):
    steps = [lambda: bring(team, tmp_path), lambda: sync(team)]
    first, second = steps if is_file_first else steps[::-1]
    first()
    assert count(team.database) == len(MAILS)
    between(team)
    second()
    assert count(team.database) == len(MAILS)
    between(team)
    bring(team, tmp_path)
    assert count(team.database) == len(MAILS)


def test_R19_another_text_or_date_or_sender_under_one_id_is_another_mail(team: Team, tmp_path: Path):
    mails = [
        mime(AN, [MEI], text="On Saturday", message_id="one"),
        mime(AN, [MEI], text="On Sunday", message_id="one"),
        mime(AN, [MEI], text="我要去", message_id="two"),
        mime(AN, [MEI], text="我不去", message_id="two"),
        mime(AN, [MEI], text="On Saturday", message_id="one", minute=1),
        mime("Bo <bo@donor.example>", [MEI], text="On Saturday", message_id="one"),
    ]
    for _ in range(2):
        bring(team, tmp_path, mails)
        assert count(team.database) == len(mails)
    bring(team, tmp_path, mails[::-1])
    assert count(team.database) == len(mails)


def test_R54_a_footer_that_a_list_added_makes_no_second_mail(team: Team, tmp_path: Path):
    listed = [("List-Id", "<friends.lists.example>"), ("List-Post", "<mailto:friends@lists.example>")]
    mails = [
        mime(AN, [MEI], text="Hello", message_id="one"),
        mime(
            AN, [MEI], text="Hello\n\nEl Grupo, para darse de baja: adios", message_id="one", headers=listed
        ),
    ]
    bring(team, tmp_path, mails)
    assert count(team.database) == 1
    bring(team, tmp_path, mails[::-1])
    assert count(team.database) == 1
