"""What a message is among the team's other mail: R15, R28, R32, and bad addresses, R30."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import HOUR, MINUTE
from streaklike.people.linking.bursts import Sent, find_bursts
from streaklike.store.database import Database
from streaklike.store.models import Address, Message
from tests.factories import AN, BO, DAEMON, MEI, T0, WEI, PostOffice

CROWD = [f"member{n}@many.example" for n in range(12)]
LIST = "開放名單 <open@lists.ngo.example>"


def kinds_of(session: Session, *message_ids: int) -> list[str]:
    return [session.get_one(Message, key).kind for key in message_ids]


def test_R15_a_list_of_our_own_domain_is_a_channel_and_not_bulk(database: Database):
    with database.begin() as session:
        office = PostOffice(session, domains=("ngo.example", "lists.ngo.example"))
        ours = office.post(AN, [LIST], kind="bulk", is_foreign_list=True, channel=LIST)
        foreign = office.post(
            AN, ["l@lists.example"], kind="bulk", is_foreign_list=True, channel="l@lists.example"
        )
        newsletter = office.post(AN, [LIST], kind="bulk", channel=LIST)
        office.link()
        assert kinds_of(session, ours, foreign, newsletter) == ["human", "bulk", "bulk"]


@pytest.mark.parametrize("ours_first", [True, False])
@pytest.mark.parametrize(
    ("minutes", "kind"), [(0, "automatic"), (60, "automatic"), (61, "human"), (-1, "human")]
)
def test_R28_an_automatic_subject_counts_within_an_hour_after_ours(
    database: Database, minutes: int, kind: str, ours_first: bool
):
    with database.begin() as session:
        office = PostOffice(session)

        def write() -> None:
            office.post(MEI, [AN], at=T0)
            office.link()

        if ours_first:
            write()
        away = office.post(AN, [MEI], is_subject_automatic=True, at=T0 + minutes * MINUTE)
        office.link()
        if not ours_first:
            write()
        assert kinds_of(session, away) == [kind]


def test_R28_our_mail_to_another_address_or_in_the_trash_makes_nothing_automatic(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [BO], at=T0)
        ours = office.post(MEI, [AN], at=T0)
        away = office.post(AN, [MEI], is_subject_automatic=True, at=T0 + MINUTE)
        office.link()
        assert kinds_of(session, away) == ["automatic"]
        office.trash(ours)
        changed = office.link()
        assert kinds_of(session, away) == ["human"]
        assert away in changed.message_ids


def test_R28_a_message_judged_anew_makes_its_conversation_due(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        away = office.post(AN, [MEI], is_subject_automatic=True, at=T0 + MINUTE, subject="Out of office")
        office.link()
        office.post(MEI, [AN], at=T0, subject="Rice")
        changed = office.link()
        assert session.get_one(Message, away).conversation_id in changed.conversation_ids


def test_R32_more_than_ten_outside_recipients_are_bulk(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ten = office.post(MEI, CROWD[:10], cc=[WEI])
        eleven = office.post(MEI, CROWD[:5], cc=CROWD[5:9], bcc=CROWD[9:11])
        theirs = office.post(AN, [MEI, *CROWD[:11]])
        office.link()
        assert kinds_of(session, ten, eleven, theirs) == ["human", "bulk", "bulk"]


def test_R32_one_body_to_more_than_ten_within_the_hour_is_bulk(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = [
            office.post(MEI, [person], text="Dear all", at=T0 + index * 6 * MINUTE)
            for index, person in enumerate(CROWD)
        ]
        office.link()
        assert set(kinds_of(session, *sent)) == {"bulk"}


def test_R32_ten_people_in_the_hour_are_not_bulk_until_the_eleventh_comes_or_after_it_went(
    database: Database,
):
    with database.begin() as session:
        office = PostOffice(session)
        sent = [office.post(MEI, [person], text="Dear all") for person in CROWD[:10]]
        office.link()
        assert set(kinds_of(session, *sent)) == {"human"}
        last = office.post(MEI, [CROWD[10]], text="Dear all", at=T0 + HOUR)
        changed = office.link()
        assert set(kinds_of(session, *sent, last)) == {"bulk"}
        assert changed.message_ids >= set(sent)
        office.trash(last)
        office.link()
        assert set(kinds_of(session, *sent)) == {"human"}


def test_R32_another_author_or_no_words_make_no_bulk(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        mine = [office.post(MEI, [person], text="Dear all") for person in CROWD[:6]]
        hers = [office.post(WEI, [person], text="Dear all") for person in CROWD[6:]]
        empty = [office.post(MEI, [person], text="") for person in CROWD]
        office.link()
        assert set(kinds_of(session, *mine, *hers, *empty)) == {"human"}


def test_R32_a_window_moves_with_the_mail():
    slow = [Sent(n, 1, "h", n * 10, frozenset({n})) for n in range(30)]
    assert find_bursts(slow, window=90, many=10) == set()
    assert find_bursts(slow, window=100, many=10) == set(range(30))
    assert find_bursts([*slow, Sent(99, 1, "h", 105, frozenset({99}))], window=90, many=10) == {
        99,
        *range(2, 20),
    }


def bounce(office: PostOffice, sent: int, *, at: int, status: str = "5.1.1") -> int:
    return office.post(
        DAEMON,
        [MEI],
        kind="bounce",
        failed=[AN],
        bounce_of=sent,
        bounce_status=status,
        refs=[sent],
        at=at,
        subject="Undelivered",
    )


def bad_at(session: Session) -> int | None:
    return session.scalars(select(Address.bad_at).where(Address.key == "an@donor.example")).one()


def test_R30_a_permanent_bounce_marks_the_address_until_they_write_or_the_bounce_goes(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN])
        bounce(office, sent, at=T0 + HOUR)
        first = bounce(office, sent, at=T0 + MINUTE)
        office.link()
        assert bad_at(session) == T0 + MINUTE
        office.trash(first)
        office.link()
        assert bad_at(session) == T0 + HOUR
        wrote = office.post(AN, [MEI], at=T0 + 2 * HOUR)
        office.link()
        assert bad_at(session) is None
        office.trash(wrote)
        office.link()
        assert bad_at(session) == T0 + HOUR


def test_R30_a_delay_marks_nothing(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        bounce(office, office.post(MEI, [AN]), at=T0 + MINUTE, status="4.4.1")
        office.link()
        assert bad_at(session) is None


def test_R30_a_bounce_makes_the_conversation_it_returned_due(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN])
        office.link()
        office.post(
            DAEMON, [MEI], kind="bounce", failed=[AN], bounce_of=sent, bounce_status="5.1.1", at=T0 + MINUTE
        )
        changed = office.link()
        assert session.get_one(Message, sent).conversation_id in changed.conversation_ids
        assert len(changed.contact_ids) == 1
