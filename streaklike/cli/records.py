"""The whole database, told."""

import click

from streaklike.cli.context import opened
from streaklike.store.dump import iter_dump


@click.command()
def dump() -> None:
    """Print the database in its canonical form: equal content gives equal bytes on any database."""
    with opened() as (_, database), database.read() as session:
        for line in iter_dump(session):
            click.echo(line)
