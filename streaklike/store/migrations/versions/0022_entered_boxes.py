"""When people and conversations entered their boxes, as events tell it or else when the box was made; owners in order (R58)."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for table in ("box_contact", "box_conversation"):
        op.add_column(table, sa.Column("entered_at", whole, nullable=False, server_default="0"))
        made = "SELECT created_at FROM box WHERE box.id = "
        op.execute(sa.text(f"UPDATE {table} SET entered_at = ({made}{table}.box_id)"))
    _fill_from_events()
    op.add_column("box_owner", sa.Column("position", whole, nullable=False, server_default="0"))
    # Until now owners had no order but that of their emails.
    op.execute(
        sa.text(
            'UPDATE box_owner SET position = (SELECT COUNT(*) FROM box_owner AS other JOIN "user" AS theirs '
            'ON theirs.id = other.user_id WHERE other.box_id = box_owner.box_id AND theirs.email < '
            '(SELECT email FROM "user" WHERE "user".id = box_owner.user_id))'
        )
    )


def _fill_from_events() -> None:
    connection = op.get_bind()
    added = sa.text(
        "SELECT box_id, at, data FROM event WHERE kind = 'box' AND box_id IS NOT NULL AND undone_by_id IS NULL "
        "ORDER BY at, id"
    )
    of_contact = sa.text(
        "UPDATE box_contact SET entered_at = :at WHERE box_id = :box "
        "AND contact_id IN (SELECT contact_id FROM address WHERE key = :key)"
    )
    of_conversation = sa.text(
        "UPDATE box_conversation SET entered_at = :at WHERE box_id = :box "
        "AND conversation_id IN (SELECT conversation_id FROM message WHERE rfc_id = :key)"
    )
    for box_id, at, data in connection.execute(added).all():
        facts: dict[str, Any] = json.loads(data) if isinstance(data, str) else data
        if facts.get("did") == "contact_added":
            connection.execute(of_contact, {"at": at, "box": box_id, "key": facts.get("contact")})
        elif facts.get("did") == "conversation_added":
            connection.execute(of_conversation, {"at": at, "box": box_id, "key": facts.get("conversation")})


def downgrade() -> None:
    op.drop_column("box_owner", "position")
    for table in ("box_contact", "box_conversation"):
        op.drop_column(table, "entered_at")
