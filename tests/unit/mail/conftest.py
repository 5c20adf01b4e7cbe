"""Every test of mail starts with empty caches: what an earlier one read proves nothing of the code."""

import sys

import pytest


@pytest.fixture(autouse=True)
def empty_caches() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("streaklike.mail."):
            for each in list(vars(module).values()):
                if hasattr(each, "cache_clear"):
                    each.cache_clear()
