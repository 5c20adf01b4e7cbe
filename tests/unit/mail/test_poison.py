"""Poison mail: any bytes in, an answer out, quickly and in little memory (Q10)."""

import time
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaklike.mail.message import Part, RawMessage
from streaklike.mail.mime import parse_mime
from streaklike.mail.understand import understand

MEGABYTE = 1_000_000
SIZE = MEGABYTE // 5
RUNAWAY_SECONDS = 15
"""No measure of speed: what grows faster than its size takes minutes here, on any machine."""
HEAD = b"From: Ben <ben@donor.example>\r\nTo: mei@ngo.example\r\nMessage-ID: <a@donor.example>\r\n"


def fill(unit: str | bytes, size: int = SIZE) -> bytes:
    piece = unit.encode() if isinstance(unit, str) else unit
    return piece * (size // len(piece))


SUBJECTS = [
    "Re: ", " ", "=?utf-8?B?5bCP?= ", "=?", "=?a?b?", "[", "[a] ", "?=", "自動", "\0", "Re:", "Re[", "out of ", "-", "(", "i am ",
    "回覆：", "\u202e", "＝？",
]  # fmt: skip
PEOPLE = [
    '"', '"\\"', '\\"', ",", ";", "<", "<>", "(", "@", "a@", "a@b,", "=?utf-8?Q?a?=,", "a:", "a ", " via ", "a;=?", "<a@b.example>", "x",
    "王小明 <a@b.example>, ",
]  # fmt: skip
TEXTS = [
    ">", ">\n", "On Mon 2026 wrote:\n", ":\n", "From: a\n", "From: a\nTo: b\n", "____________\n", "_", "\n", "-----Original\n",
    "You received this message Google\n", "小明 於 2026年1月5日寫道：\n", "a>:\n", "1:11 ", "Begin forwarded message:\n", "謝謝 ", "-- \n",
    "a@b.example ", "550 ", "\x10\n",
]  # fmt: skip
TAGS = [
    "<div>",
    "<",
    "<b><i>",
    "<blockquote type=cite>",
    "<style>",
    "<!--",
    "&amp;",
    "<br>",
    "<p><font><b>",
    '<a x="',
    "<table><tr><td>",
]


def cases() -> Iterator[tuple[str, bytes]]:
    for unit in PEOPLE:
        yield (
            f"people {unit!r}",
            b"From: "
            + fill(unit)
            + b"\r\nReply-To: "
            + fill(unit)
            + b"\r\nTo: "
            + fill(unit)
            + b"\r\n\r\nhi",
        )
        yield (
            f"references {unit!r}",
            HEAD + b"References: " + fill(unit) + b"\r\nList-Id: " + fill(unit) + b"\r\n\r\nhi",
        )
    for unit in TEXTS:
        yield (
            f"text {unit!r}",
            HEAD + b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n" + fill(unit),
        )
        yield (
            f"bounce {unit!r}",
            b"From: mailer-daemon@x.example\r\nSubject: Undelivered\r\n\r\n" + fill(unit),
        )
        yield (
            f"calendar {unit!r}",
            HEAD + b"Content-Type: text/calendar\r\n\r\nMETHOD:REQUEST\nORGANIZER" + fill(unit),
        )
    for unit in TAGS:
        yield f"html {unit!r}", HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + fill(unit)
        yield (
            f"short html {unit!r}",
            HEAD
            + b"Content-Type: text/html\r\n\r\n"
            + unit.encode() * (7_900 // unit.count("<") if "<" in unit else 9),
        )
    yield (
        "ten thousand recipients",
        HEAD
        + b"Cc: "
        + b", ".join(b"Person %d <p%d@x%d.example>" % (n, n, n) for n in range(10_000))
        + b"\r\n\r\nhi",
    )
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(2_000)
    )
    yield "deep", HEAD + deep + b"\r\nx"
    same = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    yield "deep with one boundary", HEAD + same + (b"--b\n" + same) * 4_000
    for unit in ("--b", "--b\n", "--bx\n", "--b--", "--b\r\n\r\n"):
        yield f"boundaries {unit!r}", HEAD + same + fill(unit)
    for unit in ("a=b;", ';a="', " ", ";a*0*=x", ';a="\\"'):
        yield f"parameters {unit!r}", HEAD + b"Content-Type: text/plain;" + fill(unit) + b"\r\n\r\nhi"
    yield "headers", fill("X: y\r\n") + b"\r\nhi"
    yield "folds", b"Subject: x\r\n" + fill(" \r\n") + b"\r\nhi"
    yield "dates", HEAD + b"Date: " + fill("1 ") + b"\r\n\r\nhi"
    yield "base64", HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + fill("=A=")
    yield "quoted-printable", HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + fill("=")
    for charset in (
        b"x-unknown",
        b"idna",
        b"punycode",
        b"utf-7",
        b"utf-16",
        b"unicode_escape",
        b"rot13",
        b"zlib",
        b"hz",
        b"big5",
        b"\0",
        b"a" * 5_000,
    ):
        yield (
            f"charset {charset[:9]!r}",
            HEAD
            + b"Content-Type: text/plain; charset="
            + charset
            + b"\r\n\r\n"
            + fill(b"\xa4\x40\x1b$B~{+AA-\xff"),
        )


CASES = dict(cases())


def is_storable(text: str) -> bool:
    text.encode()
    return "\0" not in text


@pytest.mark.parametrize("name", CASES)
def test_Q10_no_poison_runs_away(name: str) -> None:
    start = time.process_time()
    message = understand(parse_mime(CASES[name]))
    assert time.process_time() - start < RUNAWAY_SECONDS
    people = (*message.to, *message.cc, *((message.author,) if message.author else ()))
    texts = (
        message.subject,
        message.text,
        message.quoted,
        message.rfc_id,
        message.base_subject,
        message.list_id,
    )
    assert all(map(is_storable, (*texts, *message.refs, *(one.name + one.key for one in people))))
    assert len(message.rfc_id) < 400
    assert len(message.subject) <= 1_000


@pytest.mark.parametrize("unit", SUBJECTS)
def test_Q10_no_hostile_subject_of_a_megabyte_runs_away(unit: str) -> None:
    data = HEAD + b"Subject: " + fill(unit, MEGABYTE) + b"\r\n\r\nhi"
    start = time.process_time()
    understand(parse_mime(data))
    assert time.process_time() - start < RUNAWAY_SECONDS


@pytest.mark.parametrize(
    "name", ["ten thousand recipients", "deep", "html '<div>'", "text '>\\n'", "people ','"]
)
def test_Q10_poison_stays_under_64_megabytes(name: str) -> None:
    tracemalloc.start()
    understand(parse_mime(CASES[name]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20


def test_Q10_ten_thousand_recipients_are_all_there() -> None:
    assert len(understand(parse_mime(CASES["ten thousand recipients"])).cc) == 10_000


HEADER_NAMES = st.sampled_from(
    [
        "From",
        "To",
        "Cc",
        "Date",
        "Subject",
        "Message-ID",
        "References",
        "List-Id",
        "Reply-To",
        "X-Original-From",
        "Content-Type",
        "Precedence",
        "X-Failed-Recipients",
        "List-Post",
    ]
)
PARTS = st.builds(
    Part,
    mime_type=st.sampled_from(
        [
            "text/plain",
            "text/html",
            "text/calendar",
            "message/delivery-status",
            "message/rfc822",
            "image/png",
            "",
        ]
    ),
    content=st.binary(max_size=200),
    charset=st.sampled_from(["utf-8", "big5", "iso-2022-jp", "x", None]),
    filename=st.text(max_size=5),
    is_utf8_first=st.booleans(),
    headers=st.lists(st.tuples(HEADER_NAMES, st.text(max_size=40)), max_size=2).map(tuple),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(HEADER_NAMES, st.text(max_size=60)), max_size=8).map(tuple),
    st.lists(PARTS, max_size=4).map(tuple),
)
def test_Q10_any_headers_and_parts_are_understood(
    headers: tuple[tuple[str, str], ...], parts: tuple[Part, ...]
) -> None:
    message = understand(RawMessage(headers, parts))
    assert all(
        map(is_storable, (message.subject, message.text, message.quoted, message.rfc_id, *message.refs))
    )
