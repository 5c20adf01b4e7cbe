"""What Gmail's labels say of a copy (R14): pure."""

from collections.abc import Collection

SENT = "SENT"
HIDING = (("TRASH", "trash"), ("SPAM", "spam"), ("DRAFT", "draft"), ("CHAT", "chat"))
UNLISTED = ("trash", "spam")
"""Reasons under which messages.list does not give a message."""


def hiding_reason(label_ids: Collection[str]) -> str | None:
    """Why a copy with these labels is no part of any timeline: trash, spam, draft or chat; None where it is one.

    A copy that is both sent and trashed is trash.
    """
    return next((reason for label, reason in HIDING if label in label_ids), None)


def pack_labels(label_ids: Collection[str] | None) -> str | None:
    """Labels as one column keeps them: sorted, space-joined; None where they are not known."""
    return None if label_ids is None else " ".join(sorted(label_ids))


def unpack_labels(packed: str | None) -> frozenset[str]:
    """The labels of a column; the empty set where they are not known."""
    return frozenset(packed.split(" ")) if packed else frozenset()
