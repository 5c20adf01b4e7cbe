"""The list of everybody: by itself, for it loads no more than it needs."""

from typing import Any

import click

from streaklike.cli.context import as_json, opened, print_lines
from streaklike.instants import format_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.people.listing import ContactLine, list_contacts


@click.command()
@as_json
def contacts(*, is_json: bool) -> None:
    """List contacts and candidates."""
    with opened() as (settings, database):
        refresh_due(database, settings)
        with database.read() as session:
            lines = list_contacts(session)
            if is_json:
                print_lines(_contact_line(line) for line in lines)
                return
            for line in lines:
                click.echo(
                    f"{line.kind:9} {line.tier:4} {line.reply_state:14} {line.name or '-'}  {', '.join(line.addresses)}"
                )


def _contact_line(line: ContactLine) -> dict[str, Any]:
    return {
        **{
            name: getattr(line, name)
            for name in ("id", "name", "kind", "tier", "reply_state", "touches_28d", "bulk_28d")
        },
        "addresses": list(line.addresses),
        "last_inbound_at": _stamp(line.last_inbound_at),
        "last_outbound_at": _stamp(line.last_outbound_at),
    }


def _stamp(instant: int | None) -> str | None:
    return None if instant is None else format_instant(instant)
