"""What makes an answer urgent, and until when we wait for one; everybody who waits, or for whom we wait, is evaluated anew."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_INSTANTS = ("waits_long_at", "usual_wait_ms", "awaiting_until_at")


def upgrade() -> None:
    for name in _INSTANTS:
        whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
        op.add_column("standing", sa.Column(name, whole, nullable=True))
    op.add_column("standing", sa.Column("named_on", sa.Text(), nullable=True))
    op.add_column("standing", sa.Column("urgent_word", sa.Text(), nullable=True))
    op.add_column("standing", sa.Column("is_case", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(sa.text("UPDATE standing SET due_at = 0 WHERE reply_state <> 'quiet'"))


def downgrade() -> None:
    for name in ("is_case", "urgent_word", "named_on", *reversed(_INSTANTS)):
        op.drop_column("standing", name)
