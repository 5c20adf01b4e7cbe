"""Addresses and the contacts to which they belong."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant, index_where


class Address(Base):
    """A mail address by its key (R1 to R3).

    `side` is inside or outside (R12); `kind` is person, role, machine or list (R10): a machine or list never
    becomes a contact. `contact_id` is the contact to which it was first assigned; merging does not change it
    (R4) but sets `Contact.merged_into_id`. `former_contact_id` is the contact it had before all its mail was
    deleted; that id is reused when mail returns. `bad_at` is when mail to it bounced permanently (R30).
    """

    __tablename__ = "address"
    __table_args__ = (
        Index("ix_address_contact_id", "contact_id"),
        index_where("ix_address_inside", "id", where="side = 'inside'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    side: Mapped[str]
    kind: Mapped[str]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    former_contact_id: Mapped[int | None]  # no foreign key: that row is gone
    bad_at: Mapped[Instant | None]


class Contact(Base):
    """A person outside the team: a `contact`, or a `candidate` who wrote and was never answered (R9).

    `root_id` is the contact at the end of the chain of merges (R4), or itself; queries join on it. `since_at`
    is when they became a contact. `name` is the best name found (R7); `given_name`, set by a member, takes
    precedence. `is_manual`: added manually and always a contact. `do_not_contact_until` is an instant or
    FOREVER; None means no restriction. It and `tier` duplicate the newest event.
    """

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_root_id", "root_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    given_name: Mapped[str | None]
    is_manual: Mapped[bool] = mapped_column(default=False)
    since_at: Mapped[Instant | None]
    created_at: Mapped[Instant]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    root_id: Mapped[int | None]
    tier: Mapped[str | None]
    do_not_contact_until: Mapped[Instant | None]
    do_not_contact_reason: Mapped[str | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


FOREVER = 253_402_300_799_000
"""The instant that means "never again": the last second of the year 9999."""
