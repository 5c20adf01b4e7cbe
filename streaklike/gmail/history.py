"""Parse Gmail's history from its typed arrays."""

from typing import Any

from streaklike.gmail.messages import parse_reference
from streaklike.gmail.types import GmailId, HistoryId, HistoryPage, HistoryRecord, ThreadId


def parse_history(answer: dict[str, Any], start: HistoryId) -> HistoryPage:
    """Parse a page of history.list.

    It may have no records and still a next page. `start` is the requested cursor.
    """
    records = tuple(_parse_record(record) for record in answer.get("history", ()))
    return HistoryPage(records, answer.get("nextPageToken"), HistoryId(int(answer.get("historyId") or start)))


def _parse_record(record: dict[str, Any]) -> HistoryRecord:
    return HistoryRecord(
        HistoryId(int(record["id"])),
        tuple(_added(entry["message"]) for entry in record.get("messagesAdded", ())),
        tuple(parse_reference(entry["message"]) for entry in record.get("messagesDeleted", ())),
        tuple(_labelled(entry) for entry in record.get("labelsAdded", ())),
        tuple(_labelled(entry) for entry in record.get("labelsRemoved", ())),
    )


def _added(message: dict[str, Any]) -> tuple[GmailId, ThreadId, frozenset[str] | None]:
    labels = message.get("labelIds")
    return *parse_reference(message), None if labels is None else frozenset(labels)


def _labelled(entry: dict[str, Any]) -> tuple[GmailId, ThreadId, frozenset[str]]:
    return *parse_reference(entry["message"]), frozenset(entry.get("labelIds", ()))
