"""Look up headers by name and parse their values: parameters, Message-IDs, dates."""

import re
from calendar import timegm
from collections.abc import Collection, Iterable
from email.utils import mktime_tz, parsedate_tz
from hashlib import blake2b
from typing import Final
from urllib.parse import unquote_to_bytes

from streaklike.mail.charsets import clean_line, decode_bytes, decode_words

MAX_ID_LENGTH: Final = 300
MAX_REFS: Final = 100
_EARLIEST: Final = 0
_LATEST: Final = 253_402_300_799_000


class Headers:
    """Headers by name. Names are given in lower case; values are returned unchanged."""

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            key = name.lower()
            if key in values:
                values[key].append(value)
            else:
                values[key] = [value]
        self._values = values

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str) -> str:
        """The first value of this header, or ""."""
        found = self._values.get(name)
        return found[0] if found else ""

    def get_all(self, name: str) -> list[str]:
        """All values of this header, in order."""
        return self._values.get(name, [])

    def text(self, name: str, *, limit: int = 1_000) -> str:
        """The first value decoded for display: one line, at most `limit` characters."""
        found = self._values.get(name)
        return clean_line(decode_words(found[0][: limit * 30]))[:limit] if found else ""


_ID: Final = re.compile(r"<([^<>]+)>")
_DIGIT: Final = re.compile(r"\d")
_BETWEEN_IDS: Final = re.compile(r"[\s<>\"(),;]+")


def parse_message_ids(value: str) -> tuple[str, ...]:
    """Return the Message-IDs in a header value, without brackets, in order and without duplicates.

    Tolerates missing brackets, white space within them and words between. An id too long for an index is
    truncated and completed with its hash.
    """
    if not value:
        return ()
    found = _ID.findall(value) if "<" in value else _bare_ids(value)
    return tuple(dict.fromkeys(filter(None, map(_tidy_id, found))))


def _bare_ids(value: str) -> list[str]:
    return [word for word in _BETWEEN_IDS.split(value) if "@" in word[1:-1]] if "@" in value else []


def _tidy_id(text: str) -> str:
    tidy = "".join(clean_line(text).split())
    if len(tidy) <= MAX_ID_LENGTH:
        return tidy
    return f"{tidy[:100]}~{blake2b(tidy.encode(), digest_size=16).hexdigest()}"


def parse_references(headers: Headers, addresses: Collection[str] = ()) -> tuple[str, ...]:
    """Return References followed by In-Reply-To, oldest first, without duplicates; of very many the first and
    newest.

    Some programs write `Your message of Monday <an@donor.example>` into In-Reply-To: a mail address is no
    Message-ID. `addresses` are the address keys on this message; beside words, an id without a digit is taken
    as an address too.
    """
    ids = [id_ for value in headers.get_all("references") for id_ in parse_message_ids(value)]
    for value in headers.get_all("in-reply-to"):
        found = parse_message_ids(value)
        ids += found if not _has_words(value) else [id_ for id_ in found if _DIGIT.search(id_)]
    unique = [id_ for id_ in dict.fromkeys(ids) if id_.lower() not in addresses]
    return tuple(unique if len(unique) <= MAX_REFS else [unique[0], *unique[1 - MAX_REFS :]])


def _has_words(value: str) -> bool:
    """Whether there is text outside the brackets, as in the oldest forms of In-Reply-To."""
    return "<" in value and bool(_ID.sub(" ", value).strip(" \t\r\n,;"))


_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_DATE: Final = re.compile(
    r"\s*(?:[A-Za-z]{3},\s{0,4})?(\d{1,2})\s([A-Za-z]{3})\s(\d{4})\s(\d\d):(\d\d):(\d\d)\s(?:([+-])(\d\d)(\d\d)|GMT|UTC)(?=\s|$)"
)


def parse_date(value: str) -> int | None:
    """Parse a Date header to UTC milliseconds. Returns None if invalid or outside the years 1970 to 9999.

    A date without a zone is taken as UTC. A future date such as 2099 is accepted here (R20).
    """
    # Fast path: the common format by regex, which is much faster than email.utils.
    found = _DATE.match(value)
    try:
        seconds = _from_common_form(found) if found else None
        if seconds is None:
            moment = parsedate_tz(value[:200])
            seconds = mktime_tz(moment) if moment and moment[0] >= 1970 else None
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if seconds is None or not _EARLIEST <= seconds * 1000 <= _LATEST:
        return None
    return seconds * 1000


def _from_common_form(found: re.Match[str]) -> int | None:
    day, month_name, year, hour, minute, second, sign, zone_hour, zone_minute = found.groups()
    month = _MONTHS.get(month_name.lower())
    if month is None or int(year) < 1970 or int(hour) > 23:
        return None
    seconds = timegm((int(year), month, int(day), int(hour), int(minute), int(second)))
    offset = (int(zone_hour) * 3600 + int(zone_minute) * 60) if sign else 0
    return seconds - offset if sign == "+" else seconds + offset


_PARAMETER: Final = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """Split a header such as Content-Type into its lower-cased value and parameters by lower-cased name.

    RFC 2231 continuations are joined and decoded; so are RFC 2047 words, which are invalid there but common.
    """
    bare, separator, _ = value.partition(";")
    bare = bare.strip().lower()
    if not separator:
        return bare, {}
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, str, bool]]] = {}
    for name, text in _PARAMETER.findall(value[:20_000]):
        content = _ESCAPED.sub(r"\1", text[1:-1]) if text[:1] == '"' and len(text) > 1 else text.strip()
        base, star, rest = name.lower().partition("*")
        if not star:
            plain.setdefault(base, clean_line(decode_words(content)))
            continue
        number = rest.rstrip("*")
        is_encoded = rest.endswith("*") or not rest
        index = int(number) if number.isdecimal() and len(number) < 5 else 0
        pieces.setdefault(base, []).append((index, content, is_encoded))
    for base, found in pieces.items():
        plain[base] = clean_line(_join_pieces(found))
    return bare, plain


def _join_pieces(pieces: list[tuple[int, str, bool]]) -> str:
    charset = ""
    content = b""
    for number, (_, text, is_encoded) in enumerate(sorted(pieces)):
        rest = text
        if number == 0 and is_encoded and text.count("'") >= 2:
            charset, _, rest = text.split("'", 2)
        content += unquote_to_bytes(rest) if is_encoded else rest.encode("utf-8", "replace")
    return decode_bytes(content, charset or None)
