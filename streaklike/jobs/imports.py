"""Importing mail files: an entry point that owns its transactions."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from streaklike.instants import now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.jobs.linked import apply_linked
from streaklike.jobs.poison import is_explained, write_apart
from streaklike.jobs.sync import patiently
from streaklike.jobs.team import ensure_team
from streaklike.mail.mbox import MboxFile
from streaklike.settings import Settings
from streaklike.stopping import Stop
from streaklike.store.database import Database, DatabaseUnavailable
from streaklike.store.fault_origin import is_interrupted, is_operational
from streaklike.store.models import Mailbox
from streaklike.sync.directory import (
    add_aliases,
    ensure_mailbox,
    list_own_keys,
    load_team,
    parse_member_address,
)
from streaklike.sync.ingest import Fetched, Ingested, apply_fetched
from streaklike.sync.labels import fold_name
from streaklike.sync.mbox import FileReader
from streaklike.sync.proof import prove

IMPORT_PAGE = 200


@dataclass(slots=True)
class ImportReport:
    """What an import came to: the answer of `import mbox --json`.

    `messages_read` counts every mail of the file; it is the sum of `messages_added` (new to this mailbox),
    `messages_double` (known to it already, by API or file, or twice in the file), `left_out` by reason, and
    `messages_unreadable` (set aside, or where the file breaks off). `messages_total` is what the mailbox holds now.
    `splits_without_blank` are the mails that began without a blank line before them (R55). `unknown_sent` are, where no
    mail of a Takeout bears a label known as Sent, the labels of those that the mailbox's owner wrote, with their counts.
    `asked` are the senders of mail in this file that was sent, it says, but not from an address known to be the
    mailbox owner's: such mail is left out until `--alias` says that it is theirs.
    """

    mailbox: str
    messages_read: int = 0
    messages_added: int = 0
    messages_double: int = 0
    messages_unreadable: int = 0
    messages_total: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    splits_without_blank: int = 0
    unknown_sent: dict[str, int] = field(default_factory=dict)
    complete: bool = True
    error: str | None = None


OnRead = Callable[[int], None]
"""Told after every page how many mails were read."""

SET_ASIDE = "set_aside"
_MOST_LABELS = 10


def import_mbox(
    database: Database,
    settings: Settings,
    path: Path,
    email: str,
    *,
    is_sent: bool,
    aliases: Sequence[str] = (),
    sent_labels: Sequence[str] = (),
    stream: BinaryIO | None = None,
    on_read: OnRead = lambda _count: None,
    stop: Stop | None = None,
) -> ImportReport:
    """Import a Takeout or any other mbox into a mailbox, a page a transaction; the same file twice adds nothing.

    `is_sent`: the file is a folder of sent mail without labels. `aliases`: addresses from which the mailbox's owner
    sent, beside their own. `sent_labels`: what a Takeout calls Gmail's Sent. `stream` is read instead of the path. What
    came before a file breaks off is kept, and the report says so. Raises NotAnMbox for another kind of file, BadAddress,
    DatabaseUnavailable, and Stopped where `stop` is set meanwhile.
    """
    stop = stop or Stop()
    address = parse_member_address(email)
    with MboxFile(path, stream=stream, latest=now_instant()) as file:
        file.check()
        with database.begin() as session:
            mailbox = ensure_mailbox(session, address, now=now_instant(), source="mbox")
            add_aliases(session, mailbox.id, aliases)
            reader = FileReader(
                list_own_keys(session, mailbox.id), is_sent, frozenset(map(fold_name, sent_labels))
            )
        ensure_team(database, settings.team_domains)
        report = ImportReport(mailbox=address)
        left_out: Counter[str] = Counter()
        for page in _pages(reader.iter_fetched(file)):
            stop.check()
            ingested = _write_page(database, mailbox, page, stop)
            report.messages_read += len(page)
            report.messages_added += ingested.fresh
            report.messages_double += ingested.doubles
            left_out += ingested.left_out
            on_read(report.messages_read)
        report.messages_unreadable = left_out.pop(SET_ASIDE, 0)
        report.left_out = dict(sorted(left_out.items()))
        report.asked = dict(reader.asked.most_common())
        report.splits_without_blank = file.unspaced
        if not reader.has_sent:
            report.unknown_sent = dict(reader.labels_of_own.most_common(_MOST_LABELS))
        ensure_team(database, settings.team_domains)
        refresh_due(database, settings)
        if file.problem:
            report.complete, report.error = False, file.problem
            report.messages_read += 1
            report.messages_unreadable += 1
    with database.begin() as session:
        proof = prove(session, mailbox.id)
        report.messages_total = proof.messages_total
        mailbox = session.get_one(Mailbox, mailbox.id)
        if mailbox.source == "mbox":
            mailbox.state, mailbox.synced_at, mailbox.error = "current", now_instant(), report.error
            # What the files held, so that status agrees: all but a mail in which a file broke off.
            mailbox.gmail_total = proof.messages_total + sum(proof.left_out.values()) + bool(file.problem)
    return report


def _pages(fetched: Iterator[Fetched]) -> Iterator[list[Fetched]]:
    while page := list(islice(fetched, IMPORT_PAGE)):
        yield page


def _write_page(database: Database, mailbox: Mailbox, page: list[Fetched], stop: Stop) -> Ingested:
    """Write a page; what became of each mail. One that cannot be written is set aside, the rest goes in (Q10)."""
    try:
        return patiently(lambda: _apply(database, mailbox.id, page), stop)
    except Exception as error:
        if is_interrupted(error):
            raise DatabaseUnavailable(
                "The database went away in the middle of the import. What was saved before is safe. See that the database "
                "runs, and import the file again: nothing is stored twice."
            ) from error
        if is_operational(error) or is_explained(error):
            raise
    return _write_one_by_one(database, mailbox, page)


def _write_one_by_one(database: Database, mailbox: Mailbox, page: list[Fetched]) -> Ingested:
    total = Ingested()

    def write(item: Fetched) -> int:
        ingested = _apply(database, mailbox.id, [item])
        total.include(ingested)
        return ingested.added

    kept, _ = write_apart(database, mailbox, page, write)
    # Those that were written came back as they were; only what was set aside is still to be noted.
    rest = [item for item, given in zip(kept, page, strict=True) if item is not given]
    total.include(_apply(database, mailbox.id, rest))
    return total


def _apply(database: Database, mailbox_id: int, page: list[Fetched]) -> Ingested:
    with database.begin() as session:
        return apply_linked(
            session,
            mailbox_id,
            page,
            lambda session: apply_fetched(session, mailbox_id, load_team(session), page),
            now=now_instant(),
        )
