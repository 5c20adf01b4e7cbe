"""The demo on a busy machine: started again and again beside processes that keep every core busy.

STARTS=6 .venv/bin/pytest tests/long/test_demo_starts_full.py -m long -s
"""

import multiprocessing
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

STARTS = int(os.environ.get("STARTS", "20"))
BUSY = 6
PATIENCE_SECONDS = 900


def _spin() -> None:
    while True:
        pass


@contextmanager
def busy_machine() -> Iterator[None]:
    children = [multiprocessing.get_context("spawn").Process(target=_spin, daemon=True) for _ in range(BUSY)]
    for child in children:
        child.start()
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.join()


def start_demo() -> tuple[bool, float, str]:
    """Start the demo until it says that it is ready, then stop it: whether it was, after how long, and what it said."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    demo = subprocess.Popen(
        [sys.executable, "-m", "streaklike", "demo", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in demo.stderr or ():
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    said, is_ready = [], False
    while not is_ready and time.monotonic() < began + PATIENCE_SECONDS:
        line = lines.get(timeout=PATIENCE_SECONDS)
        if line is None:
            break
        said.append(line)
        is_ready = "Ready:" in line
    seconds = time.monotonic() - began
    demo.send_signal(signal.SIGINT)
    try:
        demo.wait(timeout=60)
    except subprocess.TimeoutExpired:
        demo.kill()
        demo.wait()
    return is_ready, seconds, "".join(said)


def test_every_start_of_the_demo_on_a_busy_machine_gets_ready():
    with busy_machine():
        told = [start_demo() for _ in range(STARTS)]
    ready = [seconds for is_ready, seconds, _ in told if is_ready]
    print(
        f"\n{len(ready)} of {STARTS} starts ready beside {BUSY} busy processes, after {sorted(map(round, ready))} s"
    )
    assert len(ready) == STARTS, [said for is_ready, _, said in told if not is_ready]
