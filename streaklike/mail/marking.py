"""Find a term in unfolded text for highlighting. Returns offsets into the text, never HTML."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import chain, repeat
from typing import Final

from streaklike.mail.bigrams import fold, narrow

_PLAIN: Final = r"\x00-\x7f\u3001-\u3029\u3041-\u3098\u309d-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
"""Characters that folding maps one to one, unless a combining mark follows."""

_PIECE: Final = re.compile(
    f"((?:[{_PLAIN}](?![^{_PLAIN}]))+)|[\\s\\S][\u0300-\u036f\u1160-\u11ff\u3099\u309a\uff9e\uff9f]*"
)
"""A run of such characters, or one character with its combining marks."""

Span = tuple[int, int]


def find_spans(text: str, patterns: Iterable[re.Pattern[str]]) -> tuple[Span, ...]:
    """Return the spans that the patterns (`bigrams.compile_term`) match in `text`, in order, overlaps merged."""
    folded, starts, ends = _fold_with_offsets(text)
    found = sorted(
        (starts[match.start()], ends[match.end() - 1])
        for pattern in patterns
        for match in pattern.finditer(folded)
    )
    joined: list[Span] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _fold_with_offsets(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """Return the folded text, and the start and end of each of its characters in the original."""
    folded = fold(text)
    # Fast path: if folding keeps the length, ranges serve as the offset tables without any memory.
    if len(folded) == len(text) and (text.isascii() or unicodedata.is_normalized("NFKC", narrow(text))):
        return folded, range(len(text)), range(1, len(text) + 1)
    pieces, starts, ends = [], list[Iterable[int]](), list[Iterable[int]]()
    for match in _PIECE.finditer(text):
        start, end = match.span()
        piece = fold(match[0])
        pieces.append(piece)
        if len(piece) == end - start:
            starts.append(range(start, end))
            ends.append(range(start + 1, end + 1))
        else:
            starts.append(repeat(start, len(piece)))
            ends.append(repeat(end, len(piece)))
    return "".join(pieces), list(chain.from_iterable(starts)), list(chain.from_iterable(ends))
