"""Forms that were sent: each is carried out once, however often it arrives."""

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant, JsonValue


class FormKey(Base):
    """The key of a form that a member sent, as a hash of both.

    `content_hash` is of the path and the fields, so that a key which comes back with other content is told apart from a
    repetition. `answer` is what was answered, {"location", "news"}; None while it is being carried out. It is no content:
    `dump` leaves it out, and a job forgets it after some days.
    """

    __tablename__ = "form_key"

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    content_hash: Mapped[str]
    created_at: Mapped[Instant] = mapped_column(index=True)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JsonValue(none_as_null=True))
