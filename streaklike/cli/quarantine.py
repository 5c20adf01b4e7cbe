"""`streaklike mailbox set-aside`: the mails that could not be kept, and another try."""

import click
from sqlalchemy import select

from streaklike.cli.context import as_json, opened, print_json, say
from streaklike.cli.stopping import stoppable
from streaklike.instants import format_instant
from streaklike.jobs.manual_sync import sync_manually
from streaklike.store.database import Database
from streaklike.store.models import Mailbox
from streaklike.sync.quarantine import QuarantinedMail, list_quarantined, try_again

REASONS = {
    "store": "the database cannot hold it",
    "read": "it cannot be read",
    "answer": "Gmail gave another mail's answer for it",
    "unknown": "it was set aside before reasons were kept",
}


@click.command("set-aside")
@click.argument("email", required=False)
@click.option("--retry", is_flag=True, help="Fetch them again from Gmail, and list what is still set aside.")
@as_json
def set_aside(email: str | None, *, retry: bool, is_json: bool) -> None:
    """List the mails that could not be read or stored, with the reason of each; or try them again."""
    with stoppable() as stop, opened() as (settings, database):
        mailbox_ids = None if email is None else [_find_mailbox(database, email)]
        if retry:
            with database.begin() as session:
                emails = try_again(session, mailbox_ids)
            if emails:
                sync_manually(database, settings, emails=emails, on_wait=say, stop=stop)
        with database.read() as session:
            found = list_quarantined(session, mailbox_ids)
    if is_json:
        print_json([_row(each) for each in found])
        return
    for each in found:
        click.echo(_tell(each))
    if not found:
        say("Nothing is set aside.")
    if any(each.is_from_file for each in found):
        say(
            "A file's mail cannot be fetched again. Import the file again: streaklike import mbox FILE --mailbox EMAIL"
        )
    if not retry and any(not each.is_from_file for each in found):
        say("To try again: streaklike mailbox set-aside --retry")


def _find_mailbox(database: Database, email: str) -> int:
    address = email.strip().lower()
    with database.read() as session:
        mailbox_id = session.scalar(select(Mailbox.id).where(Mailbox.email == address))
    if mailbox_id is None:
        raise LookupError(f"{address} is no mailbox of the team. Nothing was changed.")
    return mailbox_id


def _row(each: QuarantinedMail) -> dict[str, object]:
    return {
        "mailbox": each.mailbox,
        "gmail_id": each.gmail_id,
        "at": None if each.at is None else format_instant(each.at),
        "reason": each.why,
        "fault": each.fault,
        "from_file": each.is_from_file,
        "link": each.link,
    }


def _tell(each: QuarantinedMail) -> str:
    when = "at an unknown time" if each.at is None else format_instant(each.at)
    fault = f" ({each.fault})" if each.fault else ""
    return f"{each.mailbox} {each.gmail_id}, {when}: {REASONS[each.why]}{fault}\n  {each.link or 'from an imported file'}"
