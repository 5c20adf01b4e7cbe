"""The place of what was logged and wants a reply, and who has gone quiet; everybody is evaluated anew by the new rules."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None


def _instant() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("event", sa.Column("answer", sa.Text(), nullable=True))
    op.add_column("standing", sa.Column("gone_quiet_at", _instant(), nullable=True))
    op.add_column("standing", sa.Column("gone_quiet_last_at", _instant(), nullable=True))
    op.add_column("standing", sa.Column("gone_quiet_days", sa.Double(), nullable=True))
    op.add_column("standing", sa.Column("gone_quiet_gaps", _instant(), nullable=True))
    op.execute(sa.text("UPDATE standing SET due_at = 0"))


def downgrade() -> None:
    for name in ("gone_quiet_gaps", "gone_quiet_days", "gone_quiet_last_at", "gone_quiet_at"):
        op.drop_column("standing", name)
    op.drop_column("event", "answer")
