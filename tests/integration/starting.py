"""Processes that start together on an empty folder, each asking for the secret key."""

import threading
from multiprocessing.connection import Connection
from pathlib import Path

from streaklike.settings import SECRET_FILE, Settings, load_secret_key
from tests.integration.crashing import processes

AT_ONCE = 3


def _ask_for_keys(folder: Path, starts: int, barrier: threading.Barrier, told: Connection) -> None:
    keys = []
    for number in range(starts):
        settings = Settings(data_dir=folder / str(number), secret_key="", _env_file=None)
        barrier.wait()
        keys.append(load_secret_key(settings))
    told.send(keys)


def start_on_empty_folders(folder: Path, *, starts: int) -> int:
    """So many times three processes ask together for the key of a new folder; how often they did not agree."""
    barrier = processes.Barrier(AT_ONCE)
    pipes, children = [], []
    for _ in range(AT_ONCE):
        ours, theirs = processes.Pipe(duplex=False)
        child = processes.Process(target=_ask_for_keys, args=(folder, starts, barrier, theirs), daemon=True)
        child.start()
        theirs.close()
        pipes.append(ours)
        children.append(child)
    told = [pipe.recv() for pipe in pipes]
    for child in children:
        child.join()
    kept = [(folder / str(number) / SECRET_FILE).read_text() for number in range(starts)]
    return sum(set(keys) != {key} or len(key) < 40 for *keys, key in zip(*told, kept, strict=True))
