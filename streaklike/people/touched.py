"""Tracks whom a transaction made due, so that a request can evaluate just these people.

Kept in `Session.info`: never stored, and lives as long as the session.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

_PEOPLE: Final = "touched_people"
_EVERYBODY: Final = "touched_everybody"


def record_touched(session: Session, contact_ids: Iterable[int]) -> None:
    """Record that these contacts (roots) were made due in this session."""
    session.info.setdefault(_PEOPLE, {}).update(dict.fromkeys(contact_ids))


def record_everybody_touched(session: Session) -> None:
    """Record that everybody was made due, as by a change of policy."""
    session.info[_EVERYBODY] = True


def list_touched(session: Session) -> list[int]:
    """Return the contacts (roots) made due in this session, in order."""
    # A dict serves as an ordered set.
    return list(session.info.get(_PEOPLE, ()))


def is_everybody_touched(session: Session) -> bool:
    """Return whether everybody was made due in this session."""
    return bool(session.info.get(_EVERYBODY))
