"""One message understood as a whole."""

from dataclasses import replace
from email.message import EmailMessage

import pytest

from streaklike.instants import parse_instant
from streaklike.mail.bodies import choose_text, unflow
from streaklike.mail.message import Part, RawMessage, Understood
from streaklike.mail.mime import parse_mime
from streaklike.mail.understand import understand

HEADERS = (
    ("From", "=?utf-8?B?546L5bCP5piO?= <Wang@donor.example>"),
    ("To", 'Mei <mei@ngo.example>, mei@ngo.example, "Chen, Ben" <ben@ngo.example>'),
    ("Cc", "help@ngo.example"),
    ("Date", "Mon, 5 Jan 2026 15:04:00 +0800"),
    ("Subject", "Re: [志工] =?utf-8?B?5pil5a2j?="),
    ("Message-ID", "<one@donor.example>"),
    ("In-Reply-To", "<zero@ngo.example>"),
    ("References", "<first@ngo.example> <zero@ngo.example>"),
)
TEXT = "好的，週六見。\n\n小美 <mei@ngo.example> 於 2026年1月5日 週一 下午3:04寫道：\n\n> 您好\n"


def plain(text: str = TEXT, headers: tuple[tuple[str, str], ...] = HEADERS, **changes: object) -> Understood:
    part = Part("text/plain", text.encode(), charset="utf-8")
    return understand(RawMessage(headers, (replace(part, **changes),)))  # type: ignore[arg-type]


def with_header(name: str, value: str | None) -> tuple[tuple[str, str], ...]:
    kept = tuple(pair for pair in HEADERS if pair[0] != name)
    return kept if value is None else (*kept, (name, value))


def test_an_ordinary_message() -> None:
    message = plain()
    assert message.author == message.sender
    assert message.author is not None
    assert (message.author.name, message.author.shown, message.author.key) == (
        "王小明",
        "Wang@donor.example",
        "wang@donor.example",
    )
    assert [(one.name, one.key) for one in message.to] == [
        ("Mei", "mei@ngo.example"),
        ("Chen, Ben", "ben@ngo.example"),
    ]
    assert [one.key for one in message.cc] == ["help@ngo.example"]
    assert message.bcc == ()
    assert (message.subject, message.base_subject) == ("Re: [志工] 春季", "春季")
    assert message.rfc_id == "one@donor.example"
    assert message.refs == ("first@ngo.example", "zero@ngo.example")
    assert message.dated_at == parse_instant("2026-01-05T15:04:00+08:00")
    assert (message.kind, message.text) == ("human", "好的，週六見。")
    assert message.quoted.endswith("> 您好")
    assert message.channel is None


def test_R19_another_sender_date_or_body_is_another_message() -> None:
    marks = {
        plain().fingerprint,
        plain("不，週日見。").fingerprint,
        plain(headers=with_header("From", "ann@donor.example")).fingerprint,
        plain(headers=with_header("Date", "Mon, 5 Jan 2026 15:04:01 +0800")).fingerprint,
        plain(headers=with_header("Date", "some day")).fingerprint,
    }
    assert len(marks) == 5
    assert all(len(mark) == 18 for mark in marks)


def test_R16_R19_every_copy_of_one_message_has_one_fingerprint() -> None:
    mark = plain().fingerprint
    assert plain(TEXT.replace("\n", "\r\n")).fingerprint == mark
    assert plain(headers=with_header("Date", "Mon, 5 Jan 2026 07:04:00 GMT")).fingerprint == mark
    assert plain(headers=with_header("Subject", "[list] x")).fingerprint == mark
    assert plain(headers=with_header("From", "WANG@donor.example")).fingerprint == mark
    assert plain(is_utf8_first=True, charset="big5").fingerprint == mark


def test_R15_R19_the_lists_copy_is_the_same_message() -> None:
    rewritten = (
        *with_header("From", "\"'王小明' via Vol\" <vol@lists.ngo.example>"),
        ("Reply-To", "王小明 <wang@donor.example>"),
        ("List-Id", "<vol.lists.ngo.example>"),
        ("List-Post", "<mailto:vol@lists.ngo.example>"),
    )
    footer = "\n_______________________________________________\nVol mailing list\nvol@lists.ngo.example\n"
    carried = plain(TEXT + footer, headers=rewritten)
    assert carried.fingerprint == plain().fingerprint
    assert carried.text == plain().text
    assert carried.channel is not None
    assert (carried.kind, carried.is_foreign_list, carried.list_id) == ("bulk", True, "vol.lists.ngo.example")


def test_R19_the_same_mail_in_the_apis_form_and_in_raw_form() -> None:
    message = EmailMessage()
    for name, value in (
        ("From", "王小明 <wang@donor.example>"),
        ("Date", "Mon, 5 Jan 2026 15:04:00 +0800"),
        ("Message-ID", "<a@x>"),
    ):
        message[name] = value
    message.set_content("親愛的志工，您好。\n", charset="big5")
    raw = understand(parse_mime(message.as_bytes()))
    api = understand(
        RawMessage(
            (
                ("From", "王小明 <wang@donor.example>"),
                ("Date", "Mon, 5 Jan 2026 15:04:00 +0800"),
                ("Message-ID", "<a@x>"),
            ),
            (Part("text/plain", "親愛的志工，您好。\r\n".encode(), charset="big5", is_utf8_first=True),),
        )
    )
    assert raw == api


@pytest.mark.parametrize(
    "value",
    [None, "", "<>", "<abc_SMTPIN_ADDED_MISSING@mx.google.com>", "<6a.SMTPIN_ADDED_BROKEN@mx.google.com>"],
)
def test_R19_without_a_message_id_a_hash_stands_in(value: str | None) -> None:
    message = plain(headers=with_header("Message-ID", value))
    assert message.rfc_id == f"hash:{message.fingerprint}"
    assert (
        message.rfc_id
        == plain(headers=with_header("Message-ID", "<other_SMTPIN_ADDED_MISSING@mx.google.com>")).rfc_id
    )


def test_R20_a_date_in_2099_is_kept_as_a_date() -> None:
    message = plain(headers=with_header("Date", "Thu, 31 Dec 2099 00:00:00 +0000"))
    assert message.dated_at == parse_instant("2099-12-31T00:00:00+00:00")


def test_R22_bcc_is_read_from_the_senders_copy() -> None:
    assert [one.key for one in plain(headers=(*HEADERS, ("Bcc", "Ann <ann@donor.example>"))).bcc] == [
        "ann@donor.example"
    ]


def test_R17_a_forward_as_a_file_names_its_original() -> None:
    inner = "From: 陳大文 <chen@donor.example>\nDate: Mon, 5 Jan 2026 15:04:00 +0800\nSubject: 捐款收據\n\n原文".encode()
    parts = (
        Part("text/plain", "請看".encode()),
        Part("message/rfc822", inner, filename="mail.eml", part_id="1", size=9),
    )
    message = understand(RawMessage(with_header("Subject", "Fwd: 捐款收據"), parts))
    assert message.forwarded is not None
    assert message.forwarded.author is not None
    assert message.forwarded.author.key == "chen@donor.example"
    assert (message.forwarded.dated, message.forwarded.subject) == (
        "Mon, 5 Jan 2026 15:04:00 +0800",
        "捐款收據",
    )
    assert [one.filename for one in message.attachments] == ["mail.eml"]


def test_R25_plain_text_is_chosen_and_html_stands_in() -> None:
    html = Part("text/html", "<p>好的<blockquote type=cite>old</blockquote>".encode(), charset="utf-8")
    assert understand(RawMessage(HEADERS, (Part("text/plain", b"hello"), html))).text == "hello"
    alone = understand(RawMessage(HEADERS, (Part("text/plain", b" \n"), html)))
    assert (alone.text, alone.quoted) == ("好的", "> old")


def test_R25_attached_text_is_no_text_of_the_message() -> None:
    file = Part("text/plain", b"secret", filename="a.txt", part_id="1", size=6)
    bare = Part("text/plain", b"secret", headers=(("Content-Disposition", "attachment"),))
    message = understand(RawMessage(HEADERS, (Part("text/plain", b"hello"), file, bare)))
    assert message.text == "hello"
    assert [one.part_id for one in message.attachments] == ["1", ""]


def test_R25_flowed_lines_are_joined() -> None:
    text = "這是 \n一行\n> quoted \n> too\n-- \nBen"
    flowed = (("Content-Type", "text/plain; charset=utf-8; format=flowed; delsp=yes"),)
    message = understand(RawMessage(HEADERS, (Part("text/plain", text.encode(), headers=flowed),)))
    assert (message.text, message.quoted) == ("這是一行\n-- \nBen", "> quotedtoo")


def test_R6_a_mail_in_real_charsets() -> None:
    for charset in ("big5", "gb2312", "gb18030", "utf-8"):
        message = EmailMessage()
        message["From"] = "a@donor.example"
        message["Subject"] = "x"
        message.set_content("感恩，志工工作\n", charset=charset)
        assert understand(parse_mime(message.as_bytes())).text == "感恩，志工工作"


def test_a_message_of_nothing_is_understood() -> None:
    message = understand(RawMessage((), ()))
    assert (message.author, message.subject, message.text, message.kind) == (None, "", "", "human")
    assert message.rfc_id.startswith("hash:")


def test_R19_dates_that_cannot_be_read_tell_messages_apart_too() -> None:
    marks = {plain(headers=with_header("Date", text)).fingerprint for text in ("some day", "another day")}
    assert len(marks) == 2


def test_everybody_under_repeated_headers_is_there_once() -> None:
    to = [
        ("To", "Mei <mei@ngo.example>"),
        ("To", "ben@ngo.example"),
        ("To", "MEI@ngo.example, ann@x.example"),
    ]
    message = plain(headers=(*with_header("To", None), *to))
    assert sorted((one.key, one.name) for one in message.to) == [
        ("ann@x.example", ""),
        ("ben@ngo.example", ""),
        ("mei@ngo.example", "Mei"),
    ]
    twice = plain(headers=with_header("To", "Mei <mei@ngo.example>, mei@ngo.example"))
    assert [(one.name, one.key) for one in twice.to] == [("Mei", "mei@ngo.example")]


def test_R17_the_subject_makes_a_forward_of_a_bare_header_block() -> None:
    text = (
        "請看\n\n寄件者: 陳大文 <chen@donor.example>\n寄件日期: 2026年1月5日\n收件者: x\n主旨: 收據\n\n原文"
    )
    forwarded = plain(text, headers=with_header("Subject", "Fwd: 收據")).forwarded
    assert forwarded is not None
    assert forwarded.subject == "收據"
    assert plain(text).forwarded is None


def test_R17_a_forward_in_the_text_stays_beside_files() -> None:
    text = "請看\n\n---------- Forwarded message ---------\nFrom: Ann <a@x.example>\nDate: Mon\nSubject: x\nTo: y\n\nhi"
    parts = (Part("text/plain", text.encode()), Part("image/png", b"x", filename="x.png"))
    assert understand(RawMessage(HEADERS, parts)).forwarded is not None


@pytest.mark.parametrize(
    ("subject", "filename", "is_forward"),
    [("Fwd: x", "", True), ("x", "mail.eml", True), ("x", "", False)],
)
def test_R17_a_mail_inside_is_a_forward_by_its_name_or_the_subject(
    subject: str, filename: str, is_forward: bool
) -> None:
    inner = Part("message/rfc822", b"Subject: y\n\nhi", filename=filename)
    message = understand(RawMessage(with_header("Subject", subject), (Part("text/plain", b"x"), inner)))
    assert (message.forwarded is not None) is is_forward
    assert message.forwarded is None or (message.forwarded.author, message.forwarded.subject) == (None, "y")


def test_R25_a_lists_footer_is_quoted() -> None:
    footer = "_______________________________________________\nVol mailing list\nvol@lists.ngo.example"
    assert plain(f"好的\n{footer}").quoted == footer


def test_R25_several_texts_are_one_and_what_stands_inline_is_text() -> None:
    inline = Part("text/plain", b"two", headers=(("Content-Disposition", "inline"),))
    message = understand(RawMessage(HEADERS, (Part("text/plain", b"one"), inline)))
    assert (message.text, message.attachments) == ("one\n\ntwo", ())
    page = Part("text/html", b"<p>secret", filename="a.html")
    image = Part("image/png", b"<p>secret", part_id="2", size=9)
    message = understand(RawMessage(HEADERS, (page, image)))
    assert message.text == ""
    assert [(one.filename, one.mime_type, one.size, one.part_id) for one in message.attachments] == [
        ("a.html", "text/html", 0, ""),
        ("", "image/png", 9, "2"),
    ]
    reports = (Part("message/disposition-notification"), Part("multipart/mixed"), Part("text/calendar"))
    assert understand(RawMessage(HEADERS, reports)).attachments == ()


def test_R6_short_texts_are_read_by_their_label() -> None:
    big5 = Part("text/plain", "好".encode("big5"), charset="big5")
    assert understand(RawMessage(HEADERS, (big5,))).text == "好"
    converted = Part("text/plain", "好".encode(), charset="big5", is_utf8_first=True)
    assert understand(RawMessage(HEADERS, (converted,))).text == "好"
    assert plain("a\x10b").text == "ab"


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("text/plain; format=flowed", "one line\n> a \nb c"),
        ("text/plain; format=flowed; delsp=yes", "oneline\n> a\nbc"),
        ("text/plain; name=flowed", "one \nline\n> a \nb \nc"),
    ],
)
def test_R25_lines_flow_where_the_type_says_so(content_type: str, text: str) -> None:
    flowed = Part("text/plain", b"one \nline\n> a \nb \nc", headers=(("Content-Type", content_type),))
    assert choose_text((flowed,)) == text


def test_R25_a_flowed_text_that_breaks_off_loses_nothing() -> None:
    assert unflow("one \ntwo ") == "one two "
    assert unflow("> one \n> two ") == "> one two "


def test_R25_a_text_is_attached_whatever_else_its_disposition_says() -> None:
    file = Part("text/plain", b"secret", headers=(("Content-Disposition", "Attachment; size=6"),))
    assert understand(RawMessage(HEADERS, (Part("text/plain", b"hello"), file))).text == "hello"
