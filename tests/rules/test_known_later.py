"""R4, R11, R12, from Gmail to the commands: what is left out, let in, switched on or joined later, without a resync."""

import json
import re
from collections.abc import Sequence
from itertools import count

import pytest

from tests.rules.cli_harness import MEI, WEI, Harness, letter, t
from tests.rules.test_machines import bounce

numbers = count(1)


def fresh(
    harness: Harness,
    monkeypatch: pytest.MonkeyPatch,
    *commands: tuple[str, ...],
    after: Sequence[tuple[str, ...]] = (),
) -> str:
    """What a database made from nothing dumps: the same mailboxes, `commands` run before their first sync."""
    path = harness.folder / f"fresh{next(numbers)}.db"
    with monkeypatch.context() as patch:
        patch.setenv("STREAKLIKE_DATABASE_URL", f"sqlite:///{path}")
        for email, account in harness.accounts.items():
            file = harness.file("again.json", json.dumps(account.credentials()))
            harness.run("mailbox", "add", email, "--credentials", file)
        for command in commands:
            harness.run(*command)
        assert all(report["complete"] for report in harness.sync())
        for command in after:
            harness.run(*command)
        dump = harness.run("dump")
    harness.__dict__.pop("people", None)
    return dump


def told(harness: Harness) -> list[list[str]]:
    """All that the commands say of the mail, local numbers aside."""
    questions = (
        ("contacts",),
        ("flags",),
        ("audit",),
        ("timeline", "an@donor.example"),
        ("search", "private"),
    )
    answers = [harness.run(*question, "--json") for question in questions]
    return [
        sorted(re.sub(r'"(?:[a-z]+_)?(?:id|conversation)": \d+', "", answer).splitlines())
        for answer in answers
    ]


def one(harness: Harness, email: str = MEI) -> dict:
    (report,) = [report for report in harness.sync() if report["mailbox"] == email]
    assert report["messages_total"] + sum(report["left_out"].values()) == report["gmail_total"]
    assert report["complete"]
    return report


@pytest.fixture
def private(harness: Harness) -> str:
    """Mei's label Personal, on a mail of An's, a mail to Chu, and a colleague's; An wrote without it too."""
    label = harness.box(MEI).add_label("Personal")
    harness.asks("an@donor.example", "03-02 09:00", subject="By the river", text="May I join?")
    mime = letter("an@donor.example", subject="A private river", at=t("03-03 09:00"), id="private@x.example")
    harness.arrives(mime, t("03-03 09:00"), labels=("INBOX", label))
    mime = letter(
        MEI, "chu@donor.example", subject="Private", at=t("03-04 09:00"), refs=["private@x.example"]
    )
    harness.arrives(mime, t("03-04 09:00"), labels=("SENT", label))
    harness.arrives(
        letter(WEI, MEI, "Lunch?", at=t("03-05 09:00")), t("03-05 09:00"), labels=("INBOX", label)
    )
    harness.arrives(letter("bo@donor.example", at=t("03-05 10:00")), t("03-05 10:00"))
    return label


def test_R11_a_label_left_out_hides_and_let_in_again_restores_all(
    harness: Harness, private: str, monkeypatch: pytest.MonkeyPatch
):
    one(harness)
    before, dump = told(harness), harness.run("dump")
    labels = json.loads(harness.run("mailbox", "label", MEI, "--leave-out", "personal", "--json"))
    assert {line["name"]: line["left_out"] for line in labels}["Personal"]
    assert [entry["subject"] for entry in harness.timeline("an@donor.example")] == ["By the river"]
    assert "chu@donor.example" not in harness.people
    assert harness.lines("search", "private") == []
    report = one(harness)
    assert (report["messages_total"], report["left_out"], report["quota_units"]) == (2, {"label": 3}, 2)
    assert harness.run("dump") == fresh(
        harness, monkeypatch, ("mailbox", "label", MEI, "--leave-out", "Personal")
    )
    gets = harness.box(MEI).calls["messages.get"], harness.box(MEI).calls["threads.get"]
    harness.run("mailbox", "label", MEI, "--let-in", "Personal")
    assert told(harness) == before
    report = one(harness)
    assert (report["left_out"], report["quota_units"], report["messages_added"]) == ({"internal": 1}, 2, 0)
    assert (harness.box(MEI).calls["messages.get"], harness.box(MEI).calls["threads.get"]) == gets
    assert harness.run("dump") == dump


def test_R11_what_bears_the_label_is_never_fetched_and_exactly_that_once_it_is_let_in(
    harness: Harness, private: str, monkeypatch: pytest.MonkeyPatch
):
    account = harness.box(MEI)
    harness.run("mailbox", "label", MEI, "--leave-out", "Personal")
    report = one(harness)
    assert (report["messages_total"], report["left_out"], account.calls["messages.get"]) == (
        2,
        {"label": 3},
        2,
    )
    harness.arrives(
        letter("an@donor.example", at=t("03-06 09:00")), t("03-06 09:00"), labels=("INBOX", private)
    )
    report = one(harness)
    assert (report["left_out"], account.calls["messages.get"]) == ({"label": 4}, 2)
    assert one(harness)["quota_units"] == 2
    harness.run("mailbox", "label", MEI, "--let-in", "Personal")
    assert "4 mails wait to be fetched" in harness.loaded
    report = one(harness)
    assert (report["messages_total"], report["left_out"]) == (5, {"internal": 1})
    assert account.calls["messages.get"] + 2 * account.calls["threads.get"] == 6
    assert harness.run("dump") == fresh(harness, monkeypatch)


def test_R11_a_label_put_on_or_taken_off_in_gmail_counts_from_the_next_sync(
    harness: Harness, private: str, monkeypatch: pytest.MonkeyPatch
):
    one(harness)
    harness.run("mailbox", "label", MEI, "--leave-out", "Personal")
    account = harness.box(MEI)
    ids = {stored.head.subject: stored.id for stored in account.messages.values()}
    account.label(ids["By the river"], add=[private])
    account.label(ids["A private river"], remove=[private])
    assert one(harness)["quota_units"] == 2
    assert [entry["subject"] for entry in harness.timeline("an@donor.example")] == ["A private river"]
    account.trash(ids["By the river"])
    assert one(harness)["left_out"] == {"label": 2}
    account.untrash(ids["By the river"])
    assert one(harness)["left_out"] == {"label": 3}
    account.label(ids["By the river"], remove=[private])
    assert one(harness)["quota_units"] == 2
    assert len(harness.timeline("an@donor.example")) == 2
    account.label(ids["By the river"], add=[private])
    account.expire_history()
    assert one(harness)["mode"] == "full"
    assert [entry["subject"] for entry in harness.timeline("an@donor.example")] == ["A private river"]
    assert harness.run("dump") == fresh(
        harness, monkeypatch, ("mailbox", "label", MEI, "--leave-out", "Personal")
    )


def test_R11_one_witness_leaves_and_the_others_stay(harness: Harness):
    label = harness.box(MEI).add_label("Personal")
    mime = letter("an@donor.example", [MEI, WEI], at=t("03-02 09:00"))
    gmail_id = harness.arrives(mime, t("03-02 09:00"), MEI, WEI)
    harness.box(MEI).label(gmail_id, add=[label])
    harness.sync()
    harness.run("mailbox", "label", MEI, "--leave-out", "Personal")
    assert harness.only("an@donor.example")["mailboxes"] == [WEI]
    harness.run("mailbox", "label", MEI, "--let-in", "Personal")
    harness.sync()
    assert harness.only("an@donor.example")["mailboxes"] == [MEI, WEI]


def test_R11_an_imported_files_labels_have_names_alone(harness: Harness):
    head = b"From 1@xxx Mon Mar 02 01:00:00 +0000 2026\r\n"
    mails = [
        (
            b"X-Gmail-Labels: Inbox,My family\r\n",
            letter("an@donor.example", "hui@gmail.com", at=t("03-02 09:00")),
        ),
        (b"X-Gmail-Labels: Inbox\r\n", letter("bo@donor.example", "hui@gmail.com", at=t("03-02 09:01"))),
    ]
    file = harness.file("all.mbox", b"".join(head + labels + mime + b"\r\n\r\n" for labels, mime in mails))
    harness.run("import", "mbox", file, "--mailbox", "hui@gmail.com")
    dump = harness.run("dump")
    labels = json.loads(harness.run("mailbox", "label", "hui@gmail.com", "--json"))
    assert labels == [{"name": "My family", "id": None, "left_out": False}]
    harness.run("mailbox", "label", "hui@gmail.com", "--leave-out", "my FAMILY")
    assert set(harness.people) == {"bo@donor.example"}
    report = json.loads(harness.run("import", "mbox", file, "--mailbox", "hui@gmail.com", "--json"))
    assert (report["messages_added"], report["messages_total"], report["left_out"]) == (0, 1, {"label": 1})
    harness.run("mailbox", "label", "hui@gmail.com", "--let-in", "My family")
    assert harness.run("dump") == dump


def test_R11_labels_are_asked_for_in_plain_words(harness: Harness):
    harness.box(MEI).add_label("志工/私人")
    harness.run("mailbox", "label", MEI, "--leave-out", "Nothing", code=3)
    assert "has no label 'Nothing'" in harness.loaded
    assert "志工/私人" in harness.loaded
    harness.run("mailbox", "label", MEI, "--leave-out", "Sent", code=3)
    harness.run("mailbox", "label", "nobody@ngo.example", code=3)
    harness.run("mailbox", "label", MEI, "--leave-out", "志工/私人", "--let-in", "志工/私人", code=3)
    assert "left out" not in harness.run("mailbox", "label", MEI)
    assert "left out 志工/私人" in harness.run("mailbox", "label", MEI, "--leave-out", "志工/私人")
    assert "left out 志工/私人" in harness.run("mailbox", "label", MEI)
    harness.box(MEI).revoke()
    harness.run("mailbox", "label", MEI, code=6)


def field_mail(harness: Harness) -> None:
    """Chen writes from a sub-domain, first to us and then among us; An asks Chen, and Chen writes to Bo."""
    harness.asks("chen@field.ngo.example", "03-02 09:00")
    asked = harness.asks("an@donor.example", "03-02 10:00", to=[MEI, "chen@field.ngo.example"])
    harness.writes("chen@field.ngo.example", "03-02 11:00", refs=[asked], subject="Who answers?")
    harness.asks("chen@field.ngo.example", "03-03 09:00", cc=["bo@donor.example"], refs=[asked])
    harness.asks("bo@donor.example", "03-04 09:00", to="chen@field.ngo.example", boxes=[WEI])


def test_R11_R12_a_domain_switched_on_and_off_is_as_it_would_be_from_the_start(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
):
    field_mail(harness)
    harness.sync()
    without = harness.run("dump")
    monkeypatch.setenv("STREAKLIKE_TEAM_DOMAINS", "ngo.example,field.ngo.example")
    assert one(harness)["left_out"] == {"internal": 2}
    assert harness.run("dump") == fresh(harness, monkeypatch)
    monkeypatch.setenv("STREAKLIKE_TEAM_DOMAINS", "ngo.example")
    assert one(harness)["left_out"] == {}
    assert harness.run("dump") == without == fresh(harness, monkeypatch)


FORWARDED = """FYI

---------- Forwarded message ---------
From: Dao <dao@{domain}>
Date: Mon, 2 Mar 2026 at 09:00
Subject: Interview
To: <{to}>

Could we talk?
"""


def more_field_mail(harness: Harness) -> None:
    """Chen asks not to be written to, and forwards; Wei forwards what came from the sub-domain; its machine returns mail."""
    harness.asks(
        "chen@field.ngo.example", "03-02 09:00", cc=["bo@donor.example"], text="請不要再寄信給我。謝謝。"
    )
    for who, domain, at in (
        ("chen@field.ngo.example", "press.example", t("03-02 10:00")),
        (WEI, "field.ngo.example", t("03-02 11:00")),
    ):
        text = FORWARDED.format(domain=domain, to=who)
        harness.arrives(letter(who, MEI, "Fwd: Interview", text, at=at), at)
    sent = harness.writes("an@donor.example", "03-02 12:00")
    harness.arrives(
        bounce(
            "Mail <mailer-daemon@field.ngo.example>",
            "Undelivered",
            "Not delivered.",
            "Final-Recipient: rfc822; an@donor.example\nAction: failed\nStatus: 5.1.1\n",
            f"Message-ID: <{sent}>\n",
        ),
        t("03-02 12:01"),
    )


def test_R11_refusals_offers_and_reports_follow_who_is_inside(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
):
    with_field = "ngo.example,field.ngo.example"
    more_field_mail(harness)
    dumps = []
    for domains in (with_field, "ngo.example", with_field):
        monkeypatch.setenv("STREAKLIKE_TEAM_DOMAINS", domains)
        harness.sync()
        dumps.append(harness.run("dump"))
    assert dumps[2] == dumps[0] == fresh(harness, monkeypatch)
    monkeypatch.setenv("STREAKLIKE_TEAM_DOMAINS", "ngo.example")
    assert dumps[1] == fresh(harness, monkeypatch)


def test_R4_R11_an_address_added_later_is_as_if_it_had_been_known(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
):
    harness.asks("chu@donor.example", "03-02 09:00", cc=["an@home.example"])
    harness.asks("an@donor.example", "03-03 09:00")
    harness.sync()
    added = ("contact", "set", "an@donor.example", "--address", "An <an@home.example>")
    harness.run(*added)
    assert [entry["from"] for entry in harness.timeline("an@donor.example") if entry["kind"] == "email"] == [
        "chu@donor.example",
        "an@donor.example",
    ]
    harness.sync()
    assert harness.people["an@home.example"]["addresses"] == ["an@donor.example", "an@home.example"]
    now = r'"since_at":1773972\d{6}'
    assert re.sub(now, "", harness.run("dump")) == re.sub(now, "", fresh(harness, monkeypatch, added))
    harness.run("contact", "set", "chu@donor.example", "--address", "an@home.example", code=3)


def test_R4_mail_that_comes_after_a_merge_is_as_if_the_merge_came_last(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
):
    asked = harness.asks("an@donor.example", "03-02 09:00", subject="A gift")
    harness.asks("an@home.example", "03-03 09:00", subject="A gift")
    harness.sync()
    merged = ("contact", "merge", "an@donor.example", "an@home.example")
    harness.run(*merged)
    harness.writes("an@home.example", "03-04 09:00", refs=[asked], subject="Re: A gift")
    harness.asks("an@home.example", "03-05 09:00", cc=["bo@donor.example"], to=WEI, boxes=[WEI])
    harness.sync()
    assert harness.run("dump") == fresh(harness, monkeypatch, after=[merged])
    harness.run("contact", "unmerge", "an@home.example")
    mail = [line for line in harness.run("dump").splitlines() if '"kind":"event"' not in line]
    assert mail == fresh(harness, monkeypatch).splitlines()


def test_R12_a_members_address_added_later_is_as_if_it_had_been_ours(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
):
    harness.asks("hui@gmail.com", "03-02 09:00")
    harness.asks("an@donor.example", "03-02 10:00", to=[MEI, "hui@gmail.com"])
    harness.sync()
    added = ("user", "add", "hui@gmail.com", "--name", "Hui", "--role", "member")
    harness.run(*added)
    assert set(harness.people) == {"an@donor.example"}
    harness.sync()
    assert harness.run("dump") == fresh(harness, monkeypatch, added)
