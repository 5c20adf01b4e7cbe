"""One member's digest: shown, or sent."""

from email.message import EmailMessage
from typing import Any

import click
from sqlalchemy.orm import Session

from streaklike.cli.context import opened, print_json, say, say_links_are_missing
from streaklike.cli.dates import DATE, as_instant
from streaklike.cli.spelling import Choice
from streaklike.digest.links import make_message_id
from streaklike.digest.make import make_digest
from streaklike.digest.message import build_message, parse_sender
from streaklike.digest.preferences import Reader, find_reader
from streaklike.digest.render import render_html, to_json
from streaklike.digest.schedule import KINDS
from streaklike.instants import format_instant, local_day, now_instant
from streaklike.jobs.digests import digest_config_of, send_now
from streaklike.jobs.evaluate import refresh_due
from streaklike.settings import Settings

NOBODY = "streaklike <digest@localhost>"
"""Who a digest comes from as long as nobody is set up to send it."""


@click.command()
@click.argument("email")
@click.option("--as-of", "as_of", callback=as_instant, metavar=DATE, help="The digest of that instant.")
@click.option("--kind", type=Choice(KINDS), default=KINDS[0], show_default=True, help="Which of the two.")
@click.option("--send", "is_sent", is_flag=True, help="Send today's, unless it was sent already.")
@click.option(
    "--format",
    "form",
    type=Choice(("html", "eml", "json")),
    default="html",
    show_default=True,
    help="How it is printed.",
)
def digest(email: str, as_of: int | None, kind: str, form: str, *, is_sent: bool) -> None:
    """That member's digest: who waits for them, what is due, what moved."""
    if is_sent and as_of is not None:
        raise click.UsageError("A digest of the past is shown, not sent. Leave out --send or --as-of.")
    with opened() as (settings, database):
        if as_of is None:
            refresh_due(database, settings)
        now = now_instant() if as_of is None else as_of
        with database.read() as session:
            reader = find_reader(session, email, team_zone=settings.timezone)
            if reader is None:
                raise LookupError(
                    f"{email} is no member of the team. Nothing was sent. Add them: streaklike user add"
                )
            shown = _show(session, settings, reader, kind, form, now=now, is_past=as_of is not None)
        if is_sent:
            say_links_are_missing(settings)
            done = send_now(database, settings, reader, kind, now)
            say(f"{done.state}{': ' if done.reason else ''}{done.reason}")
    if form == "json":
        print_json(shown)
    else:
        click.echo(shown)


def _show(
    session: Session, settings: Settings, reader: Reader, kind: str, form: str, *, now: int, is_past: bool
) -> Any:
    made = make_digest(
        session, reader, kind, digest_config=digest_config_of(settings), now=now, is_past=is_past
    )
    if form == "html":
        return render_html(made)
    if form == "json":
        return {"to": reader.email, "at": format_instant(now), **to_json(made)}
    digest_config, sender = digest_config_of(settings), settings.mail_from or NOBODY
    message: EmailMessage = build_message(
        made,
        sender=sender,
        name=reader.name,
        to=reader.email,
        message_id=make_message_id(
            digest_config.secret,
            email=reader.email,
            kind=kind,
            day=local_day(now, reader.zone).isoformat(),
            domain=parse_sender(sender)[1].rpartition("@")[2],
        ),
        now=now,
        zone=reader.zone,
    )
    return message.as_string()
