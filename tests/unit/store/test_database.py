from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from streaklike.store.database import Database
from streaklike.store.models import Base, User
from streaklike.store.search_terms import is_modelled


def test_a_migrated_database_matches_the_models(database: Database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_modelled})
        assert compare_metadata(context, Base.metadata) == []


def test_what_was_committed_is_there_for_the_next_reader(database: Database):
    with database.begin() as session:
        session.add(User(email="mei@ngo.example", name="小美", created_at=0))
    with database.read() as session:
        assert session.query(User.name).scalar() == "小美"
