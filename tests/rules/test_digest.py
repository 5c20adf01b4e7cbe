"""The digest as the command gives it (R39, R43, R51), and sends it."""

import json
from email import message_from_string
from email.policy import default

import pytest

from tests.integration.mail_server import MailServer, refuse
from tests.rules.cli_harness import MEI, WEI, Harness, letter, t

AN = "An Chen <an@donor.example>"
BO = "Bo Lin <bo@donor.example>"


@pytest.fixture
def filled(harness: Harness) -> Harness:
    harness.arrives(letter(AN, MEI, "River clean-up", at=t("03-16 10:00")), t("03-16 10:00"))
    harness.arrives(letter(BO, WEI, "Grant", at=t("03-19 10:00")), t("03-19 10:00"), WEI)
    harness.sync()
    harness.run("task", "add", "an@donor.example", "--by", MEI, "--due", "2026-03-20", "Send the map")
    return harness


def sections(harness: Harness, *options: str) -> dict[str, list[str]]:
    digest = json.loads(harness.run("digest", MEI, "--format", "json", *options))
    return {each["key"]: [line["link"]["text"] for line in each["lines"]] for each in digest["sections"]}


def test_the_digest_says_who_waits_and_what_is_due(filled: Harness):
    assert sections(filled) == {
        "waiting": ["An Chen"],
        "promises": ["Send the map"],
    }
    html = filled.run("digest", MEI)
    assert html.startswith("<!doctype html>")
    assert "An Chen" in html


def test_R51_as_of_gives_the_digest_of_that_morning(filled: Harness):
    assert sections(filled, "--as-of", "2026-03-18T08:00:00+08:00") == {"waiting": ["An Chen"]}
    assert sections(filled, "--as-of", "2026-03-15T08:00:00+08:00") == {}


def test_R58_what_nobody_has_taken_on_falls_to_one_of_us_and_is_not_counted(filled: Harness):
    mime = letter("Chu Wu <chu@donor.example>", "office@ngo.example", "A van", at=t("03-19 11:00"))
    filled.arrives(mime, t("03-19 11:00"), MEI, WEI)
    filled.sync()
    made = {who: json.loads(filled.run("digest", who, "--format", "json")) for who in (MEI, WEI)}
    dealt = {
        who: line["link"]["text"]
        for who, digest in made.items()
        for each in digest["sections"] for line in each["lines"] if each["key"] == "dealt"
    }  # fmt: skip
    assert list(dealt.values()) == ["Chu Wu"], "to one member"
    for _ in range(2):
        again = [who for who in (MEI, WEI) if "Chu Wu" in filled.run("digest", who)]
        assert again == list(dealt), "the same all day"
    assert "Chu Wu" not in str([each for who, each in made.items() if who not in dealt])


def test_without_a_public_address_status_and_send_say_so(filled: Harness, monkeypatch: pytest.MonkeyPatch):
    assert "127.0.0.1" not in filled.run("digest", MEI)
    filled.run("status")
    assert "STREAKLIKE_PUBLIC_URL is not set" in filled.loaded
    with MailServer() as post:
        monkeypatch.setenv("STREAKLIKE_SMTP_URL", post.url)
        monkeypatch.setenv("STREAKLIKE_MAIL_FROM", "digest@ngo.example")
        filled.run("digest", MEI, "--send")
        assert "STREAKLIKE_PUBLIC_URL is not set" in filled.loaded
        assert len(post.letters) == 1
    monkeypatch.setenv("STREAKLIKE_PUBLIC_URL", "https://crm.ngo.example")
    assert "https://crm.ngo.example/people/" in filled.run("digest", MEI)
    filled.run("status")
    assert "STREAKLIKE_PUBLIC_URL" not in filled.loaded


def test_as_a_mail_it_has_both_parts_and_says_how_to_stop_it(filled: Harness):
    mail = message_from_string(filled.run("digest", MEI, "--format", "eml"), policy=default)
    assert mail["To"].addresses[0].addr_spec == MEI
    assert mail["List-Unsubscribe"] is None, "no public address is set"
    for kind in ("plain", "html"):
        assert "An Chen" in mail.get_body((kind,)).get_content()


def test_R39_the_digest_bears_the_audit(filled: Harness):
    closing = json.loads(filled.run("digest", MEI, "--format", "json"))["closing"]
    assert "2 封" in closing[0]
    assert "0 封下落不明" in closing[0]


def test_Q7_send_sends_todays_once(filled: Harness, monkeypatch: pytest.MonkeyPatch):
    with MailServer() as post:
        monkeypatch.setenv("STREAKLIKE_SMTP_URL", post.url)
        monkeypatch.setenv("STREAKLIKE_MAIL_FROM", "digest@ngo.example")
        filled.run("digest", MEI, "--send")
        assert "sent" in filled.loaded
        filled.run("digest", MEI, "--send", code=3)
        assert "Nothing was sent" in filled.loaded
        assert [each.recipient for each in post.letters] == [MEI]
        post.fail("rcpt", refuse(550, "no"))
        filled.run("digest", WEI, "--send")
        assert "refused" in filled.loaded
        assert post.offences == []


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "STREAKLIKE_MAIL_FROM is not set"),
        ({"MAIL_FROM": "nobody"}, "no mail address"),
        ({"MAIL_FROM": "digest@ngo.example"}, "no connected mailbox"),
        ({"MAIL_FROM": "digest@ngo.example", "SMTP_URL": "http://u:hidden@h"}, "cannot be read"),
    ],
)
def test_what_cannot_be_sent_says_how_to_mend_it(
    filled: Harness, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], said: str
):
    for name, value in settings.items():
        monkeypatch.setenv(f"STREAKLIKE_{name}", value)
    filled.run("digest", MEI, "--send", code=3)
    assert said in filled.loaded
    assert "hidden" not in filled.loaded


def test_nobody_has_no_digest(harness: Harness):
    harness.run("digest", "nobody@ngo.example", code=3)
    assert "no member" in harness.loaded
    harness.run("digest", MEI, "--send", "--as-of", "2026-03-18T08:00:00+08:00", code=2)
