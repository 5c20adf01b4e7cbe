"""No bad input is a 500: every route, method and field with hostile values; nothing is written where it is refused."""

import shutil
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from streaklike.app import create_app
from streaklike.settings import Settings
from streaklike.store.database import Database, open_database
from tests.hostile.http_walk import Walker
from tests.hostile.values import TEXTS
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import NOW, build_world


def make_walker(path: Path, folder: Path) -> tuple[Walker, Database]:
    """The small world on SQLite with an admin signed in, put back as it was after each change."""
    database = open_database(f"sqlite:///{path}")
    world = build_world(database)
    app = create_app(Settings(data_dir=folder, _env_file=None), database, clock=lambda: NOW)
    reader = Reader(app).sign_in(world.mei)
    token = reader.token("/team")
    kept = sqlite3.connect(path)
    copy = sqlite3.connect(":memory:")
    kept.backup(copy)
    kept.close()

    def restore() -> None:
        database.engine.dispose()
        live = sqlite3.connect(path)
        copy.backup(live)
        live.close()

    watching = sqlite3.connect(path)
    walker = Walker(
        app,
        database,
        reader.client,
        token,
        restore=restore,
        version=lambda: watching.execute("PRAGMA data_version").fetchone(),
    )
    walker.learn(
        (
            "/",
            "/people",
            f"/people/{world.chen}",
            f"/people/{world.wang}",
            "/team",
            "/policy",
            "/load",
            "/digest",
        )
    )
    return walker, database


def some_of(count: int) -> Callable[[str, str], Sequence[str]]:
    """A few values for each field, others for the next, the same in each run."""

    def choose(route: str, field: str) -> Sequence[str]:
        start = zlib.crc32(f"{route} {field}".encode())
        return [TEXTS[(start + 17 * number) % len(TEXTS)] for number in range(count)]

    return choose


def test_no_bad_input_is_a_500_and_nothing_is_written_when_refused(tmp_path: Path, sqlite_template: Path):
    path = tmp_path / "walk.db"
    shutil.copy(sqlite_template, path)
    walker, database = make_walker(path, tmp_path)
    found = walker.walk(some_of(2))
    database.close()
    print(f"\n{found}")
    assert not found.broken, "\n".join(found.broken[:40])
    assert not found.written, "\n".join(found.written[:40])
    assert len(found.fields) > 100
