"""Labels that members leave out of their mailboxes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "left_out_label",
        sa.Column("mailbox_id", INT64, nullable=False),
        sa.Column("label_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailbox_id"], ["mailbox.id"], name=op.f("fk_left_out_label_mailbox_id_mailbox"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mailbox_id", "label_id", name=op.f("pk_left_out_label")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("left_out_label")
