"""R46, R56 and R57, through the commands: what is logged as coming from them, what answers it, and who fell silent."""

from tests.rules.cli_harness import MEI, WEI, Harness, iso

AN, BO = "an@donor.example", "bo@donor.example"


def log(harness: Harness, kind: str, who: str, at: str, *options: str, code: int = 0) -> None:
    harness.run("log", kind, who, "on LINE", "--by", MEI, "--at", iso(at), *options, code=code)


def test_R56_a_question_in_another_channel_is_a_debt_until_any_word_of_ours(harness: Harness):
    asked = harness.asks(AN, "03-02 09:00")
    harness.writes(AN, "03-02 10:00", refs=[asked])
    harness.sync()
    before = harness.audit["inbound_human"]
    log(harness, "message", AN, "03-12 09:00", "--direction", "inbound")
    harness.sync()
    assert harness.state(AN) == "needs_reply"
    (flag,) = [flag for flag in harness.flags(AN) if flag["reason"] == "unanswered"]
    (entry,) = [entry for entry in harness.timeline(AN) if entry["kind"] == "message"]
    assert (entry["direction"], flag["evidence"]) == ("inbound", [entry["uid"]])
    assert harness.audit["inbound_human"] == before + 1
    assert (harness.audit["open_unassigned"], harness.audit["unaccounted"]) == (1, 0)
    assert harness.reasons(AN, "03-12 10:00") == []
    harness.writes(AN, "03-19 09:00", by=WEI)  # in a conversation of its own
    harness.sync()
    assert (harness.state(AN), harness.reasons(AN)) == ("awaiting_reply", [])
    assert (harness.audit["open_unassigned"], harness.audit["unaccounted"]) == (0, 0)
    assert "unanswered" in harness.reasons(AN, "03-18 09:00")


def test_R46_R56_a_call_of_theirs_answers_renews_and_is_no_touch(harness: Harness):
    harness.asks(BO, "03-10 09:00")
    for day in (2, 5, 8):
        harness.writes(AN, f"03-{day:02} 09:00")
    harness.sync()
    assert "unanswered" in harness.reasons(BO)
    assert "budget" in harness.reasons(AN)
    for who in (AN, BO):
        log(harness, "call", who, "03-11 09:00", "--direction", "inbound")
    harness.sync()
    assert harness.state(BO) == "quiet"
    assert "budget" not in harness.reasons(AN)
    log(harness, "call", BO, "03-12 09:00", "--direction", "inbound", "--wants-reply")
    harness.sync()
    assert harness.state(BO) == "needs_reply"
    log(harness, "message", BO, "03-13 09:00", "--direction", "outbound")
    harness.sync()
    assert harness.state(BO) == "quiet"


def test_R56_a_message_of_theirs_answers_no_mail_and_may_want_nothing(harness: Harness):
    harness.asks(BO, "03-10 09:00")
    harness.sync()
    log(harness, "message", BO, "03-11 09:00", "--direction", "inbound", "--no-reply-needed")
    harness.sync()
    assert (harness.state(BO), harness.audit["inbound_human"]) == ("needs_reply", 1)
    log(harness, "message", BO, "03-11 10:00", "--wants-reply", code=2)
    log(harness, "note", BO, "03-11 10:00", "--direction", "inbound", code=2)


def test_R57_who_stopped_writing_is_hinted_by_the_command(harness: Harness):
    for day in ("2025-06-02", "2025-06-22", "2025-07-12", "2025-08-01", "2025-08-21", "2025-09-10"):
        asked = harness.asks(AN, f"{day} 09:00")
        harness.writes(AN, f"{day} 10:00", refs=[asked])
    harness.sync()
    (hint,) = harness.lines("flags", "--hints")
    assert (hint["hint"], hint["contact"], hint["gaps"], hint["usual_days"]) == ("gone_quiet", AN, 5, 20)
    assert (hint["since"], hint["last_wrote_at"]) == (iso("2025-11-29 09:00"), iso("2025-09-10 09:00"))
    assert "gone_quiet" not in harness.reasons(AN)
    harness.run("user", "add", MEI, "--name", "Mei", "--role", "admin")
    harness.run("policy", "set", "gone_quiet_flag", "on", "--by", MEI)
    (flag,) = [line for line in harness.lines("flags") if line["reason"] == "gone_quiet"]
    assert (flag["flag"], flag["contact"], flag["since"]) == ("ignored", AN, hint["since"])
    assert (flag["limit"], flag["unit"], len(flag["evidence"])) == (80, "days", 6)
    assert harness.lines("flags", "--hints") == [], "a flag is no hint besides"
    assert "gone_quiet" not in harness.reasons(AN, "03-19 10:00"), (
        "a past day is judged by the policy of that day"
    )
    harness.run("policy", "set", "gone_quiet_flag", "off", "--by", MEI)
    assert len(harness.lines("flags", "--hints")) == 1
    harness.asks(AN, "03-19 09:00")
    harness.sync()
    assert harness.lines("flags", "--hints") == []
