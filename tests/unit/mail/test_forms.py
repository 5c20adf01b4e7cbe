"""Whom a website's form speaks for (R53)."""

import pytest

from streaklike.mail.message import Part, RawMessage, Understood
from streaklike.mail.understand import understand

TEXT = "Name: Lin\nEmail: Lin@people.example\nMay I come?"


def read(*headers: tuple[str, str], sender: str = "noreply@forms.example", text: str = TEXT) -> Understood:
    every = (("From", sender), ("To", "info@ngo.example"), ("Message-ID", "<f@forms.example>"), *headers)
    return understand(RawMessage(every, (Part("text/plain", text.encode(), charset="utf-8"),)))


@pytest.mark.parametrize(
    ("headers", "is_visitor"),
    [
        ((("Reply-To", "Lin <lin@people.example>"),), True),
        ((("Reply-To", "lin@people.example"), ("Auto-Submitted", "auto-generated")), True),
        ((), False),
        ((("Reply-To", "noreply@forms.example"),), False),
        ((("Reply-To", "lin@people.example, bo@people.example"),), False),
        ((("Reply-To", "no-reply@people.example"),), False),
        ((("Reply-To", "lin@people.example"), ("Precedence", "bulk")), False),
        ((("Reply-To", "lin@people.example"), ("List-Id", "<a.lists.example>")), False),
    ],
)
def test_R53_one_person_in_reply_to_may_be_a_visitor(headers, is_visitor: bool) -> None:
    visitor = read(*headers).visitor
    assert (visitor is not None and visitor.key == "lin@people.example") is is_visitor


@pytest.mark.parametrize(
    ("sender", "subject", "text", "is_form"),
    [
        ("noreply@forms.example", "Contact", TEXT, True),
        ("noreply@forms.example", "聯絡表單", TEXT, True),
        ("noreply@forms.example", "Contact", "May I come?", False),
        ("noreply@people.example", "Contact", TEXT, False),
        ("lin.lin@forms.example", "Contact", TEXT, False),
        ("noreply@forms.example", "Your receipt", TEXT, False),
        ("noreply@forms.example", "Lin shared a folder", TEXT, False),
        ("noreply@forms.example", "請簽署文件", TEXT, False),
        ("noreply@forms.example", "Invitation", TEXT, False),
    ],
)
def test_R53_somebody_elses_machine_is_a_form_by_what_it_says(
    sender: str, subject: str, text: str, is_form: bool
) -> None:
    said = read(("Reply-To", "lin@people.example"), ("Subject", subject), sender=sender, text=text)
    assert said.is_foreign_form is is_form
