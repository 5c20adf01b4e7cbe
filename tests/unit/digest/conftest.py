"""The small world of the web tests, and the digests of its members."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from streaklike.digest.compose import Digest
from streaklike.digest.make import DigestConfig, make_digest
from streaklike.digest.preferences import find_reader
from streaklike.store.database import Database
from tests.unit.web.web_fixtures import NOW

HOUSE = DigestConfig("https://crm.ngo.example", "a secret of this test", "Asia/Taipei")
Make = Callable[..., Digest]


@pytest.fixture
def make(database: Database) -> Make:
    def made(
        who: str = "mei", *, locale: str = "en", kind: str = "daily", now: int = NOW, is_past: bool = False
    ) -> Digest:
        with database.read() as session:
            reader = find_reader(session, f"{who}@ngo.example", team_zone="Asia/Taipei")
            assert reader is not None
            return make_digest(
                session, replace(reader, locale=locale), kind, digest_config=HOUSE, now=now, is_past=is_past
            )

    return made
