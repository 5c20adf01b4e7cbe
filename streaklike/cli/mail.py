"""Members, mailboxes, sync and import."""

import dataclasses
import sys
from pathlib import Path

import click

from streaklike.cli.context import as_json, get_member, opened, print_json, say
from streaklike.cli.failures import BAD_INPUT, GMAIL_FAILED, NO_CONSENT
from streaklike.cli.load import handover
from streaklike.cli.progress import sync_progress
from streaklike.gmail.auth import parse_credentials_file
from streaklike.gmail.errors import BadCredentials
from streaklike.insights.handover import build_pack
from streaklike.instants import now_instant
from streaklike.jobs.by_hand import sync_by_hand
from streaklike.jobs.imports import import_mbox
from streaklike.jobs.labels import change_labels, list_labels
from streaklike.jobs.mailboxes import add_mailbox, add_user
from streaklike.jobs.sync import SyncReport
from streaklike.people.access import disable_member, enable_member
from streaklike.store.writing import lock_writer
from streaklike.sync.labels import LabelsChanged

existing_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def user() -> None:
    """The team's members."""


@user.command("add")
@click.argument("email")
@click.option("--name", default="", help="How colleagues see them.")
@click.option("--role", type=click.Choice(["admin", "member", "viewer"]), default="member", show_default=True)
def user_add(email: str, name: str, role: str) -> None:
    """Add a member, or change the name and role of one."""
    with opened() as (settings, database):
        add_user(database, settings, email, name=name, role=role)
    say(f"{email} is a {role} of the team. Next: streaklike mailbox add {email} --credentials FILE")


@user.command("disable")
@click.argument("email")
@click.option("--by", "by_email", required=True, metavar="ADMIN", help="The admin who says so.")
def user_disable(email: str, by_email: str) -> None:
    """End a member's access at once: their pages, their digest and the reading of their mailbox."""
    with opened() as (_, database), database.begin() as session:
        lock_writer(session)
        now, user = now_instant(), get_member(session, email)
        event = disable_member(session, user, by=get_member(session, by_email), now=now)
        left = len(build_pack(session, user, now=now).items)
    if event is None:
        say(f"{email} has no access already; nothing was changed.")
        return
    say(f"{email} has no access any more. To take it back: streaklike user enable {email} --by {by_email}")
    if left:
        say(f"They still look after {left} things. Next: streaklike user handover {email}")


@user.command("enable")
@click.argument("email")
@click.option("--by", "by_email", required=True, metavar="ADMIN", help="The admin who says so.")
def user_enable(email: str, by_email: str) -> None:
    """Give a member access again."""
    with opened() as (_, database), database.begin() as session:
        lock_writer(session)
        user = get_member(session, email)
        event = enable_member(session, user, by=get_member(session, by_email), now=now_instant())
    say(f"{email} has access again." if event else f"{email} has access already; nothing was changed.")


user.add_command(handover)


@click.group()
def mailbox() -> None:
    """The mailboxes that are read."""


@mailbox.command("add")
@click.argument("email")
@click.option(
    "--credentials", "file", type=existing_file, required=True, help="Authorized-user JSON of google-auth."
)
def mailbox_add(email: str, file: Path) -> None:
    """Connect a mailbox with consent that was given elsewhere."""
    credentials = parse_credentials_file(_read_text(file))
    with opened() as (settings, database):
        add_mailbox(database, settings, email, credentials)
    say(f"{email} is connected; its token is stored encrypted. Next: streaklike sync")


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
def mailbox_connect(email: str, file: Path, *, no_browser: bool) -> None:
    """Connect a mailbox by giving consent in the browser."""
    from streaklike.gmail.consent import run_consent_flow  # noqa: PLC0415 - OAuth's libraries load slowly

    credentials = run_consent_flow(file, login_hint=email, open_browser=not no_browser)
    with opened() as (settings, database):
        add_mailbox(database, settings, email, credentials)
    say(f"{email} is connected. Next: streaklike sync")


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


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadCredentials(
            f"{file} cannot be read as text ({error}). Nothing was changed. Give the JSON file that holds the refresh token."
        ) from error


@click.command()
@click.option(
    "--mailbox", "emails", multiple=True, metavar="EMAIL", help="Only this mailbox; may be given again."
)
@click.option("--verify", is_flag=True, help="List every id anew and compare it with what is stored.")
@as_json
def sync(emails: tuple[str, ...], *, verify: bool, is_json: bool) -> None:
    """Read the mailboxes until all is in. Safe to interrupt: it goes on from there."""
    with opened() as (settings, database), sync_progress() as on_progress:
        reports = sync_by_hand(
            database, settings, emails=emails, verify=verify, on_progress=on_progress, on_wait=say
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
    left_out = ", ".join(f"{count} {reason}" for reason, count in report.left_out.items()) or "none"
    proof = "complete" if report.complete else "NOT complete"
    line = (
        f"{report.mailbox}: {report.messages_added} new, {report.messages_total} stored, {left_out} left out, "
        f"of Gmail's {report.gmail_total}: {proof} ({report.quota_units} units, {report.seconds:.1f} s)"
    )
    return f"{line}\n  {report.error}" if report.error else line


@click.group("import")
def import_() -> None:
    """Bring in what is elsewhere."""


@import_.command("mbox")
@click.argument("file", type=existing_file)
@click.option(
    "--mailbox", "email", required=True, metavar="EMAIL", help="Whose mail it is; made where there is none."
)
@click.option("--sent", "is_sent", is_flag=True, help="The file is a folder of sent mail without labels.")
@as_json
def import_mbox_command(file: Path, email: str, *, is_sent: bool, is_json: bool) -> None:
    """Import a Google Takeout, or any other mbox, through the same way as Gmail's own mail."""
    with opened() as (settings, database):
        report = import_mbox(database, settings, file, email, is_sent=is_sent)
    if is_json:
        print_json(dataclasses.asdict(report))
    else:
        left_out = ", ".join(f"{count} {reason}" for reason, count in report.left_out.items()) or "none"
        click.echo(
            f"{report.mailbox}: {report.messages_read} read, {report.messages_added} new, "
            f"{report.messages_total} stored, {left_out} left out"
        )
    if report.error:
        say(f"Error: {report.error}")
        sys.exit(BAD_INPUT)
    say("Next: streaklike contacts --json, or streaklike serve")
