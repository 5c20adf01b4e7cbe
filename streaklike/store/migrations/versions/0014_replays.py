"""Policy replays run as jobs: what was asked for, how far it is, and the kept result."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OPEN = sa.text("state IN ('waiting', 'running')")


def upgrade() -> None:
    op.create_table(
        "replay",
        sa.Column("id", INT64, nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("changes", DOCUMENT, nullable=False),
        sa.Column("months", INT64, nullable=False),
        sa.Column("asked_by_id", INT64, nullable=True),
        sa.Column("asked_at", INT64, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("runner", sa.Text(), nullable=True),
        sa.Column("attempts", INT64, nullable=False),
        sa.Column("progress", INT64, nullable=False),
        sa.Column("total", INT64, nullable=False),
        sa.Column("started_at", INT64, nullable=True),
        sa.Column("ended_at", INT64, nullable=True),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("result", DOCUMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_replay_asked_by_id_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay")),
    )
    op.create_index("ix_replay_asked_by_id", "replay", ["asked_by_id"])
    op.create_index("ix_replay_question_id", "replay", ["question", "id"])
    op.create_index("ix_replay_state_id", "replay", ["state", "id"])
    op.create_index(
        "uq_replay_question_open",
        "replay",
        ["question"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_index("uq_replay_question_open", table_name="replay")
    op.drop_index("ix_replay_state_id", table_name="replay")
    op.drop_index("ix_replay_question_id", table_name="replay")
    op.drop_index("ix_replay_asked_by_id", table_name="replay")
    op.drop_table("replay")
