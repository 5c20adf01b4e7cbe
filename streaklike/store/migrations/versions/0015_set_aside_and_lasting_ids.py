"""Why a mail is set aside; and ids that never change and are never given twice."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBERED = ("contact", "conversation", "message")


def upgrade() -> None:
    op.add_column("copy", sa.Column("fault", sa.Text(), nullable=True))
    op.add_column("address", sa.Column("former_contact_id", INT64, nullable=True))
    op.create_table(
        "last_id",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", INT64, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_last_id")),
    )
    for name in NUMBERED:
        op.execute(f"INSERT INTO last_id (name, id) SELECT '{name}', COALESCE(MAX(id), 0) FROM {name}")  # noqa: S608


def downgrade() -> None:
    op.drop_table("last_id")
    op.drop_column("address", "former_contact_id")
    op.drop_column("copy", "fault")
