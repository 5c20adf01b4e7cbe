"""One mailbox on the server: what it holds, and the actions of tests and stories on it."""

import random
import threading
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gmail_emulator.history_log import Happening, HistoryLog
from gmail_emulator.joining import THREAD_LIMIT, Head, read_head
from gmail_emulator.meter import Meter
from gmail_emulator.oauth import Grants
from gmail_emulator.rendering import reference_json
from gmail_emulator.stored import Stored

SYSTEM_LABELS = [
    "CHAT",
    "SENT",
    "INBOX",
    "IMPORTANT",
    "TRASH",
    "DRAFT",
    "SPAM",
    "STARRED",
    "UNREAD",
    "CATEGORY_PERSONAL",
    "CATEGORY_SOCIAL",
    "CATEGORY_PROMOTIONS",
    "CATEGORY_UPDATES",
    "CATEGORY_FORUMS",
]
_EARLIEST_ID_MS = 1 << 40
_LATEST_ID_MS = 1 << 43


@dataclass(frozen=True, slots=True)
class Delivery:
    """A mail for `Account.deliver_many`; the fields are those of `Account.deliver`."""

    mime: bytes
    label_ids: tuple[str, ...] = ("INBOX",)
    at: int | None = None
    thread_id: str | None = None


class Account:
    """A mailbox. Made by `GmailServer.add_account`; safe to change while the server answers."""

    def __init__(
        self,
        email: str,
        *,
        meter: Meter,
        grants: Grants,
        rng: random.Random,
        wall_clock: Callable[[], float],
    ) -> None:
        self.email = email
        self.lock = threading.RLock()
        self.messages: dict[str, Stored] = {}
        self.threads: dict[str, list[Stored]] = {}
        self.labels: dict[str, str] = {}
        self.drafts: dict[str, str] = {}
        self.history = HistoryLog(rng.randrange(100_000, 900_000))
        self.calls: Counter[str] = Counter()
        self.requests = 0
        self.refused = 0
        self.watched_topic: str | None = None
        self.meter = meter
        self._grants = grants
        self._rng = rng
        self._wall_clock = wall_clock
        self._labels_made = 0
        self._order: list[tuple[int, str]] = []
        self._by_rfc_id: dict[str, list[Stored]] = {}

    @property
    def units_spent(self) -> int:
        """Quota units billed so far."""
        return self.meter.units_spent

    @property
    def peak_units_in_any_minute(self) -> int:
        """The most units that any 60 s held."""
        return self.meter.peak

    @property
    def token_calls(self) -> int:
        """Calls to the token endpoint with this account's refresh tokens, refused ones too."""
        return self._grants.token_calls[self.email]

    @property
    def history_id(self) -> int:
        """The newest history id."""
        return self.history.newest

    def credentials(self, scopes: Iterable[str] | None = None) -> dict[str, Any]:
        """Authorized-user JSON with a new refresh token, for `scopes` (reading alone where None)."""
        return self._grants.credentials(self.email, scopes)

    def revoke(self) -> None:
        """The owner takes consent back: access tokens die at once, and the token endpoint says invalid_grant."""
        self._grants.revoke(self.email)

    def expire_tokens(self) -> None:
        """The access tokens given out so far are good no longer; refreshing gives new ones."""
        self._grants.expire(self.email)

    def deliver(
        self,
        mime: bytes,
        *,
        label_ids: Iterable[str] = ("INBOX",),
        at: int | None = None,
        thread_id: str | None = None,
    ) -> str:
        """Files a mail, and gives its id. `at` is internalDate, now where None.

        It joins the thread of a message that it refers to if the base subject is the same and the thread holds
        fewer than 100, or else starts one; `thread_id` overrules that. A mail without Message-ID gets Gmail's.
        """
        with self.lock:
            stored = self._file(mime, list(label_ids), at, thread_id)
            insort(self._order, (stored.at, stored.id))
            return stored.id

    def deliver_many(self, mails: Iterable[Delivery | bytes]) -> list[str]:
        """Files many at once, and gives their ids in order. JSON is built when first fetched, or by `warm`."""
        with self.lock:
            ids = []
            for mail in mails:
                delivery = mail if isinstance(mail, Delivery) else Delivery(mail)
                stored = self._file(delivery.mime, list(delivery.label_ids), delivery.at, delivery.thread_id)
                self._order.append((stored.at, stored.id))
                ids.append(stored.id)
            self._order.sort()
            return ids

    def warm(self) -> None:
        """Builds every message's JSON now, so that no client waits for it."""
        for stored in list(self.messages.values()):
            _ = stored.built

    def label(self, message_id: str, *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Adds and removes labels; what changes nothing leaves no history."""
        with self.lock:
            stored = self.messages[message_id]
            added = tuple(label for label in dict.fromkeys(add) if label not in stored.label_ids)
            if added:
                stored.label_ids.extend(added)
                self._record("labelAdded", stored, added)
            removed = tuple(label for label in dict.fromkeys(remove) if label in stored.label_ids)
            if removed:
                stored.label_ids = [label for label in stored.label_ids if label not in removed]
                self._record("labelRemoved", stored, removed)

    def trash(self, message_id: str) -> None:
        """Into the trash, out of the inbox."""
        self.label(message_id, add=["TRASH"], remove=["INBOX"])

    def untrash(self, message_id: str) -> None:
        """Out of the trash. Gmail does not put it back into the inbox by itself."""
        self.label(message_id, remove=["TRASH"])

    def delete(self, message_id: str) -> None:
        """Deletes for ever."""
        with self.lock:
            stored = self.messages.pop(message_id)
            self._order.pop(bisect_left(self._order, (stored.at, stored.id)))
            thread = self.threads[stored.thread_id]
            thread.remove(stored)
            if not thread:
                del self.threads[stored.thread_id]
            self._by_rfc_id[stored.head.rfc_id].remove(stored)
            self._record("messageDeleted", stored)

    def expire_history(self) -> None:
        """Every history id given out until now is too old."""
        with self.lock:
            self.history.expire()

    def draft(self, mime: bytes, *, thread_id: str | None = None) -> str:
        """Begins a draft, and gives the draft's id."""
        with self.lock:
            draft_id = f"r{self._rng.randrange(10**17, 10**18)}"
            self.drafts[draft_id] = self.deliver(mime, label_ids=["DRAFT"], thread_id=thread_id)
            return draft_id

    def edit_draft(self, draft_id: str, mime: bytes) -> str:
        """Replaces a draft's message by a new one with a new id in the same thread, and gives that id."""
        with self.lock:
            old = self.messages[self.drafts[draft_id]]
            self.delete(old.id)
            self.drafts[draft_id] = self.deliver(mime, label_ids=["DRAFT"], thread_id=old.thread_id)
            return self.drafts[draft_id]

    def send_draft(self, draft_id: str, *, keeps_id: bool = False) -> str:
        """Sends a draft, and gives the sent message's id: another one, or with `keeps_id` the same with new labels."""
        with self.lock:
            stored = self.messages[self.drafts.pop(draft_id)]
            if keeps_id:
                self.label(stored.id, add=["SENT"], remove=["DRAFT"])
                return stored.id
            self.delete(stored.id)
            return self.deliver(stored.mime, label_ids=["SENT"], thread_id=stored.thread_id)

    def add_label(self, name: str) -> str:
        """Makes a label of the user's, and gives its id."""
        with self.lock:
            self._labels_made += 1
            label_id = f"Label_{self._labels_made}"
            self.labels[label_id] = name
            return label_id

    def delete_label(self, label_id: str) -> None:
        """Deletes a label of the user's; what bore it bears it no longer."""
        with self.lock:
            del self.labels[label_id]
            for stored in list(self.messages.values()):
                self.label(stored.id, remove=[label_id])

    def newest_first(self, before: tuple[int, str] | None = None) -> Iterable[Stored]:
        """The messages by internalDate, newest first, from those older than the key `before` on. Hold the lock."""
        position = len(self._order) if before is None else bisect_left(self._order, before)
        for index in range(position - 1, -1, -1):
            yield self.messages[self._order[index][1]]

    def state(self) -> Mapping[str, frozenset[str]]:
        """Each message's labels by its id: what a sync must arrive at."""
        with self.lock:
            return {stored.id: frozenset(stored.label_ids) for stored in self.messages.values()}

    def _file(self, mime: bytes, label_ids: list[str], at: int | None, thread_id: str | None) -> Stored:
        at = int(self._wall_clock() * 1000) if at is None else at
        message_id = self._new_id(at)
        head = read_head(mime)
        if not head.rfc_id:
            domain = "mail.gmail.com" if "SENT" in label_ids else "mx.google.com"
            mime = f"Message-Id: <{message_id}.SMTPIN_ADDED_MISSING@{domain}>\r\n".encode() + mime
            head = read_head(mime)
        thread_id = thread_id or self._thread_for(head) or message_id
        stored = Stored(message_id, thread_id, at, label_ids, 0, mime, head)
        stored.reference = reference_json(message_id, thread_id)
        self.messages[message_id] = stored
        insort(self.threads.setdefault(thread_id, []), stored, key=lambda known: known.at)
        self._by_rfc_id.setdefault(head.rfc_id, []).append(stored)
        self._record("messageAdded", stored)
        return stored

    def _thread_for(self, head: Head) -> str | None:
        for ref in head.refs:
            for known in reversed(self._by_rfc_id.get(ref, ())):
                is_same = known.head.base_subject == head.base_subject
                if is_same and len(self.threads[known.thread_id]) < THREAD_LIMIT:
                    return known.thread_id
        return None

    def _record(self, kind: str, stored: Stored, changed: tuple[str, ...] = ()) -> None:
        self.history.newest += self._rng.randint(1, 20)
        stored.touch(self.history.newest)
        self.history.add(
            Happening(
                self.history.newest, kind, stored.id, stored.thread_id, tuple(stored.label_ids), changed
            )
        )

    def _new_id(self, at: int) -> str:
        stem = min(max(at, _EARLIEST_ID_MS), _LATEST_ID_MS)
        while True:
            message_id = f"{(stem << 20) | self._rng.getrandbits(20):016x}"
            if message_id not in self.messages and message_id not in self.threads:
                return message_id
