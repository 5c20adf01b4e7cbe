"""Searching all mail: one box, what was found newest first, the words marked in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, g, render_template, request

from streaklike.people.search import SearchHit, search
from streaklike.web.requests import whole_number

PAGE = 50

blueprint = Blueprint("search", __name__)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `is_hit` where it is one of the words that were looked for."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class HitRow:
    """One message found, its subject and snippet in pieces."""

    hit: SearchHit
    subject: Sequence[Piece]
    snippet: Sequence[Piece]


@blueprint.get("/search")
def page() -> str:
    """What `?q=` finds; `?before=` is the instant at which the page before ended."""
    query = request.args.get("q", "").strip()
    hits = search(g.session, query, limit=PAGE, before=whole_number(request.args.get("before")))
    return render_template(
        "search.html",
        query=query,
        rows=[HitRow(hit, cut(hit.subject, hit.subject_marks), cut(hit.snippet, hit.marks)) for hit in hits],
        older=hits[-1].at if len(hits) >= PAGE else None,
        is_first="before" not in request.args,
    )


def cut(text: str, marks: Sequence[tuple[int, int]]) -> list[Piece]:
    """The text in pieces, in turn beside and inside its marks."""
    pieces: list[Piece] = []
    last = 0
    for start, end in marks:
        pieces += [Piece(text[last:start], is_hit=False), Piece(text[start:end], is_hit=True)]
        last = end
    return [piece for piece in (*pieces, Piece(text[last:], is_hit=False)) if piece.text]
