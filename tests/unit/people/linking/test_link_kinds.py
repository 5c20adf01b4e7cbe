"""What a message is among the team's other mail: R15, R28, R32, and bad addresses, R30."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.people.linking.bursts import Sent, find_bursts
from streaklike.store.database import Database
from streaklike.store.models import Address, Contact, Message
from tests.factories import AN, BO, CHU, DAEMON, MEI, T0, WEI, PostOffice

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


@pytest.mark.parametrize("ours_first", [True, False])
@pytest.mark.parametrize(
    ("after", "kind"),
    [(2 * MINUTE, "automatic"), (7 * DAY, "automatic"), (7 * DAY + 1, "human"), (-1, "human")],
)
def test_R28_from_any_address_where_it_answers_ours_within_seven_days(
    database: Database, after: int, kind: str, ours_first: bool
):
    with database.begin() as session:
        office = PostOffice(session)
        ours = "ours@post.example"
        if ours_first:
            office.post(MEI, [AN], at=T0, rfc_id=ours)
            office.link()
        away = office.post(BO, [MEI], is_subject_automatic=True, at=T0 + after, refs=[ours])
        other = office.post(
            CHU, [MEI], is_subject_automatic=True, at=T0 + after, refs=["theirs@post.example"]
        )
        office.link()
        if not ours_first:
            office.post(MEI, [AN], at=T0, rfc_id=ours)
            office.link()
        assert kinds_of(session, away, other) == [kind, "human"]


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


def test_R28_only_a_subject_that_says_so_from_outside_after_ours_to_that_address(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN, WEI], at=T0)
        answer = office.post(AN, [MEI], at=T0 + MINUTE)
        colleague = office.post(WEI, [AN], at=T0 + MINUTE, is_subject_automatic=True)
        newsletter = office.post(AN, [MEI], at=T0 + 2 * MINUTE, kind="bulk", is_subject_automatic=True)
        office.post(BO, [MEI, CROWD[0]], at=T0 + HOUR)
        stranger = office.post(CROWD[0], [MEI], at=T0 + HOUR + MINUTE, is_subject_automatic=True)
        office.link()
        assert kinds_of(session, answer, colleague, newsletter, stranger) == [
            "human",
            "human",
            "bulk",
            "human",
        ]


@pytest.mark.parametrize("ours_first", [True, False])
def test_R28_each_automatic_subject_has_its_own_hour(database: Database, ours_first: bool):
    days = [T0, T0 + DAY, T0 + 2 * DAY]
    with database.begin() as session:
        office = PostOffice(session)

        def write() -> None:
            for person, at in zip([AN, BO, CROWD[0]], days, strict=True):
                office.post(MEI, [person], at=at)
            office.link()

        if ours_first:
            write()
        away = [
            office.post(person, [MEI], at=at + MINUTE, is_subject_automatic=True)
            for person, at in zip([AN, BO, CROWD[0]], days, strict=True)
        ]
        office.link()
        if not ours_first:
            write()
        assert kinds_of(session, *away) == ["automatic"] * 3


def test_R32_a_mail_without_words_to_more_than_ten_is_bulk(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ten, eleven = office.post(MEI, CROWD[:10], text=""), office.post(MEI, CROWD[:11], text="")
        office.link()
        assert kinds_of(session, ten, eleven) == ["human", "bulk"]


def test_R32_only_what_is_human_by_itself_counts_for_a_body_to_many(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        mails = [office.post(MEI, [person], text="Come!") for person in CROWD[:6]]
        invitations = [
            office.post(MEI, [person], text="Come!", kind="calendar", is_invitation=True)
            for person in CROWD[6:]
        ]
        to_all = office.post(WEI, CROWD, text="Come too!", kind="calendar", is_invitation=True)
        office.link()
        assert kinds_of(session, *mails, *invitations, to_all) == ["human"] * 6 + ["calendar"] * 7


def test_R32_a_body_to_many_makes_nobody_a_contact(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, [AN], at=T0 - DAY)
        some = office.post(AN, [MEI, *CROWD[:6]], text="Join us")
        more = office.post(AN, [MEI, *CROWD[6:]], text="Join us")
        office.link()
        assert kinds_of(session, some, more) == ["bulk", "bulk"]
        assert len(session.scalars(select(Contact)).all()) == 1


def test_R32_the_eleventh_is_found_among_others_of_its_page(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = [office.post(MEI, [person], text="Dear all") for person in CROWD[:10]]
        office.post(WEI, [AN], text="Dear all")
        office.link()
        for days in (-9, 9):
            office.post(MEI, [AN], text="Dear all", at=T0 + days * DAY)
        last = office.post(MEI, [CROWD[10]], text="Dear all", at=T0 + HOUR)
        office.link()
        assert set(kinds_of(session, *sent, last)) == {"bulk"}


def test_R32_what_goes_takes_nothing_from_the_hour_after_its_own(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(MEI, [AN], text="Dear all", at=T0)
        second = office.post(MEI, [CROWD[0]], text="Dear all", at=T0 + HOUR)
        third = [office.post(MEI, [each], text="Dear all", at=T0 + 2 * HOUR) for each in CROWD[1:3]]
        fourth = [office.post(MEI, [each], text="Dear all", at=T0 + 2 * HOUR) for each in CROWD[3:11]]
        fifth = [office.post(MEI, [each], text="Dear all", at=T0 + 3 * HOUR) for each in [CROWD[11], BO]]
        office.link()
        assert set(kinds_of(session, second, *third, *fourth, *fifth)) == {"bulk"}
        office.trash(first)
        office.link()
        assert set(kinds_of(session, second, *third, *fourth, *fifth)) == {"bulk"}


def test_R32_what_only_counts_is_not_judged_by_half_of_its_hour(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(MEI, [AN], text="Dear all", at=T0)
        office.post(MEI, [BO], text="Dear all", at=T0 + HOUR)
        third = office.post(MEI, [CROWD[0]], text="Dear all", at=T0 + 2 * HOUR)
        for each in CROWD[1:11]:
            office.post(MEI, [each], text="Dear all", at=T0 + 3 * HOUR)
        office.link()
        assert kinds_of(session, third) == ["bulk"]
        office.trash(first)
        office.link()
        assert kinds_of(session, third) == ["bulk"]


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


def test_R30_only_human_mail_that_they_wrote_after_the_return_clears_the_address(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN])
        office.post(AN, [MEI], at=T0 + MINUTE)
        bounce(office, sent, at=T0 + HOUR)
        office.post(BO, [MEI], cc=[AN], at=T0 + 2 * HOUR)
        office.post(AN, [MEI], at=T0 + 2 * HOUR, kind="automatic")
        office.link()
        assert bad_at(session) == T0 + HOUR
        office.post(AN, [MEI], at=T0 + HOUR)
        office.link()
        assert bad_at(session) is None


def test_R30_who_reads_of_a_return_or_tells_of_one_is_not_who_failed(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN, BO])
        facts = {"bounce_of": sent, "bounce_status": "5.1.1", "at": T0 + MINUTE}
        office.post(DAEMON, [MEI, AN], kind="bounce", failed=[BO], **facts)
        office.post(WEI, [AN], failed=[AN], text="It failed", **facts)
        office.link()
        assert bad_at(session) is None
        assert (
            session.scalars(select(Address.bad_at).where(Address.key == "bo@donor.example")).one()
            == T0 + MINUTE
        )


def test_R30_each_address_has_its_own_last_mail(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, [AN, BO])
        facts = {"kind": "bounce", "bounce_of": sent, "bounce_status": "5.1.1", "at": T0 + HOUR}
        office.post(DAEMON, [MEI], failed=[AN, BO], **facts)
        for who, hours in ((AN, 0.5), (BO, 2), (AN, 0.25), (BO, 0.5)):
            office.post(who, [MEI], at=T0 + round(hours * HOUR))
        office.link()
        found = dict(
            session.execute(select(Address.key, Address.bad_at).where(Address.side == "outside")).all()
        )
        assert (found["an@donor.example"], found["bo@donor.example"]) == (T0 + HOUR, None)
