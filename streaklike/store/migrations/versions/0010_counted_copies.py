"""Copies are counted by an index alone; indexes leave out the rows that nobody looks for by them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LISTED = sa.text("state = 'listed'")
OF_MESSAGE = (
    ("ix_message_conversation_id_at", ["conversation_id", "at"]),
    ("ix_message_group_id", ["group_id"]),
    ("ix_message_bounce_of", ["bounce_of"]),
)


def upgrade() -> None:
    op.drop_index("ix_copy_mailbox_id_state_position", table_name="copy")
    op.create_index(
        "ix_copy_mailbox_id_state_is_hidden_reason", "copy", ["mailbox_id", "state", "is_hidden", "reason"]
    )
    op.create_index(
        "ix_copy_listed", "copy", ["mailbox_id", "position"], sqlite_where=LISTED, postgresql_where=LISTED
    )
    for name, columns in OF_MESSAGE:
        known = sa.text(f"{columns[0]} IS NOT NULL")
        op.drop_index(name, table_name="message")
        op.create_index(name, "message", columns, sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    for name, columns in OF_MESSAGE:
        op.drop_index(name, table_name="message")
        op.create_index(name, "message", columns)
    op.drop_index("ix_copy_listed", table_name="copy")
    op.drop_index("ix_copy_mailbox_id_state_is_hidden_reason", table_name="copy")
    op.create_index("ix_copy_mailbox_id_state_position", "copy", ["mailbox_id", "state", "position"])
