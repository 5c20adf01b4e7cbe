"""Distinguish faults of the database or machine from faults of the data to be written."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    PendingRollbackError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from streaklike.store.database import DatabaseUnavailable

_OF_THE_SERVER: Final = frozenset({"08", "25", "28", "3D", "40", "53", "55", "57", "58", "XX"})
"""SQLSTATE classes of faults that are not caused by the data: connection, transaction state, sign-in, unknown
database, deadlock and serialization, resources, locks, operator intervention, system error, internal
error. Classes 22 (data), 23 (constraint) and 54 (limit exceeded) are caused by the data.
"""

_OF_THE_FILE: Final = frozenset({5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 22, 26})
"""SQLite primary result codes: busy, locked, no memory, read-only, interrupted, I/O, corrupt, full, cannot
open, protocol, no large files, not a database.
"""


def is_operational(error: BaseException) -> bool:
    """Whether the database or the machine failed, so that the data to be written is not to blame."""
    return any(
        isinstance(each, (DatabaseUnavailable, MemoryError, OSError, PoolTimeout, PendingRollbackError))
        or is_databases(each)
        for each in _iter_causes(error)
    )


def is_interrupted(error: BaseException) -> bool:
    """Whether the connection was lost or the transaction aborted in favour of another, so that a retry may
    succeed.

    False for SQLite: a locked file or full disk is reported only after a wait of its own.
    """
    return any(
        isinstance(each, DBAPIError) and _sqlite_code(each) is None and is_databases(each)
        for each in _iter_causes(error)
    )


def is_datas(error: BaseException) -> bool:
    """Whether the data cannot be stored: text with a NUL, a number out of range, a key too long for an index."""
    return any(
        isinstance(each, (DataError, ValueError, OverflowError, RecursionError))
        or _sqlstate(each)[:2] in ("22", "54")
        for each in _iter_causes(error)
    )


def is_databases(error: BaseException) -> bool:
    """Whether this error itself, not its cause, is a fault of the database: connection, locks or disk."""
    if not isinstance(error, DBAPIError):
        return False
    state, code = _sqlstate(error), _sqlite_code(error)
    if error.connection_invalidated:
        return True
    if state:
        return state[:2] in _OF_THE_SERVER
    if code is not None:
        # The low byte of an extended result code is the primary code.
        return code & 0xFF in _OF_THE_FILE
    return isinstance(error, (OperationalError, InternalError, InterfaceError))


def _iter_causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _sqlstate(error: BaseException) -> str:
    orig = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(orig, "sqlstate", None) or "")


def _sqlite_code(error: DBAPIError) -> int | None:
    code: int | None = getattr(error.orig, "sqlite_errorcode", None)
    return code
