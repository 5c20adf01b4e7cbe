"""Digests: the members' wishes, and every delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "digest_setting",
        sa.Column("user_id", INT64, nullable=False, autoincrement=False),
        sa.Column("hour", INT64, nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("paused_at", INT64, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_digest_setting_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_digest_setting")),
    )
    op.create_table(
        "digest_delivery",
        sa.Column("id", INT64, nullable=False),
        sa.Column("user_id", INT64, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("tries", INT64, nullable=False),
        sa.Column("claimed_at", INT64, nullable=False),
        sa.Column("settled_at", INT64, nullable=True),
        sa.Column("next_try_at", INT64, nullable=True),
        sa.Column("composed_at", INT64, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_digest_delivery_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_delivery")),
        sa.UniqueConstraint("user_id", "kind", "day", name=op.f("uq_digest_delivery_user_id_kind_day")),
        sa.UniqueConstraint("message_id", name=op.f("uq_digest_delivery_message_id")),
    )
    op.create_index("ix_digest_delivery_state", "digest_delivery", ["state"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_digest_delivery_state", table_name="digest_delivery")
    op.drop_table("digest_delivery")
    op.drop_table("digest_setting")
