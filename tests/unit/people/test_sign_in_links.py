"""One-time links: good once, for an hour, for whom they were made; and the one that makes the first admin."""

import threading

import pytest
from sqlalchemy import select

from streaklike.people.errors import UserHasLeft
from streaklike.people.sessions import start_session
from streaklike.people.sign_in_links import (
    GOOD_FOR,
    claim_link,
    find_link,
    list_admins,
    make_first_admin,
    make_sign_in_link,
    offer_first_link,
)
from streaklike.store.database import Database
from streaklike.store.models import Event, SignInLink, User
from tests.unit.people.test_sessions import NOW, add_user


def test_Q27_a_link_is_good_for_an_hour_and_for_one_member(database: Database):
    with database.begin() as session:
        wei = add_user(session, "wei", "member")
        token = make_sign_in_link(session, wei, now=NOW)
        link = find_link(session, token, now=NOW + GOOD_FOR - 1)
        assert link is not None
        assert link.user_id == wei.id
        assert token not in link.token_hash
        assert find_link(session, token, now=NOW + GOOD_FOR) is None
        assert find_link(session, token + "x", now=NOW) is None
        assert not claim_link(session, link, now=NOW + GOOD_FOR)
        assert claim_link(session, link, now=NOW + 1)
        assert find_link(session, token, now=NOW + 2) is None
        event = session.scalars(select(Event)).one()
        assert (event.kind, event.data) == ("sign_in_link", {"user": "wei@ngo.example", "did": "made"})


def test_Q27_of_many_clicks_at_once_one_gets_in(database: Database):
    with database.begin() as session:
        token = make_sign_in_link(session, add_user(session, "wei", "member"), now=NOW)
    with database.read() as session:
        link = find_link(session, token, now=NOW)
        assert link is not None
    barrier, claimed = threading.Barrier(8), []

    def click() -> None:
        barrier.wait()
        with database.begin() as session:
            claimed.append(claim_link(session, link, now=NOW))

    clicks = [threading.Thread(target=click) for _ in range(8)]
    for each in clicks:
        each.start()
    for each in clicks:
        each.join(timeout=60)
    assert sorted(claimed) == [False] * 7 + [True]


def test_Q27_who_has_left_gets_no_link_and_enters_by_none(database: Database):
    with database.begin() as session:
        wei = add_user(session, "wei", "member")
        token = make_sign_in_link(session, wei, now=NOW)
        wei.disabled_at = NOW
        session.flush()
        assert find_link(session, token, now=NOW + 1) is None
        with pytest.raises(UserHasLeft, match="no access"):
            make_sign_in_link(session, wei, now=NOW)


def test_the_first_link_is_offered_until_an_admin_has_signed_in(database: Database):
    with database.begin() as session:
        first = offer_first_link(session, now=NOW)
        assert first is not None
        assert find_link(session, first, now=NOW) is not None
        wei = add_user(session, "wei", "member")
        start_session(session, wei, now=NOW)  # a member's sign-in opens no team
        assert offer_first_link(session, now=NOW) is not None
        make_first_admin(session, wei, now=NOW)
        session.flush()
        assert offer_first_link(session, now=NOW) is None
        assert find_link(session, first, now=NOW) is None  # what was printed before is of no use any more
        assert [user.email for user in list_admins(session)] == ["wei@ngo.example"]
        wei.disabled_at = NOW
        session.flush()
        assert list_admins(session) == []
        assert offer_first_link(session, now=NOW) is not None  # nobody could let anybody in


def test_old_links_are_cleared_away(database: Database):
    with database.begin() as session:
        offer_first_link(session, now=NOW)
        offer_first_link(session, now=NOW + 100 * 24 * 3_600_000)
        assert len(session.scalars(select(SignInLink)).all()) == 1


def test_who_has_left_is_not_made_the_first_admin(database: Database):
    with database.begin() as session:
        wei = add_user(session, "wei", "member")
        wei.disabled_at = NOW
        with pytest.raises(UserHasLeft):
            make_first_admin(session, wei, now=NOW)
        assert session.scalars(select(User.role)).one() == "member"
