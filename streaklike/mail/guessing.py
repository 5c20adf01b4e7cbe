"""Guess the charset of bytes whose label is missing or wrong (R6), by how plausible the decoded text is.

Chinese, Japanese and Korean charsets keep common characters in separate rows. Correctly decoded text consists
almost only of common characters; wrongly decoded text does not.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

DOUBTED: Final = frozenset({"cp950", "big5hkscs", "gb18030", "euc_jp", "cp932", "cp949", "cp1252", "latin-1"})
"""Codecs whose labels appear on text of other charsets, and which decode almost any bytes."""

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
"""Lead bytes of common Han characters: level 1 of Big5, GB 2312 and JIS X 0208."""

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
    """Text decoded with one codec: number of wide characters, and the shares of common ones, kana and Hangul.

    `broken` counts replacement characters.
    """

    codec: str
    text: str
    wide: int
    plain: float
    kana: float
    hangul: float
    broken: int
    neighbours: float


def guess_text(content: bytes, names: Iterable[str] = ()) -> str | None:
    """Decode bytes that the codecs of their label, `names`, cannot decode. Returns None if no result is
    plausible.

    A few broken bytes only cost their own characters.
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
    """Decode so that each broken byte sequence costs only its own character, also with double-byte codecs.

    At a broken pair one or two bytes are skipped, whichever makes the following text more plausible.
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
        # A changed byte is likelier than a lost or added one, so by default the whole pair is skipped.
        is_one = (
            _plausibility_at(content, bad + 1, codec) > _plausibility_at(content, bad + 2, codec) + _CLEARLY
        )
        at = bad + (1 if is_one else 2)
    return "".join([*out, content[at:].decode(codec, "replace")])


def _plausibility_at(content: bytes, at: int, codec: str) -> float:
    """Plausibility of the text at this position: common characters, minus others and broken ones."""
    reading = _read(content[at : at + _WINDOW], codec, is_cut=True)
    return reading.wide * (2 * reading.plain - 1) - reading.broken


def find_better(content: bytes, codec: str, text: str) -> str | None:
    """Return a more plausible decoding than `text`, which `codec` gives, or None if `text` is plausible."""
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
    """Whether the share of accented letters is as low as in Western European languages."""
    letters = sum(map(str.isalpha, text[:_SAMPLE].encode("ascii", "ignore").decode("ascii")))
    return own.wide < _MANY_ACCENTS * (own.wide + letters)


def _order(names: tuple[str, ...]) -> tuple[str, ...]:
    """The codecs to try, those of the label's language first."""
    if any(name in _JAPANESE for name in names):
        return ("euc_jp", "cp932", "cp950", "gb18030", "cp949", *names)
    return (*names, "cp950", "gb18030", "euc_jp", "cp932", "cp949")


def _choose(readings: list[_Reading], names: tuple[str, ...]) -> _Reading | None:
    """Choose the most plausible reading. Kana decide for Japanese, Hangul for Korean; then the order decides."""
    good = [each for each in readings if _is_plausible(each, names)]
    japanese = [each for each in good if each.codec in _JAPANESE]
    is_japanese = any(name in _JAPANESE for name in names)
    if japanese and (is_japanese or any(each.kana >= _MANY_KANA for each in japanese)):
        return max(japanese, key=lambda each: each.plain)
    korean = [each for each in good if each.codec in _KOREAN]
    if korean:
        return korean[0]
    rest = [each for each in good if each.codec not in _JAPANESE]
    # Big5 first: plausible Big5 is never plausible GB 2312, whereas short GB 2312 text may be both.
    return rest[0] if rest else None


def _is_plausible(reading: _Reading, names: tuple[str, ...]) -> bool:
    if reading.wide == 0 or reading.broken > max(2, reading.wide * _MAX_BROKEN):
        return False
    if reading.codec in _KOREAN:
        is_sure = any(name in _KOREAN for name in names) or reading.wide >= _SURE_HANGUL
        return is_sure and reading.hangul >= 0.95
    if reading.codec in _JAPANESE:
        # EUC-JP kana can look like common Big5 Han, but only in short texts.
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
    """Count common Hangul: the syllables of KS X 1001, which cp949 extends by thousands of unused ones."""
    pairs = "".join(_HANGUL.findall(text)).encode("euc_kr", "ignore")
    return sum(0xB0 <= lead <= 0xC8 for lead in pairs[::2])  # euc_kr encodes others as longer sequences


def _count_everyday(han: str, codec: str) -> int:
    """Count common characters: in level 1 of the codec or, if it has none, in that of any."""
    known = "euc_jp" if codec in _JAPANESE else "cp950" if codec == "big5hkscs" else codec
    names = (known,) if known in _EVERYDAY else tuple(_EVERYDAY)
    return max(_count_level(han, name) for name in names)


def _count_level(han: str, codec: str) -> int:
    first, last = _EVERYDAY[codec]
    pairs = han.encode("gb2312" if codec == "gb18030" else codec, "ignore")
    return sum(first <= lead <= last for lead in pairs[::2])
