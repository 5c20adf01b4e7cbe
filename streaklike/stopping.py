"""The flag by which a long piece of work is told to stop, and hears it wherever it waits. It may be used everywhere."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(BaseException):
    """The work was told to stop. No Exception, as KeyboardInterrupt is none: what handles faults lets it pass."""


class Stop:
    """Set once, from any thread, and never taken back. What was committed before stays; nothing else is promised."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        """Tell everybody. What blocks in the kernel is woken by the deeds of `waking`."""
        with self._lock:
            self._event.set()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raises Stopped where the flag is set."""
        if self._event.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds. Raises Stopped at once where the flag is set before or meanwhile."""
        if self._event.wait(seconds):
            raise Stopped

    @contextmanager
    def waking(self, callback: Callable[[], None]) -> Iterator[None]:
        """While the block runs, `deed` wakes what blocks in it; it is called from another thread and must not raise."""
        with self._lock:
            self._callbacks.append(callback)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)
