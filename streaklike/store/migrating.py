"""Migrations by Alembic, one program at a time."""

import threading
from importlib import resources

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

MIGRATION_LOCK = 5_720_212
"""The advisory lock under which PostgreSQL is migrated; SQLite's write lock serves the same end."""


_ALEMBIC = threading.Lock()
"""Alembic keeps its context in globals: one thread at a time."""


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision; does nothing where it is there. A second program waits its turn."""
    with _ALEMBIC, engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def alembic_config() -> Config:
    """Alembic's configuration: where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("streaklike.store") / "migrations"))
    return config
