"""The clock's lease and slots, and the jobs that wait, run and ended."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("taken_at", INT64, nullable=False),
        sa.Column("until", INT64, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "slot",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("next_at", INT64, nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_slot")),
    )
    op.create_table(
        "job",
        sa.Column("id", INT64, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("lock", sa.Text(), nullable=True),
        sa.Column("merge_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("slot_at", INT64, nullable=True),
        sa.Column("enqueued_at", INT64, nullable=False),
        sa.Column("due_at", INT64, nullable=False),
        sa.Column("attempts", INT64, nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", INT64, nullable=True),
        sa.Column("started_at", INT64, nullable=True),
        sa.Column("ended_at", INT64, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_state_due_at", "job", ["state", "due_at"])
    op.create_index("ix_job_name_subject", "job", ["name", "subject"])
    for column, state in (("lock", "running"), ("merge_key", "waiting")):
        where = sa.text(f"state = '{state}'")
        op.create_index(
            f"uq_job_{column}_{state}", "job", [column], unique=True, sqlite_where=where, postgresql_where=where
        )


def downgrade() -> None:
    op.drop_table("job")
    op.drop_table("slot")
    op.drop_table("lease")
