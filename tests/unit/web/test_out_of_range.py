"""Mail of any year can be shown everywhere, and a date that somebody types must make sense."""

import json

import pytest
from flask import Flask

from streaklike.cadence.evaluate.refresh import refresh_all
from streaklike.instants import LAST_SHOWN, format_instant, parse_day, parse_instant, to_datetime
from streaklike.store.database import Database
from streaklike.store.dump import iter_dump
from streaklike.store.models import Address, Event, Task
from tests.factories import PostOffice
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import MEI, NOW, World

YEARS = {
    "year 9999": 253_402_300_799_000,
    "year 1": -62_135_596_800_000,
    "before any year": -(2**60),
    "beyond any year": 2**60,
    "1970": 0,
}


@pytest.fixture
def strange(database: Database, world: World) -> list[int]:
    """The people who wrote in such years, by their ids; each was answered in the same year."""
    with database.begin() as session:
        office = PostOffice(session, now=NOW)
        for number, (name, at) in enumerate(YEARS.items()):
            them = f"{name} <strange{number}@far.example>"
            first = office.post(them, to=[MEI], at=at, subject=f"From {name}", text="Hello")
            office.post(MEI, to=[them], at=at + 1000, subject=f"Re: From {name}", refs=[first], text="Hi")
            office.post(them, to=[MEI], at=at + 2000, subject=f"Again {name}", text="Anybody there?")
        office.link()
        refresh_all(session, now=NOW)
        found = session.query(Address).filter(Address.key.like("strange%@far.example")).all()
        return [address.contact_id for address in found if address.contact_id]


def test_mail_of_any_year_is_shown_on_every_page(
    app: Flask, database: Database, mei: Reader, world: World, strange: list[int]
):
    assert len(strange) == len(YEARS)
    for contact_id in strange:
        page = mei.get(f"/people/{contact_id}")
        assert page.status_code == 200
    for number in range(len(YEARS)):
        assert mei.get(f"/companion?email=strange{number}@far.example").status_code == 200
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.endpoint != "static":
            assert mei.get(rule.rule).status_code < 500, rule.rule
    assert mei.get("/search?q=Anybody").status_code == 200
    assert mei.get("/people?kind=candidate").status_code == 200


def test_mail_of_any_year_is_dumped(database: Database, world: World, strange: list[int]):
    with database.read() as session:
        lines = [json.loads(line) for line in iter_dump(session)]
    assert {line["at"] for line in lines if line["kind"] == "message"} >= set(YEARS.values())


DATES = (
    ("task", "due", {"text": "x"}),
    ("do-not-contact", "until", {}),
    ("log", "at", {"kind": "note", "text": "x"}),
    ("remind", "at", {"text": "x"}),
    ("snooze", "at", {}),
)


def test_a_date_that_makes_no_sense_is_refused(mei: Reader, world: World, database: Database):
    before = count(database)
    for path, field, extra in DATES:
        for day in ("9999-12-31", "0001-01-01", "2201-01-01", "1899-12-31", "10000-01-01"):
            value = day if field in {"due", "until"} else f"{day}T10:00"
            answer = mei.post(f"/people/{world.chen}/{path}", {field: value, **extra}, follow_redirects=True)
            assert answer.status_code == 200, (path, day)
            assert "沒有" in answer.text, (path, day)
    assert count(database) == before


def count(database: Database) -> tuple[int, int]:
    with database.read() as session:
        return session.query(Event).count(), session.query(Task).count()


def test_instants_beyond_any_calendar_are_the_last_that_can_be_shown():
    assert to_datetime(2**62).year == 9998
    assert to_datetime(-(2**62)).year == 2
    assert format_instant(2**62) == format_instant(LAST_SHOWN) == "9998-12-31T23:59:59Z"
    assert format_instant(-(2**62)) == "0002-01-01T00:00:00Z"
    for text in ("9999-12-31T00:00:00Z", "0001-01-01T00:00:00+08:00"):
        with pytest.raises(ValueError, match="1900 to 2200"):
            parse_instant(text)
    with pytest.raises(ValueError, match="1900 to 2200"):
        parse_day("2300-01-01")
