"""The order of the queue from real mail to the command and back: urgent ones first, and by age once switched off."""

from tests.rules.cli_harness import MEI, Harness

PLAIN, PRESS, SCHOOL = (
    "urgency-plain@donor.example",
    "urgency-press@press.example",
    "urgency-school@school.example",
)


def order(harness: Harness) -> list[tuple[str, list[str]]]:
    rows = harness.lines("queue", "--section", "needs_us")
    return [(row["contact"], [sign["sign"] for sign in row["urgency"]]) for row in rows]


def test_an_absent_pupil_and_a_deadline_stand_before_older_mail(harness: Harness) -> None:
    harness.run("user", "add", MEI, "--name", "Mei", "--role", "admin")
    harness.asks(PLAIN, "03-17 09:00", text="您好，想當志工，請問要怎麼報名？")
    harness.asks(PRESS, "03-20 09:05", text="I am on deadline and need a quote by tomorrow noon.")
    harness.asks(SCHOOL, "03-20 09:10", text="學生今天沒有到校，請問您有聯絡上家長嗎？")
    harness.asks(
        "urgency-news@donor.example",
        "03-20 09:15",
        text="上週五的活動很棒，謝謝你們！12月8日生日那天我會再來。",
    )
    harness.sync()
    with harness.at("03-20 10:00"):
        assert order(harness)[:2] == [(SCHOOL, ["word"]), (PRESS, ["date"])]
        assert order(harness)[2][0] == PLAIN, "past days and birthdays are no deadlines"
        harness.run("policy", "set", "queue_urgency", "off", "--by", MEI)
        assert [contact for contact, _ in order(harness)][:2] == [PLAIN, PRESS]
        assert not any(signs for _, signs in order(harness))
        (change, *_) = harness.lines("policy", "history")
        harness.run("policy", "undo", change["uid"], "--by", MEI)
        assert order(harness)[0][0] == SCHOOL
        harness.run("policy", "set", "urgent_date_points", "0", "--by", MEI)
        harness.run("policy", "set", "urgent_word_points", "11", "--by", MEI, code=3)
        assert order(harness)[0] == (SCHOOL, ["word"])
