"""The team: who signs in, which addresses and domains are ours, which mailboxes are connected."""

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
    """An address that is one of ours: a member's, or a send-as alias (R12). `key` is its R1 form."""

    __tablename__ = "team_address"

    key: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)


class TeamDomain(Base):
    """A mail domain that is the team's, each sub-domain by its own row (R12)."""

    __tablename__ = "team_domain"

    domain: Mapped[str] = mapped_column(primary_key=True)


class Mailbox(Base):
    """A connected Gmail account, or an imported one, and how far its sync has come.

    `state`: `new` (never synced, or its cursor expired), `listing`, `filling` (a full sync at work), `current`.
    `error` is the sentence of the last run's failure, None after a good one; `needs_reconnect` that consent is gone.
    `history_id` is Gmail's cursor; while a full sync runs it is the one taken before listing (gmail.md). `list_token` is
    the page token that listing has reached, `listing_round` counts listings. `gmail_total` is what messages.list gives
    there, counted at the last listing (`proven_at`) and carried on by history. `synced_at` is the end of the last good
    run, `progress_at` when a run last wrote anything: a first sync may take hours and is no standstill. `first_read_at` is
    when the first sync by the API stored its first step; it never moves afterwards, and a file's import leaves it None (R59).
    `lease_token` names the process that began to read the mailbox last: only that one may write what it reads (Q6).
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
    """A label that a mailbox's member leaves out: what bears it is hidden and its text not stored (R11).

    `label_id` is as copies have it: Gmail's id, or a mail file's own word; `name` as people see it.
    """

    __tablename__ = "left_out_label"
    __table_args__ = ({"sqlite_with_rowid": False},)

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id", ondelete="CASCADE"), primary_key=True)
    label_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Setting(Base):
    """A policy the team edited, by name: cadence thresholds, days added to the work calendar."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
