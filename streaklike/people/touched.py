"""Whom a transaction has made due for evaluation, so that a request can evaluate just these people.

Kept in `Session.info`: it lives as long as the transaction's session and is never stored.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.orm import Session

_PEOPLE: Final = "touched_people"
_EVERYBODY: Final = "touched_everybody"


def note_touched(session: Session, contact_ids: Iterable[int]) -> None:
    """Remember that these contacts (roots) were made due in this transaction."""
    session.info.setdefault(_PEOPLE, {}).update(dict.fromkeys(contact_ids))


def note_everybody(session: Session) -> None:
    """Remember that everybody was made due, as by a change of the policy."""
    session.info[_EVERYBODY] = True


def list_touched(session: Session) -> list[int]:
    """The contacts (roots) made due in this transaction, in the order in which that happened."""
    return list(session.info.get(_PEOPLE, ()))


def is_everybody_touched(session: Session) -> bool:
    """Whether this transaction made everybody due."""
    return bool(session.info.get(_EVERYBODY))
