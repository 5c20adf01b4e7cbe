from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text

from streaklike.people.search import search
from streaklike.store.database import Database, open_engine
from streaklike.store.migrating import alembic_config, migrate

MAIL = """
    INSERT INTO message (id, rfc_id, fingerprint, at, direction, own_kind, kind, is_live, subject, base_subject, refs,
        text, quoted, body_hash, is_thanks, is_invitation, is_subject_automatic, is_addressed, source_rank)
    VALUES (1, 'a@mx.example', 'f', 1000, 'inbound', 'human', 'human', true, '河岸', '河岸', '',
        '志工週六可以來', '> 您好', 'h', false, false, false, true, '')
"""


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_mail_of_an_older_program_is_kept_and_can_be_searched(revision: str, tmp_path: Path):
    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    writing = engine.execution_options(sqlite_begin="IMMEDIATE")
    with writing.connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    with writing.begin() as connection:
        connection.execute(text(MAIL))
    migrate(engine)
    database = Database(engine)
    with database.read() as session:
        row = session.execute(text("SELECT message_id, text, quoted FROM body")).one()
        assert tuple(row) == (1, "志工週六可以來", "> 您好")
        assert [hit.message_id for hit in search(session, "週六")] == ["a@mx.example"]
    database.close()


def test_R59_an_upgrade_takes_the_connection_of_a_mailbox_for_its_first_read(tmp_path: Path):
    engine = open_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.execution_options(sqlite_begin="IMMEDIATE").connect() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0022")
        connection.execute(
            text(
                'INSERT INTO "user" (id, email, name, role, locale, created_at) '
                "VALUES (1, 'mei@ngo.example', 'Mei', 'member', 'zh', 1)"
            )
        )
        for number, (source, history_id) in enumerate((("gmail", 7), ("gmail", None), ("mbox", None))):
            connection.execute(
                text(
                    "INSERT INTO mailbox (email, user_id, source, state, history_id, listing_round, gmail_total, "
                    "needs_reconnect, created_at) VALUES (:email, 1, :source, 'current', :cursor, 0, 0, false, 5)"
                ),
                {"email": f"{number}@ngo.example", "source": source, "cursor": history_id},
            )
        connection.commit()
    migrate(engine)
    database = Database(engine)
    with database.read() as session:
        found = session.execute(text("SELECT email, first_read_at FROM mailbox ORDER BY email")).all()
        assert [tuple(row) for row in found] == [
            ("0@ngo.example", 5),
            ("1@ngo.example", None),
            ("2@ngo.example", None),
        ]
    database.close()
