"""Stored flags as the rules' own values: which columns a `FlagFacts` has, in one place."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.rules.flags import FlagFacts
from streaklike.store.models import Flag

COLUMNS: Final = FlagFacts.__slots__
"""The columns of `Flag` that hold a flag, named and ordered as the fields of `FlagFacts`."""

_EVIDENCE: Final = COLUMNS.index("evidence")


def iter_flags(session: Session, *conditions: ColumnElement[bool]) -> Iterator[tuple[int, int, FlagFacts]]:
    """Yield (contact, id of the row, flag) of the stored flags that meet all conditions."""
    statement = select(Flag.contact_id, Flag.id, *(getattr(Flag, name) for name in COLUMNS))
    for contact_id, flag_id, *values in fetch(session, statement.where(*conditions)):
        # JSON gives a list; FlagFacts must be hashable to be compared.
        values[_EVIDENCE] = tuple(values[_EVIDENCE])
        yield contact_id, flag_id, FlagFacts(*values)
