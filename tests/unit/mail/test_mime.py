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


def leaves(data: bytes) -> list[tuple[str, str, bytes]]:
    return [(part.part_id, part.mime_type, part.content) for part in parse_mime(data).parts]


def test_R6_a_leaf_is_decoded_and_keeps_its_charset_and_name() -> None:
    (quoted,) = parse_mime(
        b"Content-Type: text/plain; charset=Big5; name=a.txt\nContent-Transfer-Encoding: Quoted-Printable\n\n=A4=A4=\n"
    ).parts
    assert (quoted.content, quoted.charset, quoted.filename) == (b"\xa4\xa4", "Big5", "a.txt")
    (plain,) = parse_mime(b"Content-Transfer-Encoding: 8bit\n\n=41").parts
    assert (plain.content, plain.charset, plain.filename) == (b"=41", None, "")


def test_parts_without_headers_have_the_type_of_their_multipart() -> None:
    body = b"--bb\n\nSubject: a\n\none\n--bb\r\n\r\ntwo\r\n--bb--"
    assert leaves(b"Content-Type: multipart/mixed; boundary=bb\n\n" + body) == [
        ("0", "text/plain", b"Subject: a\n\none"),
        ("1", "text/plain", b"two"),
    ]
    digest = b"Content-Type: multipart/digest; boundary=bb\n\n" + body
    assert [kind for _, kind, _ in leaves(digest)] == ["message/rfc822"] * 2
    assert leaves(b"Content-Type: multipart/mixed\n\none") == [("", "text/plain", b"one")]


def test_a_boundary_counts_at_the_start_of_a_line_and_whole() -> None:
    inner = b"Content-Type: multipart/mixed; boundary=bb\n\n--bb\n\none --b\n--bbb\n--bb--\n"
    data = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" + inner + b"--b\n\ntwo\n--b--\n"
    assert leaves(data) == [("0.0", "text/plain", b"one --b\n--bbb"), ("1", "text/plain", b"two")]


def test_a_multipart_left_open_ends_with_the_part_that_holds_it() -> None:
    inner = b"--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\n%b\n"
    data = b"Content-Type: multipart/mixed; boundary=b\n\n" + inner % b"one" + inner % b"two" + b"--b--\n"
    assert leaves(data) == [("0.0", "text/plain", b"one"), ("1.0", "text/plain", b"two")]


def test_lines_of_a_head_that_are_no_headers_are_passed_over() -> None:
    head = parse_mime(b"Subject\t: a\nno header\nTwo Words: x\n: empty\nTo:b\n\nhi").headers
    assert head == (("Subject", "a"), ("To", "b"))


def test_a_multipart_without_parts_takes_none_of_its_neighbours() -> None:
    inner = b"--b\nContent-Type: multipart/mixed; boundary=bb\n\n%b\n"
    data = b"Content-Type: multipart/mixed; boundary=b\n\n" + inner % b"one" + inner % b"--bb\n\ntwo\n--bb--"
    assert leaves(data + b"--b--\n") == [("0", "text/plain", b"one"), ("1.0", "text/plain", b"two")]
