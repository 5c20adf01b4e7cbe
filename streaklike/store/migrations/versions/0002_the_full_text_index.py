"""The full text index; the next revision fills it with what is there already."""

import sqlalchemy as sa
from alembic import op

from streaklike.store.search_terms import MAKE_POSTGRESQL, MAKE_SQLITE, TABLE

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "search_entry",
        sa.Column("message_id", INT64, nullable=False, autoincrement=False),
        sa.Column("placed_at", INT64, nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_search_entry_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_search_entry")),
        sa.UniqueConstraint("placed_at", name=op.f("uq_search_entry_placed_at")),
    )
    for statement in MAKE_SQLITE if op.get_bind().dialect.name == "sqlite" else MAKE_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {TABLE}_with(tsquery, bigint)")
    op.drop_table(TABLE)
    op.drop_table("search_entry")
