"""The addresses that the team names as a website's form."""

import click

from streaklike.cli.context import as_json, get_member, opened, print_lines, say
from streaklike.cli.results import as_result, done
from streaklike.instants import now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.people.form_addresses import add_form_address, remove_form_address
from streaklike.store.writing import lock_writer
from streaklike.sync.form_addresses import load_form_addresses


@click.group()
def form() -> None:
    """Addresses of website forms: who stands in Reply-To of their mail wrote it."""


@form.command("list")
@as_json
def form_list(*, is_json: bool) -> None:
    """List the addresses that were named (lines)."""
    with opened() as (_, database), database.read() as session:
        keys = sorted(load_form_addresses(session))
    if is_json:
        print_lines({"address": key} for key in keys)
        return
    for key in keys:
        click.echo(key)
    say(f"{len(keys)} named; those of the team's own domain that are no member's are forms by themselves.")


@form.command("add")
@click.argument("address")
@click.option("--by", "by_email", required=True, metavar="ADMIN", help="The admin who says so.")
@as_result
def form_add(address: str, by_email: str) -> None:
    """Name an address as a form; mail of it that is stored follows at once."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            event = add_form_address(session, address, by=get_member(session, by_email), now=now_instant())
        refresh_due(database, settings)
    if event is None:
        done(f"{address} is a form already; nothing was changed.")
        return
    done(
        f"Mail from {address} is its visitors' now. To take it back: streaklike form remove {address} --by {by_email}"
    )


@form.command("remove")
@click.argument("address")
@click.option("--by", "by_email", required=True, metavar="ADMIN", help="The admin who says so.")
@as_result
def form_remove(address: str, by_email: str) -> None:
    """Take an address off; its mail is its own again."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            event = remove_form_address(session, address, by=get_member(session, by_email), now=now_instant())
        refresh_due(database, settings)
    said = "is its own again." if event else "was no form's; nothing was changed."
    done(f"Mail from {address} {said}")
