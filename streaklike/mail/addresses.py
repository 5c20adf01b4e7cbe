"""Mail addresses: keys (R1 to R3), address headers (R6), and kinds of owner (R10)."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

import idna

from streaklike.mail.charsets import clean_line, decode_words
from streaklike.mail.domains import is_public_domain
from streaklike.mail.message import Correspondent

__all__ = ["address_key", "address_kind", "is_public_domain", "parse_address_list", "suggest_fold"]

MAX_ADDRESS_LENGTH: Final = 320
MAX_ADDRESSES: Final = 10_000
"""Maximum of addresses parsed in a header: more than any provider accepts, and still fast (Q10)."""

_MAX_SEPARATORS: Final = 6 * MAX_ADDRESSES
"""Maximum of separators, quoted strings and encoded words examined in a header; the rest is ignored."""

_MAX_CACHED: Final = 2_000
_GMAIL: Final = frozenset({"gmail.com", "googlemail.com"})
_EDGES: Final = " \t\r\n<>"


@lru_cache(maxsize=2_048)
def address_key(text: str) -> str:
    """Return the key of an address: lower-cased and trimmed, with its domain in IDNA form (R1).

    Gmail's two domains are equal, and their dots and `+tag` are dropped (R2, R3). Text that is no address is
    returned lower-cased and trimmed.
    """
    tidy = text.strip(_EDGES)
    if not tidy.isascii():
        tidy = unicodedata.normalize("NFKC", tidy).strip(_EDGES)
    local, at, domain = tidy.lower().rpartition("@")
    if not at:
        return domain
    domain = _idna(domain.strip().rstrip("."))
    local = local.strip()
    if len(local) > 2 and local[0] == local[-1] == '"' and not re.search(r"[\s@,;<>\"\\]", local[1:-1]):
        local = local[1:-1]
    if domain in _GMAIL:
        local = local.partition("+")[0].replace(".", "") or local
        domain = "gmail.com"
    return f"{local}@{domain}"


def _idna(domain: str) -> str:
    if domain.isascii() or len(domain) > 253:
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, ValueError):
        return domain


def suggest_fold(key: str) -> str | None:
    """Return the key without its `+tag` if that was not dropped automatically, else None.

    A suggestion only (R3).
    """
    local, _, domain = key.rpartition("@")
    base, plus, _ = local.partition("+")
    return f"{base}@{domain}" if base and plus else None


def parse_address_list(header_value: str) -> tuple[Correspondent, ...]:
    """Parse an address header, keeping the order (R6).

    The list is split before encoded words are decoded, so that an encoded comma does not separate. Headers
    that arrive decoded, with quoted or bare commas, are accepted too. Groups yield their members. Of a
    malformed list every well-formed member is kept, up to MAX_ADDRESSES.
    """
    # Long values are not cached, to bound the cache's memory.
    if len(header_value) <= _MAX_CACHED:
        return _parse_cached(header_value)
    return tuple(islice(_parse(header_value), MAX_ADDRESSES))


@lru_cache(maxsize=1_024)
def _parse_cached(value: str) -> tuple[Correspondent, ...]:
    return tuple(_parse(value))


_PART: Final = r"\([^()]*\)|=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=|[,;]"
_UNQUOTED: Final = re.compile(_PART)
_QUOTED: Final = re.compile(r'"[^"]*"|' + _PART)
_ANGLED: Final = re.compile(r'"[^"]*"|<([^<>]*)>')
_ESCAPED: Final = re.compile(r"\\([\"\\])")
_QUOTED_LOCAL: Final = re.compile(r'"[^"]*"@[^\s"<>(),;:@]+')
_COMMENT: Final = re.compile(r"\(([^()]*)\)")
_BETWEEN_WORDS: Final = re.compile(r'[\s"<>(),;:]+')
_GROUP_NAME: Final = re.compile(r'(?:\s*"[^"]*"|[^<>@":,;]*):')
_LITERAL_QUOTE: Final = "\ue001"
_MAX_NAME_LENGTH: Final = 200
_SHORTEST_HIDDEN: Final = 24


def _parse(value: str) -> Iterator[Correspondent]:
    # A private-use character stands in for an escaped quote, so that the patterns below need no escapes.
    if "\\" in value:
        value = _ESCAPED.sub(lambda found: _LITERAL_QUOTE if found[1] == '"' else found[1], value)
    is_group = ";" in value
    for piece in _split(value):
        yield from _read_piece(piece, is_group=is_group)


def _split(value: str) -> Iterator[str]:
    """Split at separators. A piece without an address belongs to the name in the next one."""
    if "," not in value and ";" not in value:
        yield value
        return
    # With an odd number of quotes one is unbalanced: ignore quoting altogether.
    separators = _UNQUOTED if value.count('"') % 2 else _QUOTED
    start = 0
    last = 0
    next_at = value.find("@")
    for count, found in enumerate(separators.finditer(value)):
        if count == _MAX_SEPARATORS:
            return
        at = found.start()
        if value[at] not in ",;":
            continue
        if 0 <= next_at < at or _ends_group(value, start, last, at):
            yield value[start:at]
            start = at + 1
            next_at = value.find("@", start) if 0 <= next_at < start else next_at
        last = at + 1
    yield value[start:]


def _ends_group(value: str, start: int, last: int, at: int) -> bool:
    # An empty group, or a whole member hidden in an encoded word, must not leak into the next member's
    # name; and text longer than any name is not one.
    if at - start > _MAX_NAME_LENGTH * 2:
        return True
    if value[at] == ";":
        return ":" in value[start:at]
    return (
        at - last > _SHORTEST_HIDDEN
        and value.startswith("?=", at - 2)
        and "@" in decode_words(value[last:at])
    )


def _read_piece(piece: str, *, is_group: bool) -> list[Correspondent]:
    if "@" not in piece:
        decoded = decode_words(piece[:1_000]) if "=?" in piece else ""
        return list(_parse(clean_line(decoded))) if "@" in decoded else []
    if is_group and (found := _GROUP_NAME.match(piece)):
        piece = piece[found.end() :]
    return _read_angled(piece) or _read_bare(piece)


def _read_angled(piece: str) -> list[Correspondent]:
    members = []
    name_start = 0
    for found in islice(_ANGLED.finditer(piece), _MAX_SEPARATORS):
        if found[1] is None:
            continue
        member = _correspondent(piece[name_start : found.start()], found[1])
        if member:
            members.append(member)
            name_start = found.end()
    return members


def _read_bare(piece: str) -> list[Correspondent]:
    if '"@' in piece and (quoted := _QUOTED_LOCAL.search(piece)):
        member = _correspondent("", quoted[0])
        return [member] if member else []
    comment = _COMMENT.search(piece)
    words = [word for word in _BETWEEN_WORDS.split(_COMMENT.sub(" ", piece)) if "@" in word]
    before = "" if not words or "," in piece else piece[: piece.find(words[0])]
    name = comment[1] if comment else before.partition(":")[2] if ":" in before else before
    found = [
        _correspondent(name if number == 0 else "", word) for number, word in enumerate(words[:MAX_ADDRESSES])
    ]
    return [member for member in found if member]


def _correspondent(name: str, address: str) -> Correspondent | None:
    shown = clean_line(address.replace(_LITERAL_QUOTE, '"')) if not address.isalnum() else address
    if shown.startswith("@"):
        shown = shown.rpartition(":")[2]
    if " " in shown and '"' not in shown:
        shown = shown.replace(" ", "")
    shown = shown.strip("'")
    local, _, domain = shown.rpartition("@")
    if not local or not domain.strip(".") or len(shown) > MAX_ADDRESS_LENGTH:
        return None
    return Correspondent(name=_read_name(name) if name else "", shown=shown, key=address_key(shown))


def _read_name(text: str) -> str:
    plain = text.replace('"', "").strip(" \t\r\n,;")
    decoded = clean_line(decode_words(plain[: _MAX_NAME_LENGTH * 30]).replace(_LITERAL_QUOTE, '"'))
    if len(decoded) > 1 and decoded[0] == decoded[-1] == '"':
        decoded = decoded[1:-1].strip()
    return decoded[:_MAX_NAME_LENGTH]


_SEPARATED: Final = r"(?:^|.*[^a-z])(?:{})(?:[^a-z].*)?"
_MACHINE: Final = re.compile(
    _SEPARATED.format(
        r"(?:no|not|do[-_.]?not|dont|never)[-_.]?reply(?:to)?|nicht[-_.]?antworten|noresponder"
        r"|mail(?:er|delivery)?[-_.]?daemon|postmaster|mail[-_.]?delivery[-_.]?(?:subsystem|system)"
        r"|notifications?|notify|notifier|bounces?|auto[-_.]?(?:reply|responder|respond|confirm|mailer|mated?)"
        r"|calendar[-_.]?(?:notification|server)"
    )
    + r"|(?:auto|calendar|alerts?|daemon|nobody|root|cron|www-data|apache|system|robot|bot|majordomo|listserv|mailman)"
    r"|.+-(?:request|bounces?|owner|unsubscribe|subscribe|confirm|leave|join)|owner-.+|(?:prvs|srs[01])(?:=.*)?",
    re.DOTALL,
)
_MACHINE_DOMAINS: Final = re.compile(r"(?:.*\.)?(?:group|resource|import)\.calendar\.google\.com")
_LIST_DOMAINS: Final = re.compile(
    r"(?:lists?|groups?|mailman|listserv)\.[^.]+\..+|(?:.+\.)?(?:googlegroups\.com|groups\.io|yahoogroups\.com|freelists\.org)"
)
_ROLES: Final = frozenset(
    """
    info information help helpdesk hello hi hey contact contactus contact-us service services support office admin
    administrator administration sales marketing press media pr news newsletter edm epaper enquiries enquiry inquiries
    inquiry ask team staff mail email post webmaster hostmaster abuse security privacy billing invoice invoices accounts
    accounting finance payment payments donate donation donations donor giving fundraising membership members member
    volunteer volunteers vol event events booking bookings reservation reservations order orders shop store hr job jobs
    career careers recruit recruitment legal customer customers customerservice customer-service customer.service
    customercare cs cservice servicedesk reception secretary secretariat general feedback editor editorial subscribe
    unsubscribe registration register public board director org ngo kontakt buero bureau
    """.split()  # noqa: SIM905 - a list of words reads better than a column of quotes
)


@lru_cache(maxsize=2_048)
def address_kind(key: str) -> str:
    """Classify the owner of the address with this key (R10): person, role, machine or list.

    A machine or list never becomes a contact; a role address may.
    """
    local, _, domain = key[-MAX_ADDRESS_LENGTH:].rpartition("@")
    local = local.partition("+")[0]
    if _MACHINE.fullmatch(local) or _MACHINE_DOMAINS.fullmatch(domain):
        return "machine"
    if _LIST_DOMAINS.fullmatch(domain):
        return "list"
    return "role" if local in _ROLES else "person"
