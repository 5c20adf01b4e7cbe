"""R54, R55, from Gmail and from mail files to the commands."""

import json

import pytest

from tests.rules.cli_harness import MEI, Harness, letter, t

LINE = b"From an@donor.example Mon Mar  2 09:00:00 2026\n"


def as_file(harness: Harness, *mails: bytes, between: bytes = b"\n\n", line: bytes = LINE) -> str:
    content = b"".join(line + mail.replace(b"\r\n", b"\n") + between for mail in mails)
    return harness.file("mail.mbox", content)


def bring(harness: Harness, file: str, email: str = MEI) -> dict:
    return json.loads(harness.run("import", "mbox", file, "--mailbox", email, "--json"))


@pytest.mark.parametrize("is_file_first", [True, False])
def test_R54_mail_of_a_file_and_of_the_api_stands_once(harness: Harness, *, is_file_first: bool):
    quoting = "好的！\n\n2026年3月2日 09:00，Mei <mei@ngo.example> 寫道：\n> 你會來嗎？"
    mails = [
        letter("an@donor.example", text="\ufeffHello", at=t("03-02 09:00")),
        letter("an@donor.example", text=quoting, at=t("03-03 09:00")),
        letter("an@donor.example", text="No id", id=None, at=t("03-04 09:00")),
    ]
    for number, mail in enumerate(mails):
        harness.arrives(mail, t(f"03-0{number + 2} 09:00"))
    file = as_file(harness, *mails)
    steps = [lambda: bring(harness, file), harness.sync]
    for step in steps if is_file_first else steps[::-1]:
        step()
    assert len(harness.timeline("an@donor.example")) == len(mails)
    report = bring(harness, file)
    assert (report["messages_read"], report["messages_double"], report["messages_added"]) == (3, 3, 0)


def test_R55_mail_without_a_blank_line_between_is_read_and_told(harness: Harness):
    mails = [letter("an@donor.example", at=t(f"03-0{day} 09:00")) for day in range(2, 7)]
    report = bring(harness, as_file(harness, *mails, between=b"\n"), "hui@gmail.com")
    assert (report["messages_read"], report["messages_added"], report["splits_without_blank"]) == (5, 5, 4)
    assert "4 mails began without a blank line" in harness.loaded
    assert len(harness.timeline("an@donor.example")) == 5
    (status,) = [each for each in json.loads(harness.run("status", "--json")) if each["source"] == "mbox"]
    assert (status["complete"], status["messages_total"], status["gmail_total"]) == (True, 5, 5)
