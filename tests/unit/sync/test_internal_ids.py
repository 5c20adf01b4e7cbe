"""Internal mail that is not stored leaves its ids, so that the conversation around it stays one (R13, R21, R23)."""

from itertools import permutations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.queries.audit import audit
from streaklike.gmail.types import GmailId, GmailMessage, ThreadId
from streaklike.instants import DAY, HOUR
from streaklike.mail.mime import parse_mime
from streaklike.people.linking.link import link
from streaklike.store.database import Database
from streaklike.store.models import Body, Contact, Conversation, Flag, MailboxMessage, Message
from streaklike.sync.copies import drop_gone
from streaklike.sync.excluded_labels import relabel
from streaklike.sync.ingest import apply_fetched, read_message
from streaklike.sync.internal_ids import Bridge, expand_refs
from tests.factories import MEI, T0, WEI, PostOffice

AN, BO = "An <an@donor.example>", "Bo <bo@donor.example>"


class Harness:
    """Mail as Gmail gives it to the mailboxes of Mei and Wei."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.office = PostOffice(session)
        self.boxes = {person: self.office.mailbox(person) for person in (MEI, WEI)}

    def arrives(
        self,
        name: str,
        sender: str,
        to: str,
        refs: str = "",
        *,
        box: str = MEI,
        at: int = T0,
        labels: tuple[str, ...] = ("INBOX",),
        thread: str = "",
        subject: str = "Rice",
    ) -> None:
        head = f"From: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <{name}@x.example>\n"
        head += f"In-Reply-To: <{refs}@x.example>\n" if refs else ""
        raw = parse_mime(f"{head}Content-Type: text/plain; charset=utf-8\n\n{name} says".encode())
        gmail_id, thread_id = GmailId(name), ThreadId(thread or f"t{name}")
        fetched = read_message(GmailMessage(gmail_id, thread_id, frozenset(labels), at, None, raw))
        found = apply_fetched(self.session, self.boxes[box], self.office.team, [fetched])
        link(self.session, found.message_ids, now=T0 + DAY)

    def conversations(self) -> list[int | None]:
        """The conversation of each stored message, by its Message-ID."""
        return list(self.session.scalars(select(Message.conversation_id).order_by(Message.rfc_id)))


STEPS = {
    "asked": lambda harness: harness.arrives("a", AN, MEI),
    "aside": lambda harness: harness.arrives("i1", MEI, WEI, "a", at=T0 + HOUR, box=WEI),
    "back": lambda harness: harness.arrives("i2", WEI, MEI, "i1", at=T0 + 2 * HOUR),
    "answered": lambda harness: harness.arrives("z", MEI, AN, "i2", at=T0 + 3 * HOUR, labels=("SENT",)),
}


@pytest.mark.parametrize("order", list(permutations(STEPS))[::5])
def test_R13_internal_mail_between_parts_no_conversation_in_any_order(
    database: Database, order: tuple[str, ...]
) -> None:
    with database.begin() as session:
        harness = Harness(session)
        for step in order:
            STEPS[step](harness)
        asked, answered = harness.conversations()
        assert asked == answered
        assert session.get_one(Conversation, asked).reply_state in {"quiet", "awaiting_reply"}
        kept = session.execute(
            select(MailboxMessage.rfc_id, MailboxMessage.refs, MailboxMessage.message_id).where(
                MailboxMessage.rfc_id.is_not(None)
            )
        )
        assert sorted(kept) == [("i1@x.example", "a@x.example", None), ("i2@x.example", "i1@x.example", None)]
        assert len(session.scalars(select(Body.text)).all()) == 2


def test_R13_a_thread_that_colleagues_began_is_joined_by_their_ids(database: Database) -> None:
    with database.begin() as session:
        harness = Harness(session)
        harness.arrives("i1", MEI, WEI, box=WEI)
        harness.arrives("i2", WEI, MEI, "i1", at=T0 + HOUR)
        harness.arrives("b", MEI, AN, "i2", at=T0 + 2 * HOUR, labels=("SENT",))
        harness.arrives("c", WEI, f"{AN}, {BO}", "i1", at=T0 + 3 * HOUR, labels=("SENT",), box=WEI)
        assert len(set(harness.conversations())) == 1


def test_R13_internal_mail_joins_by_its_gmail_thread_too(database: Database) -> None:
    with database.begin() as session:
        harness = Harness(session)
        harness.arrives("a", AN, MEI, thread="t1")
        harness.arrives("i", WEI, MEI, thread="t1", at=T0 + HOUR)
        harness.arrives("z", WEI, AN, "i", at=T0 + 2 * HOUR, labels=("SENT",), box=WEI)
        assert len(set(harness.conversations())) == 1


@pytest.mark.parametrize("how", ["deleted", "trashed"])
def test_R21_what_internal_mail_joined_parts_when_it_goes(database: Database, how: str) -> None:
    with database.begin() as session:
        harness = Harness(session)
        for step in ("asked", "back", "answered", "aside"):
            STEPS[step](harness)
        if how == "deleted":
            found = drop_gone(session, harness.boxes[WEI], [GmailId("i1")]).message_ids
        else:
            found = relabel(session, harness.boxes[WEI], {GmailId("i1"): frozenset({"TRASH"})})
        link(session, found, now=T0 + DAY)
        assert len(set(harness.conversations())) == 2
        if how == "trashed":
            found = relabel(session, harness.boxes[WEI], {GmailId("i1"): frozenset({"INBOX"})})
            link(session, found, now=T0 + DAY)
            STEPS["aside"](harness)
            assert len(set(harness.conversations())) == 1


def test_R13_refs_are_led_on_without_end_or_loop() -> None:
    bridges = {
        "c": Bridge(("b",), frozenset({(1, "t1")})),
        "b": Bridge(("a", "c"), frozenset({(2, "t2")})),
        "x": Bridge((), frozenset()),
    }
    assert expand_refs(("z", "c"), bridges) == (("z", "a", "b", "c"), frozenset({(1, "t1"), (2, "t2")}))
    assert expand_refs(("x", "y"), bridges) == (("x", "y"), frozenset())


@pytest.mark.parametrize("sender", ["陳小姐", "", "An (no address)"])
def test_R13_a_from_without_an_address_is_a_strangers(database: Database, sender: str) -> None:
    with database.begin() as session:
        harness = Harness(session)
        harness.arrives("u", sender, MEI, subject="請問怎麼捐款？")
        message = session.scalars(select(Message)).one()
        assert (message.direction, message.kind, message.author_id) == ("inbound", "human", None)
        assert message.answer == "open"
        counts = audit(session)
        assert (counts.inbound_human, counts.open_unassigned, counts.unaccounted) == (1, 1, 0)
        assert session.scalars(select(Contact)).all() == session.scalars(select(Flag)).all() == []
        harness.arrives("v", MEI, AN, "u", at=T0 + HOUR, labels=("SENT",), subject="請問怎麼捐款？")
        assert session.get_one(Message, message.id).answer == "answered"
        assert audit(session).unaccounted == 0


def test_R13_mail_of_ours_without_a_from_is_not_a_strangers(database: Database) -> None:
    with database.begin() as session:
        harness = Harness(session)
        harness.arrives("s", "", WEI, labels=("SENT",))
        assert session.scalars(select(Message)).all() == []


def test_R23_an_address_in_in_reply_to_joins_no_conversations(database: Database) -> None:
    with database.begin() as session:
        harness = Harness(session)
        for number, subject in enumerate(("Apples", "Bread")):
            raw = f"From: {MEI}\nTo: {AN}\nSubject: {subject}\nMessage-ID: <{number}@x.example>\nIn-Reply-To: Your message of Monday <an@donor.example>\n\nyes"
            message = GmailMessage(GmailId(str(number)), ThreadId(str(number)), frozenset({"SENT"}), T0, None, parse_mime(raw.encode()))  # fmt: skip
            found = apply_fetched(session, harness.boxes[MEI], harness.office.team, [read_message(message)])
            link(session, found.message_ids, now=T0)
        assert len(set(harness.conversations())) == 2
