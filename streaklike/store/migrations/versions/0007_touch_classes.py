"""What our mail is for, and their mail that asks us not to write again. Mail that is stored is read at the next look."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("touch_class", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("touch_words", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("refusal", sa.Text(), nullable=True))
    op.create_index(
        op.f("ix_message_refusal"),
        "message",
        ["at"],
        sqlite_where=sa.text("refusal IS NOT NULL"),
        postgresql_where=sa.text("refusal IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_message_refusal"), table_name="message")
    op.drop_column("message", "refusal")
    op.drop_column("message", "touch_words")
    op.drop_column("message", "touch_class")
