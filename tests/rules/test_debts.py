"""R33 to R40, from Gmail to the commands: who owes whom."""

import json

from tests.rules.cli_harness import MEI, WEI, Harness, iso

AN, BO = "an@donor.example", "bo@donor.example"


def fill(harness: Harness) -> None:
    # R33: the last human word; a person's most urgent conversation.
    asked = harness.asks("r33@donor.example", "03-02 09:00")
    harness.writes("r33@donor.example", "03-02 10:00", refs=[asked])
    harness.asks("r33@donor.example", "03-02 11:00", headers=["Auto-Submitted: auto-replied"], refs=[asked])
    harness.asks("r33-two@donor.example", "03-02 09:00")
    harness.writes("r33-two@donor.example", "03-03 10:00")
    # R34
    harness.asks("r34-to@donor.example", "03-02 09:00", to=["r34-x@donor.example", MEI])
    harness.asks("r34-cc@donor.example", "03-02 09:00", to="r34-x@donor.example", cc=MEI)
    harness.asks("r34-only@donor.example", "03-02 09:00", to="", cc=MEI)
    harness.asks(
        "r34-undisclosed@donor.example", "03-02 09:00", to="", headers=["To: undisclosed-recipients:;"]
    )
    harness.asks("r34-blind@donor.example", "03-02 09:00", to="r34-x@donor.example")
    harness.writes(
        "r34-y@donor.example", "03-02 09:00", cc="r34-in-cc@donor.example", bcc="r34-in-bcc@donor.example"
    )
    harness.writes("", "03-02 09:00", bcc="r34-bcc-alone@donor.example")
    asked = harness.asks(
        "r34-list@donor.example",
        "03-02 09:00",
        to="team@ngo.example",
        headers=["List-Id: <team.ngo.example>"],
    )
    # R35: list mail makes a debt only where one of us, or a list of ours, stands in To.
    for name, to, cc in (
        ("ours", "team@ngo.example", ""),
        ("mei", MEI, "team@ngo.example"),
        ("cc", "r34-x@donor.example", "team@ngo.example"),
        ("hidden", "", ""),
    ):
        harness.asks(
            f"r35-list-{name}@donor.example",
            "03-02 09:00",
            to=to,
            cc=cc,
            headers=["List-Id: <team.ngo.example>", "List-Post: <mailto:team@ngo.example>"],
        )
    # A reply to the outside list through which they asked, by its name in To or by what carried the mail.
    group = "circle@lists.partner.example"
    for name, to, refs_to in (
        ("to", [MEI, group], group),
        ("carried", MEI, group),
        ("other", [MEI, group], ""),
    ):
        from_ = f"'R {name}' via Circle <{group}>" if name == "carried" else f"r35-via-{name}@donor.example"
        headers = [f"X-Original-Sender: r35-via-{name}@donor.example"] if name == "carried" else []
        asked = harness.asks(from_, "03-02 09:00", to=to, headers=headers)
        harness.writes(refs_to or "else@lists.partner.example", "03-02 11:00", refs=[asked])
    # R33: whom we wrote to in Cc, or who stood by while another asked, is quiet.
    asked = harness.asks("r33-asks@donor.example", "03-02 09:00", cc="r33-by@donor.example")
    harness.writes(
        ["r33-asks@donor.example", "r33-both@donor.example"],
        "03-02 10:00",
        cc="r33-cc@donor.example",
        refs=[asked],
    )
    harness.asks("r33-asks@donor.example", "03-02 11:00", cc="r33-by@donor.example", refs=[asked])
    # R35
    for name in ("all", "some", "colleague", "elsewhere", "cc"):
        one, two = (f"r35-{name}-{n}@donor.example" for n in (1, 2))
        asked = harness.asks(one, "03-02 09:00", cc=two)
        asked2 = harness.asks(two, "03-02 10:00", cc=one, refs=[asked])
        if name == "all":
            harness.writes([one, two], "03-02 11:00", by=WEI, refs=[asked, asked2])
        elif name == "some":
            harness.writes(one, "03-02 11:00", refs=[asked, asked2])
        elif name == "cc":
            harness.writes(one, "03-02 11:00", cc=two, refs=[asked, asked2])
        elif name == "colleague":
            harness.writes(WEI, "03-02 11:00", refs=[asked, asked2], seen_by=[WEI])
        else:
            harness.writes([one, two], "03-02 11:00")
    asked = harness.asks("r35-info@donor.example", "03-02 09:00")
    harness.asks("r35-info@donor.example", "03-02 10:00", to="r34-x@donor.example", cc=MEI, refs=[asked])
    # R37
    for name, text in THANKS.items():
        asked = harness.asks(f"r37-{name}@donor.example", "03-02 09:00")
        answer = harness.writes(f"r37-{name}@donor.example", "03-02 10:00", refs=[asked])
        harness.asks(f"r37-{name}@donor.example", "03-02 11:00", text=text, refs=[answer])
    asked = harness.asks("r37-open@donor.example", "03-02 09:00")
    harness.asks("r37-open@donor.example", "03-02 10:00", text="謝謝！", refs=[asked])
    # R40
    asked = harness.asks("r40-1@donor.example", "03-02 09:00", cc="r40-2@donor.example")
    again = harness.asks("r40-1@donor.example", "03-03 09:00", cc="r40-2@donor.example", refs=[asked])
    harness.asks("r40-2@donor.example", "03-04 09:00", cc="r40-1@donor.example", refs=[again])


THANKS = {
    "zh": "謝謝",
    "got": "收到",
    "en": "Thanks!",
    "signed": "感謝您的回覆！\n\n王小明 敬上",
    "phone": "謝謝\n\n從我的 iPhone 傳送",
}


def test_R33_the_last_human_word_decides_and_the_most_urgent_conversation(world: Harness):
    assert world.state("r33@donor.example") == "awaiting_reply"
    assert world.state("r33-two@donor.example") == "needs_reply"


def test_R33_a_person_owes_and_is_owed_for_what_is_their_own(world: Harness):
    states = {name: world.state(f"r33-{name}@donor.example") for name in ("asks", "both", "cc", "by")}
    assert states == {"asks": "needs_reply", "both": "awaiting_reply", "cc": "quiet", "by": "quiet"}


def test_R35_list_mail_is_a_debt_only_where_we_or_a_list_of_ours_stand_in_to(world: Harness):
    states = {name: world.state(f"r35-list-{name}@donor.example") for name in ("ours", "mei", "cc", "hidden")}
    assert states == {"ours": "needs_reply", "mei": "needs_reply", "cc": "quiet", "hidden": "quiet"}


def test_R35_a_reply_to_the_outside_list_through_which_they_asked_clears_it(world: Harness):
    states = {name: world.state(f"r35-via-{name}@donor.example") for name in ("to", "carried", "other")}
    assert states == {"to": "quiet", "carried": "quiet", "other": "needs_reply"}


def test_R34_who_owes_stands_in_to_or_no_to_is_shown(world: Harness):
    states = {
        name: world.state(f"r34-{name}@donor.example")
        for name in ("to", "cc", "only", "undisclosed", "blind", "list")
    }
    assert states == {
        "to": "needs_reply",
        "cc": "quiet",
        "only": "needs_reply",
        "undisclosed": "needs_reply",
        "blind": "quiet",
        "list": "needs_reply",
    }
    assert world.state("r34-y@donor.example") == "awaiting_reply"
    assert world.state("r34-in-bcc@donor.example") == "quiet"
    assert world.state("r34-bcc-alone@donor.example") == "quiet"


def test_R35_a_reply_clears_those_it_reaches(world: Harness):
    states = {
        name: [world.state(f"r35-{name}-{n}@donor.example") for n in (1, 2)]
        for name in ("all", "some", "colleague", "elsewhere", "cc")
    }
    assert states["all"] == ["awaiting_reply"] * 2
    assert states["some"] == ["awaiting_reply", "needs_reply"]
    assert states["cc"][0] == "awaiting_reply"
    assert states["cc"][1] == "quiet"
    assert states["colleague"] == states["elsewhere"] == ["needs_reply"] * 2


def test_R35_the_reply_is_credited_to_who_wrote_it(world: Harness):
    assert [entry["author"] for entry in world.timeline("r35-all-1@donor.example")][-1] == WEI


def test_R35_a_mail_for_information_neither_makes_nor_ends_a_debt(world: Harness):
    assert world.state("r35-info@donor.example") == "needs_reply"
    (flag,) = world.flags("r35-info@donor.example")
    assert flag["evidence"] == [world.timeline("r35-info@donor.example")[0]["message_id"]]


def test_R36_a_logged_call_clears_and_a_note_does_not(harness: Harness):
    harness.asks(AN, "03-02 09:00")
    harness.asks(BO, "03-02 09:00")
    harness.sync()
    harness.run("log", "call", AN, "--by", MEI, "--at", "2026-03-02T10:00:00+08:00", "We talked")
    harness.run("log", "note", BO, "--by", MEI, "Remember the boots")
    harness.sync()
    assert (harness.state(AN), harness.state(BO)) == ("quiet", "needs_reply")
    assert (harness.audit["answered"], harness.audit["open_unassigned"]) == (1, 1)
    harness.asks(AN, "03-03 09:00")
    harness.sync()
    assert harness.state(AN) == "needs_reply"


def test_R36_an_answer_in_another_thread_is_suggested_and_not_assumed(harness: Harness):
    asked = harness.asks(AN, "03-02 09:00")
    answer = harness.writes(AN, "03-03 09:00", by=WEI)
    harness.asks(BO, "03-02 09:00")
    harness.writes(BO, "03-09 09:00 +1")
    harness.sync()
    assert harness.state(AN) == "needs_reply"
    flag = next(flag for flag in harness.flags(AN) if flag["reason"] == "unanswered")
    assert (flag["evidence"], flag["suggested_answer"]) == ([asked], answer)
    flag = next(flag for flag in harness.flags(BO) if flag["reason"] == "unanswered")
    assert flag["suggested_answer"] is None


def test_R37_thanks_leave_the_state_raise_no_flag_and_close_nothing(world: Harness):
    for name in THANKS:
        assert world.state(f"r37-{name}@donor.example") == "needs_reply", name
        assert world.flags(f"r37-{name}@donor.example") == [], name
    (flag,) = world.flags("r37-open@donor.example")
    assert flag["reason"] == "unanswered"
    assert len(flag["evidence"]) == 2


def test_R39_the_counts_add_up_candidates_too(world: Harness):
    audit = dict(world.audit)
    total = audit.pop("inbound_human")
    assert audit["unaccounted"] == 0
    assert total == sum(audit.values())
    mails = {
        entry["message_id"]
        for address in world.people
        for entry in world.timeline(address)
        if (entry["direction"], entry["class"]) == ("inbound", "human")
    }
    assert total == len(mails)
    assert audit["for_information"] == 5


def test_R39_an_owner_and_the_trash_move_mail_between_the_places(harness: Harness):
    harness.asks(AN, "03-02 09:00")
    gone = harness.asks(BO, "03-02 09:00")
    harness.sync()
    assert (harness.audit["inbound_human"], harness.audit["open_unassigned"]) == (2, 2)
    account = harness.box(MEI)
    account.trash(next(one.id for one in account.messages.values() if gone.encode() in one.mime))
    harness.sync()
    assert (harness.audit["inbound_human"], harness.audit["open_unassigned"]) == (1, 1)


def test_R40_each_asker_has_a_clock_from_the_first_mail_of_the_run(world: Harness):
    (one,) = world.flags("r40-1@donor.example")
    (two,) = world.flags("r40-2@donor.example")
    assert (one["since"], two["since"]) == (iso("03-04 09:00"), iso("03-06 09:00"))
    assert (len(one["evidence"]), len(two["evidence"])) == (2, 1)
    assert json.dumps(one["conversation_id"]) == json.dumps(two["conversation_id"])
