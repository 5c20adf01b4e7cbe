"""When each mailbox was first read by the API, and the debts from before then (R59)."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INSTANT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("mailbox", sa.Column("first_read_at", INSTANT, nullable=True))
    # Nothing older than the connection itself was kept. What was never read has no cursor, no progress and no good run.
    op.execute(
        sa.text(
            "UPDATE mailbox SET first_read_at = created_at WHERE source = 'gmail' "
            "AND (history_id IS NOT NULL OR progress_at IS NOT NULL OR synced_at IS NOT NULL)"
        )
    )
    op.add_column("standing", sa.Column("before_since_at", INSTANT, nullable=True))
    op.add_column("standing", sa.Column("before_conversation_id", INSTANT, nullable=True))
    op.add_column("standing", sa.Column("before_count", INSTANT, nullable=False, server_default="0"))
    op.execute(sa.text("UPDATE standing SET due_at = 0"))


def downgrade() -> None:
    for column in ("before_count", "before_conversation_id", "before_since_at"):
        op.drop_column("standing", column)
    op.drop_column("mailbox", "first_read_at")
    op.execute(sa.text("UPDATE standing SET due_at = 0"))
