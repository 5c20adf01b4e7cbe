"""What our mail is for (R52), and mail that refuses contact (R49), through the commands alone."""

import json

from tests.rules.cli_harness import MEI, WEI, Harness

AN = "An Chen <an@donor.example>"
APPEAL = "我們還差三十萬元，懇請您支持，捐款連結如下。"


def test_R52_asks_are_told_from_thanks_and_corrected(harness: Harness):
    harness.writes(AN, "03-02 09:00", subject="年終募款", text=APPEAL)
    receipt = harness.writes(AN, "03-05 09:00", subject="捐款收據", text="感謝您的捐款，收據如附件，請保存。")
    second = harness.writes(
        AN, "03-10 09:00", by=WEI, subject="義賣還缺志工", text="義賣會還缺三位志工，您願意來嗎？"
    )
    harness.sync()
    classes = {line["message_id"]: line["touch_class"] for line in harness.timeline("an@donor.example")}
    assert classes[receipt] == "thank"
    assert sorted(classes.values()) == ["ask", "ask", "thank"]
    assert "asks" in harness.reasons("an@donor.example")
    said = json.loads(harness.run("touch", "explain", second, "--json"))
    assert {word["word"] for word in said["words"]} >= {"義賣"}
    harness.run("touch", "class", second, "serve", "--by", MEI)
    harness.sync()
    assert "asks" not in harness.reasons("an@donor.example")
    harness.run("touch", "undo", second, "--by", MEI)
    harness.sync()
    assert "asks" in harness.reasons("an@donor.example")
    harness.run("touch", "undo", second, "--by", MEI, code=3)


def test_R52_an_ask_after_a_gift_is_flagged(harness: Harness):
    harness.writes(AN, "03-02 09:00", subject="您好", text="很高興認識您。")
    harness.sync()
    harness.run(
        "log",
        "gift",
        "an@donor.example",
        "--by",
        MEI,
        "--amount",
        "1200",
        "--at",
        "2026-03-03T09:00:00+08:00",
    )
    harness.writes(AN, "03-09 09:00", subject="年終募款", text=APPEAL)
    harness.sync()
    assert "ask_after_gift" in harness.reasons("an@donor.example")
    gift = next(line for line in harness.timeline("an@donor.example") if line["kind"] == "gift")
    assert gift["data"] == {"amount": "1200", "currency": "TWD"}
    harness.run("log", "note", "an@donor.example", "Hm", "--by", MEI, "--amount", "5", code=2)


def test_R49_a_refusal_is_proposed_and_decided_by_hand(harness: Harness):
    harness.writes(AN, "03-02 09:00")
    first = harness.asks(AN, "03-03 09:00", text="您好，\n請不要再寄信給我了。\n安\n\n> 取消訂閱")
    harness.asks("Bo <bo@donor.example>", "03-03 09:00", text="Please stop by!\n\n> please unsubscribe me")
    harness.sync()
    (proposal,) = harness.lines("refusal", "list")
    assert (proposal["message_id"], proposal["sentence"]) == (first, "請不要再寄信給我了。")
    harness.run("refusal", "decline", first, "--by", MEI)
    assert harness.lines("refusal", "list") == []
    second = harness.asks(AN, "03-04 09:00", text="Please stop emailing me.")
    harness.sync()
    harness.run("refusal", "accept", second, "--by", MEI, "--until", "2026-12-31", "--reason", "asked twice")
    assert harness.lines("refusal", "list") == []
    event = next(line for line in harness.timeline("an@donor.example") if line["kind"] == "do_not_contact")
    assert event["data"]["reason"] == "asked twice"
    harness.run("refusal", "accept", "nobody@post.example", "--by", MEI, code=3)
