"""What colleagues forwarded by hand."""

from zoneinfo import ZoneInfo

import click

from streaklike.cli.context import as_json, opened, print_lines
from streaklike.cli.dates import DATE, as_instant
from streaklike.cli.results import as_result, done
from streaklike.instants import format_instant, now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.people.forwards import accept_offer, list_offers, revert_offer
from streaklike.store.writing import lock_writer


@click.group()
def forward() -> None:
    """Outside mail that colleagues forwarded to each other: offers that count once they are accepted."""


@forward.command("list")
@as_json
def forward_list(*, is_json: bool) -> None:
    """List what was forwarded, the newest first."""
    with opened() as (_settings, database), database.read() as session:
        offers = list_offers(session)
    if is_json:
        print_lines(
            {
                "id": offer.id,
                "at": format_instant(offer.at),
                "forwarded_by": list(offer.forwarded_by),
                "name": offer.name,
                "address": offer.address,
                "dated": offer.dated,
                "subject": offer.subject,
                "accepted": offer.is_accepted,
            }
            for offer in offers
        )
        return
    for offer in offers:
        state = "accepted" if offer.is_accepted else "offered"
        click.echo(f"{offer.id} {state:8} {offer.address}  {offer.dated}  {offer.subject}")


@forward.command("accept")
@click.argument("offer_id", metavar="ID")
@click.option(
    "--at", callback=as_instant, metavar=DATE, help="When it was written, if its date cannot be read."
)
@as_result
def forward_accept(offer_id: str, at: int | None) -> None:
    """Have the original count: mail of its author, at its own date."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            zone = ZoneInfo(settings.timezone)
            offer = accept_offer(session, offer_id, at=at, zone=zone, by=None, now=now_instant())
        refresh_due(database, settings)
    done(
        f"It stands on the timeline of {offer.address}. Take it back with: streaklike forward return {offer_id}"
    )


@forward.command("return")
@click.argument("offer_id", metavar="ID")
@as_result
def forward_return(offer_id: str) -> None:
    """Take an acceptance back: the original is an offer again and counts for nothing."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            revert_offer(session, offer_id, by=None, now=now_instant())
        refresh_due(database, settings)
    done("It is an offer again and counts for nothing.")
