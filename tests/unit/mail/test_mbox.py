"""Mail files."""

import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaklike.instants import parse_instant
from streaklike.mail.mbox import MboxFile, NotAnMbox, iter_mbox

ENVELOPE = "From 1850000000000000001@xxx Mon Jan 05 07:04:00 +0000 2026"


def write(path: Path, *messages: str, line_end: str = "\n") -> Path:
    text = "".join(f"{ENVELOPE}\n{message}\n\n" for message in messages)
    path.write_bytes(text.replace("\n", line_end).encode())
    return path


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_takeout_with_its_labels_threads_and_times(tmp_path: Path, line_end: str) -> None:
    path = write(
        tmp_path / "all.mbox",
        "X-GM-THRID: 1850000000000000001\nX-Gmail-Labels: 收件匣,未讀\nSubject: a\n\none",
        "Subject: b\n\ntwo\n\nFrom here on we walk.\nNote: bring water.\n\n>From Taipei\n>>From Keelung",
        line_end=line_end,
    )
    first, second = iter_mbox(path)
    assert (first.index, first.labels, first.thread_id) == (0, {"INBOX", "UNREAD"}, "19ac8532c2790001")
    assert first.delivered_at == parse_instant("2026-01-05T07:04:00+00:00")
    assert first.raw.endswith(b"one" + line_end.encode())
    assert (second.index, second.labels, second.thread_id) == (1, None, None)
    assert b"From here on we walk." in second.raw
    assert f"{line_end}From Taipei{line_end}>From Keelung".encode() in second.raw


def test_messages_written_by_the_standard_library_come_back(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "x.mbox")
    for number in range(20):
        message = EmailMessage()
        message["Subject"] = str(number)
        message.set_content(f"line\n\nFrom me {number}\n\nDate: today\n")
        box.add(message)
    box.close()
    with MboxFile(tmp_path / "x.mbox") as file:
        raws = [message.raw for message in file]
        assert not file.is_truncated
    assert [f"Subject: {number}\n".encode() in raw for number, raw in enumerate(raws)] == [True] * 20
    assert all(f"\nFrom me {number}\n".encode() in raw for number, raw in enumerate(raws))


@pytest.mark.parametrize(
    ("envelope", "headers", "instant"),
    [
        ("From a@b.example Mon Jan  5 07:04:00 2026", "Date: Tue, 6 Jan 2026 00:00:00 +0000", "2026-01-05T07:04:00+00:00"),
        ("From a@b.example Mon Jan  5 07:04:00 2026 +0800", "", "2026-01-04T23:04:00+00:00"),
        ("From -", "Received: by x; Mon, 5 Jan 2026 15:04:00 +0800 (CST)\nReceived: by y; Sun, 4 Jan 2026 15:04:00 +0800", "2026-01-05T07:04:00+00:00"),
        ("From -", "Date: Mon, 5 Jan 2026 15:04:00 +0800", "2026-01-05T07:04:00+00:00"),
        ("From MAILER-DAEMON Sun Nov 22 01:46:29 2026", "Received: by x; Mon, 5 Jan 2026 15:04:00 +0800", "2026-01-05T07:04:00+00:00"),
        ("From - Sun Nov 22 01:46:29 2026", "Date: Mon, 5 Jan 2026 15:04:00 +0800", "2026-01-05T07:04:00+00:00"),
        ("From - Sun Nov 22 01:46:29 2026", "Date: Mon, 23 Nov 2026 01:46:29 +0000", "2026-11-23T01:46:29+00:00"),
        ("From - Sun Nov 22 01:46:29 2026", "Date: Mon, 23 Nov 2026 01:46:30 +0000", "2026-11-22T01:46:29+00:00"),
        ("From MAILER-DAEMON Sun Nov 22 01:46:29 2026", "Date: Thu, 1 Jan 2099 00:00:00 +0000", "2026-11-22T01:46:29+00:00"),
        ("From MAILER-DAEMON Sun Nov 22 01:46:29 2026", "", "2026-11-22T01:46:29+00:00"),
        ("From a@b.example Mon Jan  5 07:04:00 2026", "Received: by x; Sun, 4 Jan 2026 15:04:00 +0800", "2026-01-05T07:04:00+00:00"),
    ],
)  # fmt: skip
def test_R20_when_a_message_was_delivered(tmp_path: Path, envelope: str, headers: str, instant: str) -> None:
    path = tmp_path / "x.mbox"
    path.write_text(f"{envelope}\nSubject: x\n{headers}".rstrip() + "\n\nhi\n")
    (message,) = iter_mbox(path)
    assert message.delivered_at == parse_instant(instant)


def test_R20_no_time_at_all_is_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_text("From -\nSubject: x\n\nhi\n\nFrom -\nDate: Thu, 1 Jan 2099 00:00:00 +0000\n\nhi\n")
    assert [message.delivered_at for message in iter_mbox(path)] == [0, 0]


MULTIPART = (
    "Subject: b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\nlonger text\n--bb\n\nmore\n--bb--\n"
)


def test_a_file_that_breaks_off_says_so_and_gives_what_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "x.mbox", "Subject: a\n\none", MULTIPART)
    whole = path.read_bytes()
    second = whole.index(b"From ", 5)
    for end in range(second + 1, len(whole) - len(b"--\n\n\n")):
        path.write_bytes(whole[:end])
        with MboxFile(path) as file:
            found = [message.index for message in file]
            is_undecidable = end > second and whole[:end].endswith(b"\n\n") and b"--bb" in whole[second:end]
            assert file.is_truncated or is_undecidable, whole[second:end]
            assert found == ([0] if file.is_truncated else [0, 1])
            assert not file.is_truncated or "message 2" in file.problem


def test_a_whole_file_is_not_called_broken(tmp_path: Path) -> None:
    path = write(tmp_path / "x.mbox", "Subject: a\n\none", MULTIPART)
    for content in (
        path.read_bytes(),
        path.read_bytes().rstrip(b"\n"),
        path.read_bytes().rstrip(b"\n") + b"\n",
    ):
        path.write_bytes(content)
        with MboxFile(path) as file:
            assert len(list(file)) == 2
            assert file.problem == ""


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04zip", "zip"),
        (b"\x1f\x8bxx", "gzip"),
        (b"hello", "no mbox"),
        (b"Subject: x\n\nhi", "no mbox"),
    ],
)
def test_what_is_no_mbox_is_refused_with_a_sentence(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(content)
    with pytest.raises(NotAnMbox, match=word):
        list(iter_mbox(path))
    with MboxFile(path) as file, pytest.raises(NotAnMbox, match=word):
        file.check()


@given(st.binary(max_size=300))
def test_Q10_any_bytes_after_the_first_line_are_read(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("box") / "x.mbox"
    path.write_bytes(b"From - \n" + content)
    with MboxFile(path) as file:
        list(file)


def test_a_file_may_begin_with_a_mark_or_blank_lines_and_keeps_quoted_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "x.mbox", *(f"Subject: {n}\n\n> old\n>> older\n>From me" for n in range(3)))
    whole = path.read_bytes()
    for lead in (b"", b"\xef\xbb\xbf", b"\n\r\n"):
        path.write_bytes(lead + whole)
        file = MboxFile(path)
        assert not file.is_truncated
        found = list(file)
        assert [message.index for message in found] == [0, 1, 2]
        assert {message.raw.partition(b"\n\n")[2] for message in found} == {b"> old\n>> older\nFrom me\n"}


def test_a_dated_from_line_opens_a_message_with_any_header(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    body = "Subject: a\n\none\n\nFrom here on\nImportance: we walk\n"
    path.write_text(f"{ENVELOPE}\n{body}\n{ENVELOPE}\nImportance: high\n\ntwo\n\n")
    assert len(list(iter_mbox(path))) == 2


@pytest.mark.parametrize(
    ("rest", "number"),
    [
        ("Subject: a\n\non", 0),
        ("Subject: a\n\none\n\nFrom 10:00 on we walk\nbring water", 0),
        ("Subject: a\n", 0),
        ("Content-Type: multipart/mixed; boundary=bb\n\n--bb\n\none", 0),
        ("Content-Type: multipart/mixed; boundary=bb\n\n--bb\n\none\n\n", 1),
        ("Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\none\r\n\r\n", 1),
        ("Content-Type: multipart/mixed; boundary=bb\n\nnever opened\n\n", 0),
    ],
)
def test_the_last_message_counts_where_it_is_whole(tmp_path: Path, rest: str, number: int) -> None:
    path = tmp_path / "x.mbox"
    path.write_bytes(f"{ENVELOPE}\n{rest}".encode())
    file = MboxFile(path)
    assert len(list(file)) == number
    assert file.is_truncated is (number == 0)
    assert ("message 1" in file.problem) is file.is_truncated


def test_R20_the_time_of_a_received_header_stands_after_its_last_semicolon(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    path.write_text("From -\nReceived: by x (a; b); Mon, 5 Jan 2026 15:04:00 +0800\n\nhi\n")
    (message,) = iter_mbox(path)
    assert message.delivered_at == parse_instant("2026-01-05T07:04:00+00:00")


def test_R20_of_the_received_headers_the_newest_alone_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "x.mbox"
    received = "Received: by x\nReceived: by y; Sun, 4 Jan 2026 15:04:00 +0800"
    path.write_text(f"From -\n{received}\nDate: Mon, 5 Jan 2026 15:04:00 +0800\n\nhi\n")
    (message,) = iter_mbox(path)
    assert message.delivered_at == parse_instant("2026-01-05T07:04:00+00:00")
