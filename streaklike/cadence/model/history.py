"""What an evaluation rests on, as plain values: mail by conversation, what people logged, tasks and boxes.

A `Key` stands for an outside person on a message: the root contact's id; minus the address's id where the address has
no contact; NOBODY for a machine or a list, to whom and from whom nothing is owed.
A `Sender` is who of us wrote: the user's id, or minus the address's id where no user is known by it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from streaklike.boxes.responsible import HeldBy

Key = int
Sender = int
NOBODY: Final = 0

# What a message is to cadence: everything else has no effect (R26 to R32).
NOTHING: Final = 0
INBOUND: Final = 1
OUTBOUND: Final = 2
OUTBOUND_BULK: Final = 3
OUTBOUND_INVITATION: Final = 4

# Where a person stands on a message.
AUTHOR: Final = 0
TO: Final = 1
CC: Final = 2
BCC: Final = 3
BY_FORM: Final = 4
"""Of an entry alone: they are its author by the Reply-To of a form's mail, which proves nothing and renews no budget (R53)."""

WROTE: Final = frozenset({AUTHOR, BY_FORM})

NEEDS_REPLY: Final = "needs_reply"
AWAITING_REPLY: Final = "awaiting_reply"
QUIET: Final = "quiet"

ANSWERED: Final = "answered"
OPEN: Final = "open"
CLOSED: Final = "closed"
FOR_INFORMATION: Final = "for_information"


class Mail(NamedTuple):
    """One live message. `author` is a Key on inbound mail, else a Sender.

    `to`, `cc` and `bcc` are the outside people it was delivered to (R30). `is_addressed` says of inbound mail that we
    owe for it (R34), of outbound that its Cc people owe: no To is shown. `lists` are the address ids of the outside
    lists that it went to or through (R35).
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
    """What ends runs by hand: a logged call (`answered`, R36) or "no reply needed" (`closed`, R37).

    `key` None means every asker; `except_keys` are those for whom it was taken back.
    """

    at: int
    answer: str
    key: Key | None = None
    except_keys: frozenset[Key] = frozenset()


class Entry(NamedTuple):
    """One message as it concerns one person, who stands on it in `role`.

    `sender` is who of us wrote it; 0 where they did. `people` are the outside people it went to.
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
    """A call, meeting, message or newsletter that somebody logged: `kind`, `by` a user's id, `conversation_id` if any.

    `is_answer`: it answers what waited before it (R36, R56). `wants_reply`: it is a debt of ours as a mail is (R56), which
    raises no flag where it `is_thanks` (R37).
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
    """A task that is not done: on the person, or on one of their boxes."""

    uid: str
    due_at: int
    box_id: int | None
    owner_id: int | None


class BoxFacts(NamedTuple):
    """An open box of the person, who entered it at `entered_at`. `owner_id` is its first owner with access (R58).

    `allowed_days` and `tier` are its stage's (R47, R48), `stage` is `pipeline/stage`.
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
    def held_by(self) -> HeldBy:
        """The box as R58 asks for it."""
        return HeldBy(self.entered_at, self.id, self.owner_id)


class OpenRun(NamedTuple):
    """Somebody's unanswered mails in one conversation.

    `since_at` is the oldest's instant, `asked_at` that of the oldest which is more than thanks (None: thanks alone,
    R37), `rfc_ids` the Message-IDs from there on. `sources` are the id and the instant of every mail in the run (R59).
    """

    since_at: int
    asked_at: int | None
    rfc_ids: tuple[str, ...]
    sources: tuple[tuple[int, int], ...] = ()


class Waiting(NamedTuple):
    """A conversation in which the person waits for us: their open run, who took it, and the open box it entered last.

    `conversation_id` None: it was logged by hand, outside of any (R56); the run then names events. `is_taken`: somebody
    took the conversation, with access today or not, or said that it needs a reply after all (R59).
    """

    conversation_id: int | None
    run: OpenRun
    taker_id: int | None = None
    box: HeldBy | None = None
    is_taken: bool = False

    @property
    def box_id(self) -> int | None:
        return self.box.box_id if self.box is not None else None


@dataclass(slots=True)
class ContactHistory:
    """All that one person's standing and flags follow from (R51), up to the instant asked about.

    `entries` are sorted; `reply_state` is the most urgent of their conversations (R33). `gifts` and `next_at` are
    instants, `next_at` the first of what is dated later. `marks` end by hand what was logged and wants a reply (R56), and
    `logged_later` are the uids of such entries that are dated after the instant asked about. `dismissed` are (flag, reason, since_at). `tier` None means that
    the person has none of their own (R48); `own` are the thresholds set for them alone, by name. `first_reads` gives, by
    message, the first read of the mailboxes that hold it, and `before` what of `waiting` was set apart by it (R59).
    `group_answers` are, by conversation, the (instant, Message-ID) of replies of ours that went to a group of the team in
    place of them (R35).
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
