"""What Gmail's labels say of a copy (R14), and those that its member leaves out (R11): pure."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

SENT: Final = "SENT"
LABEL: Final = "label"
"""The reason of what bears a label that its member leaves out."""

NEVER_LEFT_OUT: Final = frozenset({SENT, "INBOX", "UNREAD", "TRASH", "SPAM", "DRAFT", "CHAT"})
"""Labels that say where a mail stands or what it is (R14), or that come and go by themselves."""

NONE_LEFT_OUT: Final = frozenset[str]()
OVERSIZED: Final = "too_large"
"""The reason of what a mail file holds and is larger than any mail that Gmail takes."""

SENDER: Final = "sender"
"""The reason of what a mail file says was sent and names a sender that is not known to be the mailbox's owner (R14)."""

_KEPT_WHEN_SHOWN: Final = ("internal", "set_aside", "digest", OVERSIZED, SENDER)
HIDING = (("TRASH", "trash"), ("SPAM", "spam"), ("DRAFT", "draft"), ("CHAT", "chat"))
UNLISTED = ("trash", "spam")
"""Reasons under which messages.list does not give a message."""


class BadLabel(Exception):
    """A label that cannot be left out or let in; the sentence says why."""


@dataclass(slots=True)
class MailboxLabel:
    """A label of a mailbox that may be left out, by its name as people see it.

    `ids` are how copies have it: Gmail's id (`gmail_id`, None where Gmail has no such label) and mail files' words.
    """

    name: str
    gmail_id: str | None = None
    ids: set[str] = field(default_factory=set)
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class LabelsChanged:
    """The labels after a change; how many mails a label leaves out, how many wait to be fetched by the next sync, and
    how many come back once their file is imported again.
    """

    labels: Sequence[MailboxLabel]
    left_out: int
    to_fetch: int
    to_import: int


def hiding_reason(label_ids: Collection[str], left_out: frozenset[str] = NONE_LEFT_OUT) -> str | None:
    """Why a copy with these labels is no part of any timeline: trash, spam, draft, chat or label; None where it is one.

    A copy that is both sent and trashed is trash. `left_out` are the labels that the mailbox's member leaves out.
    """
    for label, reason in HIDING:
        if label in label_ids:
            return reason
    return LABEL if left_out and not left_out.isdisjoint(label_ids) else None


class CopyState(NamedTuple):
    """How a copy stands: its state, the reason, and whether it is hidden."""

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
    """How a known copy stands under these labels. `is_stored`: its message is there; `was`: its reason until now.

    What is left out by its label keeps the message that was stored. What was never fetched and is hidden no longer is
    to be fetched, but for internal mail, which stays internal under any label (R13), what was set aside, and digests.
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
    """Labels as one column keeps them: sorted, space-joined; None where they are not known."""
    return None if label_ids is None else " ".join(sorted(label_ids))


def unpack_labels(packed: str | None) -> frozenset[str]:
    """The labels of a column; the empty set where they are not known."""
    return frozenset(packed.split(" ")) if packed else frozenset()


def as_one_word(name: str) -> str:
    """A mail file's label as the column keeps it: its spaces do not break (Gmail's ids have none)."""
    return name.replace(" ", "\u00a0")


def as_several_words(word: str) -> str:
    """The name of a label that the column keeps as one word."""
    return word.replace("\u00a0", " ")


def fold_name(name: str) -> str:
    """What equal names of labels have in common: Gmail tells no case apart."""
    return unicodedata.normalize("NFKC", name).strip().casefold()
