from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from streaklike.store.database import (
    Database,
    DatabaseUnavailable,
    find_revision,
    newest_revision,
    open_database,
)
from streaklike.store.migrating import alembic_config
from streaklike.store.models import Base, User
from streaklike.store.search_terms import is_modelled


def test_a_migrated_database_matches_the_models(database: Database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": is_modelled}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_what_was_committed_is_there_for_the_next_reader(database: Database):
    with database.begin() as session:
        session.add(User(email="mei@ngo.example", name="小美", created_at=0))
    with database.read() as session:
        assert session.query(User.name).scalar() == "小美"


def test_a_database_of_a_newer_program_is_left_alone(database: Database, database_url: str):
    with database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match="newer streaklike"):
        open_database(database_url)


def test_the_newest_revision_is_alembics_head():
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [newest_revision()]


def test_two_programs_may_open_an_empty_database_at_once(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: open_database(url), range(4)))
    assert {find_revision(database.engine) for database in opened} == {newest_revision()}
    for database in opened:
        database.close()


@pytest.mark.parametrize(
    "url", ["nonsense", "oracle9://x", "postgresql://nobody@127.0.0.1:1/none", "sqlite:////proc/nowhere/x.db"]
)
def test_a_database_that_cannot_be_opened_is_told_in_a_sentence(url: str):
    with pytest.raises(
        DatabaseUnavailable, match=r"(?s)(cannot be opened|does not answer): .*STREAKLIKE_DATABASE_URL"
    ):
        open_database(url)
