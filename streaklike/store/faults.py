"""Map database errors to a kind and a message for users.

Only operational faults quote the driver's message: those of other errors may contain the data to be stored.
"""

from typing import Final, NamedTuple

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

BUSY: Final = "busy"
FULL: Final = "full"
GONE: Final = "gone"
DAMAGED: Final = "damaged"
CLOSED: Final = "closed"


class DatabaseFault(NamedTuple):
    """A fault of the database.

    `kind`: `busy` (retry), `full` (no space), `gone` (no response), `damaged` (not a valid database),
    `closed` (no permission).
    """

    kind: str
    sentence: str


_BUSY = DatabaseFault(
    BUSY,
    "The database is locked by another program. Nothing was changed. "
    "Wait until the other command ends, or stop it, and try again.",
)
_FULL = DatabaseFault(
    FULL,
    "The disk is full. What was saved before is safe. Make room and run the command again; it goes on from there.",
)
_NO_DATABASE = DatabaseFault(
    DAMAGED,
    "The file is no SQLite database. Nothing was changed. Set STREAKLIKE_DATABASE_URL or STREAKLIKE_DATA_DIR to the right "
    "one, or move this file away and a new database is made.",
)
_DAMAGED = DatabaseFault(
    DAMAGED,
    "The database file is damaged. Nothing was changed by this command. Stop every streaklike, keep a copy of the file, "
    "and put a backup in its place; without one, `sqlite3 FILE .recover` saves what can be saved.",
)
_READ_ONLY = DatabaseFault(
    CLOSED,
    "The database can be read but not written. Nothing was changed. Check who owns the file and its folder, and that the "
    "disk is not mounted read-only.",
)
_SQLITE = (
    ("locked", _BUSY),
    ("busy", _BUSY),
    ("is full", _FULL),
    ("not a database", _NO_DATABASE),
    ("malformed", _DAMAGED),
    ("readonly", _READ_ONLY),
)
_BY_SQLSTATE = {"53100": _FULL, "25006": _READ_ONLY}


def describe_fault(error: DBAPIError) -> DatabaseFault | None:
    """Return the kind and message of a fault of the database itself; None if the error is a bug of ours."""
    said = str(error.orig).strip()
    state = getattr(error.orig, "sqlstate", None)
    if type(error.orig).__module__ == "sqlite3" and isinstance(error, DatabaseError):
        found = next((fault for words, fault in _SQLITE if words in said.lower()), None)
        if found is not None:
            return found
    if state in _BY_SQLSTATE:
        return _BY_SQLSTATE[state]
    if isinstance(error, (OperationalError, InterfaceError)) or error.connection_invalidated:
        first = said.splitlines()[0].strip(" .") if said else type(error.orig).__name__
        return DatabaseFault(
            GONE,
            f"The database does not answer: {first}. What was saved before is safe. Check STREAKLIKE_DATABASE_URL, that "
            "the folder can be written to, and that the server runs; then try again.",
        )
    return None
