"""Search: what of each message stands in the full text index. All of it can be made anew from the messages."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class SearchEntry(Base):
    """A message that stands in the full text index, `search_terms`, which is no model (store/search_terms.py).

    `placed_at` is its place in the order of time there: the message's `at` or the next free millisecond, and within
    an hour of `at` for good. `people` is who was indexed with it: its authors in the first line, all others below.
    """

    __tablename__ = "search_entry"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    placed_at: Mapped[Instant] = mapped_column(unique=True)
    people: Mapped[str]
