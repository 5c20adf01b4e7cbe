"""Mail: what each mailbox holds (copies), and the messages, participants and conversations made of it."""

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.mail import reading
from streaklike.store.models.base import Base, Instant, index_where, where_known


class MailboxMessage(Base):
    """One message as one mailbox holds it: a witness (R16). The row is there from the moment the id is known.

    `state`: `listed` (id known, not fetched), `stored`, `left_out` (`reason` says why: internal, draft, chat, spam,
    trash, set_aside, or label: a `ExcludedLabel`, under which a copy keeps the message that was stored before). `label_ids` are Gmail's, sorted, space-joined; None until they are known. `is_sent` and
    `is_hidden` (trash, spam, draft, chat or label) follow from them (R14). A stored copy that is trashed stays stored, hidden.
    `rfc_id` and `refs` (space-joined) are kept of internal mail alone, which has no message (R13); and of what a member
    sent the `group_keys` of the groups of the team that it went to, those in To and Cc that are no member's (space-joined, R35).
    `round` is the listing in which the id was last seen, `position` its place in it (newest lowest).
    `read_version` is that of `mail.reading` by which it was last read, or last tried to be read again.
    """

    __tablename__ = "copy"
    __table_args__ = (
        Index("ix_copy_message_id", "message_id"),
        Index("ix_copy_mailbox_id_thread_id", "mailbox_id", "thread_id"),
        Index("ix_copy_mailbox_id_state_is_hidden_reason", "mailbox_id", "state", "is_hidden", "reason"),
        where_known("ix_copy_rfc_id", "rfc_id"),
        Index("ix_copy_mailbox_id_read_version", "mailbox_id", "read_version"),
        where_known("ix_copy_group_keys", "at", known="group_keys"),
        index_where("ix_copy_listed", "mailbox_id", "position", where="state = 'listed'"),
        {"sqlite_with_rowid": False},
    )

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id", ondelete="CASCADE"), primary_key=True)
    gmail_id: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    state: Mapped[str]
    reason: Mapped[str | None]
    fault: Mapped[str | None]  # of what is set aside: the kind of error, no text of the mail
    label_ids: Mapped[str | None]
    at: Mapped[Instant | None]
    is_sent: Mapped[bool] = mapped_column(default=False)
    is_hidden: Mapped[bool] = mapped_column(default=False)
    round: Mapped[int] = mapped_column(default=0)
    position: Mapped[int] = mapped_column(default=0)
    rfc_id: Mapped[str | None]
    refs: Mapped[str | None]
    read_version: Mapped[int] = mapped_column(default=lambda: reading.VERSION)
    group_keys: Mapped[str | None]


class Message(Base):
    """One message, whichever mailboxes saw it (R16, R18). Identity: `rfc_id` and `fingerprint` (R19).

    `own_kind` is what the message says of itself; `kind` is that seen among the team's other mail (R28, R32).
    Kinds: human, automatic, bulk, bounce, calendar, receipt. `at`, `direction` and `is_live` follow from its copies:
    the earliest live internalDate (R20); `outbound` where a live copy is SENT, else `inbound` where the author is
    outside, else `internal` (one of us by its header alone: R14, counts for nothing); live where a copy is not hidden.
    `read_version` is that of `mail.reading` by which what stands here was read. `is_by_form`: a website's form sent it for
    its author, who stands in Reply-To alone (R53).
    `answer` is R39's place of an inbound human message: answered, open, closed, for_information; None for all others.
    What it says is its Body.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("rfc_id", "fingerprint"),
        where_known("ix_message_conversation_id_at", "conversation_id", "at"),
        where_known("ix_message_group_id", "group_id"),
        Index("ix_message_body_hash", "body_hash"),
        where_known("ix_message_bounce_of", "bounce_of"),
        where_known("ix_message_refusal", "at", known="refusal"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rfc_id: Mapped[str]
    fingerprint: Mapped[str]
    group_id: Mapped[int | None]
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"))
    at: Mapped[Instant]
    dated_at: Mapped[Instant | None]
    direction: Mapped[str]
    own_kind: Mapped[str]
    kind: Mapped[str]
    is_live: Mapped[bool] = mapped_column(default=True)
    answer: Mapped[str | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("address.id"))
    subject: Mapped[str]
    base_subject: Mapped[str]
    refs: Mapped[str]  # In-Reply-To and References, each once, space-joined
    body_hash: Mapped[str]
    is_thanks: Mapped[bool] = mapped_column(default=False)
    is_invitation: Mapped[bool] = mapped_column(default=False)
    is_subject_automatic: Mapped[bool] = mapped_column(default=False)
    is_addressed: Mapped[bool] = mapped_column(default=False)  # R34: we stand in To, alone, or no To is shown
    is_by_form: Mapped[bool] = mapped_column(default=False)
    bounce_of: Mapped[str | None]  # the Message-ID that was returned (R30)
    bounce_status: Mapped[str | None]  # an RFC 3463 code such as 5.1.1
    details: Mapped[dict[str, Any] | None]  # attachments, forwarded original, failed recipients, foreign_list
    source_rank: Mapped[str]  # which copy the text came from; the lowest wins, in any order of arrival (R21)
    touch_class: Mapped[str | None]  # of mail of ours: ask, thank, inform or serve (R52)
    touch_words: Mapped[str | None]  # the words it was classed by, `|`-joined
    refusal: Mapped[str | None]  # of their mail: the sentence that asks us not to write again
    read_version: Mapped[int] = mapped_column(default=lambda: reading.VERSION)


class Body(Base):
    """What a message says: `text` is the new part alone, `quoted` the rest (R25). Apart from Message, whose rows stay
    small: judging a whole team's mail reads and writes those alone.
    """

    __tablename__ = "body"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    text: Mapped[str]
    quoted: Mapped[str]


class ForwardOffer(Base):
    """Outside mail that a colleague forwarded by hand to colleagues (R17): internal, kept as an offer alone."""

    __tablename__ = "forward_offer"

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id", ondelete="CASCADE"), primary_key=True)
    gmail_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[Instant]
    forwarded_by: Mapped[str]
    original_name: Mapped[str]
    original_key: Mapped[str]
    original_dated: Mapped[str]
    original_subject: Mapped[str]


class Participant(Base):
    """An address on a message, with its role: author, from, to, cc, bcc, failed.

    `name` and `shown` are as received (R3, R5); `shown` is None where it equals the address's key. `at` repeats the
    message's, so that one index serves a person's newest entries. `author` is R15's true person; `from` is kept only
    where it differs. A `bcc` row comes from a sender's own copy alone (R22). `failed` is a bounce's recipient (R30).
    """

    __tablename__ = "participant"
    __table_args__ = (
        Index("ix_participant_address_id_at", "address_id", "at"),
        index_where("ix_participant_failed", "address_id", where="role = 'failed'"),
        {"sqlite_with_rowid": False},
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"), primary_key=True)
    at: Mapped[Instant]
    name: Mapped[str]
    shown: Mapped[str | None]


class Link(Base):
    """A node of the graph that joins messages into groups (R23): `m:<Message-ID>` or `t:<mailbox>:<thread>`."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_group_id", "group_id"), {"sqlite_with_rowid": False})

    key: Mapped[str] = mapped_column(primary_key=True)
    group_id: Mapped[int]


class Conversation(Base):
    """A conversation across mailboxes: the part of a group that R24 keeps together.

    `linked_to_id` is the conversation that this one grew out of (R24). `owner_id` is who took it on. `reply_state` and
    `needs_reply_at` are computed (R33): needs_reply, awaiting_reply or quiet.
    """

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(index=True)
    subject: Mapped[str]
    first_at: Mapped[Instant]
    last_at: Mapped[Instant]
    linked_to_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id", ondelete="SET NULL"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reply_state: Mapped[str] = mapped_column(default="quiet")
    needs_reply_at: Mapped[Instant | None]
