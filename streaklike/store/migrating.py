"""Run Alembic migrations, one program at a time."""

import threading
from importlib import resources

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

MIGRATION_LOCK = 5_720_212
"""PostgreSQL advisory lock held during migrations. On SQLite the write lock does the same."""


_ALEMBIC = threading.Lock()
"""Alembic keeps its context in module globals, so only one thread may use it."""


def migrate(engine: Engine) -> None:
    """Upgrade the schema to the newest revision. A second program waits until the first has finished."""
    with _ALEMBIC, engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def alembic_config() -> Config:
    """Build Alembic's configuration with our migrations folder."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("streaklike.store") / "migrations"))
    return config
