"""Sessions on the server (Q27): how they end, that they stay ended, and what is stored of them."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.people.access import change_role, disable_member, enable_member
from streaklike.people.access import revert as take_access_back
from streaklike.people.sessions import (
    IDLE,
    KEPT,
    LIFETIME,
    end_session,
    end_sessions,
    find_session,
    list_sessions,
    see_sessions,
    start_session,
)
from streaklike.people.sign_in_links import find_link, make_sign_in_link
from streaklike.store.database import Database
from streaklike.store.models import User, UserSession

NOW = 1_800_000_000_000


@pytest.fixture
def session(database: Database):
    with database.begin() as session:
        yield session


@pytest.fixture
def admin(session: Session) -> User:
    return add_user(session, "mei", "admin")


@pytest.fixture
def wei(session: Session, admin: User) -> User:
    return add_user(session, "wei", "member")


def add_user(session: Session, name: str, role: str) -> User:
    user = User(email=f"{name}@ngo.example", name=name, role=role, locale="zh", created_at=NOW)
    session.add(user)
    session.flush()
    return user


def is_live(session: Session, token: str, *, now: int) -> bool:
    session.flush()
    return find_session(session, token, now=now) is not None


def test_Q27_a_token_is_stored_as_a_hash_alone(session: Session, wei: User):
    token = start_session(session, wei, now=NOW)
    row = session.scalars(select(UserSession)).one()
    assert token not in row.token_hash
    assert len(row.token_hash) == 64
    found = find_session(session, token, now=NOW)
    assert found is not None
    assert found[1].id == wei.id
    assert find_session(session, row.token_hash, now=NOW) is None
    assert find_session(session, "", now=NOW) is None
    assert find_session(session, "\udcff", now=NOW) is None


def test_Q27_a_session_ends_when_it_is_idle_for_twelve_hours(session: Session, wei: User):
    token = start_session(session, wei, now=NOW)
    assert is_live(session, token, now=NOW + IDLE - 1)
    assert not is_live(session, token, now=NOW + IDLE)
    see_sessions(session, {session.scalars(select(UserSession.id)).one(): NOW + 11 * HOUR})
    assert is_live(session, token, now=NOW + 22 * HOUR)


def test_Q27_a_session_ends_after_fourteen_days_however_busy(session: Session, wei: User):
    token = start_session(session, wei, now=NOW)
    session_id = session.scalars(select(UserSession.id)).one()
    for hours in range(10, 14 * 24, 10):
        see_sessions(session, {session_id: NOW + hours * HOUR})
    assert is_live(session, token, now=NOW + LIFETIME - 1)
    assert not is_live(session, token, now=NOW + LIFETIME)


def test_Q27_a_session_from_before_the_access_was_taken_stays_ended(session: Session, admin: User, wei: User):
    token = start_session(session, wei, now=NOW)
    link = make_sign_in_link(session, wei, now=NOW)
    disable_member(session, wei, by=admin, now=NOW + 1)
    assert not is_live(session, token, now=NOW + 2)
    enable_member(session, wei, by=admin, now=NOW + 3)
    assert not is_live(session, token, now=NOW + 4)
    assert find_link(session, link, now=NOW + 4) is None


def test_Q27_undoing_a_disabling_brings_no_session_back(session: Session, admin: User, wei: User):
    token = start_session(session, wei, now=NOW)
    event = disable_member(session, wei, by=admin, now=NOW + 1)
    assert event is not None
    take_access_back(session, event, now=NOW + 2)
    assert wei.disabled_at is None
    assert not is_live(session, token, now=NOW + 3)


def test_Q27_a_member_without_access_has_no_session_even_where_the_row_is_live(session: Session, wei: User):
    token = start_session(session, wei, now=NOW)
    wei.disabled_at = NOW
    assert not is_live(session, token, now=NOW + 1)


def test_Q27_one_session_is_ended_or_all_but_one(session: Session, admin: User, wei: User):
    tokens = [start_session(session, wei, now=NOW + minute * MINUTE) for minute in range(3)]
    other = start_session(session, admin, now=NOW)
    now = NOW + HOUR
    ids = [row.id for row in list_sessions(session, wei.id, now=now)]
    assert len(ids) == 3
    assert end_session(session, wei.id, ids[0], now=now)
    assert not end_session(session, wei.id, ids[0], now=now)
    assert [is_live(session, token, now=now) for token in tokens] == [True, True, False]
    assert not end_session(session, admin.id, ids[1], now=now)
    assert end_sessions(session, wei, now, but=ids[2]) == 1
    assert [is_live(session, token, now=now) for token in tokens] == [True, False, False]
    assert end_sessions(session, wei, now) == 1
    assert list_sessions(session, wei.id, now=now) == []
    assert is_live(session, other, now=now)


def test_Q27_what_ended_is_not_revived_by_being_seen_or_by_a_clock_put_back(session: Session, wei: User):
    token = start_session(session, wei, now=NOW)
    session_id = session.scalars(select(UserSession.id)).one()
    assert end_sessions(session, wei, NOW + DAY) == 0  # it had run out
    see_sessions(session, {session_id: NOW + 2 * DAY})
    session.expire_all()
    assert session.scalars(select(UserSession.last_seen_at)).one() == NOW
    assert not is_live(session, token, now=NOW + 1)


def test_old_sessions_go_when_a_new_one_begins(session: Session, admin: User, wei: User):
    for user in (admin, wei):
        start_session(session, user, now=NOW)
    start_session(session, wei, now=NOW + KEPT + 1)
    kept = session.execute(select(UserSession.user_id, UserSession.created_at)).all()
    assert sorted(map(tuple, kept)) == sorted([(admin.id, NOW), (wei.id, NOW + KEPT + 1)])


def test_Q27_what_a_clock_that_was_ahead_began_is_over_when_it_is_set_right(session: Session, wei: User):
    ahead = NOW + 399 * DAY
    token, link = start_session(session, wei, now=ahead), make_sign_in_link(session, wei, now=ahead)
    assert find_session(session, token, now=ahead) is not None
    assert find_link(session, link, now=ahead) is not None
    assert find_session(session, token, now=NOW) is None
    assert find_link(session, link, now=NOW) is None
    assert find_session(session, start_session(session, wei, now=NOW + MINUTE), now=NOW) is not None


def test_Q27_a_new_role_ends_the_sessions_of_the_old_one(session: Session, admin: User, wei: User):
    token = start_session(session, wei, now=NOW)
    change_role(session, wei, "viewer", by=admin, now=NOW + MINUTE)
    assert find_session(session, token, now=NOW + 2 * MINUTE) is None
