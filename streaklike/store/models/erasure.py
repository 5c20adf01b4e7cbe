"""Whether something was deleted whose traces are still to be erased from the database's files."""

from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class Erasure(Base):
    """One row. Erasing is due while `asked` is more than `done`: each deletion adds one, each erasing says how far it came.

    `rewritten_at` is when the SQLite file was last written anew; 0 is never.
    """

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked: Mapped[int]
    done: Mapped[int]
    rewritten_at: Mapped[Instant]
