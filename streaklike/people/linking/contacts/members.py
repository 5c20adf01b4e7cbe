"""Copies a root's values to contacts merged into it, so that rows do not depend on when a merge was done (R21)."""

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from streaklike.people.tables import CONTACT, update_rows
from streaklike.store.in_values import in_values
from streaklike.store.writing import in_chunks


def mirror_roots(session: Session, root_ids: Collection[int]) -> None:
    """Copy kind, instant and name of these roots to everybody merged into them."""
    member, root = CONTACT, CONTACT.alias("root")
    for chunk in in_chunks(root_ids):
        rows = session.execute(
            select(member.c.id, root.c.kind, root.c.since_at, root.c.name)
            .select_from(member.join(root, root.c.id == member.c.root_id))
            .where(
                in_values(session, root.c.id, chunk),
                or_(
                    member.c.kind != root.c.kind,
                    member.c.since_at.is_distinct_from(root.c.since_at),
                    member.c.name != root.c.name,
                ),
            )
        )
        update_rows(session, CONTACT, [dict(row._mapping) for row in rows])  # noqa: SLF001 - SQLAlchemy's public name
