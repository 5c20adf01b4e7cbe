"""What our mail is for (R52), and mail that refuses contact (R49), through the commands alone."""

import json

from tests.rules.desk import MEI, WEI, Desk

AN = "An Chen <an@donor.example>"
APPEAL = "我們還差三十萬元，懇請您支持，捐款連結如下。"


def test_R52_asks_are_told_from_thanks_and_corrected(desk: Desk):
    desk.writes(AN, "03-02 09:00", subject="年終募款", text=APPEAL)
    receipt = desk.writes(AN, "03-05 09:00", subject="捐款收據", text="感謝您的捐款，收據如附件，請保存。")
    second = desk.writes(
        AN, "03-10 09:00", by=WEI, subject="義賣還缺志工", text="義賣會還缺三位志工，您願意來嗎？"
    )
    desk.sync()
    classes = {line["message_id"]: line["touch_class"] for line in desk.timeline("an@donor.example")}
    assert classes[receipt] == "thank"
    assert sorted(classes.values()) == ["ask", "ask", "thank"]
    assert "asks" in desk.reasons("an@donor.example")
    said = json.loads(desk.run("touch", "explain", second, "--json"))
    assert {word["word"] for word in said["words"]} >= {"義賣"}
    desk.run("touch", "class", second, "serve", "--by", MEI)
    desk.sync()
    assert "asks" not in desk.reasons("an@donor.example")
    desk.run("touch", "undo", second, "--by", MEI)
    desk.sync()
    assert "asks" in desk.reasons("an@donor.example")
    desk.run("touch", "undo", second, "--by", MEI, code=3)


def test_R52_an_ask_after_a_gift_is_flagged(desk: Desk):
    desk.writes(AN, "03-02 09:00", subject="您好", text="很高興認識您。")
    desk.sync()
    desk.run(
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
    desk.writes(AN, "03-09 09:00", subject="年終募款", text=APPEAL)
    desk.sync()
    assert "ask_after_gift" in desk.reasons("an@donor.example")
    gift = next(line for line in desk.timeline("an@donor.example") if line["kind"] == "gift")
    assert gift["data"] == {"amount": "1200", "currency": "TWD"}
    desk.run("log", "note", "an@donor.example", "Hm", "--by", MEI, "--amount", "5", code=2)


def test_R49_a_refusal_is_proposed_and_decided_by_hand(desk: Desk):
    desk.writes(AN, "03-02 09:00")
    first = desk.asks(AN, "03-03 09:00", text="您好，\n請不要再寄信給我了。\n安\n\n> 取消訂閱")
    desk.asks("Bo <bo@donor.example>", "03-03 09:00", text="Please stop by!\n\n> please unsubscribe me")
    desk.sync()
    (proposal,) = desk.lines("refusal", "list")
    assert (proposal["message_id"], proposal["sentence"]) == (first, "請不要再寄信給我了。")
    desk.run("refusal", "decline", first, "--by", MEI)
    assert desk.lines("refusal", "list") == []
    second = desk.asks(AN, "03-04 09:00", text="Please stop emailing me.")
    desk.sync()
    desk.run("refusal", "accept", second, "--by", MEI, "--until", "2026-12-31", "--reason", "asked twice")
    assert desk.lines("refusal", "list") == []
    event = next(line for line in desk.timeline("an@donor.example") if line["kind"] == "do_not_contact")
    assert event["data"]["reason"] == "asked twice"
    desk.run("refusal", "accept", "nobody@post.example", "--by", MEI, code=3)
