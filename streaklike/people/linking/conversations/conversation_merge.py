"""Retires conversations without live messages: transfers them to a successor, hides or deletes them."""

from collections.abc import Collection, Mapping
from operator import itemgetter

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from streaklike.people.tables import BOX_CONVERSATION, CONVERSATION, EVENT, MESSAGE, update_rows
from streaklike.store.in_values import in_values
from streaklike.store.models import BoxConversation
from streaklike.store.writing import in_chunks, insert_missing

NO_GROUP = 0
"""The group of a hidden conversation, all of whose messages are in the trash."""


def retire_conversations(session: Session, emptied: Collection[int], successors: Mapping[int, int]) -> None:
    """Retire emptied conversations.

    Their owner, boxes and events move to the successor.

    Without a successor, a conversation whose messages are all in the trash is hidden but kept: if they come
    back, it returns under the same id. Others are deleted.
    """
    if not emptied:
        return
    _transfer(session, {key: successor for key, successor in successors.items() if key in emptied})
    trashed = _find_trashed(session, [key for key in emptied if key not in successors])
    ended = sorted(set(emptied) - trashed)
    hidden = {"group_id": NO_GROUP, "reply_state": "quiet", "needs_reply_at": None}
    update_rows(session, CONVERSATION, [{"id": key, **hidden} for key in sorted(trashed)])
    for chunk in in_chunks(ended):
        session.execute(
            update(MESSAGE)
            .where(in_values(session, MESSAGE.c.conversation_id, chunk))
            .values(conversation_id=None)
        )
        session.execute(delete(CONVERSATION).where(in_values(session, CONVERSATION.c.id, chunk)))


def _transfer(session: Session, successors: Mapping[int, int]) -> None:
    if not successors:
        return
    pairs = [{"old": key, "new": successor} for key, successor in sorted(successors.items())]
    for table in (MESSAGE, EVENT):
        session.execute(
            update(table)
            .where(table.c.conversation_id == bindparam("old"))
            .values(conversation_id=bindparam("new")),
            pairs,
        )
    _transfer_boxes(session, successors)
    _transfer_owners(session, successors)


def _transfer_boxes(session: Session, successors: Mapping[int, int]) -> None:
    b = BOX_CONVERSATION.c
    for chunk in in_chunks(sorted(successors)):
        rows = session.execute(
            select(b.box_id, b.conversation_id, b.entered_at).where(
                in_values(session, b.conversation_id, chunk)
            )
        ).all()
        insert_missing(
            session,
            BoxConversation,
            [
                {"box_id": box_id, "conversation_id": successors[key], "entered_at": at}
                for box_id, key, at in sorted(rows, key=itemgetter(2))
            ],
        )


def _transfer_owners(session: Session, successors: Mapping[int, int]) -> None:
    """Keep a successor's own owner; otherwise use that of the first retired conversation that had one."""
    c = CONVERSATION.c
    owners: dict[int, int] = {}
    for chunk in in_chunks(sorted({*successors, *successors.values()})):
        rows = session.execute(
            select(c.id, c.owner_id).where(in_values(session, c.id, chunk), c.owner_id.is_not(None))
        )
        owners.update(dict(rows.all()))
    inherited: dict[int, int] = {}
    for key, successor in sorted(successors.items()):
        if key in owners and successor not in owners:
            inherited.setdefault(successor, owners[key])
    update_rows(session, CONVERSATION, [{"id": key, "owner_id": owner} for key, owner in inherited.items()])


def _find_trashed(session: Session, ids: Collection[int]) -> set[int]:
    """Return those that still have messages, all of them in the trash."""
    c = CONVERSATION.c
    found: set[int] = set()
    for chunk in in_chunks(sorted(ids)):
        is_waiting = exists().where(MESSAGE.c.conversation_id == c.id)
        found.update(session.scalars(select(c.id).where(in_values(session, c.id, chunk), is_waiting)))
    return found
