"""Messages of a mail file as the ingest takes them: the same way through the house as Gmail's."""

import hashlib
from collections.abc import Iterable, Iterator

from streaklike.gmail.types import GmailId, ThreadId
from streaklike.mail.mbox import MboxMessage
from streaklike.mail.mime import parse_mime
from streaklike.mail.understand import understand
from streaklike.sync.copies import FROM_FILE
from streaklike.sync.ingest import Fetched, name_fault
from streaklike.sync.labels import SENT, as_one_word, hiding_reason


def iter_fetched(messages: Iterable[MboxMessage], *, is_sent: bool) -> Iterator[Fetched]:
    """Each message of the file, understood.

    Its id is a hash of its bytes, so that the same file, or one that overlaps, adds nothing a second time. A message
    without X-GM-THRID is its own thread: References join it to others (R23). `is_sent` says that the file is a folder of
    sent mail, for one whose messages bear no labels.
    """
    for message in messages:
        labels = message.labels
        if labels is None and is_sent:
            labels = frozenset({SENT})
        elif labels is not None:
            labels = frozenset(map(as_one_word, labels))
        mark = hashlib.blake2b(message.raw, digest_size=12).hexdigest()
        reason = hiding_reason(labels or ())
        understood, fault = None, None
        if reason is None:
            try:
                understood = understand(parse_mime(message.raw))
            except (MemoryError, OSError):  # the machine's trouble, not the mail's
                raise
            except Exception as error:  # noqa: BLE001 - whatever a stranger's mail breaks, the file goes on (Q10)
                reason, fault = "set_aside", name_fault(error)
        yield Fetched(
            gmail_id=GmailId(f"{FROM_FILE}{mark}"),
            thread_id=ThreadId(message.thread_id or f"{FROM_FILE}{mark}"),
            label_ids=labels,
            at=message.delivered_at,
            understood=understood,
            reason=reason,
            fault=fault,
        )
