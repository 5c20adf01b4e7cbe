"""Judging everybody asks which addresses are the team's own, and which were written to in vain: a few rows of many."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INSIDE = sa.text("side = 'inside'")
FAILED = sa.text("role = 'failed'")


def upgrade() -> None:
    op.create_index("ix_address_inside", "address", ["id"], sqlite_where=INSIDE, postgresql_where=INSIDE)
    op.create_index(
        "ix_participant_failed", "participant", ["address_id"], sqlite_where=FAILED, postgresql_where=FAILED
    )


def downgrade() -> None:
    op.drop_index("ix_participant_failed", table_name="participant")
    op.drop_index("ix_address_inside", table_name="address")
