"""Copies are counted by an index alone, and what is listed has a small one of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LISTED = sa.text("state = 'listed'")


def upgrade() -> None:
    op.drop_index("ix_copy_mailbox_id_state_position", table_name="copy")
    op.create_index(
        "ix_copy_mailbox_id_state_is_hidden_reason", "copy", ["mailbox_id", "state", "is_hidden", "reason"]
    )
    op.create_index(
        "ix_copy_listed", "copy", ["mailbox_id", "position"], sqlite_where=LISTED, postgresql_where=LISTED
    )


def downgrade() -> None:
    op.drop_index("ix_copy_listed", table_name="copy")
    op.drop_index("ix_copy_mailbox_id_state_is_hidden_reason", table_name="copy")
    op.create_index("ix_copy_mailbox_id_state_position", "copy", ["mailbox_id", "state", "position"])
