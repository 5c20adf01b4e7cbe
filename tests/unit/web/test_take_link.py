"""The link "I take it" of a digest: one button, one action, no session (R58)."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.digest.links import TAKE_LASTS, Take, sign_pause, sign_take
from streaklike.instants import MINUTE
from streaklike.people.marks import mark_no_reply_needed, take_conversation
from streaklike.store.database import Database
from streaklike.store.models import ContactStatus, Conversation, Event, User
from tests.unit.web.web_fixtures import NOW, World

MAIL = "mei@ngo.example"


def token_of(app: Flask, world: World, database: Database, *, at: int = NOW, **changes: int) -> str:
    with database.read() as session:
        contact_status = session.get_one(ContactStatus, world.newcomer)
        take = Take(
            world.mei,
            world.newcomer,
            contact_status.waiting_conversation_id or 0,
            contact_status.waiting_since_at or 0,
            at + TAKE_LASTS,
        )
    return sign_take(app.config["SECRET_KEY"], take._replace(**changes), MAIL)


def count_events(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(Event)).one()


def owner_of(database: Database, world: World) -> int | None:
    with database.read() as session:
        contact_status = session.get_one(ContactStatus, world.newcomer)
        return session.get_one(Conversation, contact_status.waiting_conversation_id).owner_id


def test_R58_one_button_takes_it_without_a_session_and_can_be_undone(
    app: Flask, world: World, database: Database
):
    path = f"/digest/take/{token_of(app, world, database)}"
    client, before = app.test_client(), count_events(database)
    for method in ("GET", "HEAD", "GET"):
        page = client.open(path, method=method)
        assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert "周子瑜" in page.text
    assert "我是大學生" not in page.text, "no word of the mail itself"
    assert (owner_of(database, world), count_events(database)) == (None, before), "reading changes nothing"
    for _ in range(2):
        done = client.post(path)
        assert done.status_code == 200
        assert "<button" not in done.text
        assert "Set-Cookie" not in done.headers
    assert (owner_of(database, world), count_events(database)) == (world.mei, before + 1)
    assert client.get("/").status_code == 302, "it signs nobody in"
    with database.begin() as session:
        event = session.scalars(select(Event).where(Event.kind == "owner").order_by(Event.id.desc())).first()
        assert event.author_id == world.mei
        undo(session, event, by=session.get_one(User, world.mei), now=NOW + MINUTE)
    assert owner_of(database, world) is None


def test_R58_a_colleague_who_was_faster_is_named_with_the_time(app: Flask, world: World, database: Database):
    path = f"/digest/take/{token_of(app, world, database)}"
    with database.begin() as session:
        wei = session.scalars(select(User).where(User.email == "wei@ngo.example")).one()
        contact_status = session.get_one(ContactStatus, world.newcomer)
        conversation = session.get_one(Conversation, contact_status.waiting_conversation_id)
        take_conversation(session, conversation, by=wei, now=NOW - MINUTE)
        refresh(session, now=NOW)
        taker = wei.id
    client = app.test_client()
    for method, status in (("GET", 200), ("POST", 409)):
        page = client.open(path, method=method)
        assert page.status_code == status
        assert "陳志偉" in page.text
        assert "09:59" in page.text
        assert "<button" not in page.text
    assert owner_of(database, world) == taker


def test_R58_what_was_settled_since_is_not_taken(app: Flask, world: World, database: Database):
    path = f"/digest/take/{token_of(app, world, database)}"
    with database.begin() as session:
        contact_status = session.get_one(ContactStatus, world.newcomer)
        conversation = session.get_one(Conversation, contact_status.waiting_conversation_id)
        mark_no_reply_needed(session, conversation, by=None, reason="phoned", now=NOW)
        refresh(session, now=NOW)
    before = count_events(database)
    assert app.test_client().post(path).status_code == 409
    assert count_events(database) == before


def test_it_works_for_seven_days(app: Flask, world: World, database: Database):
    for at, status in ((NOW - TAKE_LASTS, 410), (NOW - TAKE_LASTS + 1, 200)):
        path = f"/digest/take/{token_of(app, world, database, at=at)}"
        for method in ("GET", "POST"):
            assert app.test_client().open(path, method=method).status_code == status


@pytest.mark.parametrize("change", [{"disabled_at": NOW}, {"role": "viewer"}])
def test_Q27_who_has_no_access_takes_nothing(app: Flask, world: World, database: Database, change: dict):
    path = f"/digest/take/{token_of(app, world, database)}"
    with database.begin() as session:
        for name, value in change.items():
            setattr(session.get_one(User, world.mei), name, value)
    for method in ("GET", "POST"):
        page = app.test_client().open(path, method=method)
        assert page.status_code == 403
        assert "周子瑜" not in page.text
    assert owner_of(database, world) is None


def test_a_forged_take_link_is_found_nowhere(app: Flask, world: World, database: Database):
    good = token_of(app, world, database)
    forged = [
        "x",
        good[:-1],
        good + "A",
        token_of(app, world, database, user_id=999),
        sign_pause(app.config["SECRET_KEY"], world.mei, MAIL),
        sign_take("another secret", Take(world.mei, world.newcomer, 1, 1, NOW + 1), MAIL),
    ]
    for token in forged:
        for method in ("GET", "POST"):
            assert app.test_client().open(f"/digest/take/{token}", method=method).status_code == 404, token
    assert owner_of(database, world) is None
