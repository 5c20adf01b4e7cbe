"""MIME bytes to headers and leaves, held against the standard library."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaklike.mail.mime import parse_mime


def sample() -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "王小明 <wang@donor.example>"
    message["Subject"] = "春季健走的活動說明與報名方式，請大家踴躍參加並告訴親友"
    message.set_content("您好\n", charset="utf-8")
    message.add_alternative("<p>您好</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="收據.pdf")
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner["Message-ID"] = "<inner@x.example>"
    inner.set_content("inside")
    message.add_attachment(inner)
    return message


def test_leaves_and_their_numbers_are_as_gmail_gives_them() -> None:
    raw = parse_mime(sample().as_bytes())
    assert [(part.part_id, part.mime_type, part.filename) for part in raw.parts] == [
        ("0.0", "text/plain", ""),
        ("0.1", "text/html", ""),
        ("1", "application/pdf", "收據.pdf"),
        ("2", "message/rfc822", ""),
    ]
    assert raw.parts[0].content.decode().strip() == "您好"
    assert raw.parts[2].content == b"%PDF"
    assert b"<inner@x.example>" in raw.parts[3].content
    assert raw.parts[2].size == 4


def test_R6_headers_keep_their_encoded_words_and_are_unfolded() -> None:
    headers = dict(parse_mime(sample().as_bytes()).headers)
    assert "=?utf-8?" in headers["Subject"]
    assert "\n" not in headers["Subject"]


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_leaves_equal_those_of_the_standard_library(line_end: bytes) -> None:
    data = sample().as_bytes().replace(b"\r\n", line_end)
    theirs = [
        part.get_payload(decode=True)
        for part in message_from_bytes(data).walk()
        if part.get_content_maintype() not in {"multipart", "message"}
    ][:3]
    assert [part.content for part in parse_mime(data).parts[:3]] == theirs


def test_a_single_part_is_numbered_by_nothing() -> None:
    (part,) = parse_mime(b"Subject: x\n\nhello\n").parts
    assert (part.part_id, part.mime_type, part.content) == ("", "text/plain", b"hello\n")


@pytest.mark.parametrize(
    ("data", "contents"),
    [
        (b"", [b""]),
        (b"\n", [b""]),
        (b"\nbody", [b"body"]),
        (b"no headers at all", [b""]),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n", [b"one", b"two\n"]),
        (b"Content-Type: multipart/mixed; boundary=b\n\nno part\n", [b"no part\n"]),
        (b"Content-Type: multipart/mixed\n\nno boundary\n", [b"no boundary\n"]),
        (
            b"Content-Type: multipart/mixed; boundary=b\n\n--bb\n\nx\n--b\n\none\n--bb\n--b--\n",
            [b"one\n--bb"],
        ),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b--\n", [b"--b--\n"]),
        (b"Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\none\n--b--\n", [b"", b"one"]),
    ],
)
def test_Q10_broken_mime_gives_the_leaves_that_can_be_read(data: bytes, contents: list[bytes]) -> None:
    assert [part.content for part in parse_mime(data).parts] == contents


def test_R6_raw_eight_bit_headers_are_read() -> None:
    for codec in ("utf-8", "cp950"):
        raw = parse_mime("Subject: 親愛的志工，感謝您的支持\n\nx".encode(codec))
        assert dict(raw.headers)["Subject"] == "親愛的志工，感謝您的支持"


@given(st.binary(max_size=400))
def test_Q10_any_bytes_parse(data: bytes) -> None:
    parse_mime(data)
    parse_mime(b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" + data + b"\n--a\n" + data)
