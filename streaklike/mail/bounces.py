"""Recognize delivery reports (R30): who failed, with which status, and which of our messages was returned."""

from typing import Final

from streaklike.mail.addresses import parse_address_list
from streaklike.mail.bounce_prose import (
    find_anchored,
    find_failed,
    find_status,
    has_code,
    part_text,
    with_class,
)
from streaklike.mail.bounce_reports import (
    DELAYED,
    FAILED,
    MAX_RECIPIENTS,
    REPORT_TYPES,
    Outcome,
    read_outcomes,
)
from streaklike.mail.bounce_words import says
from streaklike.mail.headers import Headers
from streaklike.mail.mail_systems import Origin, find_origin
from streaklike.mail.message import Bounce, Correspondent, Part
from streaklike.mail.returned_copies import Returned, read_returned
from streaklike.mail.subjects import looks_automatic

_OF_BULK: Final = ("list-unsubscribe", "list-id", "list-post")
"""Headers that delivery reports never have, but most other machine mail has."""

_MAX_LOOK: Final = 8_000
_OUR_FIELDS: Final = ("to", "cc", "from", "delivered-to", "x-original-to", "reply-to")


def read_bounce(
    headers: Headers, parts: tuple[Part, ...], sender: Correspondent | None, subject: str, text: str
) -> Bounce | None:
    """Return the bounce that this message is, or None.

    A machine-readable report decides per recipient: failed, delayed, or no bounce. Otherwise the prose does,
    if it comes from a mail system, or has an empty return path, says that mail was not delivered, and names a
    recipient on a line of its own or one of the returned message. The class of `status` is the outcome: 5 not
    delivered, 4 delayed, whatever code was given. Spam complaints, receipts and reports of success are not
    bounces.
    """
    x_failed = headers.get("x-failed-recipients")
    is_report = "delivery-status" in headers.get("content-type").lower()
    origin = find_origin(headers, sender)
    if not _may_be(origin, headers, parts, subject, text, is_declared=bool(x_failed) or is_report):
        return None
    said, quoted = part_text(text)
    outcomes = read_outcomes(parts)
    listed = [member.key for member in parse_address_list(x_failed)][:MAX_RECIPIENTS]
    returned = read_returned(headers, parts, said, quoted)
    ours = _list_ours(headers) | returned.authors
    decided = _decide(outcomes)
    if decided:
        told = dict.fromkeys(each.key for each in decided if each.key)
        spared = {each.key for each in outcomes} - set(told)
        failed = [*told, *(key for key in listed if key not in spared)]
        status = _status_of(decided)
    elif (outcomes and not listed) or not (
        listed or is_report or _describes_bounce(origin, subject, said, returned, ours)
    ):
        return None
    else:
        failed, status = listed, find_status(said, subject)
    failed = failed or find_failed(said, recipients=returned.recipients, ours=ours) or _only(returned, ours)
    return Bounce(tuple(dict.fromkeys(failed))[:MAX_RECIPIENTS], status, returned.rfc_id)


def is_complaint(headers: Headers, parts: tuple[Part, ...]) -> bool:
    """Whether the message is an automated spam complaint (RFC 5965), which is no delivery report."""
    return "feedback-report" in headers.get("content-type").lower() or any(
        part.mime_type == "message/feedback-report" for part in parts
    )


def _may_be(
    origin: Origin, headers: Headers, parts: tuple[Part, ...], subject: str, text: str, *, is_declared: bool
) -> bool:
    """Cheap check that excludes almost all mail. `is_declared`: a header says that it is a delivery report.

    If the sender only might be a mail system, the text must say that mail was not delivered.
    """
    if not is_declared and origin is Origin.OTHER:
        return False
    if "disposition-notification" in headers.get("content-type").lower() or is_complaint(headers, parts):
        return False
    if is_declared or origin is Origin.SYSTEM:
        return True
    if any(part.mime_type in REPORT_TYPES for part in parts):
        return True
    if looks_automatic(subject) or any(name in headers for name in _OF_BULK):
        return False
    return says("not_delivered", subject) or ("@" in text and says("not_delivered", text[:_MAX_LOOK]))


def _decide(outcomes: list[Outcome]) -> list[Outcome]:
    """Return those that failed or, if there are none, those that are delayed."""
    return [each for each in outcomes if each.outcome == FAILED] or [
        each for each in outcomes if each.outcome == DELAYED
    ]


def _status_of(decided: list[Outcome]) -> str:
    digit = "5" if decided[0].outcome == FAILED else "4"
    return with_class(next((each.status for each in decided if each.status), ""), digit)


def _list_ours(headers: Headers) -> frozenset[str]:
    return frozenset(
        member.key for name in _OUR_FIELDS for member in parse_address_list(headers.get(name)[:20_000])
    )


def _only(returned: Returned, ours: frozenset[str]) -> list[str]:
    """Return the only external recipient of the returned message, if the report names nobody."""
    others = returned.recipients - ours
    return list(others) if len(others) == 1 else []


def _describes_bounce(
    origin: Origin, subject: str, said: str, returned: Returned, ours: frozenset[str]
) -> bool:
    """Whether prose without a machine-readable report describes a bounce."""
    is_named = says("not_delivered", subject)
    if says("succeeded", subject) and not is_named:
        return False
    if says("held", subject) and not returned.recipients:
        return False
    anchored = find_anchored(said, recipients=returned.recipients, ours=ours)
    if origin is Origin.PERHAPS:
        return bool(anchored) and not looks_automatic(subject)
    if is_named or says("delayed", subject):
        return True
    if anchored and (returned.recipients or returned.rfc_id):
        return True
    named = anchored or find_failed(said, recipients=returned.recipients, ours=ours)
    return bool(named) and (
        has_code(said) or says("not_delivered", said) or says("reasons", f"{subject}\n{said}")
    )
