"""R26 to R32, from Gmail to the commands: machines and bulk."""

from tests.rules.cli_harness import MEI, WEI, Harness, letter, t

AUTOMATIC = {
    "a": "Auto-Submitted: auto-replied",
    "b": "Auto-Submitted: auto-generated (by a form)",
    "c": "Auto-Submitted: AUTO-NOTIFIED",
    "d": "X-Autoreply: yes",
    "e": "X-Autorespond: Vacation",
    "f": "Precedence: auto_reply",
}
BULK = {
    "a": "List-Id: <news.shop.example>",
    "b": "List-Unsubscribe: <https://shop.example/u>",
    "c": "Precedence: bulk",
    "d": "Precedence: list",
    "e": "Precedence: junk",
}


def gmail_bounce(failed: str, returned: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    return bounce(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        f"** Address not found **\n\nYour message wasn't delivered to {failed} because the address couldn't be found.",
        f"Reporting-MTA: dns; googlemail.com\nArrival-Date: Mon, 02 Mar 2026 00:00:00 -0800 (PST)\n\n"
        f"Final-Recipient: rfc822; {failed}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550-{status} gone\n",
        f"Message-ID: <{returned}>\nTo: {failed}\n",
        headers=[f"X-Failed-Recipients: {failed}", f"In-Reply-To: <{returned}>", f"References: <{returned}>"],
    )


def bounce(from_: str, subject: str, prose: str, report: str, returned: str, headers=()) -> bytes:
    text = (
        f"--bb\nContent-Type: text/plain; charset=utf-8\n\n{prose}\n"
        f"--bb\nContent-Type: message/delivery-status\n\n{report}\n"
        f"--bb\nContent-Type: message/rfc822\n\n{returned}Subject: x\n\nOur words\n--bb--\n"
    )
    return letter(
        from_,
        subject=subject,
        text=text,
        content_type="multipart/report; report-type=delivery-status; boundary=bb",
        headers=[*headers, "Auto-Submitted: auto-replied"],
    )


def invitation(method: str, sequence: int, who: str, to: str, *, subject: str = "邀請：淨灘") -> dict:
    ics = f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nUID:e1\nSEQUENCE:{sequence}\nORGANIZER:mailto:{MEI}\nATTENDEE:mailto:{to}\nEND:VEVENT\nEND:VCALENDAR"
    text = f"--bb\nContent-Type: text/plain\n\nCome\n--bb\nContent-Type: text/calendar; charset=utf-8; method={method}\n\n{ics}\n--bb--\n"
    return {"content_type": "multipart/alternative; boundary=bb", "text": text, "subject": subject}


def fill(harness: Harness) -> None:
    for name, header in AUTOMATIC.items():
        who = f"r26-{name}@donor.example"
        harness.asks(who, "03-02 09:00")
        harness.writes(who, "03-02 10:00", headers=[header])
        harness.asks(f"r29-{name}@donor.example", "03-02 09:00", headers=[header])
    harness.writes("r29@donor.example", "03-02 09:00")
    harness.asks("r29@donor.example", "03-02 09:00", headers=["Auto-Submitted: auto-replied"])
    harness.asks("r26-no@donor.example", "03-02 09:00", headers=["Auto-Submitted: no"])
    harness.asks("r27@donor.example", "03-02 09:00", headers=["X-Auto-Response-Suppress: All"])
    # R28
    for name, minutes, subject, headers in (
        ("soon", 59, "自動回覆: 春季", []),
        ("sharp", 60, "Out of Office: back Monday", []),
        ("late", 61, "不在辦公室", []),
        ("said-no", 5, "自動回覆", ["Auto-Submitted: no"]),
        ("plain", 5, "關於自動回覆的設定", []),
    ):
        who = f"r28-{name}@donor.example"
        harness.writes(who, "03-02 09:00")
        harness.asks(who, f"03-02 09:00 +{minutes}", subject=subject, headers=headers)
    harness.asks("r28-first@donor.example", "03-02 09:00", subject="自動回覆")
    harness.writes("r28-other@donor.example", "03-02 08:50")
    ours = harness.writes("r28-wang@donor.example", "03-02 09:00")
    for name, at, refs in (
        ("desk", "03-09 09:00", [ours]),
        ("later", "03-09 09:00 +1", [ours]),
        ("unasked", "03-02 09:30", []),
    ):
        harness.asks(f"r28-{name}@donor.example", at, subject="Automatic reply: away", refs=refs)
    # R30: an answer that never arrived, to one of two; a delay; prose alone; an old address that wrote again.
    asked = harness.asks("r30@donor.example", "03-02 09:00")
    sent = harness.writes(["r30@donor.example", "r30-fine@donor.example"], "03-02 10:00", refs=[asked])
    harness.arrives(gmail_bounce("r30@donor.example", sent), t("03-02 10:05"))
    sent = harness.writes("r30-late@donor.example", "03-02 10:00")
    harness.arrives(gmail_bounce("r30-late@donor.example", sent, "4.4.7", "delayed"), t("03-03 10:05"))
    sent = harness.writes("r30-postfix@donor.example", "03-02 10:00")
    harness.arrives(
        bounce(
            "MAILER-DAEMON@mx.ngo.example (Mail Delivery System)",
            "Undelivered Mail Returned to Sender",
            "I'm sorry to have to inform you.\n\n<r30-postfix@donor.example>: host mx.donor.example said: 550 5.1.1 unknown",
            "Reporting-MTA: dns; mx.ngo.example\nX-Postfix-Sender: rfc822; mei@ngo.example\n\nFinal-Recipient: rfc822; r30-postfix@donor.example\n"
            "Original-Recipient: rfc822;r30-postfix@donor.example\nAction: failed\nStatus: 5.1.1\n",
            f"Message-Id: <{sent}>\n",
        ),
        t("03-02 10:05"),
    )
    sent = harness.writes("r30-exchange@donor.example", "03-02 10:00")
    harness.arrives(
        bounce(
            "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@donor.example>",
            "無法傳遞: 春季",
            "您的郵件無法傳遞給 r30-exchange@donor.example。",
            "Reporting-MTA: dns;mail.donor.example\n\nFinal-Recipient: RFC822;r30-exchange@donor.example\nAction: failed\nStatus: 5.1.10\n",
            f"Message-ID: <{sent}>\n",
        ),
        t("03-02 10:05"),
    )
    harness.writes("r30-prose@donor.example", "03-02 10:00")
    harness.arrives(
        letter(
            "Mail Delivery System <MAILER-DAEMON@mx.example>",
            subject="Mail delivery failed: returning message to sender",
            text="A message that you sent could not be delivered.\n\n  r30-prose@donor.example\n    550 Unrouteable address\n",
            headers=["X-Failed-Recipients: r30-prose@donor.example"],
        ),
        t("03-02 10:05"),
    )
    # R31
    receipt = "--bb\nContent-Type: text/plain\n\nRead\n--bb\nContent-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--bb--\n"
    harness.writes("r31-read@donor.example", "03-02 09:00")
    harness.asks(
        "r31-read@donor.example",
        "03-02 10:00",
        content_type="multipart/report; report-type=disposition-notification; boundary=bb",
        text=receipt,
        subject="已讀取: x",
    )
    who = "r31@donor.example"
    harness.writes(who, "03-02 09:00", **invitation("REQUEST", 0, MEI, who))
    harness.writes(who, "03-02 12:00", **invitation("REQUEST", 1, MEI, who, subject="更新的邀請：淨灘"))
    harness.asks(who, "03-02 13:00", **invitation("REPLY", 1, who, who, subject="已接受：淨灘"))
    four = [f"r31-{n}@donor.example" for n in range(4)]
    harness.writes(four, "03-02 09:00", **invitation("REQUEST", 0, MEI, four[0]))
    # R32
    for name, header in BULK.items():
        harness.asks(f"r32-{name}@shop.example", "03-02 09:00", headers=[header])
    harness.writes([f"r32-ten{n}@donor.example" for n in range(10)], "03-02 09:00")
    harness.writes([f"r32-many{n}@donor.example" for n in range(11)], "03-02 09:00")
    for number in range(11):
        words = f"親愛的 {number} 您好，\n\n請支持春季淨灘。"
        harness.writes(f"r32-merge{number}@donor.example", f"03-02 09:00 +{number * 6}", text=words)
        harness.writes(
            f"r32-slow{number}@donor.example", f"03-02 09:00 +{number * 6.1}", text="Same slow words", by=WEI
        )
    asked = harness.asks("r32-asker@donor.example", "03-02 08:00")
    harness.writes(
        ["r32-asker@donor.example", *(f"r32-many{n}@donor.example" for n in range(10))],
        "03-02 09:00",
        refs=[asked],
    )


def test_R26_what_says_that_it_is_automatic_is(world: Harness):
    for name in AUTOMATIC:
        asked, answer = world.timeline(f"r26-{name}@donor.example")
        assert (asked["class"], answer["class"]) == ("human", "automatic"), name
    assert world.only("r26-no@donor.example")["class"] == "human"


def test_R27_suppressing_replies_is_no_sign(world: Harness):
    assert world.only("r27@donor.example")["class"] == "human"


def test_R28_a_subject_counts_within_the_hour_after_ours_where_no_header_speaks(world: Harness):
    classes = {
        name: world.timeline(f"r28-{name}@donor.example")[-1]["class"]
        for name in ("soon", "sharp", "late", "said-no", "plain", "first")
    }
    assert classes == {
        "soon": "automatic",
        "sharp": "automatic",
        "late": "human",
        "said-no": "human",
        "plain": "human",
        "first": "human",
    }


def test_R28_our_mail_may_be_read_after_the_reply(harness: Harness):
    harness.asks("an@donor.example", "03-02 09:30", subject="Automatic reply: away")
    harness.sync()
    assert harness.only("an@donor.example")["class"] == "human"
    assert harness.state("an@donor.example") == "needs_reply"
    harness.writes("an@donor.example", "03-02 09:00", by=WEI)
    harness.sync()
    assert harness.timeline("an@donor.example")[-1]["class"] == "automatic"
    assert harness.state("an@donor.example") == "awaiting_reply"
    assert harness.audit["inbound_human"] == 0


def test_R28_R9_an_automatic_reply_from_another_address_makes_no_candidate(world: Harness):
    assert "r28-desk@donor.example" not in world.people
    assert world.state("r28-wang@donor.example") == "awaiting_reply"
    for name in ("later", "unasked"):
        person = world.people[f"r28-{name}@donor.example"]
        assert (person["kind"], person["reply_state"]) == ("candidate", "needs_reply")


def test_R29_an_automatic_reply_answers_nothing_and_is_no_touch(world: Harness):
    for name in AUTOMATIC:
        person = world.people[f"r26-{name}@donor.example"]
        assert (person["reply_state"], person["touches_28d"]) == ("needs_reply", 0)
        assert f"r29-{name}@donor.example" not in world.people
    assert world.state("r29@donor.example") == "awaiting_reply"


def test_R30_an_answer_that_never_arrived_answers_nobody(world: Harness):
    asked, answer, report = world.timeline("r30@donor.example")
    assert (report["class"], answer["is_not_delivered"], asked["is_not_delivered"]) == ("bounce", True, False)
    assert not world.only("r30-fine@donor.example")["is_not_delivered"]
    lost, fine = world.people["r30@donor.example"], world.people["r30-fine@donor.example"]
    assert (lost["reply_state"], lost["touches_28d"], lost["last_outbound_at"]) == ("needs_reply", 0, None)
    assert fine["touches_28d"] == 1


def test_R30_a_delay_changes_nothing(world: Harness):
    sent, report = world.timeline("r30-late@donor.example")
    assert (sent["is_not_delivered"], report["class"]) == (False, "bounce")
    late = world.people["r30-late@donor.example"]
    assert (late["reply_state"], late["touches_28d"]) == ("awaiting_reply", 1)


def test_R30_every_mail_systems_report_is_read(world: Harness):
    for name in ("postfix", "exchange", "prose"):
        sent, report = world.timeline(f"r30-{name}@donor.example")
        assert (sent["is_not_delivered"], report["class"]) == (True, "bounce"), name
        assert (
            world.state(f"r30-{name}@donor.example"),
            world.people[f"r30-{name}@donor.example"]["touches_28d"],
        ) == ("quiet", 0)


def test_R31_receipts_and_calendars_are_kinds_of_their_own(world: Harness):
    assert world.timeline("r31-read@donor.example")[-1]["class"] == "receipt"
    assert [entry["class"] for entry in world.timeline("r31@donor.example")] == ["calendar"] * 3
    assert world.state("r31@donor.example") == "quiet"


def test_R31_an_invitation_to_one_to_three_is_a_touch(world: Harness):
    assert world.people["r31@donor.example"]["touches_28d"] == 1
    assert world.people["r31-0@donor.example"]["touches_28d"] == 0


def test_R32_signs_of_bulk_hide_what_comes_in(world: Harness):
    for name in BULK:
        assert world.timeline(f"r32-{name}@shop.example") == []
        assert world.only(f"r32-{name}@shop.example", "--all")["class"] == "bulk"
        assert world.state(f"r32-{name}@shop.example") == "quiet"


def test_R32_more_than_ten_in_one_mail_or_one_hour_are_bulk(world: Harness):
    assert world.only("r32-ten0@donor.example")["class"] == "human"
    assert world.timeline("r32-many10@donor.example")[0]["class"] == "bulk"
    assert {world.only(f"r32-merge{n}@donor.example")["class"] for n in range(11)} == {"bulk"}
    assert {world.only(f"r32-slow{n}@donor.example")["class"] for n in range(11)} == {"human"}


def test_R32_bulk_of_ours_answers_nobody_and_is_counted_apart(world: Harness):
    asker = world.people["r32-asker@donor.example"]
    assert (asker["reply_state"], asker["touches_28d"], asker["bulk_28d"]) == ("needs_reply", 0, 1)
    assert world.people["r32-ten0@donor.example"]["bulk_28d"] == 0


def test_R32_the_burst_is_seen_when_its_first_half_comes_last(harness: Harness):
    for half in ((6, 7, 8, 9, 10), (0, 1, 2, 3, 4, 5)):
        for number in half:
            harness.writes(f"an{number}@donor.example", f"03-02 09:{number:02}", text="Same words for all")
        harness.sync()
    assert {harness.only(f"an{number}@donor.example")["class"] for number in range(11)} == {"bulk"}
