"""R30: which mail of ours a return means, where it names none the last that went to the address before."""

import pytest
from sqlalchemy.orm import Session

from streaklike.cadence.loading.undelivered import Undelivered, find_undelivered
from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.store.database import Database
from streaklike.store.models import Message
from tests.factories import AN, BO, DAEMON, MEI, T0, WEI, PostOffice

WITHIN = 2 * HOUR


@pytest.fixture
def office(database: Database):
    with database.begin() as session:
        yield PostOffice(session)


def returned(
    office: PostOffice, at: int, of: int | None = None, *, who: str = AN, status: str = "5.1.1"
) -> int:
    return office.post(
        DAEMON, to=[MEI], kind="bounce", failed=[who], bounce_of=of, bounce_status=status, at=at
    )


def found(office: PostOffice, *who: str, now: int = T0 + 9 * DAY) -> Undelivered:
    office.link()
    address_ids = [office.address(each) for each in who or (AN,)]
    return find_undelivered(office.session, address_ids, now=now, within_ms=WITHIN)


def pairs(office: PostOffice, *sent: int, who: str = AN) -> set[tuple[str, int]]:
    return {(_rfc_id(office.session, each), office.address(who)) for each in sent}


def _rfc_id(session: Session, message_id: int) -> str:
    return session.get_one(Message, message_id).rfc_id


def test_R30_a_return_that_names_its_mail_means_it_whenever_it_was_sent(office: PostOffice) -> None:
    sent = office.post(MEI, to=[AN, BO], at=T0)
    office.post(MEI, to=[AN], at=T0 + 8 * DAY)
    returned(office, T0 + 8 * DAY + HOUR, sent)
    assert found(office, AN, BO).pairs == pairs(office, sent)
    assert found(office, BO).pairs == set()
    assert find_undelivered(office.session, [], now=T0 + 9 * DAY, within_ms=WITHIN) == (set(), {})


def test_R30_one_that_names_none_means_the_last_to_that_address_before(office: PostOffice) -> None:
    office.post(MEI, to=[AN], at=T0)
    last = office.post(MEI, to=[AN], at=T0 + HOUR)
    office.post(MEI, to=[BO], at=T0 + HOUR + MINUTE)
    returned(office, T0 + HOUR + 5 * MINUTE)
    office.post(MEI, to=[AN], at=T0 + 2 * HOUR)
    assert found(office).pairs == pairs(office, last)


@pytest.mark.parametrize(
    ("before", "is_meant"), [(WITHIN, True), (WITHIN + 1, False), (0, True), (-1, False)]
)
def test_R30_only_so_far_back_and_nothing_after(office: PostOffice, before: int, is_meant: bool) -> None:
    sent = office.post(MEI, to=[AN], at=T0)
    returned(office, T0 + before)
    assert found(office).pairs == (pairs(office, sent) if is_meant else set())


@pytest.mark.parametrize("role", ["to", "cc", "bcc"])
def test_R30_it_may_have_gone_in_any_role(office: PostOffice, role: str) -> None:
    sent = office.post(MEI, **{"to": [BO], role: [AN]}, at=T0)
    returned(office, T0 + MINUTE)
    assert found(office).pairs == pairs(office, sent)


@pytest.mark.parametrize(
    ("kind", "is_invitation", "is_meant"),
    [
        ("human", False, True),
        ("bulk", False, True),
        ("calendar", True, True),
        ("calendar", False, False),
        ("automatic", True, False),
        ("receipt", False, False),
    ],
)
def test_R30_only_what_counts_can_come_back(
    office: PostOffice, kind: str, is_invitation: bool, is_meant: bool
) -> None:
    sent = office.post(MEI, to=[AN], at=T0, kind=kind, is_invitation=is_invitation)
    returned(office, T0 + MINUTE)
    assert found(office).pairs == (pairs(office, sent) if is_meant else set())


def test_R30_mail_of_theirs_of_nobodys_or_in_the_trash_did_not_come_back(office: PostOffice) -> None:
    office.post(AN, to=[MEI], at=T0)
    office.post(BO, to=[MEI, AN], at=T0)
    office.post(MEI, to=[WEI, AN], seen_by=[WEI], at=T0)
    office.trash(office.post(MEI, to=[AN], at=T0))
    returned(office, T0 + MINUTE)
    assert found(office).pairs == set()


def test_R30_a_delay_or_a_return_in_the_trash_changes_nothing(office: PostOffice) -> None:
    sent = office.post(MEI, to=[AN], at=T0)
    returned(office, T0 + MINUTE, sent, status="4.4.1")
    office.trash(returned(office, T0 + MINUTE, sent))
    office.post(BO, to=[MEI], at=T0 + MINUTE, failed=[AN], bounce_of=sent, bounce_status="5.1.1")
    assert found(office) == (set(), {})


def test_R30_who_reads_a_return_is_not_who_failed(office: PostOffice) -> None:
    sent = office.post(MEI, to=[AN, BO], at=T0)
    office.post(
        DAEMON,
        to=[MEI, AN],
        kind="bounce",
        failed=[BO],
        bounce_of=sent,
        bounce_status="5.1.1",
        at=T0 + MINUTE,
    )
    assert found(office, AN, BO).pairs == pairs(office, sent, who=BO)


def test_R51_a_return_that_names_none_counts_at_its_own_instant(office: PostOffice) -> None:
    sent = office.post(MEI, to=[AN], at=T0)
    returned(office, T0 + MINUTE)
    assert found(office, now=T0 + MINUTE - 1).pairs == set()
    assert found(office, now=T0 + MINUTE).pairs == pairs(office, sent)


def test_R51_a_return_to_come_counts_from_its_own_instant(office: PostOffice) -> None:
    sent = office.post(MEI, to=[AN], at=T0)
    for days in (3, 2, 4):
        returned(office, T0 + days * DAY, sent)
    returned(office, T0 + 2 * DAY, who=BO)
    at, bo = T0 + 2 * DAY, office.address(BO)
    assert found(office, now=at - 1) == (set(), {office.address(AN): at})
    assert found(office, AN, BO, now=at - 1).later == {office.address(AN): at, bo: at}
    assert found(office, now=at) == (pairs(office, sent), {office.address(AN): at + DAY})
