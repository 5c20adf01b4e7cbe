"""Ids that pages, links and the API tell never change, and are never given to anything else."""

import re

import pytest
from sqlalchemy import delete, func, select

from streaklike.app import create_app
from streaklike.people.contacts import add_contact
from streaklike.people.tables import CONTACT, CONVERSATION, MESSAGE
from streaklike.store.models import Address, Contact, Conversation, Message
from streaklike.store.writing import reserve_ids
from tests.integration.sync_helpers import AN, BO, MEI, Team, at, mime

KEPT = {"contact_id": CONTACT, "conversation_id": CONVERSATION}
"""The numbers in our addresses whose rows may go, and the table in which none is given twice."""

NEVER_DELETED = {"user_id", "mailbox_id"}
OWN = {"session_id"}
"""Numbers that mean something to their own member alone, who at worst ends a session of theirs."""


def ids_of(team: Team, key: str) -> tuple[int | None, int | None, int | None]:
    """The contact of an address, and the conversation and id of its newest message."""
    with team.database.read() as session:
        address = session.scalars(select(Address).where(Address.key == key)).one()
        message = session.scalars(
            select(Message).where(Message.author_id == address.id).order_by(Message.at.desc())
        ).first()
        return address.contact_id, message and message.conversation_id, message and message.id


@pytest.mark.parametrize("is_expired", [False, True], ids=["by history", "by a full sync"])
def test_somebody_known_by_one_mail_keeps_every_id_through_the_trash(team: Team, is_expired: bool):
    account = team.connect(MEI)
    one = account.deliver(mime(AN, [MEI], "Alone"), label_ids=("UNREAD",), at=at(0))
    account.deliver(mime(BO, [MEI], "Another"), at=at(1))
    team.sync()
    before, dump = ids_of(team, "an@donor.example"), team.dump()
    assert None not in before
    account.trash(one)
    if is_expired:
        account.expire_history()
    team.sync()
    hidden = "\n".join(team.dump())
    assert "an@donor.example" not in hidden
    assert ids_of(team, "an@donor.example")[0] is None
    account.deliver(mime("Chu <chu@donor.example>", [MEI], "Meanwhile"), at=at(2))
    team.sync()
    others = ids_of(team, "chu@donor.example")
    assert all(theirs != mine for theirs, mine in zip(others, before, strict=True))
    account.untrash(one)
    if is_expired:
        account.expire_history()
    team.sync()
    assert ids_of(team, "an@donor.example") == before
    account.delete(next(key for key in account.state() if account.messages[key].at == at(2)))
    team.sync()
    assert team.dump() == dump


def test_an_id_is_never_given_to_another(team: Team):
    account = team.connect(MEI)
    gone = account.deliver(mime(AN, [MEI], "Newest of all"), at=at(0))
    team.sync()
    before = ids_of(team, "an@donor.example")
    account.delete(gone)
    team.sync()
    account.deliver(mime(BO, [MEI], "The next"), at=at(1))
    team.sync()
    after = ids_of(team, "bo@donor.example")
    assert all(new > old for new, old in zip(after, before, strict=True)), (before, after)
    with team.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Conversation)) == 1


def test_a_contact_added_by_hand_comes_back_under_its_id(team: Team):
    account = team.connect(MEI)
    one = account.deliver(mime(AN, [MEI], "Alone"), at=at(0))
    team.sync()
    before = ids_of(team, "an@donor.example")[0]
    account.trash(one)
    team.sync()
    with team.database.begin() as session:
        assert add_contact(session, "an@donor.example", by=None, now=at(5)).id == before


@pytest.mark.parametrize("table", [CONTACT, CONVERSATION, MESSAGE], ids=lambda table: table.name)
def test_reserved_ids_are_new_though_their_rows_are_gone(team: Team, table):
    with team.database.begin() as session:
        first = reserve_ids(session, table, 3)
    with team.database.begin() as session:
        assert reserve_ids(session, table, 1)[0] > max(first)


def test_every_number_in_an_address_of_ours_is_kept(team: Team):
    """Generated from the url map: a new kind of number without a rule fails here."""
    app = create_app(team.settings, team.database)
    named = {name for rule in app.url_map.iter_rules() for name in re.findall(r"<int:(\w+)>", rule.rule)}
    assert named == KEPT.keys() | NEVER_DELETED | OWN
    with team.database.begin() as session:
        for name, table in KEPT.items():
            (last,) = reserve_ids(session, table, 1)
            session.execute(delete(table).where(table.c.id == last))
            assert reserve_ids(session, table, 1) > [last], name
        assert session.scalar(select(func.count()).select_from(Contact)) == 0
