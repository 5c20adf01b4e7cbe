"""Members' reminders, the team's follow-ups, and whose events are which."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", INT64, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("user_id", INT64, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", INT64, nullable=False),
        sa.Column("contact_id", INT64, nullable=True),
        sa.Column("box_id", INT64, nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("created_at", INT64, nullable=False),
        sa.Column("done_at", INT64, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_reminder_user_id_user"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_reminder_contact_id_contact")),
        sa.ForeignKeyConstraint(
            ["box_id"], ["box.id"], name=op.f("fk_reminder_box_id_box"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("uid", name=op.f("uq_reminder_uid")),
    )
    op.create_index("ix_reminder_user_id_due_at", "reminder", ["user_id", "due_at"], unique=False)
    op.create_index("ix_reminder_contact_id", "reminder", ["contact_id"], unique=False)
    op.create_index("ix_reminder_box_id", "reminder", ["box_id"], unique=False)
    op.create_table(
        "follow_up",
        sa.Column("id", INT64, nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", INT64, nullable=False),
        sa.Column("contact_id", INT64, nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("since_at", INT64, nullable=False),
        sa.Column("owner_id", INT64, nullable=True),
        sa.Column("created_at", INT64, nullable=False),
        sa.Column("done_at", INT64, nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_follow_up_contact_id_contact")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_follow_up_owner_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("uid", name=op.f("uq_follow_up_uid")),
    )
    op.create_index("ix_follow_up_owner_id_due_at", "follow_up", ["owner_id", "due_at"], unique=False)
    op.create_index("ix_follow_up_contact_id", "follow_up", ["contact_id"], unique=False)
    op.create_index("ix_event_author_id_kind", "event", ["author_id", "kind"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_event_author_id_kind", table_name="event")
    op.drop_table("follow_up")
    op.drop_table("reminder")
