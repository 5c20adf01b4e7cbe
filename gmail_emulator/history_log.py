"""What happened in a mailbox, as history.list tells it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

KINDS = {
    "messageAdded": "messagesAdded",
    "messageDeleted": "messagesDeleted",
    "labelAdded": "labelsAdded",
    "labelRemoved": "labelsRemoved",
}
"""The names for `historyTypes`, and those of the arrays in a record."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry: `labels` of the message then, `changed` those added or removed."""

    history_id: int
    kind: str
    message_id: str
    thread_id: str
    labels: tuple[str, ...]
    changed: tuple[str, ...] = ()

    def record(self, *, ids_only: bool) -> dict[str, Any]:
        """The record as JSON; with `ids_only` messages bring no labels, as Gmail often gives them."""
        reference = {"id": self.message_id, "threadId": self.thread_id}
        message: dict[str, Any] = dict(reference)
        if self.labels and not ids_only:
            message["labelIds"] = list(self.labels)
        entry: dict[str, Any] = {"message": message}
        if self.changed:
            entry["labelIds"] = list(self.changed)
        return {"id": str(self.history_id), "messages": [reference], KINDS[self.kind]: [entry]}


class HistoryLog:
    """The happenings of a mailbox, oldest first."""

    def __init__(self, first_id: int) -> None:
        self.newest = first_id
        self.oldest_start = first_id
        self._happenings: list[Happening] = []

    def add(self, happening: Happening) -> None:
        """Appends what happened under the newest id."""
        self._happenings.append(happening)

    def expire(self) -> None:
        """Forgets everything so far: each cursor given out until now is too old."""
        self.newest += 1
        self.oldest_start = self.newest
        self._happenings.clear()

    def knows(self, start: int) -> bool:
        """Whether history can be told from `start` on."""
        return self.oldest_start <= start <= self.newest

    def after(self, position: int, start: int) -> Iterator[tuple[int, Happening]]:
        """Happenings after the history id `start`, from a list position on, each with the position behind it."""
        if position == 0:
            position = self._position_after(start)
        for index in range(position, len(self._happenings)):
            yield index + 1, self._happenings[index]

    def _position_after(self, start: int) -> int:
        low, high = 0, len(self._happenings)
        while low < high:
            middle = (low + high) // 2
            if self._happenings[middle].history_id <= start:
                low = middle + 1
            else:
                high = middle
        return low
