"""Answers to invitations with words of their own (R31): a question in a refusal wants a reply."""

import pytest

from streaklike.mail.message import Part, RawMessage
from streaklike.mail.understand import understand

GOOGLE = "An Chen has declined this invitation.\n\n春季會議\nMonday\n\nInvitation from Google Calendar: https://calendar.google.com/"
OUTLOOK = "時間: 2026年3月2日\n地點: 二樓\n________________\n"


def kind(method: str, state: str, said: str, *, extra: str = "", subject: str = "已拒絕: 春季會議") -> str:
    attendee = f"ATTENDEE;PARTSTAT={state}{extra}:mailto:an@donor.example"
    ics = f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nSUMMARY:春季會議\r\n{attendee}\r\nEND:VEVENT\r\n"
    headers = (("Content-Type", f"text/calendar; method={method}; charset=utf-8"),)
    top = (("From", "An <an@donor.example>"), ("To", "mei@ngo.example"), ("Subject", subject))
    parts = (Part("text/plain", said.encode()), Part("text/calendar", ics.encode(), headers=headers))
    return understand(RawMessage(top, parts)).kind


@pytest.mark.parametrize(
    ("state", "said", "extra"),
    [
        ("DECLINED", "可以改期嗎？", ""),
        ("DECLINED", f"{OUTLOOK}那天要開會，下週可以。", ""),
        ("TENTATIVE", "I may come an hour later.", ""),
        ("DECLINED", GOOGLE, ';X-RESPONSE-COMMENT="可以改期嗎？"'),
        ("DECLINED", GOOGLE, ":mailto:an@donor.example\r\nCOMMENT:Could we move it?\r\nATTENDEE"),
        ("ACCEPTED", "好的，請問要帶什麼？", ""),
    ],
)
def test_R31_a_note_with_an_answer_wants_a_reply(state: str, said: str, extra: str) -> None:
    assert kind("REPLY", state, said, extra=extra) == "human"


def test_R31_another_time_proposed_with_a_note_wants_a_reply() -> None:
    assert kind("COUNTER", "TENTATIVE", "Rather on Tuesday?") == "human"


@pytest.mark.parametrize(
    ("method", "state", "said"),
    [
        ("REPLY", "DECLINED", ""),
        ("REPLY", "DECLINED", GOOGLE),
        ("REPLY", "DECLINED", OUTLOOK),
        ("REPLY", "DECLINED", "春季會議"),
        ("REPLY", "ACCEPTED", "好的，到時見。"),
        ("REPLY", "ACCEPTED", ""),
        ("CANCEL", "DECLINED", "取消，抱歉。"),
        ("REQUEST", "NEEDS-ACTION", "請問可以來嗎？"),
    ],
)
def test_R31_without_words_of_their_own_it_is_calendar_mail(method: str, state: str, said: str) -> None:
    assert kind(method, state, said) == "calendar"
