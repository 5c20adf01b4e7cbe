"""What members wish of their digest is kept, and told again in the dump."""

import json

import pytest

from streaklike.digest.preferences import BadPreference, find_reader, list_readers, save_preference, set_pause
from streaklike.store.database import Database
from streaklike.store.dump import iter_dump
from streaklike.store.models import DigestDelivery, DigestSetting, User
from tests.unit.web.web_fixtures import NOW, World


def test_without_a_wish_it_comes_at_eight_in_the_language_of_the_pages(world: World, database: Database):
    with database.begin() as session:
        session.get_one(User, world.mei).locale = "en"
    with database.read() as session:
        reader = find_reader(session, " MEI@ngo.example ", team_zone="Asia/Taipei")
    assert reader is not None
    assert (reader.hour, reader.locale, reader.paused_at, str(reader.zone)) == (8, "en", None, "Asia/Taipei")


def test_who_left_has_no_digest(world: World, database: Database):
    with database.begin() as session:
        session.get_one(User, world.mei).disabled_at = NOW
    with database.read() as session:
        emails = [reader.email for reader in list_readers(session, team_zone="Asia/Taipei")]
    assert emails == ["anna@ngo.example", "board@ngo.example", "wei@ngo.example"]


@pytest.mark.parametrize(("hour", "language"), [(5, "en"), (21, "en"), (-1, None), (8, "fr")])
def test_a_wish_that_cannot_be_had_is_refused(
    world: World, database: Database, hour: int, language: str | None
):
    with pytest.raises(BadPreference, match="Nothing was changed"), database.begin() as session:
        save_preference(session, world.mei, hour=hour, language=language, is_paused=False, now=NOW)
    with database.read() as session:
        assert session.get(DigestSetting, world.mei) is None


def test_pausing_twice_keeps_the_first_instant(world: World, database: Database):
    for later in (0, 1_000):
        with database.begin() as session:
            set_pause(session, world.mei, is_paused=True, now=NOW + later)
    with database.read() as session:
        assert session.get_one(DigestSetting, world.mei).paused_at == NOW


def test_wishes_and_deliveries_are_dumped_by_natural_keys(world: World, database: Database):
    with database.begin() as session:
        save_preference(session, world.mei, hour=7, language="en", is_paused=True, now=NOW)
        session.add(
            DigestDelivery(
                user_id=world.mei,
                kind="daily",
                day="2026-11-18",
                state="sent",
                message_id="m@x",
                claimed_at=NOW,
            )
        )
    with database.read() as session:
        lines = [json.loads(line) for line in iter_dump(session)]
    assert {
        "kind": "digest_setting",
        "user": "mei@ngo.example",
        "hour": 7,
        "language": "en",
        "is_paused": True,
    } in lines
    (sent,) = [line for line in lines if line["kind"] == "digest"]
    assert sent == {
        "kind": "digest",
        "user": "mei@ngo.example",
        "digest": "daily",
        "day": "2026-11-18",
        "state": "sent",
        "reason": "",
        "message_id": "m@x",
    }
