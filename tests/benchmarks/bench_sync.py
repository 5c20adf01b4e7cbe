"""How fast a mailbox comes in from the loopback Gmail server, beside a plain loop that only fetches and decodes.

The server runs in a process of its own, pacing is lifted, and both figures come from one run.
"""

import base64
import json
import multiprocessing
import os
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple

from gmail_emulator import Delivery, GmailServer
from streaklike.instants import now_instant, to_datetime
from streaklike.sync.plan import lower_bound_units
from tests.benchmarks.lifelike_mail import OWNER, write_mails
from tests.benchmarks.measuring import Figure, Report, Size, database_url


def run_server(count: int, pipe) -> None:
    """Serve until told to end; "more" delivers that many new messages from different people."""
    with GmailServer(units_per_minute=0) as server:
        account = server.add_account(OWNER)
        account.deliver_many(write_mails(count))
        account.warm()
        pipe.send((server.url, account.credentials()))
        while (order := pipe.recv()) != "end":
            account.deliver_many(write_new(order))
            account.warm()
            pipe.send("delivered")


def write_new(count: int) -> Iterator[Delivery]:
    now = now_instant()
    for place in range(count):
        message = EmailMessage()
        message["From"], message["To"] = f"New {place} <new{place}@fresh.example>", OWNER
        message["Subject"], message["Message-ID"] = f"Question {place}", f"<new-{place}@mx.example>"
        message["Date"] = format_datetime(to_datetime(now))
        message.set_content("May I join on Saturday? " * 40)
        yield Delivery(message.as_bytes(), label_ids=("INBOX",), at=now)


def plain_loop(url: str, credentials: dict) -> tuple[float, int]:
    """The floor: list all ids, fetch every thread, decode its parts; no client library, no storing.

    Its seconds, and the units that no first sync can go below.
    """
    import http.client
    from urllib.parse import urlencode, urlsplit

    form = urlencode(
        {
            "grant_type": "refresh_token",
            **{k: credentials[k] for k in ("client_id", "client_secret", "refresh_token")},
        }
    )
    with urllib.request.urlopen(credentials["token_uri"], form.encode()) as answer:
        token = json.load(answer)["access_token"]
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    headers = {"Authorization": f"Bearer {token}"}

    def get(path: str) -> dict:
        connection.request("GET", path, headers=headers)
        return json.loads(connection.getresponse().read())

    began = time.perf_counter()
    threads: Counter[str] = Counter()
    page = ""
    while True:
        answer = get(f"/gmail/v1/users/me/messages?maxResults=500{page}")
        threads.update(row["threadId"] for row in answer.get("messages", ()))
        if "nextPageToken" not in answer:
            break
        page = f"&pageToken={answer['nextPageToken']}"

    def decode(part: dict) -> None:
        for inner in part.get("parts", ()):
            decode(inner)
        if "data" in part.get("body", {}):
            base64.urlsafe_b64decode(part["body"]["data"] + "==").decode("utf-8", "replace")

    for thread in threads:
        for message in get(f"/gmail/v1/users/me/threads/{thread}?format=full").get("messages", ()):
            decode(message["payload"])
    return time.perf_counter() - began, lower_bound_units(threads.values())


class Run(NamedTuple):
    report: dict
    seconds: float
    cpu: float
    peak_mb: float


def sync(environment: dict[str, str]) -> Run:
    """`streaklike sync` as a process of its own: what it told, and what it took."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "streaklike", "sync", "--json"], env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = status
    process.stdout.close()
    (report,) = json.loads(out)
    return Run(report, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def run(report: Report, size: Size, folder: str) -> None:
    """A first sync, one with nothing new, one with 200 new messages."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=run_server, args=(size.messages, there))
    server.start()
    url, credentials = here.recv()
    with database_url(folder, is_postgres=size.is_postgres) as database:
        environment = {
            **os.environ,
            "STREAKLIKE_DATA_DIR": folder,
            "STREAKLIKE_GMAIL_ENDPOINT": url,
            "STREAKLIKE_GMAIL_UNITS_PER_MINUTE": "0",
            "STREAKLIKE_GMAIL_PROJECT_UNITS_PER_MINUTE": "0",
            "STREAKLIKE_DATABASE_URL": database,
        }
        connect(environment, Path(folder), credentials)
        floor, bound = plain_loop(url, credentials)
        first, nothing = sync(environment), sync(environment)
        here.send(200)
        here.recv()
        new = sync(environment)
        here.send("end")
        server.join()
    units = first.report["quota_units"] / bound
    print(
        f"  units {units:.4f} times the lower bound of {bound:,}; the first sync held {first.peak_mb:.0f} MB"
    )
    report.add(figure(f"first sync, {size.messages / first.report['seconds']:.0f} messages/s", first, floor))
    report.add(figure("sync, nothing new", nothing))
    report.add(figure("sync, 200 new", new, floor * 200 / size.messages))


def figure(name: str, run: Run, floor: float | None = None) -> Figure:
    """What the command says that it took, and its process's CPU."""
    assert run.report["complete"], run.report
    wall = 1000 * run.report["seconds"]
    return Figure(name, wall, wall, 1000 * run.cpu, None if floor is None else 1000 * floor, None)


def connect(environment: dict[str, str], folder: Path, credentials: dict) -> None:
    file = folder / "credentials.json"
    file.write_text(json.dumps(credentials))
    subprocess.run(
        [sys.executable, "-m", "streaklike", "mailbox", "add", OWNER, "--credentials", str(file)],
        env=environment,
        check=True,
        stderr=subprocess.DEVNULL,
    )
