"""How the mailboxes stand."""

import sys

import click

from streaklike.cli.context import as_json, opened, print_json, say
from streaklike.instants import MINUTE, SECOND, format_instant, now_instant
from streaklike.sync.health import MailboxHealth, measure_health

STALLED = 1
WORDS = {"reconnect": "connect it again", "error": "its last sync failed", "late": "no sync lately"}


@click.command()
@as_json
def status(*, is_json: bool) -> None:
    """How fresh each mailbox is, and whether its proof holds; exits 1 where one stands still."""
    with opened() as (_settings, database), database.read() as session:
        found = measure_health(session, now=now_instant())
    if is_json:
        print_json([_row(mailbox) for mailbox in found])
    else:
        for mailbox in found:
            click.echo(_tell(mailbox))
        if not found:
            say("No mailbox is connected yet. Next: streaklike mailbox add EMAIL --credentials FILE")
    if any(mailbox.stall for mailbox in found):
        sys.exit(STALLED)


def _row(mailbox: MailboxHealth) -> dict[str, object]:
    proof = mailbox.proof
    return {
        "mailbox": mailbox.email,
        "source": mailbox.source,
        "state": mailbox.state,
        "synced_at": _iso(mailbox.synced_at),
        "lag_seconds": None if mailbox.lag is None else mailbox.lag // SECOND,
        "error": mailbox.error,
        "needs_reconnect": mailbox.needs_reconnect,
        "proven_at": _iso(mailbox.proven_at),
        "complete": proof.is_complete,
        "messages_total": proof.messages_total,
        "left_out": proof.left_out,
        "waiting": proof.waiting,
        "gmail_total": proof.gmail_total,
        "stalled": mailbox.stall is not None,
        "stall": mailbox.stall,
    }


def _iso(instant: int | None) -> str | None:
    return None if instant is None else format_instant(instant)


def _tell(mailbox: MailboxHealth) -> str:
    proof = mailbox.proof
    known = proof.messages_total + sum(proof.left_out.values())
    if proof.is_complete:
        account = f"all {proof.gmail_total} accounted for"
    else:
        account = f"{known} of {known + proof.waiting} known, not complete"
    synced = "never synced" if mailbox.lag is None else f"synced {mailbox.lag // MINUTE} min ago"
    line = f"{mailbox.email}: {synced}, {mailbox.state}, {account}"
    if mailbox.stall:
        line += f" - stands still: {WORDS[mailbox.stall]}"
    return f"{line}\n  {mailbox.error}" if mailbox.error else line
