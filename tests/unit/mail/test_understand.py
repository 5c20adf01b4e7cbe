"""One message understood as a whole."""

from dataclasses import replace
from email.message import EmailMessage

import pytest

from streaklike.instants import parse_instant
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
    assert all(len(mark) == 16 for mark in marks)


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
