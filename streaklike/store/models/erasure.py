"""Whether deleted content still has to be erased from the database's files."""

from sqlalchemy.orm import Mapped, mapped_column

from streaklike.store.models.base import Base, Instant


class Erasure(Base):
    """A single row. Erasing is due while `asked` > `done`: a deletion increments `asked`, erasing sets
    `done`.

    `rewritten_at` is when the SQLite file was last rewritten; 0 means never.
    """

    __tablename__ = "erasure"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    asked: Mapped[int]
    done: Mapped[int]
    rewritten_at: Mapped[Instant]
