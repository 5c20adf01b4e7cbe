"""Internal mail that a colleague sent to a group of the team keeps which (R35); mail of forms is known as such (R53)."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KNOWN = sa.text("group_keys IS NOT NULL")


def upgrade() -> None:
    op.add_column("copy", sa.Column("group_keys", sa.Text(), nullable=True))
    op.create_index("ix_copy_group_keys", "copy", ["at"], sqlite_where=KNOWN, postgresql_where=KNOWN)
    op.add_column("message", sa.Column("is_by_form", sa.Boolean(), nullable=False, server_default=sa.false()))
    said = sa.text("""UPDATE message SET is_by_form = :yes WHERE CAST(details AS TEXT) LIKE '%"by_form"%'""")
    op.get_bind().execute(said, {"yes": True})


def downgrade() -> None:
    op.drop_column("message", "is_by_form")
    op.drop_index("ix_copy_group_keys", table_name="copy")
    op.drop_column("copy", "group_keys")
