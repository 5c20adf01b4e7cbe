"""Ctrl+C, a termination and a hangup end a long command in order, and within two seconds whatever it waits for."""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from streaklike.stopping import Stop

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE_SECONDS: Final = 1.6
"""So long the command has to end by itself; then the process ends. What was committed is safe either way (Q1)."""

DELICATE_SECONDS: Final = 12.0
"""So long where something is under way that should not be cut off: a mail that is being handed over."""

CLEANING_SECONDS: Final = 0.3
"""So long the cleaning up may take before the process ends all the same."""

STOPPED: Final = 130
SENTENCE: Final = "Stopped. What was saved is safe; run the same command to go on."


@contextmanager
def stoppable(
    *,
    code: int = STOPPED,
    sentence: str = SENTENCE,
    clean_up: Callable[[], None] = lambda: None,
    is_delicate: Callable[[], bool] = lambda: False,
) -> Iterator[Stop]:
    """The command's stop flag, set by the first of the signals, which also raises KeyboardInterrupt in the block.

    Where the block has not ended `GRACE_SECONDS` later, as something waits where no flag is seen (a name server, another
    program's lock), `clean_up` is called from another thread, `sentence` is said, and the process ends with `code`; a little
    later while `is_delicate`. Only in the main thread; elsewhere the flag is there and no signal sets it.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    watcher = _Watcher(stop, code, sentence, clean_up, is_delicate)
    before = {number: signal.signal(number, watcher.interrupt) for number in SIGNALS}
    wakeup = signal.set_wakeup_fd(watcher.told.fileno(), warn_on_full_buffer=False)
    watcher.start()
    try:
        yield stop
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        watcher.end()


class _Watcher:
    """A thread that hears of a signal at once, though the main one may wait in the kernel or in a library."""

    def __init__(
        self,
        stop: Stop,
        code: int,
        sentence: str,
        clean_up: Callable[[], None],
        is_delicate: Callable[[], bool],
    ) -> None:
        self.told, self._heard = socket.socketpair()
        self.told.setblocking(False)
        self._stop, self._code, self._sentence, self._clean_up = stop, code, sentence, clean_up
        self._is_delicate = is_delicate
        self._ended = threading.Event()
        self._is_raised = False
        self._main = threading.main_thread().ident or 0
        self._thread = threading.Thread(target=self._watch, name="stopping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def interrupt(self, _number: int, _frame: Any) -> None:
        """The handler of the signals, in the main thread: raises once, and lets the block end in peace after that.

        It takes no lock, for the main thread may hold it at this very moment: the watching thread sets the flag.
        """
        if not self._is_raised and not self._ended.is_set():
            self._is_raised = True
            raise KeyboardInterrupt

    def end(self) -> None:
        """The block has ended."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self.told.send(b"\0")
        self._thread.join(timeout=1)
        self.told.close()
        self._heard.close()

    def _watch(self) -> None:
        numbers = {int(number) for number in SIGNALS}
        while not self._ended.is_set():
            if numbers.isdisjoint(self._heard.recv(64)):
                continue
            self._stop.set()
            signal.pthread_kill(self._main, signal.SIGINT)  # the signal may have landed in another thread
            until = time.monotonic() + DELICATE_SECONDS
            has_ended = self._ended.wait(GRACE_SECONDS)
            while not has_ended and self._is_delicate() and time.monotonic() < until:
                has_ended = self._ended.wait(0.1)
            if not has_ended:
                self._end_now()

    def _end_now(self) -> None:
        cleaning = threading.Thread(target=self._clean_up, daemon=True)
        cleaning.start()
        cleaning.join(CLEANING_SECONDS)
        with contextlib.suppress(Exception):
            sys.stderr.write(self._sentence and f"{self._sentence}\n")
            sys.stderr.flush()
        os._exit(self._code)


def has_stragglers() -> bool:
    """Whether the interpreter would wait, at its end, for threads of ours that still wait for something."""
    return any(
        thread.is_alive() and not thread.daemon
        for thread in threading.enumerate()
        if thread is not threading.main_thread()
    )
