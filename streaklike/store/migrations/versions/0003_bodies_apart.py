"""What messages say, in a table of its own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

from streaklike.store.search_index import index_everything

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INT64 = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "body",
        sa.Column("message_id", INT64, nullable=False, autoincrement=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quoted", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_body_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_body")),
    )
    op.execute("INSERT INTO body (message_id, text, quoted) SELECT id, text, quoted FROM message")
    op.execute("ALTER TABLE message DROP COLUMN text")
    op.execute("ALTER TABLE message DROP COLUMN quoted")
    with Session(op.get_bind()) as session:
        index_everything(session)  # what came before there was an index
        session.commit()  # of the session alone; the migration's transaction goes on


def downgrade() -> None:
    for name in ("text", "quoted"):
        op.execute(f"ALTER TABLE message ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
        op.execute(
            f"UPDATE message SET {name} = (SELECT body.{name} FROM body WHERE body.message_id = message.id)"
        )
    op.drop_table("body")
