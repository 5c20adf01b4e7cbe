"""R12 to R17, from Gmail to the commands: inside, outside, direction."""

from tests.rules.cli_harness import MEI, WEI, Harness, iso, letter, t

GROUP = "window@ngo.example"
ALIAS = "hello@rivers.example"


def fill(harness: Harness) -> None:
    # R12: an alias sends; what comes to it comes to us; nobody else at its domain is ours.
    asked = harness.asks("r12@donor.example", "03-02 09:00", to=ALIAS)
    harness.writes("r12@donor.example", "03-03 09:00", from_=f"志工隊 <{ALIAS}>", refs=[asked])
    harness.asks("lin@rivers.example", "03-04 09:00")
    harness.asks(ALIAS, "03-04 10:00", to=WEI, boxes=[WEI])
    # R13: storing begins at the first outside person, and colleagues' asides stay out.
    first = harness.writes(WEI, "03-02 09:00", subject="Flood", seen_by=[WEI])
    second = harness.writes(
        [WEI, "r13@donor.example"], "03-02 10:00", subject="Re: Flood", refs=[first], seen_by=[WEI]
    )
    harness.writes(MEI, "03-02 11:00", by=WEI, subject="Re: Flood", refs=[first, second], seen_by=[MEI])
    harness.asks("r13@donor.example", "03-02 12:00", subject="Re: Flood", refs=[second])
    harness.writes(WEI, "03-02 13:00", bcc="r13-bcc@donor.example", seen_by=[WEI])
    # R14
    asked = harness.asks("r14@donor.example", "03-02 09:00")
    harness.arrives(
        letter(MEI, ["r14@donor.example", WEI], id="forged@x.example", refs=[asked], at=t("03-02 10:00")),
        t("03-02 10:00"),
        WEI,
    )
    harness.arrives(
        letter(MEI, "r14@donor.example", id="imported@x.example", at=t("03-02 10:30")), t("03-02 10:30"), MEI
    )
    for label in ("DRAFT", "CHAT", "SPAM", "TRASH"):
        harness.arrives(
            letter("r14-hidden@donor.example", at=t("03-02 11:00")), t("03-02 11:00"), labels=(label,)
        )
    binned = letter(MEI, "r14-binned@donor.example", at=t("03-02 11:00"))
    harness.arrives(binned, t("03-02 11:00"), labels=("SENT", "TRASH"))
    # R15
    group = [
        "Reply-To: =?utf-8?B?546L5bCP5piO?= <r15a@donor.example>",
        "X-Original-From: =?utf-8?B?546L5bCP5piO?= <r15a@donor.example>",
        "X-Original-Sender: bounce+x@mailer.example",
        "List-ID: <window.ngo.example>",
        "List-Post: <mailto:window@ngo.example>",
        "List-Unsubscribe: <mailto:window+unsubscribe@ngo.example>",
        "Precedence: list",
    ]
    mime = letter(
        f"'王小明' via 志工窗口 <{GROUP}>",
        GROUP,
        "報名",
        "我想報名淨灘",
        at=t("03-02 09:00"),
        headers=group,
        id="r15a@x.example",
    )
    harness.arrives(mime, t("03-02 09:00"), MEI, WEI)
    by_sender = [
        "X-Original-Sender: r15b@donor.example",
        "List-ID: <window.ngo.example>",
        "Mailing-list: list window@ngo.example; contact window+owners@ngo.example",
        "Precedence: list",
    ]
    harness.arrives(
        letter(f'"Bo Lin via Window" <{GROUP}>', GROUP, at=t("03-02 09:00"), headers=by_sender),
        t("03-02 09:00"),
    )
    plain = ["List-ID: <window.ngo.example>", "Precedence: list"]
    harness.asks("r15c@donor.example", "03-02 09:00", to=GROUP, headers=plain)
    foreign = ["List-Id: <talk.lists.example>", "List-Post: <mailto:talk@lists.example>", "Precedence: list"]
    harness.arrives(
        letter(
            "Chu via Talk <talk@lists.example>",
            "talk@lists.example",
            at=t("03-02 09:00"),
            headers=["Reply-To: Chu <r15d@donor.example>", *foreign],
        ),
        t("03-02 09:00"),
    )
    harness.asks(
        "r15e@donor.example",
        "03-02 09:00",
        headers=["X-Original-Sender: king@bank.example", "X-Original-From: king@bank.example"],
    )
    # R53: two visitors of our own site's form, one of somebody else's, and what is no form's.
    for number, visitor in enumerate(("陳小姐 <r53a@donor.example>", "r53b@donor.example")):
        harness.asks(
            "協會網站 <wordpress@ngo.example>",
            f"03-02 1{number}:00",
            subject="[網站] 聯絡表單",
            text="我想當志工，請問怎麼報名？",
            headers=[f"Reply-To: {visitor}", "Auto-Submitted: auto-generated"],
        )
    foreign_form = {
        "text": "Name: Lin\nEmail: r53c@donor.example\nMay I come?",
        "headers": ["Reply-To: r53c@donor.example"],
    }
    harness.asks("noreply@forms.example", "03-02 09:00", **foreign_form)
    harness.asks("noreply@forms.example", "03-02 09:30", subject="Your receipt", **foreign_form)
    harness.asks(
        "noreply@forms.example", "03-02 09:00", text="Hello", headers=["Reply-To: r53d@donor.example"]
    )
    harness.asks(
        "news@ngo.example",
        "03-02 09:00",
        headers=["Reply-To: r53e@donor.example", "List-Unsubscribe: <mailto:x@ngo.example>"],
    )
    harness.asks("r53f@donor.example", "03-02 09:00", headers=["Reply-To: r53g@donor.example"])
    harness.asks(MEI, "03-02 09:00", to=WEI, headers=["Reply-To: r53h@donor.example"], boxes=[WEI])
    # R16
    harness.arrives(letter("r16@donor.example", [MEI, WEI], at=t("03-02 09:00")), t("03-02 09:00"), MEI, WEI)
    # R17
    forward = (
        "看一下\n\n---------- Forwarded message ---------\n寄件者： Dao <r17@donor.example>\n"
        "Date: 2026年3月1日 週日 下午3:04\nSubject: 捐款收據\nTo: <mei@ngo.example>\n\n請問收據何時寄出？\n"
    )
    harness.writes(WEI, "03-02 09:00", subject="Fwd: 捐款收據", text=forward, seen_by=[WEI])
    harness.arrives(
        letter(
            "r17-auto@donor.example",
            "office@ngo.example",
            at=t("03-02 09:00"),
            headers=[
                "X-Forwarded-To: wei@ngo.example",
                "X-Forwarded-For: office@ngo.example wei@ngo.example",
            ],
        ),
        t("03-02 09:03"),
        MEI,
        WEI,
    )


def test_R12_a_send_as_alias_is_ours_and_its_domain_is_not(world: Harness):
    assert ALIAS not in world.people
    asked, answered = world.timeline("r12@donor.example")
    assert (asked["direction"], answered["direction"], answered["author"]) == ("inbound", "outbound", MEI)
    assert world.state("r12@donor.example") == "awaiting_reply"
    assert world.people["lin@rivers.example"]["kind"] == "candidate"


def test_R13_storing_begins_with_the_first_outside_person(world: Harness):
    entries = world.timeline("r13@donor.example")
    assert [(entry["direction"], entry["from"]) for entry in entries] == [
        ("outbound", MEI),
        ("inbound", "r13@donor.example"),
    ]
    assert len({entry["conversation"] for entry in entries}) == 1
    assert len(world.timeline("r13-bcc@donor.example")) == 1


def test_R14_a_from_header_alone_is_not_ours(world: Harness):
    asked, forged, imported = world.timeline("r14@donor.example")
    assert [entry["direction"] for entry in (asked, forged, imported)] == ["inbound", "internal", "internal"]
    assert [entry["is_not_in_sent"] for entry in (asked, forged, imported)] == [False, True, True]
    said = world.run("timeline", "r14@donor.example").splitlines()
    assert ["not in that colleague's Sent" in line for line in said] == [False, True, True]
    person = world.people["r14@donor.example"]
    assert (person["kind"], person["reply_state"], person["last_outbound_at"], person["touches_28d"]) == (
        "candidate",
        "needs_reply",
        None,
        0,
    )


def test_R14_what_is_hidden_makes_nobody(world: Harness):
    assert not {"r14-hidden@donor.example", "r14-binned@donor.example"} & set(world.people)


def test_R14_trash_in_every_mailbox_leaves_the_timeline_and_comes_back(harness: Harness):
    mime = letter("an@donor.example", [MEI, WEI], at=t("03-02 09:00"))
    ids = {email: harness.arrives(mime, t("03-02 09:00"), email) for email in (MEI, WEI)}
    harness.sync()
    before = harness.run("dump")
    harness.box(MEI).trash(ids[MEI])
    harness.sync()
    assert harness.only("an@donor.example")["mailboxes"] == [WEI]
    harness.box(WEI).trash(ids[WEI])
    harness.sync()
    assert harness.audit["inbound_human"] == 0
    assert "an@donor.example" not in harness.people
    for email in (MEI, WEI):
        harness.box(email).untrash(ids[email])
        harness.box(email).label(ids[email], add=["INBOX"])
    harness.sync()
    assert harness.run("dump") == before


def test_R15_the_person_behind_a_group_of_ours_owes_and_is_owed(world: Harness):
    entry = world.only("r15a@donor.example")
    assert (entry["from"], entry["class"], entry["mailboxes"]) == ("r15a@donor.example", "human", [MEI, WEI])
    assert world.people["r15a@donor.example"]["name"] == "王小明"
    for each in "abc":
        assert world.state(f"r15{each}@donor.example") == "needs_reply"
    assert world.only("r15b@donor.example")["from"] == "r15b@donor.example"
    assert GROUP not in world.people


def test_R15_R32_a_list_of_others_is_bulk_by_the_person_who_wrote(world: Harness):
    assert world.timeline("r15d@donor.example") == []
    assert world.only("r15d@donor.example", "--all")["class"] == "bulk"
    assert "talk@lists.example" not in world.people


def test_R15_an_ordinary_mail_speaks_for_its_sender_alone(world: Harness):
    assert world.only("r15e@donor.example")["from"] == "r15e@donor.example"
    assert "king@bank.example" not in world.people


def test_R53_who_wrote_by_a_form_is_the_author_a_candidate_and_owed(world: Harness):
    for each in "abc":
        visitor = f"r53{each}@donor.example"
        assert world.people[visitor]["kind"] == "candidate"
        assert world.state(visitor) == "needs_reply"
        entry = world.only(visitor)
        assert (entry["from"], entry["class"], entry["direction"]) == (visitor, "human", "inbound")
        assert entry["is_by_form"]
    assert world.people["r53a@donor.example"]["name"] == "陳小姐"
    assert not world.only("r53f@donor.example")["is_by_form"]


def test_R53_each_mail_of_a_form_begins_a_conversation_of_its_own(world: Harness):
    conversations = {world.only(f"r53{each}@donor.example")["conversation"] for each in "abc"}
    assert len(conversations) == 3


def test_R53_a_machine_a_list_and_a_colleague_speak_for_nobody_in_reply_to(world: Harness):
    assert not {f"r53{each}@donor.example" for each in "degh"} & set(world.people)
    assert len(world.timeline("r53c@donor.example")) == 1


def test_R16_five_witnesses_one_entry(world: Harness):
    assert world.only("r16@donor.example")["mailboxes"] == [MEI, WEI]


def test_R17_a_forward_by_hand_makes_nobody_a_contact(world: Harness):
    assert "r17@donor.example" not in world.people


def forwarded(harness: Harness, dated: str = "2026年3月1日 週日 下午3:04") -> str:
    """Mei forwards to Wei what Dao wrote to her; the forward's Message-ID."""
    text = (
        "看一下\n\n---------- Forwarded message ---------\n寄件者： 刀 <dao@donor.example>\n"
        f"Date: {dated}\nSubject: 捐款收據\nTo: <mei@ngo.example>\n\n請問收據何時寄出？\n"
    )
    return harness.writes(WEI, "03-02 09:00", subject="Fwd: 捐款收據", text=text, seen_by=[WEI])


def test_R17_an_accepted_original_counts_from_its_own_date_and_taken_back_for_nothing(harness: Harness):
    forward = forwarded(harness)
    harness.sync()
    before = harness.run("dump")
    (offer,) = harness.lines("forward", "list")
    assert (offer["address"], offer["forwarded_by"], offer["accepted"]) == ("dao@donor.example", [MEI], False)
    assert harness.audit["inbound_human"] == 0
    harness.run("forward", "accept", offer["id"])
    entry = harness.only("dao@donor.example")
    assert (entry["at"], entry["direction"], entry["subject"], entry["author"]) == (
        iso("03-01 15:04"),
        "inbound",
        "捐款收據",
        "dao@donor.example",
    )
    person = harness.people["dao@donor.example"]
    assert (person["kind"], person["name"], person["reply_state"]) == ("candidate", "刀", "needs_reply")
    assert harness.reasons("dao@donor.example") == ["unanswered"]
    assert harness.flags("dao@donor.example")[0]["owner"] is None
    reports = harness.sync()
    assert [(report["complete"], report["left_out"]) for report in reports] == [(True, {"internal": 1})] * 2
    assert (
        harness.audit["inbound_human"],
        harness.audit["open_unassigned"],
        harness.audit["unaccounted"],
    ) == (
        1,
        1,
        0,
    )
    accepted = harness.run("dump")
    harness.run("forward", "accept", offer["id"])
    assert harness.run("dump") == accepted
    harness.run("forward", "return", offer["id"])
    harness.sync()
    assert [
        line for line in harness.run("dump").splitlines() if '"kind":"event"' not in line
    ] == before.splitlines()
    assert "dao@donor.example" not in harness.people
    harness.run("forward", "return", offer["id"], code=3)
    harness.run("forward", "accept", offer["id"])
    reply = harness.writes("dao@donor.example", "03-03 09:00", by=WEI, refs=[forward], subject="Re: 捐款收據")
    harness.sync()
    assert [entry["message_id"] for entry in harness.timeline("dao@donor.example")][1:] == [reply]
    assert (harness.state("dao@donor.example"), harness.audit["answered"]) == ("awaiting_reply", 1)


def test_R17_an_original_without_a_readable_date_is_told_when_it_was(harness: Harness):
    forwarded(harness, dated="neulich am Sonntag")
    harness.sync()
    (offer,) = harness.lines("forward", "list")
    harness.run("forward", "accept", offer["id"], code=3)
    assert "neulich am Sonntag" in harness.loaded
    harness.run("forward", "accept", offer["id"], "--at", "2026-03-09T09:00+08:00")
    assert harness.only("dao@donor.example")["at"] == iso("03-02 09:00")  # no later than its forward
    harness.run("forward", "accept", "nothing", code=3)


def test_R17_an_automatic_forward_counts_once(world: Harness):
    entry = world.only("r17-auto@donor.example")
    assert (entry["mailboxes"], entry["class"]) == ([MEI, WEI], "human")


def test_R12_a_public_domain_is_never_the_teams(harness: Harness):
    harness.box("aunt@gmail.com")
    harness.arrives(
        letter("an@gmail.com", "aunt@gmail.com", at=t("03-02 09:00")), t("03-02 09:00"), "aunt@gmail.com"
    )
    harness.sync()
    assert harness.people["an@gmail.com"]["reply_state"] == "needs_reply"
