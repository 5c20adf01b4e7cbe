"""Mail: what each mailbox holds, and the messages, participants and conversations derived from it."""

from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.mail import reading
from streaklike.store.models.base import Base, Instant, index_where, where_known


class MailboxMessage(Base):
    """A message as one mailbox holds it (R16). The row exists as soon as the id is known.

    `state`: `listed` (id known, not fetched), `stored`, or `left_out`, with `reason` internal, draft, chat,
    spam, trash, set_aside, or label (an ExcludedLabel, under which a message stored before is kept).
    `label_ids` are Gmail's, sorted and space-joined; None if unknown. `is_sent` and `is_hidden` (trash, spam,
    draft, chat or label) follow from them (R14). A stored message that is trashed stays stored, hidden.
    `rfc_id` and `refs` (space-joined) are set only for internal mail, which has no Message (R13). For sent
    internal mail, `group_keys` are the team groups it went to: addresses in To and Cc that are no member's
    (space-joined, R35). `round` is the listing in which the id was last seen, `position` its position there
    (newest lowest). `read_version` is the `mail.reading` version that last parsed it or tried to.
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
    fault: Mapped[str | None]  # error class of a quarantined message; no text of it
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
    """A message, whichever mailboxes hold it (R16, R18), identified by `rfc_id` and `fingerprint` (R19).

    `own_kind` is the kind according to the message alone, `kind` in the context of the team's other mail
    (R28, R32): human, automatic, bulk, bounce, calendar or receipt. `at`, `direction` and `is_live` follow
    from its mailbox messages. `at` is the earliest live internalDate (R20). `direction` is `outbound` if a
    live one is SENT, else `inbound` if the author is external, else `internal` (ours by its header only: R14,
    ignored). It is live while one is not hidden. `read_version` is the `mail.reading` version of its content.
    `is_by_form`: sent by a website form for the author, who is only in Reply-To (R53). `answer` is the answer
    status (R39) of an inbound human message: answered, open, closed or for_information; otherwise None. The
    content is in Body.
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
    is_addressed: Mapped[bool] = mapped_column(default=False)  # R34: one of us is in To, or To is empty
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
    """The content of a message: `text` is the new part, `quoted` the rest (R25).

    Separate from Message to keep its rows small, because evaluating a team's mail reads and writes only
    those.
    """

    __tablename__ = "body"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    text: Mapped[str]
    quoted: Mapped[str]


class ForwardOffer(Base):
    """External mail that a colleague forwarded to colleagues (R17): internal, kept only as an offer."""

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
    """An address on a message, with its role: author, from, to, cc, bcc or failed.

    `name` and `shown` are as received (R3, R5); `shown` is None if it equals the address key. `at` duplicates
    the message's, so that one index serves a person's newest messages. `author` is the actual author (R15);
    `from` is stored only if it differs. `bcc` comes only from the sender's own copy (R22). `failed` is the
    recipient of a bounce (R30).
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
    """A node of the graph that groups messages (R23): `m:<Message-ID>` or `t:<mailbox>:<thread>`."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_group_id", "group_id"), {"sqlite_with_rowid": False})

    key: Mapped[str] = mapped_column(primary_key=True)
    group_id: Mapped[int]


class Conversation(Base):
    """A conversation across mailboxes: a part of a group of messages (R24).

    `linked_to_id` is the conversation that it branched off (R24), `owner_id` the member who took it.
    `reply_state` (needs_reply, awaiting_reply or quiet) and `needs_reply_at` are computed (R33).
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
