"""The ids of internal mail that is not stored stand on its copies, so that no conversation breaks."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None

KNOWN = sa.text("rfc_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("copy", sa.Column("rfc_id", sa.Text(), nullable=True))
    op.add_column("copy", sa.Column("refs", sa.Text(), nullable=True))
    op.create_index("ix_copy_rfc_id", "copy", ["rfc_id"], sqlite_where=KNOWN, postgresql_where=KNOWN)


def downgrade() -> None:
    op.drop_index("ix_copy_rfc_id", table_name="copy")
    op.drop_column("copy", "refs")
    op.drop_column("copy", "rfc_id")
