"""The input of an evaluation as plain values: mail by conversation, logged events, tasks and boxes.

A `Key` identifies an outside person on a message: the root contact's id; the negated address id if the
address has no contact; NOBODY for a machine or list, which neither owes a reply nor is owed one.

A `Sender` identifies who of us wrote: the user's id, or the negated address id if no user has the address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from streaklike.boxes.responsible import HoldingBox

Key = int
Sender = int
NOBODY: Final = 0

# Effect of a message in cadence; a message without one is ignored (R26 to R32).
NOTHING: Final = 0
INBOUND: Final = 1
OUTBOUND: Final = 2
OUTBOUND_BULK: Final = 3
OUTBOUND_INVITATION: Final = 4

# Role of a person on a message.
AUTHOR: Final = 0
TO: Final = 1
CC: Final = 2
BCC: Final = 3
BY_FORM: Final = 4
"""Only on entries: author by the Reply-To of a form's mail, which is no proof and does not renew the budget
(R53).
"""

WROTE: Final = frozenset({AUTHOR, BY_FORM})

NEEDS_REPLY: Final = "needs_reply"
AWAITING_REPLY: Final = "awaiting_reply"
QUIET: Final = "quiet"

ANSWERED: Final = "answered"
OPEN: Final = "open"
CLOSED: Final = "closed"
FOR_INFORMATION: Final = "for_information"


class Mail(NamedTuple):
    """One live message.

    `author` is a Key on inbound mail, else a Sender.

    `to`, `cc` and `bcc` are the outside people it was delivered to (R30). `is_addressed` means on inbound
    mail that we owe a reply (R34), on outbound mail that its Cc people do, since it shows no To. `lists` are
    the address ids of the outside lists it was sent to or through (R35).
    """

    at: int
    rfc_id: str
    id: int
    conversation_id: int
    effect: int
    author: int
    is_addressed: bool = True
    is_thanks: bool = False
    to: tuple[Key, ...] = ()
    cc: tuple[Key, ...] = ()
    bcc: tuple[Key, ...] = ()
    touch_class: str | None = None
    answer: str | None = None
    lists: tuple[int, ...] = ()


class Mark(NamedTuple):
    """An action that ends runs: a logged call (`answered`, R36) or "no reply needed" (`closed`, R37).

    `key` None means every asker; `except_keys` are those for whom it was reopened.
    """

    at: int
    answer: str
    key: Key | None = None
    except_keys: frozenset[Key] = frozenset()


class Entry(NamedTuple):
    """One message from the view of one person, who has `role` on it.

    `sender` is who of us wrote it, 0 if the person did. `people` counts the outside people it went to.
    """

    at: int
    rfc_id: str
    role: int
    effect: int
    conversation_id: int
    sender: Sender = 0
    people: int = 1
    touch_class: str | None = None


class Logged(NamedTuple):
    """A logged call, meeting, message or newsletter; `by` is a user id.

    `is_answer`: it answers what waited before it (R36, R56). `wants_reply`: we owe a reply as to a mail
    (R56), without a flag if `is_thanks` (R37).
    """

    at: int
    uid: str
    kind: str
    is_outbound: bool
    by: int | None
    conversation_id: int | None = None
    touch_class: str | None = None
    is_answer: bool = True
    wants_reply: bool = False
    is_thanks: bool = False


class Planned(NamedTuple):
    """An open task on the person or on one of their boxes."""

    uid: str
    due_at: int
    box_id: int | None
    owner_id: int | None


class BoxFacts(NamedTuple):
    """An open box that the person entered at `entered_at`.

    `owner_id` is its first owner with access (R58).

    `allowed_days` and `tier` are its stage's (R47, R48); `stage` is `pipeline/stage`.
    """

    id: int
    uid: str
    owner_id: int | None
    stage_since_at: int
    allowed_days: float | None
    tier: str | None
    stage: str = ""
    entered_at: int = 0

    @property
    def held_by(self) -> HoldingBox:
        """The box as an owner candidate (R58)."""
        return HoldingBox(self.entered_at, self.id, self.owner_id)


class OpenRun(NamedTuple):
    """Somebody's unanswered mails in one conversation.

    `since_at` is when the oldest was sent, `asked_at` the oldest that is more than thanks (None: only thanks,
    R37), and `rfc_ids` the Message-IDs from there on. `sources` are (message id, instant) of every mail in
    the run (R59).
    """

    since_at: int
    asked_at: int | None
    rfc_ids: tuple[str, ...]
    sources: tuple[tuple[int, int], ...] = ()


class Waiting(NamedTuple):
    """A conversation in which the person waits for us.

    The open run, its taker, and the open box it entered last.

    `conversation_id` None: logged outside of any conversation (R56); the run's `rfc_ids` are then event uids.
    `is_taken`: the conversation had an owner, with access today or not, or was reopened as needing a reply
    (R59).
    """

    conversation_id: int | None
    run: OpenRun
    taker_id: int | None = None
    box: HoldingBox | None = None
    is_taken: bool = False

    @property
    def box_id(self) -> int | None:
        return self.box.box_id if self.box is not None else None


@dataclass(slots=True)
class ContactHistory:
    """The facts that determine one person's status and flags (R51), up to the evaluation instant.

    `entries` are sorted; `reply_state` is the most urgent of their conversations (R33). `gifts` are (instant,
    uid); `next_at` is the earliest future-dated change. `marks` end logged debts (R56); `logged_later` are
    uids of such debts dated after the evaluation instant. `dismissed` are (flag, reason, since_at). `tier`
    None means the person has none of their own (R48); `own` are the thresholds set for them alone, by name.
    `first_reads` maps messages to the first read of the mailboxes holding them; `before` is the part of
    `waiting` from before the start (R59). `group_answers` maps conversations to (instant, Message-ID) of our
    replies that went to a team group instead of the person (R35).
    """

    contact_id: int
    kind: str = "contact"
    since_at: int = 0
    tier: str | None = None
    do_not_contact_until: int | None = None
    owner_id: int | None = None
    entries: Sequence[Entry] = ()
    reply_state: str = QUIET
    waiting: Sequence[Waiting] = ()
    logged: Sequence[Logged] = ()
    logged_later: Sequence[str] = ()
    marks: Sequence[Mark] = ()
    gifts: Sequence[tuple[int, str]] = ()
    tasks: Sequence[Planned] = ()
    boxes: Sequence[BoxFacts] = ()
    dismissed: frozenset[tuple[str, str, int]] = frozenset()
    own: dict[str, Any] = field(default_factory=dict)
    next_at: int | None = None
    first_reads: Mapping[int, int] = field(default_factory=dict)
    before: Sequence[Waiting] = ()
    group_answers: dict[int, tuple[tuple[int, str], ...]] = field(default_factory=dict)
