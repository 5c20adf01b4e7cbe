"""Pure rules for Gmail labels (R14) and labels that a member excludes (R11)."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

SENT: Final = "SENT"
LABEL: Final = "label"
"""Exclusion reason of messages with an excluded label."""

NEVER_LEFT_OUT: Final = frozenset({SENT, "INBOX", "UNREAD", "TRASH", "SPAM", "DRAFT", "CHAT"})
"""Labels that cannot be excluded: they say where or what a message is (R14), or change automatically."""

NONE_LEFT_OUT: Final = frozenset[str]()
OVERSIZED: Final = "too_large"
"""Exclusion reason of a message in a file that is larger than Gmail accepts."""

SENDER: Final = "sender"
"""Exclusion reason of a sent message in a file whose sender is not known to be the mailbox's owner (R14)."""

_KEPT_WHEN_SHOWN: Final = ("internal", "set_aside", "digest", OVERSIZED, SENDER)
HIDING = (("TRASH", "trash"), ("SPAM", "spam"), ("DRAFT", "draft"), ("CHAT", "chat"))
UNLISTED = ("trash", "spam")
"""Reasons under which messages.list does not return a message."""


class BadLabel(Exception):
    """A label that cannot be excluded or included; the message says why."""


@dataclass(slots=True)
class MailboxLabel:
    """A label of a mailbox, under its display name.

    `ids` are the words under which messages store it: Gmail's id (`gmail_id`, None if Gmail has no such
    label) and the names in mail files.
    """

    name: str
    gmail_id: str | None = None
    ids: set[str] = field(default_factory=set)
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class LabelsChanged:
    """Labels after a change, and the numbers of messages excluded, to be fetched by the next sync, and
    returning only when their file is imported again.
    """

    labels: Sequence[MailboxLabel]
    left_out: int
    to_fetch: int
    to_import: int


def hiding_reason(label_ids: Collection[str], left_out: frozenset[str] = NONE_LEFT_OUT) -> str | None:
    """Return why a message with these labels is hidden: trash, spam, draft, chat or label; None if it is not.

    A message that is both sent and trashed counts as trash. `left_out` are the excluded labels.
    """
    for label, reason in HIDING:
        if label in label_ids:
            return reason
    return LABEL if left_out and not left_out.isdisjoint(label_ids) else None


class CopyState(NamedTuple):
    """The state of a mailbox message, its exclusion reason, and whether it is hidden."""

    state: str
    reason: str | None
    is_hidden: bool


def state_under(
    label_ids: Collection[str],
    left_out: frozenset[str],
    *,
    is_stored: bool,
    was: str | None,
) -> CopyState:
    """Compute the state of a known message under these labels.

    `is_stored`: its content is stored; `was`: its previous reason. An excluded label keeps stored content. A
    message that was never fetched and is no longer hidden is listed for fetching, except internal mail, which
    stays internal under any label (R13), quarantined mail and digests.
    """
    reason = hiding_reason(label_ids, left_out)
    if is_stored:
        return (
            CopyState("left_out", LABEL, True)
            if reason == LABEL
            else CopyState("stored", None, reason is not None)
        )
    if was in _KEPT_WHEN_SHOWN and reason is None:
        return CopyState("left_out", was, False)
    if was == "internal" and reason == LABEL:
        return CopyState("left_out", was, True)
    return CopyState("listed", None, False) if reason is None else CopyState("left_out", reason, True)


def pack_labels(label_ids: Collection[str] | None) -> str | None:
    """Pack labels for the column: sorted, joined by spaces; None if unknown."""
    return None if label_ids is None else " ".join(sorted(label_ids))


def unpack_labels(packed: str | None) -> frozenset[str]:
    """Unpack the column's labels; empty if unknown."""
    return frozenset(packed.split(" ")) if packed else frozenset()


def as_one_word(name: str) -> str:
    """Encode a mail file's label for the column: spaces become no-break spaces. Gmail's ids have none."""
    return name.replace(" ", "\u00a0")


def as_several_words(word: str) -> str:
    """Decode a label from the column."""
    return word.replace("\u00a0", " ")


def fold_name(name: str) -> str:
    """Normalize a label name for comparison: Gmail ignores case."""
    return unicodedata.normalize("NFKC", name).strip().casefold()
