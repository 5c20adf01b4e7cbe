"""What the full text index contains of each message. It can be rebuilt from the messages."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class SearchEntry(Base):
    """A message in the full text index `search_terms`, which is not a model (store/search_terms.py).

    `placed_at` is its sort key there: the message's `at` or the next free millisecond, always within an hour
    of `at`. `people` is what was indexed with it: authors in the first line, others below.
    """

    __tablename__ = "search_entry"

    message_id: Mapped[int] = mapped_column(
        ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    placed_at: Mapped[Instant] = mapped_column(unique=True)
    people: Mapped[str]
