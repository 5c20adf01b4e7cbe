"""The one log of every command, on stderr. It never says what a mail says.

An exception's own text may quote what it was about: PostgreSQL quotes the row that failed, `int` the word that is no number.
So of an exception the log has its kind, its place in the code and, of a database's, its code; its text only where that text
is ours, written for people to read.
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any

OWN_PACKAGE = "streaklike"
OWN_SENTENCES = tuple(f"streaklike.{part}." for part in ("gmail", "jobs", "settings", "store"))
"""Where errors are sentences about the program and its surroundings. Those of other parts may quote a mail or a form."""

QUIET = ("apscheduler",)
"""Libraries of which only warnings are worth a line."""

FORMAT = "%(asctime)s %(levelname)s %(message)s"

_DATABASE_SAYS = re.compile(
    r"(?:UNIQUE|NOT NULL|FOREIGN KEY|CHECK) constraint failed(?:: [\w., ]+)?|database(?: table)? is locked|"
    r"database or disk is full|database disk image is malformed|disk I/O error|file is not a database|"
    r"attempt to write a readonly database|unable to open database file|no such (?:table|column): [\w.]+"
)
"""What SQLite says by itself: names of ours and no values."""


def set_up_logging(level: int = logging.WARNING) -> None:
    """Have the log and every uncaught exception go to stderr, from `level` on, with no mail text in them.

    Called again it only sets the level.
    """
    root = logging.getLogger()
    if not any(isinstance(handler, _StderrHandler) for handler in root.handlers):
        handler = _StderrHandler()
        handler.setFormatter(RedactingFormatter(FORMAT))
        root.addHandler(handler)
        sys.excepthook = _print_uncaught
        threading.excepthook = _print_uncaught_in_thread
        sys.unraisablehook = _print_unraisable
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _StderrHandler(logging.Handler):
    """Writes to what stderr is at the moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """A line that cannot be written is lost: the usual report of that would show its values."""
        with suppress(Exception):
            print(self.format(record), file=sys.stderr, flush=True)


class RedactingFormatter(logging.Formatter):
    """Formats a record with what `describe_exception` says of the exceptions in it, among its arguments too."""

    def format(self, record: logging.LogRecord) -> str:
        shown = logging.makeLogRecord(record.__dict__)
        shown.exc_text = None  # another handler may have left its own, which is whole
        if isinstance(record.args, tuple):
            shown.args = tuple(map(_redact, record.args))
        elif isinstance(record.args, dict):
            shown.args = {key: _redact(value) for key, value in record.args.items()}
        if isinstance(record.msg, BaseException):
            shown.msg, shown.args = describe_exception(record.msg), None
        return super().format(shown)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging names it so
        return "\n".join(_describe_traceback(ei[1], ei[2]))


def _redact(value: object) -> object:
    return describe_exception(value) if isinstance(value, BaseException) else value


def describe_exception(error: BaseException) -> str:
    """The kind of an exception and what may be said of it: its text where it is ours, a database's or system's code."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    told = list(_describe_facts(error))
    return f"{name}: {'; '.join(told)}" if told else name


def _describe_facts(error: BaseException) -> Iterator[str]:
    if f"{type(error).__module__}.".startswith(OWN_SENTENCES):
        yield str(error)
        return
    if isinstance(error, OSError) and error.strerror:
        yield error.strerror
    diagnosis = getattr(error, "diag", None)  # psycopg's: everything but its message and its detail
    for label, holder, attribute in (
        ("code", error, "sqlstate"),
        ("code", error, "sqlite_errorname"),
        ("table", diagnosis, "table_name"),
        ("column", diagnosis, "column_name"),
        ("constraint", diagnosis, "constraint_name"),
    ):
        value = getattr(holder, attribute, None)
        if isinstance(value, str):
            yield f"{label} {value}"
    if _DATABASE_SAYS.fullmatch(str(error)):
        yield str(error)
    original = getattr(error, "orig", None)  # SQLAlchemy's: the driver's own
    if isinstance(original, BaseException):
        yield describe_exception(original)


def _describe_traceback(
    error: BaseException | None, trace: TracebackType | None, seen: frozenset[int] = frozenset()
) -> Iterator[str]:
    """The lines of a traceback and of those that led to it, each exception as `describe_exception` has it."""
    if error is None or id(error) in seen:
        return
    seen |= {id(error)}
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _describe_traceback(before, before.__traceback__, seen)
        yield "\nwhich led to:\n"
    if trace is not None:
        yield "Traceback (most recent call last):"
        for line in traceback.format_tb(trace):
            yield line.rstrip("\n")
    yield describe_exception(error)
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _describe_traceback(part, part.__traceback__, seen)


def _print_uncaught(_kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    print(*_describe_traceback(error, trace), sep="\n", file=sys.stderr)


def _print_uncaught_in_thread(facts: threading.ExceptHookArgs) -> None:
    if facts.exc_type is not SystemExit:
        name = facts.thread.name if facts.thread is not None else "a thread"
        logging.getLogger(OWN_PACKAGE).error(
            "%s ended by a fault.",
            name,
            exc_info=(facts.exc_type, facts.exc_value, facts.exc_traceback),  # type: ignore[arg-type]
        )


def _print_unraisable(facts: Any) -> None:
    logging.getLogger(OWN_PACKAGE).error(
        "A fault while an object was taken down.",
        exc_info=(facts.exc_type, facts.exc_value, facts.exc_traceback),
    )
