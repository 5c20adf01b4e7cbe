"""The team: members, internal addresses and domains, connected mailboxes, settings."""

from typing import Any

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from streaklike.store.models.base import Base, Instant


class User(Base):
    """A team member. `role` is admin, member or viewer; `locale` is zh or en; `disabled_at` ends all access."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(default="member")
    locale: Mapped[str] = mapped_column(default="zh")
    timezone: Mapped[str | None]
    created_at: Mapped[Instant]
    disabled_at: Mapped[Instant | None]


class TeamAddress(Base):
    """An internal address: a member's own or a send-as alias (R12). `key` is its normal form (R1)."""

    __tablename__ = "team_address"

    key: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)


class TeamDomain(Base):
    """A mail domain of the team; sub-domains need rows of their own (R12)."""

    __tablename__ = "team_domain"

    domain: Mapped[str] = mapped_column(primary_key=True)


class Mailbox(Base):
    """A connected Gmail account or an imported mailbox, and the progress of its sync.

    `state`: `new` (never synced, or cursor expired), `listing` and `filling` (a full sync in progress),
    `current`. `error` is the message of the last run's failure, None after a success; `needs_reconnect`: the
    consent is gone. `history_id` is Gmail's cursor; during a full sync, the one taken before listing.
    `list_token` is the page token that the listing has reached; `listing_round` counts listings.
    `gmail_total` is the number of messages Gmail lists, counted at the last listing (`proven_at`) and updated
    from history. `synced_at` is the end of the last successful run, `progress_at` the last write of any run:
    a first sync may take hours without being stalled. `first_read_at` is when the first sync by the API
    stored its first step; it never changes, and is None for imported files (R59).
    `lease_token` identifies the process that last began to read the mailbox: only that one may write what it
    reads (Q6).
    """

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    source: Mapped[str] = mapped_column(default="gmail")  # gmail or mbox
    state: Mapped[str] = mapped_column(default="new")
    history_id: Mapped[int | None]
    list_token: Mapped[str | None]
    listing_round: Mapped[int] = mapped_column(default=0)
    gmail_total: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    needs_reconnect: Mapped[bool] = mapped_column(default=False)
    error_at: Mapped[Instant | None]
    synced_at: Mapped[Instant | None]
    progress_at: Mapped[Instant | None]
    proven_at: Mapped[Instant | None]
    first_read_at: Mapped[Instant | None]
    created_at: Mapped[Instant]
    credentials: Mapped[bytes | None] = mapped_column(LargeBinary)
    lease_token: Mapped[str | None]

    user: Mapped[User] = relationship()


class ExcludedLabel(Base):
    """A label that a mailbox's member excludes: its mail is hidden and its text is not stored (R11).

    `label_id` is as in MailboxMessage: Gmail's id or a mail file's name; `name` is the display name.
    """

    __tablename__ = "left_out_label"
    __table_args__ = ({"sqlite_with_rowid": False},)

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id", ondelete="CASCADE"), primary_key=True)
    label_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Setting(Base):
    """A setting of the team, by name: cadence thresholds, days added to the work calendar."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
