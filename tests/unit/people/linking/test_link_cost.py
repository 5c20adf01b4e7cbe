"""Linking is set-based: the number of statements does not grow with the page."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from streaklike.instants import HOUR
from streaklike.store.database import Database
from tests.factories import MEI, T0, PostOffice


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def post_threads(office: PostOffice, count: int, start: int) -> None:
    for number in range(start, start + count):
        person, other = f"p{number}@many.example", f"q{number}@many.example"
        asked = office.post(person, [MEI], cc=[other], at=T0 + number * HOUR, subject=f"About {number}")
        office.post(MEI, [person], refs=[asked], at=T0 + number * HOUR + 1, subject=f"On {number}")


def test_a_page_takes_the_same_number_of_statements_whatever_it_holds(database: Database):
    with database.begin() as session:
        office = PostOffice(session)
        post_threads(office, 2, 0)
        with counting(database) as few:
            office.link()
        post_threads(office, 40, 10)
        with counting(database) as many:
            office.link()
        assert len(many) == len(few)
        assert len(many) < 50
