"""Find who wrote a message and which list carried it: groups and lists rewrite From (R15)."""

import re
from dataclasses import dataclass, replace
from typing import Final

from streaklike.mail.addresses import address_key, parse_address_list
from streaklike.mail.charsets import clean_line, decode_words
from streaklike.mail.headers import Headers
from streaklike.mail.message import Correspondent
from streaklike.mail.names import has_via, name_after_via, strip_via


@dataclass(frozen=True, slots=True)
class Authorship:
    """The actual author, the From header as received, the list's address, and the List-Id without brackets."""

    author: Correspondent | None
    sender: Correspondent | None
    channel: Correspondent | None
    list_id: str


_MAX_READ: Final = 20_000
_LIST_ID: Final = re.compile(r"<([^<>]*)>\s*$")
_MAILTO: Final = re.compile(r"<mailto:([^<>?]+)", re.IGNORECASE)
_LIST_NAME: Final = re.compile(r"list\s+([^\s;,]+@[^\s;,]+)", re.IGNORECASE)
_NAMELY: Final = frozenset({"list-id", "list-post", "x-beenthere", "mailing-list", "x-google-group-id"})


def find_authorship(headers: Headers) -> Authorship:
    """Determine the author from the headers (R15).

    If a group or list put its own address into From, the author is Reply-To if X-Original-From agrees, else
    X-Original-Sender, then X-Original-From, a Reply-To or Cc that is not the list, and finally From. The name
    is From's without `via …`. These headers count only if From was rewritten; otherwise anybody could
    impersonate someone with them.
    """
    senders = _read(headers, "from")
    sender = senders[0] if senders else None
    list_id = _list_id(headers.get("list-id")) if "list-id" in headers else ""
    channel = _find_channel(headers, list_id)
    is_original_given = "x-original-from" in headers or "x-original-sender" in headers
    if sender is None or (channel is None and not is_original_given):
        return Authorship(sender, sender, channel, list_id)
    is_via = has_via(sender.name)
    if channel is None and is_via:
        channel = sender
    if channel is None or not (sender.key == channel.key or (is_via and _is_rewritten(headers, sender))):
        return Authorship(sender, sender, channel, list_id)
    author = _original_author(headers, sender, {channel.key, sender.key}) or sender
    return Authorship(author, sender, _named_channel(channel, sender), list_id)


def _read(headers: Headers, name: str) -> tuple[Correspondent, ...]:
    # Only one author is needed, so an oversized header is not parsed completely.
    return parse_address_list(headers.get(name)[:_MAX_READ])


def _list_id(value: str) -> str:
    found = _LIST_ID.search(value[:2_000])
    words = value[:2_000].split()
    return clean_line(found[1] if found else words[-1] if words else "").strip("<>").lower()[:255]


def _find_channel(headers: Headers, list_id: str) -> Correspondent | None:
    """The list's address: from List-Post, X-BeenThere or Mailing-list, else derived from its List-Id."""
    if not any(name in headers for name in _NAMELY):
        return None
    post = _MAILTO.search(headers.get("list-post"))
    named = _LIST_NAME.match(headers.get("mailing-list"))
    address = post[1] if post else headers.get("x-beenthere") or (named[1] if named else "")
    if not address and list_id:
        address = _implied_address(headers, list_id)
    found = parse_address_list(address) if address else ()
    if not found:
        return None
    return replace(found[0], name=_list_name(headers.get("list-id")))


def _implied_address(headers: Headers, list_id: str) -> str:
    for name in ("to", "cc", "from"):
        for member in _read(headers, name):
            if member.key.replace("@", ".") == list_id:
                return member.shown
    local, dot, domain = list_id.partition(".")
    return f"{local}@{domain}" if dot and "." in domain and "@" not in list_id else ""


def _list_name(value: str) -> str:
    phrase = value.rpartition("<")[0].strip().strip('"')
    return clean_line(decode_words(phrase[:2_000]))[:200] if phrase else ""


def _named_channel(channel: Correspondent, sender: Correspondent) -> Correspondent:
    """Add a display name to the channel: what follows `via` in the From it rewrote."""
    return replace(channel, name=channel.name or name_after_via(sender.name))


def _is_rewritten(headers: Headers, sender: Correspondent) -> bool:
    original = headers.get("x-original-from") or headers.get("x-original-sender")
    return bool(original) and address_key(original) != sender.key


def _original_author(headers: Headers, sender: Correspondent, lists: set[str]) -> Correspondent | None:
    reply_to = _read(headers, "reply-to")
    original_from = _read(headers, "x-original-from")
    original_sender = _read(headers, "x-original-sender")
    from_keys = {one.key for one in original_from}
    agreed = [one for one in reply_to if one.key in from_keys]
    person = strip_via(sender.name) if has_via(sender.name) else ""
    others = [one for one in (*original_from, *reply_to) if one.key not in lists]
    copied = [one for one in _read(headers, "cc") if person and one.name == person and one.key not in lists]
    for found in (agreed, original_sender, others, copied):
        if found and found[0].key not in lists:
            return _with_name(found[0], original_from, person)
    return None


def _with_name(found: Correspondent, original_from: tuple[Correspondent, ...], person: str) -> Correspondent:
    same = next((one.name for one in original_from if one.key == found.key and one.name), "")
    name = strip_via(found.name or same) or person
    return found if name == found.name else replace(found, name=name)
