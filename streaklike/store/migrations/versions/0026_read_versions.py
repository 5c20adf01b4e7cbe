"""By which version of the reading each message and copy was read; all that is stored is to be read anew."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None

INDEX = "ix_copy_mailbox_id_read_version"


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for table in ("message", "copy"):
        # 0 is older than every version: what was stored until now is read again in the background.
        op.add_column(table, sa.Column("read_version", whole, nullable=False, server_default="0"))
    op.create_index(INDEX, "copy", ["mailbox_id", "read_version"])


def downgrade() -> None:
    op.drop_index(INDEX, "copy")
    for table in ("copy", "message"):
        op.drop_column(table, "read_version")
