"""The full sizes of tests that run small in CI: `make long`. Left out unless asked for by `-m long`."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    full = [item for item in items if item.path.is_relative_to(HERE)]
    for item in full:
        item.add_marker("long")
    if config.getoption("markexpr") != "long":
        items[:] = [item for item in items if not item.path.is_relative_to(HERE)]
