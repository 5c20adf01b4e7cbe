"""Milliseconds to evaluate everybody from nothing, and after a hundred new messages, and to read what was found.

The goals hold at full size: 2 s from nothing, 50 ms after a hundred messages, 50 ms for a page of the review queue.
The floor is what the tables cost alone: every row that the evaluation rests on, read once by the driver and dropped.
"""

from collections.abc import Callable

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh, refresh_all
from streaklike.cadence.queries.audit import audit
from streaklike.cadence.queries.flag_views import list_flags
from streaklike.cadence.queries.queue import list_queue
from streaklike.instants import DAY
from streaklike.people.touch_classes import ensure_classed
from streaklike.store.database import Database
from streaklike.store.models import Address, ContactStatus, Conversation, Flag, Message, Participant
from tests.benchmarks.made_up_mail import NOW, Writer
from tests.benchmarks.measuring import Report, Size, new_database, settle

FLOOR = text(
    "SELECT m.conversation_id, m.at, m.rfc_id, m.id, m.kind, m.direction, m.is_addressed, m.is_thanks, m.answer, "
    "m.author_id, p.role, a.contact_id FROM message m JOIN participant p ON p.message_id = m.id "
    "JOIN address a ON a.id = p.address_id WHERE a.side = 'outside'"
)

FLAGS = text("SELECT f.*, c.name FROM flag f JOIN contact c ON c.id = f.contact_id WHERE f.since_at <= :now")


def read_floor(session: Session) -> None:
    """Read what everybody's evaluation rests on, and do nothing with it."""
    cursor = session.connection().execute(FLOOR).cursor
    while cursor is not None and cursor.fetchmany(5_000):
        pass


def forget(session: Session) -> None:
    """Take away all that was computed."""
    session.execute(delete(ContactStatus))
    session.execute(delete(Flag))
    session.execute(update(Message).values(answer=None))
    session.execute(update(Conversation).values(reply_state="quiet", needs_reply_at=None))


def mark_newest(session: Session) -> None:
    """Make due whom 100 new messages would."""
    newest = select(Message.conversation_id).order_by(Message.at.desc()).limit(100).subquery()
    touched = (
        select(Address.contact_id)
        .join(Participant, Participant.address_id == Address.id)
        .join(Message, Message.id == Participant.message_id)
        .where(Message.conversation_id.in_(select(newest.c.conversation_id)))
    )
    session.execute(update(ContactStatus).where(ContactStatus.contact_id.in_(touched)).values(due_at=0))


def run(report: Report, size: Size, folder: str) -> None:
    """From nothing, again, after a hundred messages; then what reads it."""
    with new_database(folder, size) as database:
        with database.begin() as session:
            Writer(size.people, size.messages).write(session)
            ensure_classed(session)
        measure_writing(report, database)
        with database.read() as session:
            measure_reading(report, session)


def measure_writing(report: Report, database: Database) -> None:
    def on_database(action: Callable[[Session], object]) -> Callable[[], None]:
        def transact() -> None:
            with database.begin() as session:
                action(session)

        return transact

    def forget_all() -> None:
        on_database(forget)()
        settle(database)

    everybody = on_database(lambda session: refresh_all(session, now=NOW))
    floor = on_database(read_floor)
    report.measure("everybody, for the first time", everybody, times=1, goal_ms=2_000, floor=floor)
    report.measure(
        "everybody, from nothing", everybody, times=3, goal_ms=2_000, before=forget_all, floor=floor
    )
    report.measure("everybody again", everybody, times=3, floor=floor)
    settle(database)
    report.measure(
        "the people of 100 new messages",
        on_database(lambda session: refresh(session, now=NOW)),
        times=20,
        goal_ms=50,
        before=on_database(mark_newest),
    )


def measure_reading(report: Report, session: Session) -> None:
    def read_flags() -> None:
        session.connection().execute(FLAGS, {"now": NOW}).all()

    report.measure(
        "a page of the queue", lambda: list_queue(session, now=NOW), times=40, goal_ms=50, floor=read_flags
    )
    report.measure("all flags listed", lambda: list_flags(session, now=NOW), times=3, floor=read_flags)
    report.measure("as of half a year ago", lambda: flags_as_of(session, at=NOW - 180 * DAY), times=1)
    report.measure("audit", lambda: audit(session), times=3)
    assert audit(session).unaccounted == 0
