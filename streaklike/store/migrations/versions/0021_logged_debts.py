"""The place of what was logged and wants a reply, and who has gone quiet; everybody is evaluated anew by the new rules."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event", sa.Column("answer", sa.Text(), nullable=True))
    op.execute(sa.text("UPDATE standing SET due_at = 0"))


def downgrade() -> None:
    op.drop_column("event", "answer")
