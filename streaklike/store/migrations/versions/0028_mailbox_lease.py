"""Which process reads a mailbox: a token that every transaction of its sync checks."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailbox", sa.Column("lease_token", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("mailbox", "lease_token")
