"""Headers: Message-IDs, dates, parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaklike.instants import parse_instant
from streaklike.mail.headers import Headers, parse_date, parse_message_ids, parse_parameters, parse_references


def test_headers_are_found_by_name_in_any_case() -> None:
    headers = Headers([("SUBJECT", "=?utf-8?B?5bCP576O?="), ("Received", "a"), ("received", "b")])
    assert headers.get_all("received") == ["a", "b"]
    assert headers.text("subject") == "小美"
    assert "subject" in headers
    assert headers.get("date") == ""


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@b.example>", ("a@b.example",)),
        ("  < a@b.example > ", ("a@b.example",)),
        ("<a@x>\r\n <b@x> <a@x>", ("a@x", "b@x")),
        ("a@b.example", ("a@b.example",)),
        ('Ben\'s message of "Mon" <a@x>', ("a@x",)),
        ("<>", ()),
        ("", ()),
        ("no id", ()),
    ],
)
def test_R18_message_ids_are_read_tolerantly(value: str, ids: tuple[str, ...]) -> None:
    assert parse_message_ids(value) == ids


def test_R18_a_long_id_is_cut_and_stays_distinct() -> None:
    first, second = parse_message_ids(f"<{'a' * 5000}1@x> <{'a' * 5000}2@x>")
    assert first != second
    assert max(len(first), len(second)) < 300


def test_R23_references_come_oldest_first_each_once() -> None:
    headers = Headers([("References", "<a@x> <b@x>"), ("In-Reply-To", "<b@x> <c@x>")])
    assert parse_references(headers) == ("a@x", "b@x", "c@x")
    assert parse_references(Headers([("In-Reply-To", "your mail of Monday")])) == ()


def test_R23_of_very_many_references_the_first_and_the_newest_stay() -> None:
    found = parse_references(Headers([("References", " ".join(f"<{n}@x>" for n in range(5000)))]))
    assert len(found) == 100
    assert (found[0], found[1], found[-1]) == ("0@x", "4901@x", "4999@x")


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("Mon, 5 Jan 2026 15:04:05 +0800", "2026-01-05T07:04:05+00:00"),
        ("5 Jan 2026 15:04:05 GMT", "2026-01-05T15:04:05+00:00"),
        ("Mon, 05 Jan 2026 15:04:05 -0330 (NST)", "2026-01-05T18:34:05+00:00"),
        ("Mon, 5 Jan 2026 15:04 +0800", "2026-01-05T07:04:00+00:00"),
        ("Mon Jan 5 15:04:05 2026", "2026-01-05T15:04:05+00:00"),
        ("Thu, 31 Dec 2099 23:59:59 +0000", "2099-12-31T23:59:59+00:00"),
        ("Mon, 5 Jan 2026 15:04:05 EST", "2026-01-05T20:04:05+00:00"),
    ],
)
def test_R20_dates_become_instants(value: str, instant: str) -> None:
    assert parse_date(value) == parse_instant(instant)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "Mon, 5 Jan 0500 15:04:05 +0800",
        "Mon, 5 Foo 2026 15:04:05 +0800",
        "Mon, 5 Jan 99999999999 15:04:05 +0000",
        "1 " * 9999,
        "Mon, 5 Jan 1960 15:04:05 +0000",
    ],
)
def test_R20_what_is_no_date_is_none(value: str) -> None:
    assert parse_date(value) is None


@given(st.text(alphabet="0123456789:+- ,JanFeMon", max_size=40))
def test_R20_no_date_raises(value: str) -> None:
    parse_date(value)


@pytest.mark.parametrize(
    ("value", "filename"),
    [
        ('attachment; filename="收據.pdf"', "收據.pdf"),
        ("attachment; filename=receipt.pdf", "receipt.pdf"),
        ("attachment; filename*=UTF-8''%E6%94%B6%E6%93%9A.pdf", "收據.pdf"),
        ("attachment; filename*=big5'zh'%A6%AC%BE%DA.pdf", "收據.pdf"),
        ("attachment; filename*0*=UTF-8''%E6%94%B6; filename*1*=%E6%93%9A; filename*2=.pdf", "收據.pdf"),
        ("attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ('attachment; filename="=?utf-8?B?5pS25pOaLnBkZg==?="', "收據.pdf"),
        ('attachment; filename="a\\"b.pdf"', 'a"b.pdf'),
        ('attachment; filename="a;b.pdf"', "a;b.pdf"),
        ("attachment", ""),
    ],
)
def test_R6_file_names_decode(value: str, filename: str) -> None:
    assert parse_parameters(value) == ("attachment", {"filename": filename} if filename else {})


@given(st.text(max_size=200))
def test_R6_no_parameter_raises(value: str) -> None:
    parse_parameters(f"a/b; {value}")
    parse_parameters(f"a/b; x*0*={value}; x*1={value}")


def test_R18_an_id_needs_no_sign_inside_its_brackets() -> None:
    assert parse_message_ids("<no-sign>") == ("no-sign",)
    assert parse_message_ids("<a b@x.example>") == ("ab@x.example",)
    assert parse_message_ids("a@b") == ("a@b",)


def test_R20_the_first_moment_is_a_date() -> None:
    assert parse_date("Thu, 1 Jan 1970 00:00:00 +0000") == 0
    assert parse_date("1 Jan 1970 08:00 +0800") == 0


def test_R6_parameters_of_every_writing() -> None:
    def name(value: str) -> str:
        return parse_parameters(f"attachment; {value}")[1]["filename"]

    assert name("filename*=utf-8''it's%20me.pdf") == "it's me.pdf"
    assert name("filename*=big5''%A4%A4.pdf") == "中.pdf"
    assert name('filename*0="50%25 "; filename*1="off.pdf"') == "50%25 off.pdf"
    assert name('filename=""') == ""


def test_Q10_a_lone_surrogate_in_a_piece_raises_nothing() -> None:
    assert parse_parameters('attachment; filename*0="a\ud800b"')[1] == {"filename": "a?b"}


@pytest.mark.parametrize(
    "value",
    [
        "Your message of Mon, 02 Mar 2026 <ann@donor.example>",
        "Message from Ann Chen <ann.chen@donor.example> of Monday",
        "<ann@donor.example>",
        "ann@donor.example",
    ],
)
def test_R23_an_address_in_in_reply_to_links_nothing(value: str) -> None:
    headers = Headers([("In-Reply-To", value), ("References", "<one@x> <Ann@donor.example>")])
    assert parse_references(headers, {"ann@donor.example"}) == ("one@x",)


def test_R23_a_message_named_beside_words_is_linked() -> None:
    headers = Headers([("In-Reply-To", "Message from Ann <ann@donor.example> of Monday <1.2@donor.example>")])
    assert parse_references(headers) == ("1.2@donor.example",)
