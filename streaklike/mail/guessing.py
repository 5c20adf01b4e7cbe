"""Which charset bytes are in where no label says it, or the label cannot be true (R6): by how plain the text then is.

Chinese, Japanese and Korean charsets keep their everyday characters in rows of their own. The right reading of a text is
almost all everyday characters; a wrong one is not.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

DOUBTED: Final = frozenset({"cp950", "big5hkscs", "gb18030", "euc_jp", "cp932", "cp949", "cp1252", "latin-1"})
"""Labels that are met on text of other charsets and read any bytes as something."""

_WESTERN: Final = frozenset({"cp1252", "latin-1"})
_JAPANESE: Final = frozenset(
    {"iso2022_jp", "iso2022_jp_ext", "iso2022_jp_3", "euc_jp", "euc_jis_2004", "cp932"}
)
_KOREAN: Final = frozenset({"cp949", "iso2022_kr"})
_EVERYDAY: Final = {
    "cp950": (0xA4, 0xC6),
    "gb18030": (0xB0, 0xD7),
    "euc_jp": (0xB0, 0xCF),
}
"""The first bytes of the everyday Han characters: level 1 of Big5, GB 2312 and JIS X 0208."""

_SAMPLE: Final = 2_000
_WIDE: Final = re.compile(r"[^\x00-\x7f]+")
_HAN: Final = re.compile("[\u3400-\u9fff]+")
_KANA: Final = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc]")
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
_SIGNS: Final = re.compile("[\u3000-\u3020\uff01-\uff5e\u2014\u2018-\u201d\u2026\u2022\u00b7]")
_PLAIN: Final = 0.85
_SENSELESS: Final = 0.7
_MANY_KANA: Final = 0.15
_SURE_LENGTH: Final = 4
_MANY_ACCENTS: Final = 0.3
_SURE_KANA: Final = 6
_SURE_HANGUL: Final = 12
_MAX_BROKEN: Final = 0.2
_PAIRED: Final = frozenset({"cp950", "big5hkscs", "gb18030", "euc_jp", "cp932", "cp949"})
_MAX_REPAIRS: Final = 50
_WINDOW: Final = 60
_CLEARLY: Final = 4


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text as one codec reads it: how many wide characters, which share is everyday, kana, Hangul, broken."""

    codec: str
    text: str
    wide: int
    plain: float
    kana: float
    hangul: float
    broken: int
    neighbours: float


def guess_text(content: bytes, names: Iterable[str] = ()) -> str | None:
    """The text of bytes that their label, tried before as `names`, cannot read; None where no reading makes sense.

    A few broken bytes cost their own characters alone.
    """
    tried = tuple(names)
    codecs = _order(tried)
    best = _choose([each for each in (_read(content, codec) for codec in codecs) if not each.broken], tried)
    if best is not None:
        return best.text
    sample = content[: 2 * _SAMPLE]
    repaired = [_measure(codec, decode_broken(sample, codec)[:_SAMPLE]) for codec in codecs]
    best = _choose(repaired, tried)
    return None if best is None else decode_broken(content, best.codec)


def decode_broken(content: bytes, codec: str) -> str:
    """Text in which each broken place costs its own characters alone, also in a codec of pairs.

    Where a pair is broken, one byte or two are passed over, whichever leaves plain text behind.
    """
    if codec not in _PAIRED:
        return content.decode(codec, "replace")
    out: list[str] = []
    at = 0
    for _ in range(_MAX_REPAIRS):
        try:
            return "".join([*out, content[at:].decode(codec)])
        except UnicodeDecodeError as error:
            bad = at + error.start
            out += [content[at:bad].decode(codec), "\ufffd"]
        # A byte that changed is likelier than one that was lost or added: then the pair is passed over whole.
        is_one = _sense_after(content, bad + 1, codec) > _sense_after(content, bad + 2, codec) + _CLEARLY
        at = bad + (1 if is_one else 2)
    return "".join([*out, content[at:].decode(codec, "replace")])


def _sense_after(content: bytes, at: int, codec: str) -> float:
    """How many everyday characters stand there, less the others and the broken ones."""
    reading = _read(content[at : at + _WINDOW], codec, is_cut=True)
    return reading.wide * (2 * reading.plain - 1) - reading.broken


def find_better(content: bytes, codec: str, text: str) -> str | None:
    """Another reading of what `codec` reads as `text`, where that makes no sense and the other does; else None."""
    sample = content[: 2 * _SAMPLE]
    own = _measure(codec, text[:_SAMPLE])
    if own.wide < _SURE_LENGTH or (_is_western(own, text) if codec in _WESTERN else own.plain >= _SENSELESS):
        return None
    others = [_read(sample, name, is_cut=len(content) > len(sample)) for name in _order(()) if name != codec]
    sure = [each for each in others if not each.broken and each.wide >= _SURE_LENGTH and each.plain >= _PLAIN]
    best = _choose(sure, (codec,))
    if best is None or (codec not in _WESTERN and best.plain < own.plain + 0.2):
        return None
    return content.decode(best.codec, "replace")


def _is_western(own: _Reading, text: str) -> bool:
    """Whether so few letters are accented as in the languages of Western Europe."""
    letters = sum(map(str.isalpha, text[:_SAMPLE].encode("ascii", "ignore").decode("ascii")))
    return own.wide < _MANY_ACCENTS * (own.wide + letters)


def _order(names: tuple[str, ...]) -> tuple[str, ...]:
    """The codecs to try, those of the label's own language first."""
    if any(name in _JAPANESE for name in names):
        return ("euc_jp", "cp932", "cp950", "gb18030", "cp949", *names)
    return (*names, "cp950", "gb18030", "euc_jp", "cp932", "cp949")


def _choose(readings: list[_Reading], names: tuple[str, ...]) -> _Reading | None:
    """The reading that makes most sense. Kana decide for Japanese, Hangul for Korean, and the order of equals."""
    good = [each for each in readings if _makes_sense(each, names)]
    japanese = [each for each in good if each.codec in _JAPANESE]
    is_japanese = any(name in _JAPANESE for name in names)
    if japanese and (is_japanese or any(each.kana >= _MANY_KANA for each in japanese)):
        return max(japanese, key=lambda each: each.plain)
    korean = [each for each in good if each.codec in _KOREAN]
    if korean:
        return korean[0]
    rest = [each for each in good if each.codec not in _JAPANESE]
    # Big5 first: what is plain Big5 is never plain GB 2312, while the other way round a short text may be both.
    return rest[0] if rest else None


def _makes_sense(reading: _Reading, names: tuple[str, ...]) -> bool:
    if reading.wide == 0 or reading.broken > max(2, reading.wide * _MAX_BROKEN):
        return False
    if reading.codec in _KOREAN:
        is_sure = any(name in _KOREAN for name in names) or reading.wide >= _SURE_HANGUL
        return is_sure and reading.hangul >= 0.95
    if reading.codec in _JAPANESE:
        # What is kana in EUC-JP may be everyday Han in Big5, but not for long.
        is_long = reading.wide >= _SURE_KANA and reading.kana >= _MANY_KANA
        return (is_long or any(name in _JAPANESE for name in names)) and reading.plain >= _PLAIN
    if reading.neighbours < 0.6:
        return False
    if reading.codec == "cp950":
        return reading.plain >= _PLAIN
    return not reading.broken or reading.plain >= (0.4 if reading.codec in names else _SENSELESS)


def _read(content: bytes, codec: str, *, is_cut: bool = False) -> _Reading:
    text = content.decode(codec, "replace")
    return _measure(codec, text[: -2 if is_cut else None][:_SAMPLE], text)


def _measure(codec: str, sample: str, text: str = "") -> _Reading:
    runs = _WIDE.findall(sample)
    joined = "".join(runs)
    broken = joined.count("\ufffd")
    wide = len(joined) - broken
    kana = len(_KANA.findall(joined))
    hangul = _count_hangul(joined)
    everyday = (
        _count_everyday("".join(_HAN.findall(joined)), codec) + kana + hangul + len(_SIGNS.findall(joined))
    )
    neighbours = sum(len(run) for run in runs if len(run) > 1)
    many = max(1, wide)
    return _Reading(
        codec,
        text,
        wide,
        everyday / many,
        kana / many,
        hangul / many,
        broken,
        neighbours / max(1, len(joined)),
    )


def _count_hangul(text: str) -> int:
    """The Hangul of everyday text: the syllables of KS X 1001, which cp949 widens by thousands that nobody writes."""
    pairs = "".join(_HANGUL.findall(text)).encode("euc_kr", "ignore")
    return sum(0xB0 <= lead <= 0xC8 for lead in pairs[::2])  # others are spelt out of pairs below


def _count_everyday(han: str, codec: str) -> int:
    """How many of these are everyday characters: in the codec's own first level, or in any for one without."""
    known = "euc_jp" if codec in _JAPANESE else "cp950" if codec == "big5hkscs" else codec
    names = (known,) if known in _EVERYDAY else tuple(_EVERYDAY)
    return max(_count_level(han, name) for name in names)


def _count_level(han: str, codec: str) -> int:
    first, last = _EVERYDAY[codec]
    pairs = han.encode("gb2312" if codec == "gb18030" else codec, "ignore")
    return sum(first <= lead <= last for lead in pairs[::2])
