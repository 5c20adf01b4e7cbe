"""No bad input is a 500, at full size: every value in every field of every route, and of every command."""

import shutil
from pathlib import Path

import pytest

from tests.hostile.values import TEXTS
from tests.integration.test_walk_commands import check, make_command_walker
from tests.integration.test_walk_http import make_walker


def test_every_field_of_every_route_with_every_value(tmp_path: Path, sqlite_template: Path):
    path = tmp_path / "walk.db"
    shutil.copy(sqlite_template, path)
    walker, database = make_walker(path, tmp_path)
    found = walker.walk(lambda _route, _field: TEXTS, is_full=True)
    database.close()
    print(f"\nRoutes: {found}")
    assert not found.broken, "\n".join(found.broken[:40])
    assert not found.written, "\n".join(found.written[:40])


def test_every_argument_of_every_command_with_every_value(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
):
    walker = make_command_walker(tmp_path, sqlite_template, monkeypatch)
    walker.walk(lambda _command, _field: TEXTS)
    check(walker)
