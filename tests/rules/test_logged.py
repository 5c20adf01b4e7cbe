"""R46, R56 and R57, through the commands: what is logged as coming from them, what answers it, and who fell silent."""

from tests.rules.desk import MEI, WEI, Desk, iso

AN, BO = "an@donor.example", "bo@donor.example"


def log(desk: Desk, kind: str, who: str, at: str, *options: str, code: int = 0) -> None:
    desk.run("log", kind, who, "on LINE", "--by", MEI, "--at", iso(at), *options, code=code)


def test_R56_a_question_in_another_channel_is_a_debt_until_any_word_of_ours(desk: Desk):
    asked = desk.asks(AN, "03-02 09:00")
    desk.writes(AN, "03-02 10:00", refs=[asked])
    desk.sync()
    before = desk.audit["inbound_human"]
    log(desk, "message", AN, "03-12 09:00", "--direction", "inbound")
    desk.sync()
    assert desk.state(AN) == "needs_reply"
    (flag,) = [flag for flag in desk.flags(AN) if flag["reason"] == "unanswered"]
    (entry,) = [entry for entry in desk.timeline(AN) if entry["kind"] == "message"]
    assert (entry["direction"], flag["evidence"]) == ("inbound", [entry["uid"]])
    assert desk.audit["inbound_human"] == before + 1
    assert (desk.audit["open_unassigned"], desk.audit["unaccounted"]) == (1, 0)
    assert desk.reasons(AN, "03-12 10:00") == []
    desk.writes(AN, "03-19 09:00", by=WEI)  # in a conversation of its own
    desk.sync()
    assert (desk.state(AN), desk.reasons(AN)) == ("awaiting_reply", [])
    assert (desk.audit["open_unassigned"], desk.audit["unaccounted"]) == (0, 0)
    assert "unanswered" in desk.reasons(AN, "03-18 09:00")


def test_R46_R56_a_call_of_theirs_answers_renews_and_is_no_touch(desk: Desk):
    desk.asks(BO, "03-10 09:00")
    for day in (2, 5, 8):
        desk.writes(AN, f"03-{day:02} 09:00")
    desk.sync()
    assert "unanswered" in desk.reasons(BO)
    assert "budget" in desk.reasons(AN)
    for who in (AN, BO):
        log(desk, "call", who, "03-11 09:00", "--direction", "inbound")
    desk.sync()
    assert desk.state(BO) == "quiet"
    assert "budget" not in desk.reasons(AN)
    log(desk, "call", BO, "03-12 09:00", "--direction", "inbound", "--wants-reply")
    desk.sync()
    assert desk.state(BO) == "needs_reply"
    log(desk, "message", BO, "03-13 09:00", "--direction", "outbound")
    desk.sync()
    assert desk.state(BO) == "quiet"


def test_R56_a_message_of_theirs_answers_no_mail_and_may_want_nothing(desk: Desk):
    desk.asks(BO, "03-10 09:00")
    desk.sync()
    log(desk, "message", BO, "03-11 09:00", "--direction", "inbound", "--no-reply-needed")
    desk.sync()
    assert (desk.state(BO), desk.audit["inbound_human"]) == ("needs_reply", 1)
    log(desk, "message", BO, "03-11 10:00", "--wants-reply", code=2)
    log(desk, "note", BO, "03-11 10:00", "--direction", "inbound", code=2)


def test_R57_who_stopped_writing_is_hinted_by_the_command(desk: Desk):
    for day in ("2025-06-02", "2025-06-22", "2025-07-12", "2025-08-01", "2025-08-21", "2025-09-10"):
        asked = desk.asks(AN, f"{day} 09:00")
        desk.writes(AN, f"{day} 10:00", refs=[asked])
    desk.sync()
    (hint,) = desk.lines("flags", "--hints")
    assert (hint["hint"], hint["contact"], hint["gaps"], hint["usual_days"]) == ("gone_quiet", AN, 5, 20)
    assert (hint["since"], hint["last_wrote_at"]) == (iso("2025-11-29 09:00"), iso("2025-09-10 09:00"))
    assert "gone_quiet" not in desk.reasons(AN)
    desk.run("user", "add", MEI, "--name", "Mei", "--role", "admin")
    desk.run("policy", "set", "gone_quiet_flag", "on", "--by", MEI)
    (flag,) = [line for line in desk.lines("flags") if line["reason"] == "gone_quiet"]
    assert (flag["flag"], flag["contact"], flag["since"]) == ("ignored", AN, hint["since"])
    assert (flag["limit"], flag["unit"], len(flag["evidence"])) == (80, "days", 6)
    assert desk.lines("flags", "--hints") == [], "a flag is no hint besides"
    assert "gone_quiet" not in desk.reasons(AN, "03-19 10:00"), (
        "a past day is judged by the policy of that day"
    )
    desk.run("policy", "set", "gone_quiet_flag", "off", "--by", MEI)
    assert len(desk.lines("flags", "--hints")) == 1
    desk.asks(AN, "03-19 09:00")
    desk.sync()
    assert desk.lines("flags", "--hints") == []
