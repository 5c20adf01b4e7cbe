"""Messages of a mail file as the ingest takes them: the same way through the house as Gmail's."""

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
from streaklike.sync.copies import FROM_FILE
from streaklike.sync.ingest import Fetched, name_fault
from streaklike.sync.labels import OVERSIZED, SENDER, SENT, as_one_word, fold_name, hiding_reason

_GMAILS: Final = ("INBOX", "UNREAD", "IMPORTANT", "STARRED", "CATEGORY_")
"""Gmail's own labels that say nothing of who wrote a mail."""


@dataclass(slots=True)
class FileReader:
    """Reads the messages of one file for one mailbox.

    `own` are the keys of its owner's addresses. `is_sent` says that the file is a folder of sent mail, for one whose
    messages bear no labels. `sent_labels` are names that a Takeout uses for Gmail's Sent, beside those that are known.
    `asked` counts the senders of sent mail that are none of these, by key ("" for none). Of a Takeout `has_sent` says
    whether any mail bears a label known as Sent, and `labels_of_own` counts the labels of what the owner wrote: where
    none is Sent, one of these is (R14).
    """

    own: frozenset[str]
    is_sent: bool
    sent_labels: frozenset[str] = frozenset()
    asked: Counter[str] = field(default_factory=Counter)
    has_sent: bool = False
    labels_of_own: Counter[str] = field(default_factory=Counter)

    def iter_fetched(self, messages: Iterable[MboxMessage]) -> Iterator[Fetched]:
        """Each message of the file, understood.

        Its id is a hash of its bytes, so that the same file, or one that overlaps, adds nothing a second time. A message
        without X-GM-THRID is its own thread: References join it to others (R23).
        """
        iterator = iter(messages)
        while (message := next(iterator, None)) is not None:
            fetched = self._read(message)
            del message  # not in memory while the next is read
            yield fetched

    def _read(self, message: MboxMessage) -> Fetched:
        labels = self._labels(message)
        reason = hiding_reason(labels or ()) or (OVERSIZED if message.is_oversized else None)
        understood, fault = None, None
        if reason is None:
            try:
                understood = understand(parse_mime(message.raw))
            except (MemoryError, OSError):  # the machine's trouble, not the mail's
                raise
            except Exception as error:  # noqa: BLE001 - whatever a stranger's mail breaks, the file goes on (Q10)
                reason, fault = "set_aside", name_fault(error)
        if understood and SENT in (labels or ()):
            if not self._is_own(understood):
                understood, reason = None, SENDER
        elif understood and understood.sender and understood.sender.key in self.own:
            self.labels_of_own.update(name for name in message.labels or () if not name.startswith(_GMAILS))
        mark = _mark(message)
        return Fetched(
            gmail_id=GmailId(f"{FROM_FILE}{mark}"),
            thread_id=ThreadId(message.thread_id or f"{FROM_FILE}{mark}"),
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
        """Whether the mailbox's owner wrote it, as far as is known; else it is counted as one to ask about."""
        key = understood.sender.key if understood.sender else ""
        if key in self.own:
            return True
        self.asked[key] += 1
        return False


def _mark(message: MboxMessage) -> str:
    mark = hashlib.blake2b(message.raw, digest_size=12)
    if message.is_oversized:
        mark.update(f"\0{message.size}".encode())
    return mark.hexdigest()
