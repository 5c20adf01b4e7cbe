"""Gmail's JSON as our types."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaklike.gmail.history import parse_history
from streaklike.gmail.messages import (
    decode_base64url,
    from_decimal_id,
    parse_gmail_id,
    parse_message,
    parse_payload,
)
from streaklike.gmail.types import HistoryId


def text_part(data: str, content_type: str = "text/plain", **more: Any) -> dict[str, Any]:
    return {
        "mimeType": content_type.partition(";")[0],
        "headers": [{"name": "Content-Type", "value": content_type}],
        "body": {"size": 9, "data": data},
        **more,
    }


@given(st.binary(max_size=100))
def test_base64url_decodes_with_padding_and_without_and_in_the_plain_alphabet(content: bytes) -> None:
    padded = base64.urlsafe_b64encode(content).decode()
    assert decode_base64url(padded) == content
    assert decode_base64url(padded.rstrip("=")) == content
    assert decode_base64url(base64.b64encode(content).decode()) == content


@given(st.text(max_size=100))
def test_invalid_base64_never_raises(text: str) -> None:
    assert isinstance(decode_base64url(text), bytes)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("aGVs\nbG8=", b"hello"),
        ("aGVs bG8", b"hello"),
        ("aGVsbG8=aGVsbG8=", b"hellohello"[:5] + b""),
        ("aGVsb", b"hel"),
        ("你aGVsbG8", b"hello"),
        ("", b""),
    ],
)
def test_what_can_be_decoded_of_broken_base64_is_taken(text: str, content: bytes) -> None:
    assert decode_base64url(text).startswith(content)


def test_an_absent_label_list_is_not_the_empty_one() -> None:
    resource = {
        "id": "1a",
        "threadId": "1b",
        "internalDate": "1700000000123",
        "historyId": "18446744073709551615",
    }
    assert parse_message(resource).label_ids is None
    assert parse_message(resource | {"labelIds": []}).label_ids == frozenset()
    message = parse_message(resource | {"labelIds": ["INBOX", "SENT"]})
    assert message.label_ids == {"INBOX", "SENT"}
    assert message.at == 1_700_000_000_123
    assert message.history_id == 2**64 - 1


def test_leaves_come_in_order_with_their_part_ids_and_sizes() -> None:
    payload = {
        "mimeType": "multipart/mixed",
        "headers": [{"name": "Subject", "value": "報告"}, {"name": "From", "value": "a@b.example"}],
        "body": {"size": 0},
        "parts": [
            {
                "partId": "0",
                "mimeType": "multipart/alternative",
                "parts": [
                    text_part("5L2g5aW9", 'text/plain; charset="Big5"', partId="0.0"),
                    text_part("PGI-", "text/html; charset=utf-8; format=flowed", partId="0.1"),
                ],
            },
            {
                "partId": "1",
                "mimeType": "application/pdf",
                "filename": "報告.pdf",
                "headers": [],
                "body": {"attachmentId": "ANGjdJ9", "size": 123_456},
            },
        ],
    }
    raw = parse_payload(payload)
    assert raw.headers == (("Subject", "報告"), ("From", "a@b.example"))
    plain, rich, pdf = raw.parts
    assert (plain.part_id, plain.charset, plain.is_utf8_first, plain.content) == (
        "0.0",
        "Big5",
        True,
        "你好".encode(),
    )
    assert (rich.part_id, rich.charset, rich.content) == ("0.1", "utf-8", b"<b>")
    assert (pdf.part_id, pdf.filename, pdf.size, pdf.content, pdf.is_utf8_first) == (
        "1",
        "報告.pdf",
        123_456,
        b"",
        False,
    )


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/plain", None),
        ("text/plain; charset=iso-2022-jp", "iso-2022-jp"),
        ("text/plain; format=flowed; CHARSET = 'utf-8'", "utf-8"),
        ("text/plain; charset*=us-ascii'en'gb18030", "gb18030"),
        ('text/plain; charset=""', None),
        ("text/plain; x-charsets=no", None),
    ],
)
def test_the_charset_is_the_parts_own(content_type: str, charset: str | None) -> None:
    (part,) = parse_payload(text_part("", content_type)).parts
    assert part.charset == charset


def test_R30_an_embedded_message_is_one_leaf_that_holds_its_head() -> None:
    payload = {
        "mimeType": "multipart/report",
        "parts": [
            {
                "partId": "1",
                "mimeType": "message/rfc822",
                "body": {"size": 900, "attachmentId": "x"},
                "parts": [text_part("aGk", headers=[{"name": "Message-ID", "value": "<lost@ngo.example>"}])],
            }
        ],
    }
    (leaf,) = parse_payload(payload).parts
    assert leaf.mime_type == "message/rfc822"
    assert leaf.content == b"Message-ID: <lost@ngo.example>\r\n\r\n"
    assert leaf.size == 900


def test_a_payload_with_nothing_in_it_is_a_message_all_the_same() -> None:
    assert parse_payload({}).headers == ()
    assert parse_payload({"mimeType": "multipart/mixed"}).parts == ()


def test_a_thousand_levels_of_mime_are_walked() -> None:
    payload = text_part("aGk")
    for _ in range(5000):
        payload = {"mimeType": "multipart/mixed", "parts": [payload]}
    assert parse_payload(payload).parts[0].content == b"hi"


@pytest.mark.parametrize(
    ("text", "gmail_id"),
    [
        ("msg-f:1795319350813", "1a2015f461d"),
        ("thread-f:1883041935672693395", "1a21e8a9e8ef5293"),
        ("#thread-f:1883041935672693395", "1a21e8a9e8ef5293"),
        ("msg-f:18446744073709551615", "ffffffffffffffff"),
        ("msg-f:18446744073709551616", None),
        ("msg-a:r7216357452", None),
        ("thread-a:r-7216357452", None),
        ("msg-f:12ab", None),
        ("", None),
    ],
)
def test_decimal_ids_become_hexadecimal_and_the_a_form_does_not_convert(
    text: str, gmail_id: str | None
) -> None:
    assert from_decimal_id(text) == gmail_id


def test_an_api_id_stays_as_it_is_and_other_text_is_none() -> None:
    assert parse_gmail_id(" 1A2015f461ebd74c ") == "1a2015f461ebd74c"
    assert parse_gmail_id("msg-f:255") == "ff"
    assert parse_gmail_id("thread-a:r1") is None
    assert parse_gmail_id("hello") is None
    assert parse_gmail_id("1a2015f461ebd74c0") is None


def test_history_without_the_key_and_with_a_next_page_is_a_page() -> None:
    page = parse_history({"historyId": "77", "nextPageToken": "more"}, HistoryId(5))
    assert (page.records, page.next_token, page.history_id) == ((), "more", 77)
    assert parse_history({}, HistoryId(5)).history_id == 5


def test_history_is_read_by_its_typed_arrays_and_not_by_messages() -> None:
    message = {"id": "a", "threadId": "t"}
    record = {
        "id": "18446744073709551615",
        "messages": [message, {"id": "b", "threadId": "t"}],
        "messagesAdded": [{"message": message | {"labelIds": ["INBOX"]}}, {"message": message}],
        "messagesDeleted": [{"message": message}],
        "labelsAdded": [{"message": message, "labelIds": ["TRASH"]}],
        "labelsRemoved": [{"message": message, "labelIds": ["INBOX", "UNREAD"]}],
    }
    (read,) = parse_history({"historyId": "9", "history": [record]}, HistoryId(1)).records
    assert read.id == 2**64 - 1
    assert read.added == (("a", "t", frozenset({"INBOX"})), ("a", "t", None))
    assert read.deleted == (("a", "t"),)
    assert read.labels_added == (("a", "t", frozenset({"TRASH"})),)
    assert read.labels_removed == (("a", "t", frozenset({"INBOX", "UNREAD"})),)
