"""Carry user data over to a message's new Message-ID.

Mail without a Message-ID is identified by a hash of its content (R19), which another parser version may
change.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Text, bindparam, cast, or_, select, update
from sqlalchemy.orm import Session

from streaklike.store.in_values import in_values
from streaklike.store.models import Event, FollowUp, Message, Reminder
from streaklike.store.writing import in_chunks
from streaklike.sync.touch_words import load_team_words, save_team_words

_AT_ONCE = 50
"""Number of ids searched for by one query on events."""


def rename_messages(session: Session, rows: Mapping[int, dict[str, Any]]) -> None:
    """Update events, reminders, follow-ups and corrected touch classes to the new Message-IDs.

    `rows` are the new columns by message id. Call it before they are written; a corrected class is put into
    its row.
    """
    renamed: dict[str, str] = {}
    for chunk in in_chunks(sorted(rows)):
        stored = session.execute(
            select(Message.id, Message.rfc_id).where(in_values(session, Message.id, chunk))
        )
        renamed.update({old: rows[key]["rfc_id"] for key, old in stored if old != rows[key]["rfc_id"]})
    if not renamed:
        return
    pairs = [{"b_old": old, "b_new": new} for old, new in renamed.items()]
    for table in (Reminder.__table__, FollowUp.__table__):
        statement = update(table).where(table.c.message == bindparam("b_old"))  # type: ignore[arg-type]
        session.connection().execute(statement.values(message=bindparam("b_new")), pairs)
    _rename_in_events(session, renamed)
    _rename_corrections(session, renamed, rows)
    session.expire_all()


def _rename_in_events(session: Session, renamed: Mapping[str, str]) -> None:
    for chunk in in_chunks(sorted(renamed), _AT_ONCE):
        # A text search on the serialized JSON narrows down the rows; _renamed compares exact values.
        data_text = cast(Event.data, Text)
        is_named = or_(*(data_text.contains(old, autoescape=True) for old in chunk))
        for event in session.scalars(select(Event).where(is_named)).all():
            data = {name: _renamed(value, renamed) for name, value in event.data.items()}
            if data != event.data:
                event.data = data
    session.flush()


def _renamed(value: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return renamed.get(value, value)
    if isinstance(value, list):
        return [_renamed(each, renamed) for each in value]
    return value


def _rename_corrections(
    session: Session, renamed: Mapping[str, str], rows: Mapping[int, dict[str, Any]]
) -> None:
    words = load_team_words(session)
    given = {renamed.get(rfc_id, rfc_id): said for rfc_id, said in words.given.items()}
    if given == words.given:
        return
    save_team_words(session, words._replace(given=dict(sorted(given.items()))))
    for row in rows.values():
        if row.get("touch_words") is not None and row["rfc_id"] in given:
            row["touch_class"] = given[row["rfc_id"]]
