"""A message as its account holds it."""

from dataclasses import dataclass, field

from gmail_emulator.joining import Head
from gmail_emulator.payload import Built, build_payload


@dataclass(slots=True)
class Stored:
    """One message of one mailbox. `at` is internalDate in UTC milliseconds; labels keep their order."""

    id: str
    thread_id: str
    at: int
    label_ids: list[str]
    history_id: int
    mime: bytes
    head: Head
    reference: bytes = b""
    _built: Built | None = field(default=None, repr=False)
    _full: bytes | None = field(default=None, repr=False)

    @property
    def built(self) -> Built:
        """The payload, built at the first need."""
        if self._built is None:
            self._built = build_payload(self.mime)
        return self._built

    @property
    def is_hidden(self) -> bool:
        """Whether a listing leaves it out unless asked: spam or trash."""
        return "TRASH" in self.label_ids or "SPAM" in self.label_ids

    def touch(self, history_id: int) -> None:
        """Something changed: what was kept as JSON no longer holds."""
        self.history_id = history_id
        self._full = None

    def kept_full(self) -> bytes | None:
        """The whole resource as JSON where it was kept."""
        return self._full

    def keep_full(self, resource: bytes) -> None:
        """Keeps the whole resource as JSON until the message changes."""
        self._full = resource
