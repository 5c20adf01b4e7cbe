"""Convert messages of a mail file to the form that ingest takes from Gmail."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from streaklike.gmail.types import GmailId, ThreadId
from streaklike.mail.mbox import MboxMessage
from streaklike.mail.message import Understood
from streaklike.mail.mime import parse_mime
from streaklike.mail.understand import understand
from streaklike.sync.ingest import Fetched, name_fault
from streaklike.sync.labels import OVERSIZED, SENDER, SENT, as_one_word, fold_name, hiding_reason
from streaklike.sync.origins import FROM_FILE

_GMAILS: Final = ("INBOX", "UNREAD", "IMPORTANT", "STARRED", "CATEGORY_")
"""Gmail's system labels, which say nothing about the author."""


@dataclass(slots=True)
class FileReader:
    """Reads the messages of one file for one mailbox.

    `own`: keys of the owner's addresses. `is_sent`: the file is a folder of sent mail, for messages without
    labels. `sent_labels`: further names of Gmail's Sent in a Takeout, beside the known ones. `asked`: counts
    senders of sent mail that are not the owner's, by key ("" if none). For a Takeout, `has_sent` tells
    whether any label was known as Sent, and `labels_of_own` counts labels on the owner's messages: if none is
    Sent, one of these is (R14).
    """

    own: frozenset[str]
    is_sent: bool
    sent_labels: frozenset[str] = frozenset()
    asked: Counter[str] = field(default_factory=Counter)
    has_sent: bool = False
    labels_of_own: Counter[str] = field(default_factory=Counter)

    def iter_fetched(self, messages: Iterable[MboxMessage]) -> Iterator[Fetched]:
        """Yield each message of the file, parsed.

        The id is a hash of the bytes, so that the same or an overlapping file adds nothing twice. A message
        without X-GM-THRID is its own thread; References join it to others (R23).
        """
        iterator = iter(messages)
        while (message := next(iterator, None)) is not None:
            fetched = self._read(message)
            del message  # free its memory before the next is read
            yield fetched

    def _read(self, message: MboxMessage) -> Fetched:
        labels = self._labels(message)
        reason = hiding_reason(labels or ()) or (OVERSIZED if message.is_oversized else None)
        understood, fault = None, None
        if reason is None:
            try:
                understood = understand(parse_mime(message.raw))
            except (MemoryError, OSError):  # a fault of the machine, not of the mail
                raise
            except Exception as error:  # noqa: BLE001 - whatever a stranger's mail breaks, the file goes on (Q10)
                reason, fault = "set_aside", name_fault(error)
        if understood and SENT in (labels or ()):
            if not self._is_own(understood):
                understood, reason = None, SENDER
        elif understood and understood.sender and understood.sender.key in self.own:
            self.labels_of_own.update(name for name in message.labels or () if not name.startswith(_GMAILS))
        digest = _digest(message)
        return Fetched(
            gmail_id=GmailId(f"{FROM_FILE}{digest}"),
            thread_id=ThreadId(message.thread_id or f"{FROM_FILE}{digest}"),
            label_ids=labels,
            at=message.delivered_at,
            understood=understood,
            reason=reason,
            fault=fault,
        )

    def _labels(self, message: MboxMessage) -> frozenset[str] | None:
        if message.labels is None:
            return frozenset({SENT}) if self.is_sent else None
        labels = frozenset(map(as_one_word, message.labels))
        if SENT not in labels and not self.sent_labels.isdisjoint(map(fold_name, message.labels)):
            labels |= {SENT}
        self.has_sent = self.has_sent or SENT in labels
        return labels

    def _is_own(self, understood: Understood) -> bool:
        """Whether the mailbox's owner is the sender; if not, count the sender in `asked`."""
        key = understood.sender.key if understood.sender else ""
        if key in self.own:
            return True
        self.asked[key] += 1
        return False


def _digest(message: MboxMessage) -> str:
    digest = hashlib.blake2b(message.raw, digest_size=12)
    if message.is_oversized:
        digest.update(f"\0{message.size}".encode())
    return digest.hexdigest()
