"""Delivery reports read closely (R30): who failed, with which status, and what came back."""

import base64

import pytest

from streaklike.gmail.messages import parse_payload
from streaklike.mail.message import Bounce, Part, RawMessage, Understood
from streaklike.mail.understand import understand

DAEMON = "mailer-daemon@mx.example"
REPORT = 'multipart/report; report-type=delivery-status; boundary="b"'


def read(text: str, *parts: Part, **headers: str) -> Understood:
    lines = {"From": DAEMON, "To": "mei@ngo.example", "Subject": "Undelivered mail", **headers}
    pairs = tuple((name.replace("_", "-"), value) for name, value in lines.items())
    return understand(RawMessage(pairs, (Part("text/plain", text.encode()), *parts)))


def bounce(text: str, *parts: Part, **headers: str) -> Bounce:
    found = read(text, *parts, **headers)
    assert found.kind == "bounce"
    assert found.bounce is not None
    return found.bounce


def status(*fields: str) -> Part:
    head = b"Reporting-MTA: dns; mx.example\n\n"
    return Part("message/delivery-status", head + "\n".join(fields).encode())


FAILED = ("Final-Recipient: rfc822; ben@donor.example", "Action: failed")


@pytest.mark.parametrize("content_type", [REPORT, REPORT.replace("delivery-status", "Delivery-Status")])
def test_R30_a_report_is_a_report_whoever_sends_it(content_type: str) -> None:
    facts = {"From": "reports@relay.example", "Subject": "about your mail", "Content_Type": content_type}
    assert bounce("It failed.", status(*FAILED), **facts).failed == ("ben@donor.example",)


def test_R30_the_header_of_failed_recipients_is_enough() -> None:
    facts = {"From": "reports@relay.example", "Subject": "about your mail"}
    assert bounce("It failed.", X_Failed_Recipients="ben@donor.example", **facts).failed == (
        "ben@donor.example",
    )


def test_R30_a_person_who_passes_a_report_on_is_a_person() -> None:
    passed_on = read("請看附件", status(*FAILED), From="Ann <ann@donor.example>", Subject="退信")
    assert (passed_on.kind, passed_on.bounce) == ("human", None)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ((*FAILED, "Diagnostic-Code: smtp; 550 5.1.1 no such user"), "5.1.1"),
        (FAILED, "5.0.0"),
        ((FAILED[0], "Action: delayed"), "4.0.0"),
        ((*FAILED, "Status: 5.2.2", "Diagnostic-Code: smtp; 550 5.1.1"), "5.2.2"),
    ],
)
def test_R30_a_status_is_found_in_the_diagnosis_or_follows_the_action(
    fields: tuple[str, ...], code: str
) -> None:
    assert bounce("It failed.", status(*fields), Content_Type=REPORT).status == code


@pytest.mark.parametrize(
    ("text", "subject", "code"),
    [
        ("<ben@donor.example>: host said: 452 mailbox full", "Undelivered mail", "5.0.0"),
        ("<ben@donor.example>: host said: 452 mailbox full", "About your mail", "4.0.0"),
        ("<ben@donor.example>: host said: 550 no such user", "Undelivered mail", "5.0.0"),
        ("Your mail to ben@donor.example waits.", "Delayed mail", "4.0.0"),
        ("Your mail to ben@donor.example is delayed.", "Undelivered mail", "4.0.0"),
        ("Your mail to ben@donor.example failed.", "Undelivered mail", "5.0.0"),
    ],
)
def test_R30_prose_without_a_code_tells_failure_from_delay(text: str, subject: str, code: str) -> None:
    assert bounce(text, Subject=subject).status == code


def test_R30_the_copy_below_tells_nothing_of_the_failure() -> None:
    text = (
        "<ben@donor.example>: no such user\n\n--- Below this line is a copy of the message.\n\n"
        "To: ann@donor.example\n\n<ann@donor.example>: 451 4.7.1 please retry later\n"
    )
    found = bounce(text)
    assert (found.failed, found.status) == (("ben@donor.example",), "5.0.0")


def test_R30_all_that_stand_on_lines_of_their_own_failed() -> None:
    text = "<ben@donor.example>: unknown\n<ann@donor.example>: unknown\n<ben@donor.example>: again\n"
    assert bounce(text).failed == ("ben@donor.example", "ann@donor.example")


@pytest.mark.parametrize(
    "text",
    [
        "Dear mei@ngo.example, your mail to ben@donor.example failed.",
        "This is mailer-daemon@mx.example. Your mail to ben@donor.example failed.",
        "Ask postmaster@donor.example why ben@donor.example failed.",
        "Your mail to ben@donor.example failed. Write to help@donor.example for more.",
    ],
)
def test_R30_in_prose_the_first_that_is_neither_ours_nor_a_mail_system_failed(text: str) -> None:
    assert bounce(text).failed == ("ben@donor.example",)


def test_R30_what_came_back_is_named_in_the_report_or_in_the_prose() -> None:
    named = status("X-Original-Message-ID: <out@ngo.example>", *FAILED)
    whole = Part(
        "message/delivery-status", b"X-Original-Message-ID: <out@ngo.example>\nReporting-MTA: dns; x"
    )
    assert bounce("It failed.", whole, status(*FAILED), Content_Type=REPORT).of_rfc_id == "out@ngo.example"
    assert bounce("It failed.", named, Content_Type=REPORT).of_rfc_id is None
    assert bounce("It failed: ben@donor.example\n\n> Message-ID: <out@ngo.example>\n").of_rfc_id == (
        "out@ngo.example"
    )
    file = Part("text/plain", b"To: x\nMessage-ID: <out@ngo.example>\n", filename="headers.txt")
    assert bounce("It failed: ben@donor.example", file).of_rfc_id == "out@ngo.example"
    image = Part("image/png", b"To: x\nMessage-ID: <out@ngo.example>\n", filename="x.png")
    assert bounce("It failed: ben@donor.example", image).of_rfc_id is None
    assert bounce("It failed: ben@donor.example\nMessage-ID: <>").of_rfc_id is None


def test_R17_R30_a_bounce_of_a_forward_is_no_forward() -> None:
    forward = (
        "---------- Forwarded message ---------\nFrom: Ann <ann@donor.example>\nDate: Mon\nSubject: x\nTo: y"
    )
    assert read(f"<ben@donor.example>: no such user\n\n{forward}\n\nhi").forwarded is None
    assert read(f"請看\n\n{forward}\n\nhi", From="Ben <ben@donor.example>").forwarded is not None


@pytest.mark.parametrize(
    ("fields", "kind", "code"),
    [
        (("Action: failed", "Status: 4.0.0"), "bounce", "5.0.0"),
        (("Action: failed", "Status: 4.4.7"), "bounce", "5.4.7"),
        (("Action: FAILED", "Status: 2.0.0"), "bounce", "5.0.0"),
        (("Action: expired", "Status: 4.4.7"), "bounce", "5.4.7"),
        (("Action: delayed", "Status: 5.1.1"), "bounce", "4.1.1"),
        (("Action: delayed", "Status: 4.4.1"), "bounce", "4.4.1"),
        (("Action: delivered", "Status: 2.0.0"), "receipt", None),
        (("Action: relayed", "Status: 2.0.0"), "receipt", None),
        (("Action: expanded", "Status: 2.0.0"), "receipt", None),
        (("Status: 5.2.2",), "bounce", "5.2.2"),
        (("Status: 4.2.2",), "bounce", "4.2.2"),
        (("Status: 2.0.0",), "receipt", None),
    ],
)
def test_R30_action_decides_and_not_the_status(fields: tuple[str, ...], kind: str, code: str | None) -> None:
    found = read("About your mail.", status(FAILED[0], *fields), Content_Type=REPORT)
    assert (found.kind, found.bounce.status if found.bounce else None) == (kind, code)


def test_R30_of_a_report_those_that_are_late_or_arrived_did_not_fail() -> None:
    groups = "\n\n".join(
        f"Final-Recipient: rfc822;{name}@donor.example\nAction: {action}\nStatus: 4.4.1"
        for name, action in (
            ("late", "delayed"),
            ("gone", "failed"),
            ("here", "delivered"),
            ("off", "failed"),
        )
    )
    found = bounce("x", status(groups), Content_Type=REPORT, X_Failed_Recipients="late@donor.example, gone@donor.example")  # fmt: skip
    assert found.failed == ("gone@donor.example", "off@donor.example")
    assert found.is_permanent


def api_report(node: dict[str, object]) -> Understood:
    headers = (("From", DAEMON), ("To", "mei@ngo.example"), ("Subject", "x"), ("Content-Type", REPORT))
    top = [{"name": name, "value": value} for name, value in headers]
    return understand(parse_payload({"mimeType": "multipart/report", "headers": top, "parts": [node]}))


GROUP = "Final-Recipient: rfc822; ben@donor.example\r\nAction: failed\r\nStatus: 5.1.1"
MTA = [{"name": "Reporting-MTA", "value": "dns; mx.example"}]
FIRST = [*MTA, {"name": "Final-Recipient", "value": "rfc822; ben@donor.example"}, {"name": "Action", "value": "failed"}]  # fmt: skip


def encoded(text: str) -> dict[str, object]:
    return {"size": len(text), "data": base64.urlsafe_b64encode(text.encode()).decode()}


@pytest.mark.parametrize("mime_type", ["message/delivery-status", "message/global-delivery-status"])
@pytest.mark.parametrize(
    "node",
    [
        {"body": {"size": 0}, "parts": [{"mimeType": "text/plain", "headers": MTA, "body": encoded(GROUP)}]},
        {"body": {"size": 0}, "parts": [{"mimeType": "text/plain", "headers": FIRST, "body": {"size": 0}}]},
        {"body": encoded(f"Reporting-MTA: dns; mx.example\r\n\r\n{GROUP}")},
        {
            "body": {"size": 0},
            "parts": [
                {"mimeType": "text/plain", "headers": MTA, "body": {"size": 0}},
                {"mimeType": "text/plain", "headers": FIRST[1:], "body": {"size": 0}},
            ],
        },
    ],
    ids=["a child", "one block alone", "the part's own body", "a child for each block"],
)
def test_R30_a_report_in_any_form_of_the_api_is_read(mime_type: str, node: dict[str, object]) -> None:
    found = api_report({"mimeType": mime_type, **node})
    assert found.bounce is not None
    assert (found.bounce.failed, found.bounce.is_permanent) == (("ben@donor.example",), True)
    assert found.text == ""


@pytest.mark.parametrize(
    "sender", ["postmaster@isp.example", "complaints@arf.isp.example", "staff@isp.example"]
)
def test_R30_a_spam_complaint_is_a_machines_and_no_bounce(sender: str) -> None:
    complaint = Part("message/feedback-report", b"Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n")
    ours = Part(
        "message/rfc822", b"From: mei@ngo.example\nTo: ben@donor.example\nMessage-ID: <o@ngo.example>\n\nhi"
    )
    text = "This is a spam complaint about a message that could not be delivered to the inbox of ben@donor.example."
    content_type = "multipart/report; report-type=feedback-report; boundary=b"
    found = read(text, complaint, ours, From=sender, Subject="complaint", Content_Type=content_type)
    assert (found.kind, found.bounce) == ("automatic", None)


def test_R30_a_receipt_stays_a_receipt() -> None:
    part = Part("message/disposition-notification", b"Final-Recipient: rfc822; ben@donor.example\nDisposition: automatic-action; deleted")  # fmt: skip
    content_type = "multipart/report; report-type=disposition-notification; boundary=b"
    found = read("Your message was not delivered, it was deleted unread.", part, Content_Type=content_type)
    assert (found.kind, found.bounce) == ("receipt", None)


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ("找不到wang@school.example這個地址，郵件無法送達。", ("wang@school.example",)),
        ("<final@x.example> (expanded from <alias@donor.example>): user unknown", ("alias@donor.example",)),
        ("  final@x.example\n    (generated from alias@donor.example)\n    mailbox is full", ("alias@donor.example",)),
        ("Sender: mei@here.example\nRecipient: [SMTP:ben@donor.example]\nReason: no such user", ("ben@donor.example",)),
        ("Your message to a@x.example, b@x.example and c@x.example could not be delivered.", ("a@x.example", "b@x.example", "c@x.example")),
    ],
)  # fmt: skip
def test_R30_prose_names_who_failed_in_many_ways(text: str, failed: tuple[str, ...]) -> None:
    assert bounce(text, Subject="Mail").failed == failed


def test_R30_who_is_named_by_nobody_but_the_returned_mail_failed() -> None:
    ours = Part(
        "message/rfc822", b"From: mei@ngo.example\nTo: ben@donor.example\nMessage-ID: <o@ngo.example>\n\nhi"
    )
    assert bounce("The user does not exist.", ours).failed == ("ben@donor.example",)
