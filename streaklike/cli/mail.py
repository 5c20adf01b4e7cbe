"""Mailboxes, and the import of mail that is elsewhere."""

import dataclasses
import sys
from pathlib import Path

import click

from streaklike.cli.context import as_json, opened, print_json, say, say_left_out
from streaklike.cli.exit_codes import BAD_INPUT
from streaklike.cli.progress import import_progress
from streaklike.cli.quarantine import set_aside
from streaklike.cli.results import as_result, done
from streaklike.cli.stopping import stoppable
from streaklike.gmail.auth import read_credentials_file
from streaklike.jobs.imports import ImportReport, import_mbox
from streaklike.jobs.labels import change_labels, list_labels
from streaklike.jobs.mailboxes import add_mailbox, rename_mailbox
from streaklike.mail.mbox import MAX_MAIL_SIZE
from streaklike.sync.labels import LabelsChanged

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def mailbox() -> None:
    """The mailboxes that are read."""


allow_scopes = click.option(
    "--allow-scopes", "may_open_more", is_flag=True, help="Take a consent that opens more than reading."
)


@mailbox.command("add")
@click.argument("email")
@click.option(
    "--credentials", "file", type=existing_file, required=True, help="Authorized-user JSON of google-auth."
)
@allow_scopes
@as_result
def mailbox_add(email: str, file: Path, *, may_open_more: bool) -> None:
    """Connect a mailbox with consent that was given elsewhere."""
    credentials = read_credentials_file(file)
    with opened() as (settings, database):
        is_verified = add_mailbox(database, settings, email, credentials, may_open_more=may_open_more)
    _say_unverified(email, is_verified=is_verified)
    done(
        f"{email} is connected; its token is stored encrypted. Next: streaklike sync", is_verified=is_verified
    )


@mailbox.command("connect")
@click.argument("email")
@click.option(
    "--client-secrets",
    "file",
    type=existing_file,
    required=True,
    help="OAuth client JSON from Google's console.",
)
@click.option("--no-browser", is_flag=True, help="Print the address of the consent page rather than open it.")
@allow_scopes
@as_result
def mailbox_connect(email: str, file: Path, *, no_browser: bool, may_open_more: bool) -> None:
    """Connect a mailbox by giving consent in the browser."""
    from streaklike.gmail.consent import run_consent_flow  # noqa: PLC0415 - OAuth's libraries load slowly

    credentials = run_consent_flow(file, login_hint=email, open_browser=not no_browser)
    with opened() as (settings, database):
        is_verified = add_mailbox(database, settings, email, credentials, may_open_more=may_open_more)
    _say_unverified(email, is_verified=is_verified)
    done(f"{email} is connected. Next: streaklike sync", is_verified=is_verified)


def _say_unverified(email: str, *, is_verified: bool) -> None:
    if not is_verified:
        say(
            "Gmail could not be reached to ask whose account this is. The first sync asks, and stores nothing unless it is "
            f"{email}."
        )


@mailbox.command("rename")
@click.argument("old")
@click.argument("new")
@click.option(
    "--credentials",
    "file",
    type=existing_file,
    help="Authorized-user JSON, where the stored consent is no longer good.",
)
@allow_scopes
@as_result
def mailbox_rename(old: str, new: str, file: Path | None, *, may_open_more: bool) -> None:
    """Follow an account that Google renamed: its mail stays, under the new address. Proven with Gmail first."""
    credentials = read_credentials_file(file) if file else None
    with opened() as (settings, database):
        rename_mailbox(database, settings, old, new, credentials, may_open_more=may_open_more)
    done(f"{old} is now {new}; all that was stored stays. Next: streaklike sync --mailbox {new}")


mailbox.add_command(set_aside)


@mailbox.command("label")
@click.argument("email")
@click.option("--leave-out", "out", multiple=True, metavar="NAME", help="Hide what bears this label.")
@click.option("--let-in", "into", multiple=True, metavar="NAME", help="Show what bears this label again.")
@as_json
def mailbox_label(email: str, out: tuple[str, ...], into: tuple[str, ...], *, is_json: bool) -> None:
    """List a mailbox's labels, leave some out, or let them in again."""
    with opened() as (settings, database):
        if not out and not into:
            labels = list_labels(database, settings, email)
        else:
            change = change_labels(database, settings, email, out=out, into=into)
            labels = list(change.labels)
            _say_changed(email, change)
    if is_json:
        print_json(
            [{"name": label.name, "id": label.gmail_id, "left_out": label.is_left_out} for label in labels]
        )
        return
    for label in labels:
        click.echo(f"{'left out' if label.is_left_out else 'in':8} {label.name}")


def _say_changed(email: str, change: LabelsChanged) -> None:
    say(f"{email}: {change.left_out} mails stay out by their label.")
    if change.to_fetch:
        say(f"{change.to_fetch} mails wait to be fetched. Next: streaklike sync --mailbox {email}")
    if change.to_import:
        say(
            f"{change.to_import} mails of a file were never stored. They come in when the file is imported again: "
            f"streaklike import mbox FILE --mailbox {email}"
        )


@click.group("import")
def import_() -> None:
    """Bring in what is elsewhere."""


@import_.command("mbox")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--mailbox", "email", required=True, metavar="EMAIL", help="Whose mail it is; made where there is none."
)
@click.option("--sent", "is_sent", is_flag=True, help="The file is a folder of sent mail without labels.")
@click.option(
    "--alias", "aliases", multiple=True, metavar="ADDRESS", help="Sent mail from this address is theirs too."
)
@click.option(
    "--sent-label", "sent_labels", multiple=True, metavar="NAME", help="What this Takeout calls Gmail's Sent."
)
@as_json
def import_mbox_command(
    file: Path,
    email: str,
    *,
    is_sent: bool,
    aliases: tuple[str, ...],
    sent_labels: tuple[str, ...],
    is_json: bool,
) -> None:
    """Import a Google Takeout, or any other mbox, through the same way as Gmail's own mail. `-` reads a pipe."""
    with stoppable() as stop, opened() as (settings, database), import_progress() as on_read:
        report = import_mbox(
            database,
            settings,
            file,
            email,
            is_sent=is_sent,
            aliases=aliases,
            sent_labels=sent_labels,
            stream=sys.stdin.buffer if str(file) == "-" else None,
            on_read=on_read,
            stop=stop,
        )
    if is_json:
        print_json(dataclasses.asdict(report))
    else:
        left_out = say_left_out(report.left_out)
        click.echo(
            f"{report.mailbox}: {report.messages_read} read: {report.messages_added} new, "
            f"{report.messages_double} already there, {left_out} left out, {report.messages_unreadable} unreadable. "
            f"{report.messages_total} stored in all"
        )
    _ask(report)
    if report.error:
        say(f"Error: {report.error}")
        sys.exit(BAD_INPUT)
    say("Next: streaklike contacts --json, or streaklike serve")


_MOST_ASKED = 5


def _ask(report: ImportReport) -> None:
    """Ask whose sent mail is that names another sender, and say what was left out for its size."""
    if report.asked:
        named = [(address or "nobody", count) for address, count in report.asked.items()]
        shown = ", ".join(f"{address} ({count})" for address, count in named[:_MOST_ASKED])
        more = f" and {len(named) - _MOST_ASKED} more" if len(named) > _MOST_ASKED else ""
        first = next((address for address in report.asked if address), "ADDRESS")
        say(
            f"{sum(report.asked.values())} sent mails name another sender than {report.mailbox}: {shown}{more}. "
            "They were left out and count for nothing. Are these addresses theirs? Then run it again with "
            f"--alias {first}, once for each."
        )
    if report.splits_without_blank:
        say(
            f"{report.splits_without_blank} mails began without a blank line before them. They were told apart by their "
            "headers."
        )
    if report.unknown_sent:
        labels = ", ".join(f"{name} ({count})" for name, count in report.unknown_sent.items())
        say(
            f"No mail of this Takeout bears a label that is known as Gmail's Sent, so none counts as sent by "
            f"{report.mailbox}. What they wrote bears: {labels}. Is one of these Sent? Then run it again with "
            f'--sent-label "{next(iter(report.unknown_sent))}". Nothing is stored twice.'
        )
    if report.left_out.get("too_large"):
        say(
            f"{report.left_out['too_large']} mails are larger than {MAX_MAIL_SIZE >> 20} MB, more than any that Gmail "
            "takes, and were left out. All others were read."
        )
