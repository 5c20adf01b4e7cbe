"""Submitted forms, each of which is processed once."""

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant, JsonValue


class FormKey(Base):
    """The hashed key of a form that a member submitted.

    `content_hash` covers path and fields, so that a reused key with other content is told apart from a
    repetition. `answer` is the response, {"location", "news"}; None while it is processed. Not content:
    `dump` omits it, and a job deletes it after some days.
    """

    __tablename__ = "form_key"

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    content_hash: Mapped[str]
    created_at: Mapped[Instant] = mapped_column(index=True)
    answer: Mapped[dict[str, Any] | None] = mapped_column(JsonValue(none_as_null=True))
