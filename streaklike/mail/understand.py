"""Parse a raw message into `Understood`: the entry point that ingest calls."""

from dataclasses import dataclass, replace
from typing import Final

from streaklike.mail.addresses import MAX_ADDRESSES, parse_address_list
from streaklike.mail.authorship import find_authorship
from streaklike.mail.bodies import choose_html_text, choose_text, first_text, list_attachments
from streaklike.mail.fingerprints import body_hash, fingerprint, squeeze
from streaklike.mail.footers import strip_list_footer
from streaklike.mail.forms import find_visitor, is_foreign_form
from streaklike.mail.headers import Headers, parse_date, parse_message_ids, parse_references
from streaklike.mail.kinds import find_kind, speaks_of_automation
from streaklike.mail.message import Correspondent, Forwarded, Part, RawMessage, Understood
from streaklike.mail.mime import parse_head
from streaklike.mail.quotes import Split, split_quotes
from streaklike.mail.subjects import (
    MAX_SUBJECT_LENGTH,
    base_subject,
    is_forward_subject,
    is_reply_subject,
    looks_automatic,
)
from streaklike.mail.thanks import is_thanks

_REPLACED_ID: Final = "SMTPIN_ADDED_"
"""Message-ID that Gmail assigns to mail without one: it differs between mailboxes."""

_ORIGINAL_ID: Final = "x-google-original-message-id"
"""Header in which Gmail keeps a malformed Message-ID that it replaced; a file from elsewhere has the original
(R54).
"""


def understand(raw: RawMessage) -> Understood:
    """Parse one message; see `Understood` for the fields. Pure, and does not raise on malformed mail (Q10)."""
    headers = Headers(raw.headers)
    by = find_authorship(headers)
    subject = headers.text("subject", limit=MAX_SUBJECT_LENGTH)
    whole = choose_text(raw.parts)
    split = _split(whole, subject, raw.parts, is_reply=_answers(headers, subject))
    dated_at = parse_date(headers.get("date"))
    dated = str(dated_at // 1000) if dated_at is not None else headers.text("date", limit=100)
    squeezed = squeeze(split.new)
    carried = strip_list_footer(first_text(raw.parts))[0]
    mark = fingerprint(by.author.key if by.author else "", dated, carried)
    kind = find_kind(headers, raw.parts, sender=by.sender, author=by.author, subject=subject, text=whole)
    visitor = None if by.channel else find_visitor(headers, kind=kind.kind, sender=by.sender)
    return Understood(
        rfc_id=_find_rfc_id(headers) or f"hash:{mark}",
        fingerprint=mark,
        author=by.author,
        sender=by.sender,
        channel=by.channel,
        to=_list_people(headers, "to"),
        cc=_list_people(headers, "cc"),
        bcc=_list_people(headers, "bcc"),
        subject=subject,
        base_subject=base_subject(subject),
        dated_at=dated_at,
        refs=_list_refs(headers),
        kind=kind.kind,
        is_foreign_list=kind.is_foreign_list,
        is_subject_automatic=looks_automatic(subject) and not speaks_of_automation(headers),
        is_thanks=kind.kind == "human" and is_thanks(split.new),
        is_invitation=kind.is_invitation,
        text=split.new,
        quoted=split.quoted,
        body_hash=body_hash(split.new, squeezed),
        bounce=kind.bounce,
        forwarded=None if kind.bounce else split.forwarded,
        attachments=list_attachments(raw.parts),
        list_id=by.list_id,
        visitor=visitor,
        is_foreign_form=visitor is not None
        and by.sender is not None
        and is_foreign_form(visitor, by.sender, subject=subject, text=whole),
    )


@dataclass(frozen=True, slots=True)
class KeptReading:
    """What can be parsed again of a message of which only subject and new text are stored."""

    base_subject: str
    text: str
    quoted: str
    body_hash: str
    is_thanks: bool


def read_kept_text(subject: str, text: str, *, kind: str, has_refs: bool) -> KeptReading:
    """Parse the new part of a stored message again: find quotes in it and recompute derived fields. Pure.

    Quoted text stays quoted, because the HTML marks are not stored.
    """
    split = _split(text, subject, (), is_reply=has_refs or is_reply_subject(subject))
    return KeptReading(
        base_subject(subject),
        split.new,
        split.quoted,
        body_hash(split.new, squeeze(split.new)),
        kind == "human" and is_thanks(split.new),
    )


def _find_rfc_id(headers: Headers) -> str:
    for name in ("message-id", _ORIGINAL_ID):
        ids = parse_message_ids(headers.get(name))
        if ids and _REPLACED_ID not in ids[0]:
            return ids[0]
        if not ids:
            break
    return ""


def _list_refs(headers: Headers) -> tuple[str, ...]:
    if "references" not in headers and "in-reply-to" not in headers:
        return ()
    names = ("from", "sender", "reply-to", "to", "cc", "bcc")
    people = {
        person
        for name in names
        for each in _list_people(headers, name)
        for person in (each.key, each.shown.lower())
    }
    return parse_references(headers, people)


def _list_people(headers: Headers, name: str) -> tuple[Correspondent, ...]:
    """Everybody in this header, each address once."""
    values = headers.get_all(name)
    if not values:
        return ()
    people = parse_address_list(values[0])
    for value in values[1:]:
        if len(people) >= MAX_ADDRESSES:
            break
        people += parse_address_list(value)
    if len(people) < 2:
        return people
    # Reversed twice, so that of equal keys the first name wins.
    return tuple({person.key: person for person in reversed(people)}.values())[::-1]


def _answers(headers: Headers, subject: str) -> bool:
    return "in-reply-to" in headers or "references" in headers or is_reply_subject(subject)


def _split(text: str, subject: str, parts: tuple[Part, ...], *, is_reply: bool) -> Split:
    said, footer = strip_list_footer(text)
    split = split_quotes(
        said,
        is_forward=is_forward_subject(subject),
        is_reply=is_reply,
        base_subject=base_subject(subject),
    )
    if is_reply and not split.quoted and len(parts) > 1:
        split = _split_by_html(parts, said, base_subject(subject)) or split
    if footer:
        split = replace(split, quoted=f"{split.quoted}\n\n{footer}".strip())
    if split.forwarded is None and len(parts) > 1:
        split = replace(split, forwarded=_attached_original(parts, subject))
    return split


def _split_by_html(parts: tuple[Part, ...], plain: str, subject: str) -> Split | None:
    """Split by the HTML part's marks, if the plain part has none and begins with the same new text."""
    html = choose_html_text(parts)
    if not html:
        return None
    split = split_quotes(strip_list_footer(html)[0], base_subject=subject)
    is_same = bool(split.new) and squeeze(plain).startswith(squeeze(split.new))
    return split if is_same and split.quoted and split.forwarded is None else None


def _attached_original(parts: tuple[Part, ...], subject: str) -> Forwarded | None:
    """The original of a forward that carries it as an attachment."""
    original = next((part for part in parts if part.mime_type == "message/rfc822"), None)
    if original is None or not (original.filename or is_forward_subject(subject)):
        return None
    headers = Headers(parse_head(original.content[:200_000]))
    authors = parse_address_list(headers.get("from"))
    return Forwarded(
        author=authors[0] if authors else None,
        dated=headers.text("date", limit=200),
        subject=headers.text("subject", limit=MAX_SUBJECT_LENGTH),
    )
