"""`streaklike sync`: by itself, for it loads no more than it needs."""

import dataclasses
import sys

import click

from streaklike.cli.context import as_json, opened, print_json, say, say_left_out
from streaklike.cli.exit_codes import GMAIL_FAILED, NO_CONSENT
from streaklike.cli.progress import sync_progress
from streaklike.cli.stopping import stoppable
from streaklike.jobs.manual_sync import sync_manually
from streaklike.jobs.sync import SyncReport


@click.command()
@click.option(
    "--mailbox", "emails", multiple=True, metavar="EMAIL", help="Only this mailbox; may be given again."
)
@click.option("--verify", is_flag=True, help="List every id anew and compare it with what is stored.")
@as_json
def sync(emails: tuple[str, ...], *, verify: bool, is_json: bool) -> None:
    """Read the mailboxes until all is in. Safe to interrupt: it goes on from there."""
    with stoppable() as stop, opened() as (settings, database), sync_progress() as on_progress:
        reports = sync_manually(
            database,
            settings,
            emails=emails,
            verify=verify,
            on_progress=on_progress,
            on_wait=say,
            stop=stop,
        )
    if is_json:
        print_json([dataclasses.asdict(report) for report in reports])
    else:
        for report in reports:
            click.echo(_tell(report))
        if not reports:
            say("No mailbox is connected yet. Next: streaklike mailbox add EMAIL --credentials FILE")
    if any(report.error for report in reports):
        sys.exit(NO_CONSENT if any(report.needs_reconnect for report in reports) else GMAIL_FAILED)


def _tell(report: SyncReport) -> str:
    left_out = say_left_out(report.left_out)
    proof = "complete" if report.complete else "NOT complete"
    line = (
        f"{report.mailbox}: {report.messages_added} new, {report.messages_total} stored, {left_out} left out, "
        f"of Gmail's {report.gmail_total}: {proof} ({report.quota_units} units, {report.seconds:.1f} s)"
    )
    return f"{line}\n  {report.error}" if report.error else line
