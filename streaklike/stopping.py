"""A thread-safe stop flag for long-running work; any layer may import it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(BaseException):
    """Raised in work asked to stop. Like KeyboardInterrupt not an Exception, so that `except Exception` lets it pass."""


class Stop:
    """A flag set once, from any thread, and never cleared. Committed work is kept; nothing else is guaranteed."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        """Set the flag, then run the callbacks registered with `waking` to interrupt blocking calls."""
        with self._lock:
            self._event.set()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raise Stopped if the flag is set."""
        if self._event.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Wait `seconds`. Raises Stopped as soon as the flag is set, also if it was set before."""
        if self._event.wait(seconds):
            raise Stopped

    @contextmanager
    def waking(self, callback: Callable[[], None]) -> Iterator[None]:
        """Register `callback` to interrupt the block's blocking calls on `set`, from the setting thread; it must not raise.

        Raises Stopped if the flag is already set.
        """
        with self._lock:
            self._callbacks.append(callback)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)
