"""Importing mail files: an entry point that owns its transactions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from streaklike.instants import now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.jobs.poison import is_told, write_apart
from streaklike.jobs.sync import patiently
from streaklike.jobs.team import settle_team
from streaklike.mail.mbox import MboxFile
from streaklike.people.linking.link import link
from streaklike.settings import Settings
from streaklike.stopping import Stop
from streaklike.store.database import Database, DatabaseUnavailable
from streaklike.store.fault_origin import is_interrupted, is_operational
from streaklike.store.models import Mailbox
from streaklike.store.writing import lock_writer
from streaklike.sync.directory import (
    add_aliases,
    ensure_mailbox,
    list_own_keys,
    load_team,
    parse_member_address,
)
from streaklike.sync.ingest import Fetched, apply_fetched
from streaklike.sync.mbox import FileReader
from streaklike.sync.proof import prove

IMPORT_PAGE = 200


@dataclass(slots=True)
class ImportReport:
    """What an import came to: the answer of `import mbox --json`.

    `asked` are the senders of mail in this file that was sent, it says, but not from an address known to be the
    mailbox owner's: such mail is left out until `--alias` says that it is theirs.
    """

    mailbox: str
    messages_read: int = 0
    messages_added: int = 0
    messages_total: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    complete: bool = True
    error: str | None = None


def import_mbox(
    database: Database,
    settings: Settings,
    path: Path,
    email: str,
    *,
    is_sent: bool,
    aliases: Sequence[str] = (),
    stop: Stop | None = None,
) -> ImportReport:
    """Import a Takeout or any other mbox into a mailbox, a page a transaction; the same file twice adds nothing.

    `is_sent`: the file is a folder of sent mail without labels. `aliases`: addresses from which the mailbox's owner
    sent, beside their own. What came before a file breaks off is kept, and the report says so. Raises NotAnMbox for
    another kind of file, BadAddress, DatabaseUnavailable, and Stopped where `stop` is set meanwhile.
    """
    stop = stop or Stop()
    address = parse_member_address(email)
    with MboxFile(path) as file:
        file.check()
        with database.begin() as session:
            mailbox = ensure_mailbox(session, address, now=now_instant(), source="mbox")
            add_aliases(session, mailbox.id, aliases)
            reader = FileReader(list_own_keys(session, mailbox.id), is_sent)
        settle_team(database, settings.team_domains)
        report = ImportReport(mailbox=address)
        for page in _pages(reader.iter_fetched(file)):
            report.messages_read += len(page)
            stop.check()
            report.messages_added += _write_page(database, mailbox, page, stop)
        report.asked = dict(reader.asked.most_common())
        settle_team(database, settings.team_domains)
        refresh_due(database, settings)
        if file.problem:
            report.complete, report.error = False, file.problem
    with database.begin() as session:
        proof = prove(session, mailbox.id)
        report.messages_total, report.left_out = proof.messages_total, proof.left_out
        mailbox = session.get_one(Mailbox, mailbox.id)
        if mailbox.source == "mbox":
            mailbox.state, mailbox.synced_at, mailbox.error = "current", now_instant(), report.error
    return report


def _pages(fetched: Iterator[Fetched]) -> Iterator[list[Fetched]]:
    while page := list(islice(fetched, IMPORT_PAGE)):
        yield page


def _write_page(database: Database, mailbox: Mailbox, page: list[Fetched], stop: Stop) -> int:
    """Write a page; how many messages are new. One that cannot be written is set aside, the rest goes in (Q10)."""
    try:
        return patiently(lambda: _apply(database, mailbox.id, page), stop)
    except Exception as error:
        if is_interrupted(error):
            raise DatabaseUnavailable(
                "The database went away in the middle of the import. What was saved before is safe. See that the database "
                "runs, and import the file again: nothing is stored twice."
            ) from error
        if is_operational(error) or is_told(error):
            raise
    kept, added = write_apart(database, mailbox, page, lambda item: _apply(database, mailbox.id, [item]))
    return _apply(database, mailbox.id, kept) + added


def _apply(database: Database, mailbox_id: int, page: list[Fetched]) -> int:
    with database.begin() as session:
        lock_writer(session)
        ingested = apply_fetched(session, mailbox_id, load_team(session), page)
        if ingested.message_ids:
            link(session, ingested.message_ids, now=now_instant())
        return ingested.added
