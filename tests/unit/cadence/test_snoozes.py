"""R38 whatever comes first: writing, snoozing, replying, and the sync that learns of it."""

from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.queue import SNOOZED, list_queue
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import get_contact, set_owner
from streaklike.people.snoozes import list_snooze_ends, snooze, wake
from streaklike.store.database import Database
from streaklike.store.models import User
from tests.factories import AN, MEI, T0, WEI, PostOffice

END = 40
HOURS = st.integers(1, END - 1)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("writes"), HOURS, st.just(0)),
        st.tuples(st.just("robot"), HOURS, st.just(0)),
        st.tuples(st.just("replied"), HOURS, st.just(0)),
        st.tuples(st.just("snooze"), HOURS, st.integers(1, 60)),
    ),
    unique_by=lambda action: action[1],
    max_size=6,
)


class _RolledBack(Exception):
    pass


def _expected(actions: list[tuple[str, int, int]]) -> int | None:
    """Until when they sleep at END: by the last snooze, unless they wrote since."""
    until = None
    for what, hour, length in sorted(actions, key=lambda action: action[1]):
        if what == "snooze":
            until = hour + length
        elif what == "writes":
            until = None
    return until if until is not None and until > END else None


def _do(session: Session, office: PostOffice, action: tuple[str, int, int], mei: User) -> None:
    what, hour, length = action
    at = T0 + hour * HOUR
    an = get_contact(session, "an@donor.example")
    if what == "writes":
        office.post(AN, to=[MEI], at=at)
    elif what == "robot":
        office.post(AN, to=[MEI], at=at, kind="automatic")
    elif what == "replied":
        office.post(MEI, to=[AN], at=at)
    else:
        snooze(session, an, until=at + length * HOUR, by=mei, now=at)
    office.link()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=ACTIONS, shuffle=st.randoms(use_true_random=False))
def test_R38_any_order_of_writing_snoozing_and_replying_gives_the_same(database: Database, actions, shuffle):
    shuffled = list(actions)
    shuffle.shuffle(shuffled)
    with suppress(_RolledBack), database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)
        office.link()
        mei = session.scalars(select(User)).one()
        for action in shuffled:
            _do(session, office, action, mei)
        refresh(session, now=T0 + END * HOUR)
        sleeping = list_snooze_ends(session, mei.id, now=T0 + END * HOUR)
        expected = _expected(actions)
        assert sorted(sleeping.values()) == ([] if expected is None else [T0 + expected * HOUR])
        raise _RolledBack


def test_R38_who_sleeps_is_counted_apart_in_my_queue_and_stands_in_the_teams(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)
        office.user(WEI)
        office.link()
        refresh(session, now=T0 + HOUR)
        mei, wei = session.scalars(select(User).order_by(User.email)).all()
        an = get_contact(session, "an@donor.example")
        set_owner(session, an, mei, by=mei, now=T0)
        now, until = T0 + 2 * HOUR, T0 + DAY
        snooze(session, an, until=until, by=mei, now=now)
        mine = list_queue(session, now=now + 1, user_id=mei.id)
        assert (mine.rows, mine.totals.all, mine.totals.snoozed) == ((), 0, 1)
        (row,) = list_queue(session, now=now + 1, user_id=mei.id, section=SNOOZED).rows
        assert row.snoozed_until == until
        (row,) = list_queue(session, now=now + 1, reader_id=mei.id).rows
        assert row.snoozed_until == until
        (row,) = list_queue(session, now=now + 1, reader_id=wei.id).rows
        assert row.snoozed_until is None
        assert wake(session, an, by=wei, now=now + 2) is None
        assert wake(session, an, by=mei, now=now + 2) is not None
        assert list_queue(session, now=now + 3, user_id=mei.id).totals.all == 1
