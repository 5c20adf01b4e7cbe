"""Writers that are killed in the middle of their work, and what they had acknowledged by then."""

import contextlib
import random
import time
from multiprocessing.connection import Connection

from sqlalchemy import select

from streaklike.people.contacts import add_contact
from streaklike.store.database import open_database
from streaklike.store.models import Address
from tests.integration.crashing import processes


def _write_on_and_on(url: str, writer: int, told: Connection) -> None:
    """Add people, each in a transaction of its own, and tell each address once it is safe."""
    database = open_database(url)
    number = 0
    while True:
        address = f"p{writer}-{number}@donor.example"
        with database.begin() as session:
            add_contact(session, address, by=None, now=1)
        told.send(address)
        number += 1


def kill_writers(url: str, *, kills: int) -> int:
    """Kill so many writers at random instants; how many rows they had acknowledged, all of which are there."""
    rng = random.Random(kills)
    acknowledged: set[str] = set()
    for writer in range(kills):
        ours, theirs = processes.Pipe(duplex=False)
        child = processes.Process(target=_write_on_and_on, args=(url, writer, theirs), daemon=True)
        child.start()
        theirs.close()
        acknowledged.add(ours.recv())
        time.sleep(rng.uniform(0.0, 0.05))
        child.kill()
        child.join()
        with contextlib.suppress(EOFError):
            while ours.poll():
                acknowledged.add(ours.recv())
        ours.close()
        child.close()
    database = open_database(url)
    with database.read() as session:
        kept = set(session.scalars(select(Address.key)))
    database.close()
    assert acknowledged <= kept, sorted(acknowledged - kept)[:10]
    return len(acknowledged)
