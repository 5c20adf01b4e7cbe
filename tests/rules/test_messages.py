"""R18 to R25, from Gmail to the commands: one message, one fact."""

from tests.rules.cli_harness import MEI, WEI, Harness, iso, letter, t

GMAIL_HTML = (
    '<div dir="ltr">新的答覆</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
    '小美 &lt;<a href="mailto:mei@ngo.example">mei@ngo.example</a>&gt; 於 2026年3月1日 週日 下午3:04寫道：<br></div>'
    '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">舊的內容</blockquote></div>'
)
WORD_HTML = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body lang=ZH-TW><div class=WordSection1>'
    "<p class=MsoNormal><span style='font-size:12.0pt'>新的答覆<o:p></o:p></span></p>"
    "<p class=MsoNormal><o:p>&nbsp;</o:p></p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm'>"
    "<p class=MsoNormal><b><span lang=EN-US>From:</span></b><span lang=EN-US> Mei &lt;mei@ngo.example&gt; <br><b>Sent:</b>"
    " Sunday, March 1, 2026 3:04 PM<br><b>To:</b> r25<br><b>Subject:</b> 淨灘<o:p></o:p></span></p></div></div>"
    "<p class=MsoNormal>舊的內容</p></div></body></html>"
)
OWA_HTML = (
    '<div style="font-family: Calibri">新的答覆</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%">'
    '<div id="divRplyFwdMsg" dir="ltr"><b>寄件者:</b> 小美 &lt;mei@ngo.example&gt;<br><b>寄件日期:</b> 2026年3月1日 下午 03:04'
    "<br><b>收件者:</b> r25<br><b>主旨:</b> 淨灘</div><div>舊的內容</div>"
)
APPLE_HTML = (
    '<body dir="auto">新的答覆<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">從我的iPhone傳送</div><div dir="ltr"><br>'
    '<blockquote type="cite">小美 &lt;mei@ngo.example&gt; 於 2026年3月1日 下午3:04 寫道：<br><br></blockquote></div>'
    '<blockquote type="cite"><div dir="ltr">舊的內容</div></blockquote></body>'
)
QUOTING = {
    "gmail": ("text/html", GMAIL_HTML),
    "gmail-en": (
        "text/plain",
        "新的答覆\n\nOn Sun, Mar 1, 2026 at 3:04\u202fPM Mei Lin <mei@ngo.example> wrote:\n\n> 舊的內容\n> 第二行\n",
    ),
    "gmail-zh": (
        "text/plain",
        "新的答覆\n\n小美 <mei@ngo.example> 於 2026年3月1日 週日 下午3:04寫道：\n\n> 舊的內容\n",
    ),
    "gmail-cn": (
        "text/plain",
        "新的答覆\n\n小美 <mei@ngo.example> 于2026年3月1日周日 15:04写道：\n\n> 舊的內容\n",
    ),
    "outlook": ("text/html", WORD_HTML),
    "outlook-web": ("text/html", OWA_HTML),
    "outlook-zh": (
        "text/plain",
        "新的答覆\n\n寄件者: 小美 <mei@ngo.example>\n寄件日期: 2026年3月1日 下午 03:04\n收件者: r25\n主旨: 淨灘\n\n舊的內容\n",
    ),
    "outlook-en": (
        "text/plain",
        "新的答覆\n\nFrom: Mei <mei@ngo.example>\nSent: Sunday, March 1, 2026 3:04 PM\nTo: r25\nSubject: x\n\n舊的內容\n",
    ),
    "outlook-phone": (
        "text/plain",
        "新的答覆\n\n________________________________\n寄件者： 小美 <mei@ngo.example>\n寄件日期： 2026年3月1日\n收件者： r25\n主旨： 淨灘\n\n舊的內容\n",
    ),
    "apple": ("text/html", APPLE_HTML),
    "apple-en": (
        "text/plain",
        "新的答覆\n\n> On Mar 1, 2026, at 3:04\u202fPM, Mei Lin <mei@ngo.example> wrote:\n> \n> 舊的內容\n",
    ),
    "apple-zh": (
        "text/plain",
        "新的答覆\n\n> 小美 <mei@ngo.example> 於 2026年3月1日 下午3:04 寫道：\n> \n> 舊的內容\n",
    ),
}


def both(subtype_html: str, plain: str) -> tuple[str, str]:
    body = (
        f"--bb\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n"
        f"--bb\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{subtype_html}\r\n--bb--\r\n"
    )
    return "multipart/alternative; boundary=bb", body


def fill(harness: Harness) -> None:
    # R19: the first and a second that reuses its id; two without any id, one of them in two mailboxes.
    first = harness.asks("r19@donor.example", "03-02 09:00", text="The true one", id="same@x.example")
    harness.arrives(
        letter("r19-other@donor.example", text="Another", id=first, at=t("03-02 10:00")), t("03-02 10:00")
    )
    nameless = letter("r19-bare@donor.example", [MEI, WEI], id=None, at=t("03-02 09:00"))
    harness.arrives(nameless, t("03-02 09:00"), MEI, WEI)
    harness.arrives(letter("r19-bare@donor.example", MEI, id=None, at=t("03-02 09:05")), t("03-02 09:05"))
    # R20
    harness.asks("r20@donor.example", "03-02 09:00", date="Thu, 01 Jan 2099 00:00:00 +0800")
    harness.asks("r20@donor.example", "03-03 09:00", date="Tue, 03 Mar 2026 08:58:00 +0800")
    harness.asks("r20@donor.example", "03-01 09:00", date="nonsense")
    # R22
    asked = harness.asks("r22@donor.example", "03-02 09:00")
    harness.writes(
        ["r22@donor.example"],
        "03-02 10:00",
        cc=[WEI],
        bcc=["r22-hidden@donor.example"],
        refs=[asked],
        seen_by=[WEI],
    )
    harness.asks("r22@donor.example", "03-02 11:00", refs=[asked], headers=["Bcc: r22-planted@donor.example"])
    # R23: one thread in two mailboxes, of which neither has all; and a thread cut at a hundred.
    ids = [harness.asks("r23@donor.example", "03-02 09:00", subject="Long")]
    ids.append(harness.writes("r23@donor.example", "03-02 09:30", by=WEI, subject="Re: Long", refs=ids))
    harness.asks("r23@donor.example", "03-02 10:00", subject="Re: Long, and a new matter", refs=ids)
    ids = []
    for number in range(103):
        at = f"03-{3 + number // 48:02} {number // 2 % 24:02}:{number % 2 * 30:02}"
        ids.append(harness.asks("r23-long@donor.example", at, subject="Endless", refs=ids[-3:]))
    # R24
    asked = harness.asks("r24@donor.example", "03-02 09:00", subject="Spring")
    harness.writes("r24-new@donor.example", "03-02 10:00", subject="Venue", refs=[asked])
    harness.writes("r24@donor.example", "03-02 11:00", subject="Summer", refs=[asked])
    harness.writes("r24-guest@donor.example", "03-02 12:00", subject="Re： 回覆: [list] Spring", refs=[asked])
    # R25
    for name, (content_type, text) in QUOTING.items():
        facts = {"content_type": f"{content_type}; charset=utf-8", "text": text}
        harness.asks(f"r25-{name}@donor.example", "03-02 09:00", **facts)
        if content_type == "text/html":
            kind, whole = both(text, "新的答覆\n")
            harness.asks(f"r25-{name}@donor.example", "03-02 10:00", content_type=kind, text=whole)


def test_R18_gmails_ids_join_nothing_across_mailboxes(harness: Harness):
    for email, who in ((MEI, "an@donor.example"), (WEI, "bo@donor.example")):
        harness.box(email).deliver(
            letter(who, email, "Same", at=t("03-02 09:00")), at=t("03-02 09:00"), thread_id="abc"
        )
    harness.sync()
    assert (
        harness.only("an@donor.example")["conversation"] != harness.only("bo@donor.example")["conversation"]
    )


def test_R19_a_reused_id_keeps_both_and_flags_them(world: Harness):
    true, other = world.only("r19@donor.example"), world.only("r19-other@donor.example")
    assert (true["text"], other["text"]) == ("The true one", "Another")
    assert true["message_id"] == other["message_id"] == "same@x.example"
    assert true["is_conflicting"]
    assert other["is_conflicting"]


def test_R19_without_an_id_a_hash_stands_in(world: Harness):
    first, second = world.timeline("r19-bare@donor.example")
    assert (first["mailboxes"], second["mailboxes"]) == ([MEI, WEI], [MEI])
    assert first["message_id"].startswith("hash:")
    assert first["message_id"] != second["message_id"]
    assert not first["is_conflicting"]


def test_R20_a_date_of_2099_is_shown_and_orders_nothing(world: Harness):
    nonsense, far, near = world.timeline("r20@donor.example")
    assert [entry["at"] for entry in (nonsense, far, near)] == [
        iso("03-01 09:00"),
        iso("03-02 09:00"),
        iso("03-03 09:00"),
    ]
    assert [entry["dated_at"] for entry in (nonsense, far, near)] == [None, "2098-12-31T16:00:00Z", None]
    assert world.people["r20@donor.example"]["last_inbound_at"] == iso("03-03 09:00")


def test_R22_bcc_shows_on_the_bcc_persons_page_alone(world: Harness):
    entry = world.only("r22-hidden@donor.example")
    assert (entry["to"], entry["cc"]) == (["r22@donor.example"], [WEI])
    shown = world.run("timeline", "r22@donor.example", "--json") + world.run("flags", "--json")
    assert "hidden" not in shown
    assert "planted" not in shown
    assert "r22-planted@donor.example" not in world.people
    assert world.state("r22-hidden@donor.example") == "quiet"


def test_R23_pieces_that_headers_join_are_one_conversation(world: Harness):
    entries = world.timeline("r23@donor.example")
    assert len(entries) == 3
    assert len({entry["conversation"] for entry in entries}) == 1
    long = world.timeline("r23-long@donor.example")
    assert len(long) == 103
    assert len({entry["conversation"] for entry in long}) == 1
    assert len(world.box(MEI).threads) > 1


def test_R24_a_new_subject_and_wholly_new_people_part(world: Harness):
    asked, summer = world.timeline("r24@donor.example")
    venue, guest = world.only("r24-new@donor.example"), world.only("r24-guest@donor.example")
    assert summer["conversation"] == asked["conversation"] == guest["conversation"]
    assert venue["conversation"] != asked["conversation"]


def test_R25_the_new_part_is_told_from_the_quote(world: Harness):
    for name in QUOTING:
        for entry in world.timeline(f"r25-{name}@donor.example"):
            lines = [line for line in entry["text"].split("\n") if line and "iPhone" not in line]
            assert lines == ["新的答覆"], (name, entry["text"])


def test_R20_R21_a_copied_mail_file_keeps_the_mails_own_times(harness: Harness):
    mails = [
        letter("an@donor.example", at=t("2009-11-22 09:00"), headers=["X-Gmail-Labels: Inbox"]),
        letter(MEI, "an@donor.example", at=t("2009-11-23 09:00"), headers=["X-Gmail-Labels: Sent"]),
        letter("bo@donor.example", date="Thu, 01 Jan 2099 00:00:00 +0800", headers=["X-Gmail-Labels: Inbox"]),
    ]
    mbox = b"".join(
        b"From MAILER-DAEMON Fri Mar 20 01:00:00 2026\n" + each.replace(b"\r\n", b"\n") + b"\n\n"
        for each in mails
    )
    harness.run("import", "mbox", harness.file("copied.mbox", mbox), "--mailbox", MEI)
    assert [entry["at"] for entry in harness.timeline("an@donor.example")] == [
        iso("2009-11-22 09:00"),
        iso("2009-11-23 09:00"),
    ]
    assert harness.only("bo@donor.example")["at"] == "2026-03-20T01:00:00Z"
    harness.run("import", "mbox", str(harness.folder / "copied.mbox"), "--mailbox", MEI)
    assert len(harness.timeline("an@donor.example")) == 2
