"""R55: where a mail of a file begins, with and without a blank line, with and without a date."""

import io
from pathlib import Path

import pytest

from streaklike.mail.mbox import MboxFile

LINE = b"From an@donor.example Mon Mar  2 10:00:00 2026\n"
BARE = b"From an@donor.example\n"
HEAD = b"From: An <an@donor.example>\nMessage-ID: <x@mx.example>\nSubject: s\n\n"
OPEN = b"From: An <an@donor.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: message/rfc822\n\n"
CLOSED = b"From: An <an@donor.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b--\n"


def split(content: bytes) -> tuple[list[bytes], int]:
    file = MboxFile("-", stream=io.BytesIO(content))
    return [message.raw for message in file], file.unspaced


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_R55_mails_without_blank_lines_between_them_are_told_apart_and_counted(end: bytes) -> None:
    content = b"".join(LINE + HEAD + b"text %d\n" % number for number in range(50)).replace(b"\n", end)
    mails, unspaced = split(content)
    assert [mail.split(end)[-2] for mail in mails] == [b"text %d" % number for number in range(50)]
    assert unspaced == 49


@pytest.mark.parametrize(
    "between",
    [
        BARE + HEAD,  # no date
        LINE + b"Subject: s\nDate: Mon, 2 Mar 2026 10:00:00 +0800\n\n",  # no From
        LINE + b"From: an@donor.example\nSubject: s\n\n",  # neither Date nor Message-ID
        LINE + b"and then we met at 10:00\n",
        b" " + LINE + HEAD,
        b">" + LINE + HEAD,
    ],
)
def test_R55_without_a_blank_line_only_a_whole_head_begins_a_mail(between: bytes) -> None:
    mails, unspaced = split(LINE + HEAD + b"one\n" + between + b"two\n")
    assert (len(mails), unspaced) == (1, 0)
    assert mails[0].endswith(b"two\n")


def test_R55_within_an_open_part_nothing_begins_without_a_blank_line() -> None:
    mails, unspaced = split(LINE + OPEN + b"x\n" + LINE + HEAD + b"inner\n--b--\n" + LINE + HEAD + b"two\n")
    assert (len(mails), unspaced) == (2, 1)
    assert b"inner" in mails[0]
    mails, unspaced = split(LINE + CLOSED + LINE + HEAD + b"two\n")
    assert (len(mails), unspaced) == (2, 1)


@pytest.mark.parametrize("line", [b">From - Sat Apr 12 2025 15:59:28\n", b">>From x\n>From y 10:00\n"])
def test_R55_quoted_from_lines_below_a_from_line_are_passed_over(line: bytes) -> None:
    mails, unspaced = split(LINE + HEAD + b"one\n\n" + LINE + line + HEAD + b"two\n\n")
    assert mails == [HEAD + b"one\n", HEAD + b"two\n"]
    assert unspaced == 0


@pytest.mark.parametrize(("following", "count"), [(HEAD, 2), (b"note: bring shoes\n\n", 1), (b"text\n", 1)])
def test_R55_a_from_line_without_a_date_begins_a_mail_before_known_headers_alone(
    following: bytes, count: int
) -> None:
    mails, _ = split(LINE + HEAD + b"one\n\n" + BARE + following + b"two\n")
    assert len(mails) == count


def test_R55_a_pipe_gives_what_the_file_gives(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + b"".join(
        LINE + HEAD + b"x" * number + b"\n\n" for number in range(0, 3_000, 97)
    )
    path = tmp_path / "a.mbox"
    path.write_bytes(content)
    with MboxFile(path) as file:
        assert [message.raw for message in file] == split(content)[0]


def test_Q10_lines_that_look_like_beginnings_take_linear_time() -> None:
    mails, _ = split(LINE + OPEN + b"x\n" + (LINE + HEAD + b"x\n") * 20_000 + LINE * 20_000 + b"\n--b--\n")
    assert len(mails) == 1
