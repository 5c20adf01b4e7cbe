"""Gmail's search box, as far as this server knows it; what it does not know is refused, not ignored."""

import re
from collections.abc import Callable

from gmail_emulator.answers import refuse
from gmail_emulator.stored import Stored

Test = Callable[[Stored], bool]

_TERM = re.compile(r'(-?)(\w+):(?:"([^"]*)"|(\S+))')


def parse_search(q: str) -> Test:
    """A test for messages: rfc822msgid, in, is, label, from, to, subject, each with `-` for not; all must hold.

    Raises Refused (400) for any other form.
    """
    rest = _TERM.sub("", q).strip()
    if rest:
        raise refuse(400, f"This server does not know the search term {rest!r}.")
    tests = [_test(*found.groups()) for found in _TERM.finditer(q)]
    return lambda message: all(test(message) for test in tests)


def names_hidden(q: str) -> bool:
    """Whether the search asks for spam or trash by name."""
    return bool(re.search(r"\b(?:in|label):(?:anywhere|trash|spam)\b", q, re.IGNORECASE))


def _test(minus: str, operator: str, quoted: str | None, plain: str | None) -> Test:
    value = (quoted if quoted is not None else plain or "").lower()
    makers: dict[str, Callable[[str], Test]] = {
        "rfc822msgid": lambda v: lambda m: m.head.rfc_id.lower() == v.strip("<>"),
        "in": _in_label,
        "label": _in_label,
        "is": _in_label,
        "from": lambda v: lambda m: v in m.head.from_.lower(),
        "to": lambda v: lambda m: v in f"{m.head.to} {m.head.cc} {m.head.bcc}".lower(),
        "subject": lambda v: lambda m: v in m.head.subject.lower(),
    }
    if operator not in makers:
        raise refuse(400, f"This server does not know the search operator {operator!r}.")
    test = makers[operator](value)
    return (lambda m: not test(m)) if minus else test


def _in_label(value: str) -> Test:
    if value == "anywhere":
        return lambda _: True
    label = value.upper()
    return lambda m: label in (known.upper() for known in m.label_ids)
