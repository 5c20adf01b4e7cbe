"""The line above a quote that says who wrote when (R25), in the forms of many mail programs, wrapped or not."""

import re
from typing import Final

_ENDS: Final = (
    "wrote:",
    "writes:",
    "said:",
    "寫道:",
    "寫道：",
    "写道:",
    "写道：",
    "寫道﹕",
    "wrote",
    "schrieb:",
    "a écrit :",
    "a écrit:",
    "escribió:",
    "ha scritto:",
    "escreveu:",
    "schreef:",
    "skrev:",
    "さんは書きました:",
    "作成:",
    "작성:",
)
_MAX_LINES: Final = 4
_MAX_LENGTH: Final = 500

_DATED: Final = (
    r"(?:\d{4}\s?[年/.-]\s?\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}:\d{2}|\b(?:19|20)\d{2}\b)"
)
_HAS_DATE: Final = re.compile(_DATED)
_HAS_ADDRESS: Final = re.compile(r"[^\s<>@]@[^\s<>@]|<[^<>]{1,100}>|\[mailto:")
_LATIN_START: Final = re.compile(r"(?:On|Am|Le|El|Il|Em|Op|Den|At|In|Quoting)\s", re.IGNORECASE)
_HAN_TIE: Final = re.compile(r"(?:於|于|在)\s?$|[<@>]")
_BARE_END: Final = re.compile(r".*[>】)][:：]$")


def find_attribution(lines: list[str], end: int) -> int | None:
    """Where an attribution that ends on line `end` begins, or None where that line ends none.

    It must name a date, and with Latin words also begin as such a line does.
    """
    last = lines[end].strip()
    if len(last) > _MAX_LENGTH or not _looks_like_end(last):
        return None
    for start in range(end, max(-1, end - _MAX_LINES), -1):
        line = lines[start].strip()
        if not line or line.startswith(">") or len(line) > _MAX_LENGTH:
            return None
        whole = " ".join(piece.strip() for piece in lines[start : end + 1])
        if _is_whole(whole):
            return _with_name_above(lines, start, whole)
    return None


def _looks_like_end(line: str) -> bool:
    return line.endswith(_ENDS) or _BARE_END.match(line) is not None


def _is_whole(text: str) -> bool:
    if not _HAS_DATE.search(text):
        return False
    if _LATIN_START.match(text):
        return True
    if text.rstrip(" :：﹕").endswith(("寫道", "写道", "書きました")):
        return (
            _HAS_ADDRESS.search(text) is not None
            or re.search(r"\d{1,2}\s?[:：點时時]\s?\d{2}", text) is not None
        )
    return _HAS_ADDRESS.search(text) is not None and text[:1].isdigit()


def _with_name_above(lines: list[str], start: int, whole: str) -> int:
    # 「小明 <a@b> 於」 wrapped before its date: the date alone looks whole, and its name would stay in the new text.
    if start and not _LATIN_START.match(whole) and not _HAS_ADDRESS.search(whole):
        above = lines[start - 1].strip()
        if above and len(above) <= _MAX_LENGTH and _HAN_TIE.search(above):
            return start - 1
    return start


_LOOSE: Final = re.compile(
    r".*(?:wrote on .{1,80}|schrieb .{1,80}|wrote|writes|said|寫道|写道|schrieb|écrit|escribió|scritto|escreveu|schreef|skrev|提到|表示|message of .*)\s?[:：]?$|Excerpts from .*:$"
)


def find_loose_attribution(lines: list[str], end: int) -> int | None:
    """Where an attribution begins whose quote follows in `>` lines: with that proof, fewer signs are asked for."""
    strict = find_attribution(lines, end)
    if strict is not None:
        return strict
    line = lines[end].strip()
    if not line or len(line) > _MAX_LENGTH or not (_LOOSE.match(line) or _BARE_END.match(line)):
        return None
    above = lines[end - 1].strip() if end else ""
    is_wrapped = (
        bool(above)
        and not above.startswith(">")
        and _LATIN_START.match(above) is not None
        and len(above) < _MAX_LENGTH
    )
    return end - 1 if is_wrapped else end
