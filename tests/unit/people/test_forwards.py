"""R17: what colleagues forwarded by hand is offered, counts once it is accepted, and can be taken back."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR
from streaklike.mail.team import Team
from streaklike.people.errors import BadValue, OfferNotFound
from streaklike.people.events import record_event
from streaklike.people.forwards import (
    Offer,
    accept_offer,
    drop_internal_offers,
    list_offers,
    offer_forwards,
    revert_offer,
)
from streaklike.store.database import Database
from streaklike.store.models import Event, ForwardOffer, MailboxMessage, Message, User
from tests.factories import AN, MEI, T0, WEI, PostOffice, key_of

TAIPEI = ZoneInfo("Asia/Taipei")
DAO = "dao@press.example"
DATED = "Mon, 2 Mar 2026 at 08:00"


def forward(
    office: PostOffice,
    by: str,
    subject: str,
    *,
    at: int,
    name: str = "Dao",
    of: str = DAO,
    dated: str = DATED,
    is_hidden: bool = False,
) -> str:
    """A colleague's forward, left out as internal; Gmail's id of it."""
    mailbox_id, gmail_id = office.mailbox(by), f"{DAY - (at - T0):09}{subject}"
    thread = {"mailbox_id": mailbox_id, "gmail_id": gmail_id, "thread_id": gmail_id}
    office.session.add(MailboxMessage(**thread, state="left_out", reason="internal", is_hidden=is_hidden))
    original = {"original_name": name, "original_key": of, "original_dated": dated}
    offer = ForwardOffer(mailbox_id=mailbox_id, gmail_id=gmail_id, at=at, forwarded_by=key_of(by), **original)
    offer.original_subject = subject
    office.session.add(offer)
    office.session.flush()
    return gmail_id


def by_subject(session: Session) -> dict[str, Offer]:
    return {offer.subject: offer for offer in list_offers(session)}


def stored(session: Session) -> dict[str, tuple[int, bool]]:
    """By subject, the instant of what was accepted, and whether it lives."""
    rows = select(Message).where(Message.rfc_id.startswith("forward:"))
    return {message.subject: (message.at, message.is_live) for message in session.scalars(rows)}


def contact_status(session: Session) -> list[str]:
    """The subjects of the accepted originals whose events stand."""
    rows = select(Event).where(Event.kind == "forward", Event.undone_by_id.is_(None)).order_by(Event.id)
    return [event.data["subject"] for event in session.scalars(rows)]


def test_R17_an_original_is_one_offer_whoever_forwarded_it(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        forward(office, WEI, "Interview", at=T0 + 2 * HOUR, name="D.")
        forward(office, MEI, "Interview", at=T0 + HOUR, name="Dao")
        forward(office, MEI, "Photographs", at=T0 + 3 * HOUR)
        forward(office, MEI, "Rice", at=T0, of=key_of(AN), name="")
        forward(office, WEI, "Rice", at=T0 + HOUR, of=key_of(AN), name="An")
        forward(office, MEI, "In the trash", at=T0, is_hidden=True)
        shown = [(offer.subject, offer.name, offer.at, offer.forwarded_by) for offer in list_offers(session)]
        both = ("mei@ngo.example", "wei@ngo.example")
        assert shown == [
            ("Photographs", "Dao", T0 + 3 * HOUR, both[:1]),
            ("Interview", "Dao", T0 + HOUR, both),
            ("Rice", "An", T0, both),
        ]
        assert [offer.subject for offer in list_offers(session, {key_of(AN)})] == ["Rice"]
        assert list_offers(session, set()) == []


def test_R17_what_is_accepted_counts_once_from_its_own_date(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        mei = session.get_one(User, office.user(MEI))
        twice = [forward(office, by, "Interview", at=T0 + DAY) for by in (MEI, WEI)]
        forward(office, MEI, "Photographs", at=T0 + DAY, dated="one of these days")
        forward(office, MEI, "Films", at=T0 + DAY, dated="one of these days")
        offers = by_subject(session)
        interview = offers["Interview"]
        facts = {"zone": TAIPEI, "by": mei, "now": T0 + 2 * DAY}
        assert accept_offer(session, interview.id, **facts).is_accepted
        assert stored(session) == {"Interview": (T0 - HOUR, True)}
        copies = session.scalars(select(MailboxMessage.gmail_id).where(MailboxMessage.state == "stored"))
        assert set(copies) == {f"offer-{gmail_id}" for gmail_id in twice}
        (event,) = session.scalars(select(Event)).all()
        assert (event.kind, event.author_id, event.data["dated_at"]) == ("forward", mei.id, T0 - HOUR)
        assert accept_offer(session, interview.id, **facts) == by_subject(session)["Interview"]
        assert len(session.scalars(select(Event)).all()) == 1
        with pytest.raises(BadValue, match="Say when"):
            accept_offer(session, offers["Photographs"].id, **facts)
        accept_offer(session, offers["Photographs"].id, at=T0, **facts)
        accept_offer(session, offers["Films"].id, at=T0 + 2 * DAY, **facts)
        assert stored(session) == {
            "Interview": (T0 - HOUR, True),
            "Photographs": (T0, True),
            "Films": (T0 + DAY, True),
        }


def test_R17_what_is_taken_back_counts_for_nothing_and_the_others_stand(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        other = office.post(AN, [MEI])
        office.link()
        facts = {"zone": TAIPEI, "by": None, "now": T0}
        for subject in ("Interview", "Photographs"):
            forward(office, MEI, subject, at=T0 + DAY)
            accept_offer(session, by_subject(session)[subject].id, **facts)
        offer = by_subject(session)["Interview"]
        spoken = {"message_id": f"forward:{offer.id}"}
        note = record_event(session, "note", at=T0, now=T0, author_id=None, data=spoken)
        for _ in range(2):
            revert_offer(session, offer.id, by=None, now=T0)
            assert stored(session) == {"Photographs": (T0 - HOUR, True)}
            assert contact_status(session) == ["Photographs"]
            assert (
                len(
                    session.scalars(
                        select(MailboxMessage).where(MailboxMessage.gmail_id.startswith("offer-"))
                    ).all()
                )
                == 1
            )
            assert not by_subject(session)["Interview"].is_accepted
            accept_offer(session, offer.id, **facts)
            assert contact_status(session) == ["Photographs", "Interview"]
        assert note.undone_by_id is None
        assert session.get(Message, other) is not None
        for unknown in ("000000000000", ""):
            with pytest.raises(OfferNotFound):
                revert_offer(session, unknown, by=None, now=T0)
            with pytest.raises(OfferNotFound):
                accept_offer(session, unknown, **facts)


def original(address: str) -> dict[str, dict[str, str]]:
    return {"forwarded": {"name": "Dao", "address": address, "dated": DATED, "subject": address}}


def offered(session: Session) -> Sequence[tuple[str, str]]:
    rows = session.execute(select(ForwardOffer.forwarded_by, ForwardOffer.original_key))
    return sorted((by, key) for by, key in rows)


def test_R11_R17_offers_follow_who_is_inside(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        ids = [
            office.post(AN, [MEI], details=details)
            for details in (original(DAO), original("chen@ngo.example"), original(""), None)
        ]
        office.post(MEI, [AN], details=original("other@press.example"))
        office.link()
        offer_forwards(session, office.team, ids)
        assert offered(session) == [(key_of(AN), DAO)]
        forward(office, MEI, "Rice", at=T0, of="bo@donor.example")
        team = Team(office.team.addresses, office.team.domains | {"press.example"})
        drop_internal_offers(session, team)
        assert offered(session) == [(key_of(MEI), "bo@donor.example")]
