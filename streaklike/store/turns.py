"""Queue the writers of a SQLite file, which allows one writer at a time.

Threads of this process queue first come, first served. Only the thread whose turn it is asks SQLite for the
write lock, while holding a gate: a lock on a file beside the database. Without the gate a process that writes
continually would retake the lock right after releasing it, before another process, which can only poll,
notices. With it, whoever holds the gate is next.
"""

import fcntl
import logging
import os
import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from weakref import WeakValueDictionary

from streaklike.private_files import FILE_MODE

WAIT_LIMIT_SECONDS = 120.0
"""How long a writer waits in total before it gives up."""

SAY_AFTER_SECONDS = 5.0
"""How long a writer waits before it logs whom it waits for; the interval then doubles."""

GATE_SUFFIX = "-gate"
_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.02

log = logging.getLogger(__name__)


class WriteWaitExpired(Exception):
    """The write lock was not available within WAIT_LIMIT_SECONDS. The message names its holder."""


@dataclass(slots=True, eq=False)
class _Position:
    """A thread in the queue; `turn` is set when it may write."""

    name: str = field(default_factory=lambda: threading.current_thread().name)
    thread_id: int = field(default_factory=threading.get_ident)
    turn: threading.Event = field(default_factory=threading.Event)
    began: float = 0.0


class _Patience:
    """A writer's waiting time: logs now and then, and gives up at the limit."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._say_at = SAY_AFTER_SECONDS

    @property
    def left_in_silence(self) -> float:
        """Seconds until the next log message or the limit."""
        return max(0.0, min(self._say_at, WAIT_LIMIT_SECONDS) - self._waited)

    @property
    def _waited(self) -> float:
        return time.monotonic() - self._began

    def check(self, describe_holder: Callable[[], str]) -> None:
        """Log whom we wait for, if it is time to. Raises WriteWaitExpired at the limit."""
        waited = self._waited
        if waited >= WAIT_LIMIT_SECONDS:
            raise WriteWaitExpired(
                f"The database is locked: it could not be written to for {waited:.0f} s, because {describe_holder()}. "
                "Nothing was changed. Wait until that has ended, or stop it, and try again."
            )
        if waited >= self._say_at:
            log.warning("Waiting to write for %.0f s: %s.", waited, describe_holder())
            self._say_at *= 2


class WriterQueue:
    """The queue and gate of a database file. Use `turns_of`: there is one instance per file and process."""

    def __init__(self, path: Path) -> None:
        self._gate = _Gate(path.with_name(path.name + GATE_SUFFIX))
        self._mutex = threading.Lock()
        self._line: deque[_Position] = deque()
        self._holder: _Position | None = None
        self._patience = _Patience()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Wait for this thread's turn and hold it for the block. Raises WriteWaitExpired.

        Not reentrant: a thread that holds its turn raises RuntimeError instead of waiting for itself.
        """
        patience, position = _Patience(), _Position()
        with self._mutex:
            if self._holder is not None and self._holder.thread_id == position.thread_id:
                raise RuntimeError("A writing transaction was begun inside another of the same thread.")
            self._line.append(position)
            self._call_next()
        try:
            while not position.turn.wait(patience.left_in_silence):
                patience.check(self._describe_holder)
            self._patience = patience
            yield
        finally:
            with self._mutex:
                if position.turn.is_set():
                    self._holder = None
                    self._call_next()
                else:
                    self._line.remove(position)

    def begin_immediate(self, connection: sqlite3.Connection) -> None:
        """Begin a transaction with the write lock. Raises WriteWaitExpired and sqlite3's errors.

        Time already waited in the queue counts. A connection outside the queue uses the gate only.
        """
        patience = self._patience if self._is_mine() else _Patience()
        with self._gate.pass_through(patience), _without_waiting(connection):
            _retry_busy(lambda: _try_begin(connection), patience, self._gate.describe_last_writer)
            self._gate.sign()

    def _is_mine(self) -> bool:
        holder = self._holder
        return holder is not None and holder.thread_id == threading.get_ident()

    def _call_next(self) -> None:
        """Give the first in the queue its turn if nobody has it. The caller holds the mutex."""
        if self._holder is None and self._line:
            self._holder = self._line.popleft()
            self._holder.began = time.monotonic()
            self._holder.turn.set()

    def _describe_holder(self) -> str:
        with self._mutex:
            holder, ahead = self._holder, len(self._line) - 1
        if holder is None:
            return "the turn is passing on"
        seconds = time.monotonic() - holder.began
        sentence = (
            f"the thread {holder.name} of this same process has had its turn to write for {seconds:.0f} s"
        )
        return sentence + (f", and {ahead} more wait" if ahead > 0 else "")


class _Gate:
    """A lock on a file beside the database, held only while asking for the write lock: its holder is next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mutex = threading.Lock()
        self._descriptor: int | None = None

    @contextmanager
    def pass_through(self, patience: _Patience) -> Iterator[None]:
        descriptor = self._open()
        if descriptor is None:
            yield
            return
        _retry_busy(lambda: _try_lock(descriptor), patience, self.describe_last_writer)
        try:
            yield
        finally:
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _open(self) -> int | None:
        """Open the file once.

        If it cannot be created there is no gate: writers still retry, only less fairly.
        """
        with self._mutex:
            if self._descriptor is None:
                with suppress(OSError):
                    self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
            return self._descriptor

    def sign(self) -> None:
        """Record this process as the last writer."""
        if self._descriptor is not None:
            with suppress(OSError):  # a full disk must not stop the writer here; the database will report it
                os.pwrite(self._descriptor, b"%-20d" % os.getpid(), 0)

    def describe_last_writer(self) -> str:
        pid = b""
        if self._descriptor is not None:
            with suppress(OSError):
                pid = os.pread(self._descriptor, 20, 0).strip()
        if pid.isdigit() and int(pid) != os.getpid():
            return f"another process is writing (the last to begin was process {int(pid)})"
        return "another program holds the database file"

    def __del__(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # the file system has no locks: continue without
        return True
    return True


@contextmanager
def _without_waiting(connection: sqlite3.Connection) -> Iterator[None]:
    """Make SQLite report busy at once: its own busy handler polls rarely and logs nothing."""
    (usual,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout=0")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA busy_timeout={usual:d}")


def _try_begin(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if is_busy(error):
            return False
        raise
    return True


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection holds the lock: SQLITE_BUSY or SQLITE_LOCKED, or an extended code of them."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def _retry_busy(attempt: Callable[[], bool], patience: _Patience, describe_holder: Callable[[], str]) -> None:
    """Retry until it succeeds, with growing, randomized pauses so that two waiters do not stay in step."""
    pause = _FIRST_PAUSE
    while not attempt():
        patience.check(describe_holder)
        time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        pause = min(2 * pause, _LONGEST_PAUSE)


# Weak values: a file's queue lives as long as a database is open on it.
_TURNS: WeakValueDictionary[Path, WriterQueue] = WeakValueDictionary()
_TURNS_MUTEX = threading.Lock()


def turns_of(path: Path) -> WriterQueue:
    """Return the queue of this file, shared by all databases opened on it in this process."""
    key = path.resolve()
    with _TURNS_MUTEX:
        turns = _TURNS.get(key)
        if turns is None:
            turns = _TURNS[key] = WriterQueue(key)
        return turns
