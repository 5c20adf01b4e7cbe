"""Core tables, and the bulk update that linking shares."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Table
from sqlalchemy.orm import Session

from streaklike.store import writing
from streaklike.store.models import Base

ADDRESS: Final[Table] = Base.metadata.tables["address"]
BODY: Final[Table] = Base.metadata.tables["body"]
BOX_CONTACT: Final[Table] = Base.metadata.tables["box_contact"]
BOX_CONVERSATION: Final[Table] = Base.metadata.tables["box_conversation"]
CONTACT: Final[Table] = Base.metadata.tables["contact"]
CONVERSATION: Final[Table] = Base.metadata.tables["conversation"]
MAILBOX_MESSAGE: Final[Table] = Base.metadata.tables["copy"]
EVENT: Final[Table] = Base.metadata.tables["event"]
LINK: Final[Table] = Base.metadata.tables["link"]
MAILBOX: Final[Table] = Base.metadata.tables["mailbox"]
MESSAGE: Final[Table] = Base.metadata.tables["message"]
PARTICIPANT: Final[Table] = Base.metadata.tables["participant"]
TASK: Final[Table] = Base.metadata.tables["task"]


def update_rows(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], *, key: str = "id"
) -> None:
    """Update each row found by `key`, setting its other columns. All rows must have the same columns."""
    if rows:
        names = (key, *(name for name in rows[0] if name != key))
        writing.update_rows(session, table, names, list(map(itemgetter(*names), rows)))
