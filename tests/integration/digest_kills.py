"""Deliveries that are killed: in a process of their own, by the signal that cannot be caught, at a named point."""

import multiprocessing
import os
import signal
import smtplib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from streaklike.digest import deliver, smtp
from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.jobs import digests
from streaklike.settings import Settings
from streaklike.store.database import open_database
from streaklike.store.models import DigestDelivery, User
from tests.integration.mail_server import MailServer
from tests.integration.test_digest_delivery import MEI, make_settings
from tests.unit.web.web_fixtures import NOW, build_world

SURE = {
    "before the claim",
    "claimed, not committed",
    "before it is made",
    "before connecting",
    "connected",
    "before it is marked",
    "marked, not committed",
}
"""Here nothing was handed over and nothing says so: the next run sends it."""
UNSURE = {
    "before the content": 0,
    "amid the content": 0,
    "after the content": 1,
    "before it is recorded": 1,
    "recorded, not committed": 1,
}
"""Here only the mail server knows: how many mails it took."""
DONE = {"after it is recorded"}
POINTS = (*sorted(SURE), *UNSURE, *DONE)

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.integration.digest_kills"])


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(place: Any, name: str) -> None:
    def dead(*_arguments: Any, **_options: Any) -> None:
        die()

    setattr(place, name, dead)


def _after(place: Any, name: str) -> None:
    done: Callable[..., Any] = getattr(place, name)

    def dead(*arguments: Any, **options: Any) -> None:
        done(*arguments, **options)
        die()

    setattr(place, name, dead)


def _amid_content(client: smtplib.SMTP, content: Any) -> None:
    whole = content.encode("ascii") if isinstance(content, str) else content
    client.sock.sendall(whole[: len(whole) // 2] if len(whole) > 1_000 else whole)  # type: ignore[union-attr]
    if len(whole) > 1_000:
        die()


def _after_content() -> None:
    hand_over, get_reply = smtp._hand_over, smtplib.SMTP.getreply

    def dead(client: smtplib.SMTP) -> None:
        get_reply(client)  # so that the server has it for certain; we have not heard that
        die()

    def handing_over(*arguments: Any) -> Any:
        smtplib.SMTP.getreply = dead  # type: ignore[method-assign,assignment]
        return hand_over(*arguments)

    smtp._hand_over = handing_over


def arm(point: str) -> None:
    """See to it that this process dies at the point."""
    match point:
        case "before the claim":
            _before(digests, "claim")
        case "claimed, not committed":
            _after(digests, "claim")
        case "before it is made":
            _before(digests, "make_digest")
        case "before connecting":
            _before(smtp, "_connected")
        case "connected":
            _before(smtp, "_name_people")
        case "before it is marked":
            _before(deliver, "begin_sending")
        case "marked, not committed":
            _after(deliver, "begin_sending")
        case "before the content":
            _before(smtp, "_hand_over")
        case "amid the content":
            smtplib.SMTP.send = _amid_content  # type: ignore[method-assign,assignment]
        case "after the content":
            _after_content()
        case "before it is recorded":
            _before(deliver, "record_sent")
        case "recorded, not committed":
            _after(deliver, "record_sent")
        case "after it is recorded":
            _before(digests, "_tell")
        case _:
            raise ValueError(point)


def _deliver_in_child(url: str, settings: Settings, point: str) -> None:
    arm(point)
    database = open_database(url)
    digests.deliver_due(database, settings, NOW)


def kill_at(point: str, url: str, settings: Settings, post: MailServer) -> str:
    """Deliver in a child that dies at the point, then as a clock would all day; how the day ended."""
    child = processes.Process(target=_deliver_in_child, args=(url, settings, point))
    child.start()
    child.join(timeout=60)
    assert child.exitcode == -signal.SIGKILL, f"{point}: {child.exitcode}"
    child.close()
    database = open_database(url)
    try:
        for later in (MINUTE, deliver.LEASE, deliver.LEASE + MINUTE, HOUR, 10 * HOUR):
            digests.deliver_due(database, settings, NOW + later)
        with database.read() as session:
            ended = session.execute(
                select(User.email, DigestDelivery.kind, DigestDelivery.day, DigestDelivery.state).join(
                    User, User.id == DigestDelivery.user_id
                )
            ).all()
    finally:
        database.close()
    (mine,) = [row for row in ended if row.email == MEI]
    taken = [letter for letter in post.letters if letter.recipient == MEI]
    assert len(taken) <= 1, f"{point}: doubled"
    expected = ("unknown", UNSURE[point]) if point in UNSURE else ("sent", 1)
    assert (mine.state, len(taken)) == expected, point
    return str(mine.state)


def kill_everywhere(make_url: Callable[..., str], folder: Path, *, times: int) -> Counter[str]:
    """Kill so many times at each point, each in a copy of the same small team; how the days ended."""
    filled = make_url()
    database = open_database(filled)
    build_world(database)
    with database.begin() as session:
        session.execute(update(User).where(User.email != MEI).values(disabled_at=NOW - DAY))
    database.close()
    ends: Counter[str] = Counter()
    for point in POINTS * times:
        with MailServer() as post:
            ends[kill_at(point, make_url(filled), make_settings(folder, post.url), post)] += 1
    return ends
