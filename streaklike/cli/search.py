"""Finding mail by its words."""

from typing import Any

import click

from streaklike.cli.context import as_json, opened, print_lines, say
from streaklike.cli.dates import DATE, as_instant
from streaklike.instants import format_instant
from streaklike.people.search import LIMIT, SearchHit
from streaklike.people.search import search as search_mail


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=LIMIT, show_default=True, help="How many.")
@click.option("--before", callback=as_instant, metavar=DATE, help="Only what came before that instant.")
@as_json
def search(words: tuple[str, ...], limit: int, before: int | None, *, is_json: bool) -> None:
    """Find mail that holds all WORDS, newest first.

    '"a phrase"' in its own quotes keeps words together; from:ADDRESS, or a part of a name, is who wrote.
    """
    with opened() as (_, database), database.read() as session:
        hits = search_mail(session, " ".join(words), limit=limit, before=before)
    if is_json:
        print_lines(_line(hit) for hit in hits)
        return
    for hit in hits:
        sender = hit.sender.name or hit.sender.address if hit.sender else "unknown sender"
        click.echo(f"{format_instant(hit.at)}  {sender}: {hit.subject}\n  {hit.snippet}")
    if not hits:
        say(
            "Nothing found. All words must be in the subject, the new part of the text, a name or an address."
        )


def _line(hit: SearchHit) -> dict[str, Any]:
    return {
        "at": format_instant(hit.at),
        "message_id": hit.message_id,
        "subject": hit.subject,
        "from": hit.sender.address if hit.sender else None,
        "direction": hit.direction,
        "class": hit.mail_class,
        "conversation": hit.conversation_id,
        "snippet": hit.snippet,
        "marks": [list(mark) for mark in hit.marks],
    }
