"""R21, from Gmail to the dump: whatever order mail arrives in, the database ends the same."""

import json
import random

import pytest

from tests.rules.cli_harness import MEI, WEI, Harness, letter, t

GROUP = "friends@r21.example"
CROWD = [f"crowd{n}@many.example" for n in range(12)]


def list_mail() -> list[tuple[int, bytes, dict[str, str]]]:
    """A month in which later mail changes what earlier mail was: (instant, source, label by mailbox)."""
    post: list[tuple[int, bytes, dict[str, str]]] = []

    def add(at: str, from_: str, to, label_by: dict[str, str] | None = None, **facts) -> None:
        number = len(post)
        facts = {"subject": f"S{number}", "text": f"Words {number}", "id": f"o{number}@post.example", **facts}
        ours = {email: "SENT" for email in (MEI, WEI) if email == from_}
        post.append((t(at), letter(from_, to, at=t(at), **facts), label_by or ours or {MEI: "INBOX"}))

    add("03-02 09:00", "an@donor.example", [MEI, "bo@donor.example"])
    add("03-02 09:30", MEI, "an@donor.example", refs=["o0@post.example"])
    add("03-02 10:00", "an@donor.example", MEI, subject="自動回覆：謝謝來信")
    add("03-02 12:00", "an@donor.example", MEI, subject="自動回覆：遲了")
    for half in (0, 6):
        add(f"03-03 09:{half:02}", WEI, CROWD[half : half + 6], text="The same words to many")
    add("03-04 09:00", WEI, GROUP)
    add(
        "03-05 09:00",
        "chu@donor.example",
        GROUP,
        headers=[f"List-Post: <mailto:{GROUP}>", "List-Id: <friends.r21.example>"],
    )
    add("03-05 10:00", "dao@donor.example", [MEI, GROUP])
    add("03-06 09:00", "eve@donor.example", "hello@alias.example", {WEI: "INBOX"})
    add("03-06 10:00", "hello@alias.example", "eve@donor.example", {WEI: "SENT"}, refs=["o9@post.example"])
    add("03-06 11:00", "hello@alias.example", MEI, {WEI: "SENT", MEI: "INBOX"})
    add("03-07 09:00", MEI, ["fay@donor.example", "gus@donor.example"])
    bounce = (
        "--b\nContent-Type: text/plain\n\nNo such user.\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; fay@donor.example\nAction: failed\nStatus: 5.1.1\n\n"
        "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <o12@post.example>\n\n--b--\n"
    )
    add(
        "03-07 09:05",
        "mailer-daemon@mx.example",
        MEI,
        text=bounce,
        content_type="multipart/report; report-type=delivery-status; boundary=b",
    )
    add("03-08 09:00", MEI, "hal@donor.example", refs=["o0@post.example"])
    add(
        "03-08 10:00",
        "hal@donor.example",
        MEI,
        refs=["o14@post.example", "o1@post.example"],
        subject="Re: S0",
    )
    add("03-09 09:00", "Ida Lin <ida@donor.example>", [MEI, WEI], {MEI: "INBOX", WEI: "INBOX"})
    add("03-09 09:01", "林 <ida@donor.example>", [MEI], {MEI: "INBOX"})
    add("03-09 10:00", "ida@donor.example", MEI, id="o16@post.example", text="Forged")
    for who, day in ((MEI, 10), (WEI, 11), (MEI, 12), (WEI, 13)):
        add(f"03-{day} 09:00", who, "jo@donor.example")
    add("03-12 12:00", "jo@donor.example", WEI, {WEI: "INBOX"}, refs=["o19@post.example", "o20@post.example"])
    return post


@pytest.mark.parametrize("seed", [1, 2])
def test_R21_mail_by_mail_in_any_order_equals_all_at_once(
    harness: Harness, seed: int, monkeypatch: pytest.MonkeyPatch
):
    post = list_mail()
    random.Random(seed).shuffle(post)
    for number, (at, mime, label_by) in enumerate(post):
        for email, label in label_by.items():
            harness.arrives(mime, at, email, labels=(label,))
        if number % 4 == seed % 4:
            harness.sync()
    harness.sync()
    by_and_by = harness.run("dump").splitlines()
    monkeypatch.setenv("STREAKLIKE_DATABASE_URL", f"sqlite:///{harness.folder / 'at-once.db'}")
    for email, account in harness.accounts.items():
        harness.run(
            "mailbox",
            "add",
            email,
            "--credentials",
            harness.file("again.json", json.dumps(account.credentials())),
        )
    harness.sync()
    at_once = harness.run("dump").splitlines()
    assert [line for line in by_and_by if line not in at_once] == [
        line for line in at_once if line not in by_and_by
    ]
    assert by_and_by == at_once
    assert harness.audit["unaccounted"] == 0
