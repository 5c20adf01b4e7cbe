"""Whether deleted mail is still to be erased from the files; of a database with mail, all that was ever deleted is."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("asked", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("done", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rewritten_at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.execute(
        sa.text(
            "INSERT INTO erasure (id, asked, done, rewritten_at) "
            "SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM copy) THEN 1 ELSE 0 END, 0, 0"
        )
    )


def downgrade() -> None:
    op.drop_table("erasure")
