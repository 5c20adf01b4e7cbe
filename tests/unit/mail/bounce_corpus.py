"""A corpus of delivery reports: every form, with recipients, reasons and codes drawn by fixed dice; as files and by the API."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from gmail_emulator.payload import build_payload
from streaklike.gmail.messages import parse_payload
from streaklike.mail.message import Understood
from streaklike.mail.mime import parse_mime
from streaklike.mail.understand import understand
from tests.unit.mail.bounce_forms import PROGRAMS, Form

ME: Final = "mei@ngo.example"
LOCALS: Final = (
    "an.chen",
    "bo",
    "c_h_u",
    "dao-1978",
    "E.Wang",
    "f+list",
    "g8211035",
    "o'neil",
    "very.long.name.of.somebody.at.a.school",
    "ho",
)
DOMAINS: Final = (
    "donor.example",
    "mail.school.example",
    "xn--fiq228c.example",
    "Far.Example",
    "ms17.isp.example",
    "a-b.example",
)
REASONS: Final = (
    ("5.1.1", "550 5.1.1 User unknown"), ("5.2.2", "552 5.2.2 mailbox full"), ("5.7.1", "554 5.7.1 Message rejected as spam"), ("5.4.4", "550 5.4.4 Host not found"),
    ("4.4.7", "451 4.4.7 Message expired"), ("4.0.0", "DNS Error: no relevant answers"), ("4.2.2", "452 4.2.2 Over quota"), ("5.0.0", "550 no such user here"),
    ("4.7.1", "450 4.7.1 Greylisted, please try again later"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """One report: its source, and whom it says to have failed."""

    form: Form
    source: bytes
    failed: frozenset[str]
    rfc_id: str | None


def make_samples(each: int = 9, *, seed: int = 11) -> Iterator[Sample]:
    """So many reports of every form; the same ones for the same seed."""
    for form in PROGRAMS:
        for number in range(each):
            yield _make(form, Random(f"{seed} {form.name} {number}"), number)


def _make(form: Form, rng: Random, number: int) -> Sample:
    recipients = [f"{local}@{rng.choice(DOMAINS)}" for local in rng.sample(LOCALS, 4)]
    failed = recipients[: 1 if number % 3 == 0 else rng.randint(1, 3)]
    arrived = recipients[3:] if number % 2 else []
    rfc_id = f"{number}.{rng.randrange(10**6)}@ngo.example"
    facts = {"s": "春季淨灘邀請", "me": ME, "id": rfc_id}
    if form.charset not in {"utf-8", "big5", "gbk", "gb2312"}:
        facts["s"] = "Spring"
    reasons = [rng.choice(REASONS) for _ in failed]
    listing = "".join(form.each.format(a=a, r=r, **facts) for a, (_, r) in zip(failed, reasons, strict=True))
    original = _original([*failed, *arrived], rfc_id)
    text = form.text.format(**facts) + listing + form.after.format(**facts)
    if form.copy == "quoted":
        text += "\n" + original
    parts = [_text_part(text, form)]
    if form.report:
        parts.append(_report(failed, arrived, [status for status, _ in reasons], rng))
    if form.copy == "message":
        parts.append("Content-Type: message/rfc822\n\n" + original)
    elif form.copy == "headers":
        parts.append("Content-Type: text/rfc822-headers\n\n" + original.partition("\n\n")[0] + "\n")
    head = _head(form, facts, number)
    source = head + _body(parts, is_report=form.report)
    knows_id = form.copy != "none" or "{id}" in form.text + form.after
    return Sample(
        form,
        source.replace("\n", "\r\n").encode(),
        frozenset(address.lower() for address in failed),
        rfc_id if knows_id else None,
    )


def _head(form: Form, facts: dict[str, str], number: int) -> str:
    subject = base64.b64encode(form.subject.format(**facts).encode()).decode()
    path = "Return-Path: <>\n" if form.empty_path else ""
    return (
        f"{path}From: {form.sender}\nTo: {ME}\nSubject: =?utf-8?B?{subject}?=\nDate: Tue, 03 Mar 2026 02:00:00 +0000\n"
        f"Message-ID: <b{number}@mx.example>\nMIME-Version: 1.0\n"
    )


def _original(recipients: list[str], rfc_id: str) -> str:
    return (
        f"Received: from desk.ngo.example by mail.ngo.example; Mon, 02 Mar 2026 02:00:00 +0000\nFrom: Mei <{ME}>\n"
        f"To: {', '.join(recipients)}\nSubject: Spring\nMessage-ID: <{rfc_id}>\n\nPlease write to help@ngo.example.\n"
    )


def _text_part(text: str, form: Form) -> str:
    mime_type = "html" if form.html else "plain"
    data = base64.encodebytes(text.encode(form.charset)).decode()
    return (
        f"Content-Type: text/{mime_type}; charset={form.charset}\nContent-Transfer-Encoding: base64\n\n{data}"
    )


def _report(failed: list[str], arrived: list[str], statuses: list[str], rng: Random) -> str:
    """Action decides; the spelling of the fields and their order vary as they do among programs."""
    prefix = rng.choice(("rfc822; ", "rfc822;", "RFC822; ", "rfc822;  "))
    blocks = []
    for address, status in zip(failed, statuses, strict=True):
        shown = f"<{address}>" if rng.random() < 0.15 else address
        lines = [
            f"Final-Recipient: {prefix}{shown}",
            f"Action: {rng.choice(('failed', 'Failed', 'failed (bad)'))}",
            f"Status: {status}",
            "Diagnostic-Code: smtp; 550 no\n such user",
        ]
        if rng.random() < 0.3:
            lines = [
                f"Original-Recipient: rfc822;{address}",
                f"Final-Recipient: {prefix}elsewhere@final.example",
                *lines[1:],
            ]
        if rng.random() < 0.3:
            lines[1:3] = lines[2:0:-1]
        blocks.append("\n".join(lines))
    blocks += [f"Final-Recipient: {prefix}{address}\nAction: delivered\nStatus: 2.0.0" for address in arrived]
    return (
        "Content-Type: message/delivery-status\n\n"
        + "\n\n".join(
            ["Reporting-MTA: dns; mx.example\nArrival-Date: Mon, 02 Mar 2026 02:00:00 +0000", *blocks]
        )
        + "\n"
    )


def _body(parts: list[str], *, is_report: bool) -> str:
    if len(parts) == 1:
        return parts[0]
    kind = "report; report-type=delivery-status" if is_report else "mixed"
    return (
        f'Content-Type: multipart/{kind}; boundary="=_b"\n\n'
        + "".join(f"--=_b\n{part}\n" for part in parts)
        + "--=_b--\n"
    )


def read_as_file(source: bytes) -> Understood:
    """As an import reads it."""
    return understand(parse_mime(source))


def read_by_api(source: bytes) -> Understood:
    """As a sync reads it: what Gmail's API makes of the source, as our client takes it."""
    return understand(parse_payload(as_api(source)))


def as_api(source: bytes) -> dict[str, Any]:
    """The payload of the API, as the Gmail of the demo gives it."""
    built = build_payload(source)
    payload: dict[str, Any] = json.loads(b'"x"'.join(built.pieces))
    return payload
