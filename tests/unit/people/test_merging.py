import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from streaklike.boxes.errors import CannotUndo
from streaklike.boxes.undo import undo
from streaklike.instants import DAY, HOUR
from streaklike.people.contacts import FOREVER, add_contact, find_address, set_do_not_contact, set_tier
from streaklike.people.errors import MergeRefused, NotMerged
from streaklike.people.events import record_event
from streaklike.people.merging import merge, unmerge
from streaklike.people.timeline import iter_timeline
from streaklike.store.database import Database
from streaklike.store.models import Contact, ContactStatus, Event
from tests.factories import AN, BO, CHU, DAO, MEI, T0, PostOffice


def add(session, person: str) -> Contact:
    return add_contact(session, person, by=None, now=T0)


def note(session, contact: Contact, text: str, at: int) -> None:
    record_event(session, "note", at=at, now=at, author_id=None, contact_id=contact.id, text=text)


def timeline(session, contact: Contact):
    return list(iter_timeline(session, contact.id))


def persons(session) -> list[tuple[int, int | None, int | None, str, str, int | None]]:
    session.flush()
    return sorted(
        session.execute(
            select(
                Contact.id,
                Contact.root_id,
                Contact.merged_into_id,
                Contact.kind,
                Contact.name,
                Contact.since_at,
            )
        )
    )


def two_people_with_mail(session) -> tuple[Contact, Contact]:
    office = PostOffice(session)
    asked = office.post(AN, [MEI], at=T0, subject="May I help?")
    office.post(MEI, [AN], at=T0 + HOUR, refs=[asked], subject="Re: May I help?")
    office.post(BO, [MEI], at=T0 + 2 * HOUR, subject="The hall")
    office.post(MEI, [AN, BO], at=T0 + 3 * HOUR, subject="Both of you")
    office.link()
    an, bo = add(session, AN), add(session, BO)
    note(session, an, "met at the fair", T0 + 4 * HOUR)
    note(session, bo, "has a van", T0 + 5 * HOUR)
    return an, bo


def test_R4_merging_joins_both_timelines_and_unmerging_restores_them(database: Database):
    with database.begin() as session:
        an, bo = two_people_with_mail(session)
        before = timeline(session, an), timeline(session, bo), persons(session)
        merge(session, an, bo, by=None, now=T0 + DAY)
        joined = timeline(session, an)
        assert [entry.text for entry in joined if entry.kind == "note"] == ["met at the fair", "has a van"]
        assert [entry.subject for entry in joined if entry.kind == "email"] == [
            "May I help?", "Re: May I help?", "The hall", "Both of you",
        ]  # fmt: skip
        assert joined[-1].kind == "merge"
        assert timeline(session, bo) == joined
        unmerge(session, bo, by=None, now=T0 + 2 * DAY)
        assert (timeline(session, an), timeline(session, bo), persons(session)) == before


@pytest.mark.parametrize("person", [AN, BO])
def test_R4_unmerging_by_either_address_parts_the_two(database: Database, person: str):
    with database.begin() as session:
        an, bo = two_people_with_mail(session)
        before = persons(session)
        merged = merge(session, an, bo, by=None, now=T0 + DAY)
        assert merged.data == {"into": "an@donor.example", "addresses": ["bo@donor.example"]}
        address = find_address(session, person.partition("<")[2].rstrip(">"))
        assert address is not None
        parted = unmerge(session, address, by=None, now=T0 + 2 * DAY)
        assert parted.data == merged.data
        assert merged.undone_by_id == parted.id
        assert persons(session) == before


def test_R4_a_chain_of_merges_comes_apart_where_it_is_cut(database: Database):
    with database.begin() as session:
        an, bo, chu, dao = (add(session, person) for person in (AN, BO, CHU, DAO))
        merge(session, an, bo, by=None, now=T0 + 1)
        merge(session, chu, an, by=None, now=T0 + 2)
        merge(session, bo, dao, by=None, now=T0 + 3)
        session.expire_all()
        assert {contact.root_id for contact in (an, bo, chu, dao)} == {chu.id}
        unmerge(session, an, by=None, now=T0 + 4)
        session.expire_all()
        assert [contact.root_id for contact in (an, bo, chu, dao)] == [an.id, an.id, chu.id, chu.id]
        unmerge(session, chu, by=None, now=T0 + 5)
        session.expire_all()
        assert dao.root_id == dao.id


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(actions=st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_R4_roots_follow_any_sequence_of_merges(sqlite_template, tmp_path_factory, actions):
    import shutil

    from streaklike.store.database import open_engine

    path = tmp_path_factory.mktemp("merging") / "a.db"
    shutil.copy(sqlite_template, path)
    database = Database(open_engine(f"sqlite:///{path}"))
    with database.begin() as session:
        people = [add(session, f"p{number}@donor.example") for number in range(5)]
        for is_merge, a, b in actions:
            try:
                if is_merge:
                    merge(session, people[a], people[b], by=None, now=T0)
                else:
                    unmerge(session, people[a], by=None, now=T0)
            except (MergeRefused, NotMerged):
                continue
            session.expire_all()
            for person in people:
                top = person
                while top.merged_into_id is not None:
                    top = session.get_one(Contact, top.merged_into_id)
                assert person.root_id == top.id
    database.close()


def test_merging_with_oneself_twice_or_in_a_circle_is_refused(database: Database):
    with database.begin() as session:
        an, bo, chu = (add(session, person) for person in (AN, BO, CHU))
        with pytest.raises(MergeRefused):
            merge(session, an, an, by=None, now=T0)
        merge(session, an, bo, by=None, now=T0)
        session.expire_all()
        for a, b in ((an, bo), (bo, an), (chu, bo)):
            with pytest.raises(MergeRefused, match="Nothing was changed"):
                merge(session, a, b, by=None, now=T0)
        with pytest.raises(NotMerged):
            unmerge(session, chu, by=None, now=T0)
        assert len(session.scalars(select(Event).where(Event.kind == "merge")).all()) == 1


def test_the_survivor_keeps_its_own_and_both_are_due(database: Database):
    with database.begin() as session:
        an, bo = add(session, AN), add(session, BO)
        set_tier(session, an, "A", by=None, now=T0)
        set_tier(session, bo, "C", by=None, now=T0)
        merge(session, an, bo, by=None, now=T0 + 1)
        assert an.tier == "A"
        assert session.scalars(select(ContactStatus.contact_id)).all() == [an.id]
        for contact_status in session.scalars(select(ContactStatus)):
            contact_status.due_at = None
        unmerge(session, bo, by=None, now=T0 + 2)
        assert bo.tier == "C"
        due = session.scalars(select(ContactStatus.contact_id).where(ContactStatus.due_at == 0)).all()
        assert sorted(due) == sorted([an.id, bo.id])


def test_R49_a_merge_sets_nobody_free(database: Database):
    with database.begin() as session:
        an, bo = add(session, AN), add(session, BO)
        set_do_not_contact(session, bo, until=FOREVER, reason="asked us", by=None, now=T0)
        merge(session, an, bo, by=None, now=T0 + 1)
        assert (an.do_not_contact_until, an.do_not_contact_reason) == (FOREVER, "asked us")
        unmerge(session, bo, by=None, now=T0 + 2)
        assert (an.do_not_contact_until, an.do_not_contact_reason) == (None, None)
        assert bo.do_not_contact_until == FOREVER


def test_R49_an_older_mark_is_not_undone_under_a_longer_one_that_a_merge_brought(database: Database):
    with database.begin() as session:
        an, bo = add(session, AN), add(session, BO)
        set_do_not_contact(session, bo, until=FOREVER, reason="asked us", by=None, now=T0)
        own = set_do_not_contact(session, an, until=T0 + DAY, reason="ill", by=None, now=T0)
        assert own is not None
        merge(session, an, bo, by=None, now=T0 + 1)
        with pytest.raises(CannotUndo):
            undo(session, own, by=None, now=T0 + 2)
        assert an.do_not_contact_until == FOREVER


def test_R49_of_two_marks_the_longer_holds_and_each_gets_their_own_back(database: Database):
    with database.begin() as session:
        an, bo = add(session, AN), add(session, BO)
        for person, days, reason in ((an, 5, "ill"), (bo, 9, "asked us")):
            set_do_not_contact(session, person, until=T0 + days * DAY, reason=reason, by=None, now=T0)
        merge(session, bo, an, by=None, now=T0 + 1)
        assert (bo.do_not_contact_until, bo.do_not_contact_reason) == (T0 + 9 * DAY, "asked us")
        unmerge(session, an, by=None, now=T0 + 2)
        assert (bo.do_not_contact_until, an.do_not_contact_until) == (T0 + 9 * DAY, T0 + 5 * DAY)
        merge(session, an, bo, by=None, now=T0 + 3)
        assert (an.do_not_contact_until, an.do_not_contact_reason) == (T0 + 9 * DAY, "asked us")
        unmerge(session, bo, by=None, now=T0 + 4)
        assert (an.do_not_contact_until, an.do_not_contact_reason) == (T0 + 5 * DAY, "ill")


def test_R49_what_was_set_after_a_merge_stays_when_it_is_taken_back(database: Database):
    with database.begin() as session:
        an, bo = add(session, AN), add(session, BO)
        set_do_not_contact(session, bo, until=T0 + 9 * DAY, by=None, now=T0)
        merge(session, an, bo, by=None, now=T0 + 1)
        set_do_not_contact(session, an, until=T0 + 20 * DAY, reason="moved", by=None, now=T0 + 2)
        unmerge(session, bo, by=None, now=T0 + 3)
        assert (an.do_not_contact_until, an.do_not_contact_reason) == (T0 + 20 * DAY, "moved")


def test_R4_a_merge_touches_nobody_else(database: Database):
    with database.begin() as session:
        an, bo, chu, dao = (add(session, person) for person in (AN, BO, CHU, DAO))
        merge(session, chu, dao, by=None, now=T0)
        before = {contact.id: contact.root_id for contact in (chu, dao)}
        merge(session, an, bo, by=None, now=T0 + 1)
        session.expire_all()
        assert {contact.id: contact.root_id for contact in (chu, dao)} == before
        assert set(session.scalars(select(ContactStatus.contact_id))) == {an.id, chu.id}
        unmerge(session, an, by=None, now=T0 + 2)
        session.expire_all()
        assert (an.root_id, bo.root_id, dao.root_id) == (an.id, bo.id, chu.id)


def test_R4_of_several_the_last_that_was_merged_in_comes_out_first(database: Database):
    with database.begin() as session:
        an, bo, chu = (add(session, person) for person in (AN, BO, CHU))
        merge(session, an, chu, by=None, now=T0)
        merge(session, an, bo, by=None, now=T0 + 1)
        first, second = (unmerge(session, an, by=None, now=T0 + 2 + n) for n in range(2))
        assert [event.data["addresses"] for event in (first, second)] == [
            ["bo@donor.example"],
            ["chu@volunteer.example"],
        ]
        with pytest.raises(NotMerged):
            unmerge(session, an, by=None, now=T0 + 9)
