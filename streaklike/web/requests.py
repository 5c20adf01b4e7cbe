"""What every request carries: its one transaction, its instant, its reader, its language. Kept in `flask.g`.

`g.now`: the instant. `g.session`: the transaction, a writing one for unsafe methods. `g.t`: the texts.
`g.member`: who is signed in, or None. `g.zone`: the reader's time zone.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, current_app, g, request
from sqlalchemy.orm import Session
from werkzeug.routing import IntegerConverter, Map

from streaklike.store.database import Database
from streaklike.store.writing import lock_writer
from streaklike.web.members import present_member
from streaklike.web.texts import LOCALES, choose_locale, load_catalogue

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LANGUAGE_COOKIE = "language"
LARGEST_NUMBER = 2**63 - 1


class IdConverter(IntegerConverter):
    """A number in a path that a database can hold; a larger one is found nowhere (404)."""

    def __init__(self, map: Map) -> None:  # noqa: A002 - werkzeug names it so
        super().__init__(map, max=LARGEST_NUMBER)


def whole_number(text: str | None) -> int | None:
    """A whole number of a query or a form that a database can hold, or None."""
    if text is None or not (text.isascii() and text.isdecimal()):
        return None
    number = int(text[:20])
    return number if number <= LARGEST_NUMBER else None


class _NotDone(Exception):
    """Thrown into an open transaction to roll it back."""


def init_app(app: Flask, database: Database, clock: Callable[[], int]) -> None:
    """Give each request its transaction: committed where the answer is a success, rolled back where it is not."""

    def open_transaction() -> None:
        g.now = clock()
        if request.endpoint == "static":
            return
        manager = database.read() if request.method in SAFE_METHODS else database.begin()
        g.session = manager.__enter__()
        if request.method not in SAFE_METHODS:
            lock_writer(g.session)
        g.transaction = manager
        g.open_transaction = open_transaction

    def close_transaction(response: Response) -> Response:
        _close(is_done=response.status_code < 400 and not g.get("is_refused"))
        if g.get("member") is not None:
            app.extensions["note_seen"](g.member, g.now)
        return response

    app.extensions["database"], app.extensions["clock"] = database, clock
    app.url_map.converters["int"] = IdConverter
    app.before_request(_refuse_unstorable)
    app.before_request(open_transaction)
    app.before_request(_meet_reader)
    app.after_request(close_transaction)
    app.teardown_request(lambda _error: _close(is_done=False))


@contextmanager
def between_transactions() -> Iterator[None]:
    """A stretch of a request outside any transaction, for what speaks to Google; another one follows it.

    What was written before is kept, whatever comes.
    """
    _close(is_done=True)
    g.is_split = True
    try:
        yield
    finally:
        g.open_transaction()


def _refuse_unstorable() -> None:
    """No text of ours holds a NUL, and PostgreSQL cannot store one. A form is read to its end before the database is asked
    for anything, so that a slow client keeps nobody waiting.
    """
    lists = (*request.args.lists(), *request.form.lists())
    texts = [request.path, *(text for key, values in lists for text in (key, *values))]
    if any("\x00" in text for text in texts):
        abort(400)


def _close(*, is_done: bool) -> None:
    manager: AbstractContextManager[Session] | None = g.pop("transaction", None)
    if manager is None:
        return
    if is_done:
        manager.__exit__(None, None, None)
    else:
        error = _NotDone()
        manager.__exit__(_NotDone, error, None)


def _meet_reader() -> None:
    member = present_member() if "session" in g else None
    g.member = member
    g.locale = member.locale if member and member.locale in LOCALES else accepted_locale()
    g.t = load_catalogue(g.locale)
    g.zone = ZoneInfo((member and member.timezone) or current_app.config["TIMEZONE"])


def accepted_locale() -> str:
    """The language of a reader who is not signed in: the cookie's, else the browser's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LOCALES else choose_locale([tag for tag, _ in request.accept_languages])
