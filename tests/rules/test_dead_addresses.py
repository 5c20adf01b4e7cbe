"""R60: a dead address of somebody whom we still owe or write to stands in the queue with what to do."""

from sqlalchemy import update

from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.dead_addresses import list_dead_addresses
from streaklike.instants import DAY
from streaklike.people.contacts import set_do_not_contact
from streaklike.store.database import Database
from streaklike.store.models import FOREVER, Address
from tests.factories import AN, BO, CHU, MEI, T0, PostOffice, key_of
from tests.unit.cadence.cadence_fixtures import member, person

NOW = T0 + 7 * DAY


def test_R60_a_dead_address_stands_in_the_queue_until_they_write_or_nothing_is_owed(
    database: Database,
) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)  # waits, and cannot be written to
        office.post(MEI, to=[BO], at=T0)  # we wrote, and it came back
        office.post(MEI, to=[CHU], at=T0)
        office.link()
        keys = [key_of(AN), key_of(BO)]
        session.execute(update(Address).where(Address.key.in_(keys)).values(bad_at=T0 + DAY))
        refresh(session, now=NOW)
        found = {each.address: (each.is_owed, each.other) for each in list_dead_addresses(session, now=NOW)}
        assert found == {key_of(AN): (True, None), key_of(BO): (False, None)}
        much_later = {each.address for each in list_dead_addresses(session, now=T0 + 200 * DAY)}
        assert much_later == {key_of(AN)}, "nobody has written to Bo for long; An is owed an answer still"
        set_do_not_contact(session, person(session, AN), until=FOREVER, reason="x", by=member(session, MEI), now=NOW)  # fmt: skip
        assert key_of(AN) not in {each.address for each in list_dead_addresses(session, now=NOW + 1)}
