"""Mail as an older version of this program would have read it, and the work that reads it again."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from zlib import crc32

import pytest

from gmail_emulator import Account
from streaklike.instants import MINUTE, now_instant
from streaklike.jobs.kinds import Run
from streaklike.jobs.rereading import list_rereadable, read_again
from streaklike.mail import reading
from streaklike.mail.message import Bounce, Correspondent, RawMessage, Understood
from streaklike.mail.understand import understand
from streaklike.settings import Settings
from streaklike.store.database import Database, open_database
from streaklike.sync import fetch
from tests.integration.crashing import FailPoints
from tests.integration.sync_helpers import AN, BO, MEI, WEI, at, mime

STRANGER = Correspondent("Stranger", "stranger@else.example", "stranger@else.example")
LIST = Correspondent("", "talk@lists.example", "talk@lists.example")
INSIDER = Correspondent("Mei", MEI, MEI)


def _marked(said: Understood) -> Understood:
    rfc_id = f"hash:older-{said.fingerprint}" if said.rfc_id.startswith("hash:") else said.rfc_id
    return replace(said, fingerprint=f"older-{said.fingerprint}", rfc_id=rfc_id)


def _is_ours(said: Understood) -> bool:
    """Whoever sends from an address of theirs owns it for good (R12): no reading takes that back."""
    return said.author is not None and said.author.key.endswith("@ngo.example")


OLDER: Sequence[Callable[[Understood], Understood]] = (
    lambda said: said,
    _marked,
    lambda said: replace(said, refs=()),
    lambda said: replace(said, refs=("elsewhere@mx.example",), base_subject="another"),
    lambda said: replace(said, text=said.text[:5], quoted=said.text[5:], body_hash="older"),
    lambda said: replace(said, kind="bulk"),
    lambda said: replace(
        said, kind="bounce", bounce=Bounce(("an@donor.example",), "5.1.1", "0-0@mx.example")
    ),
    lambda said: said if _is_ours(said) else replace(said, author=STRANGER, sender=STRANGER),
    lambda said: replace(said, to=(*said.to, STRANGER)),
    lambda said: replace(said, to=said.to[:1], cc=(), bcc=(STRANGER,)),
    lambda said: replace(said, to=tuple(replace(person, name="Wr?ng") for person in said.to)),
    lambda said: replace(said, channel=LIST, list_id="talk.lists.example"),
    lambda said: replace(said, channel=said.author),
    lambda said: replace(said, author=INSIDER, sender=INSIDER, to=(INSIDER,), cc=(), bcc=()),
    lambda said: replace(_marked(said), is_subject_automatic=True, subject="Out of office", is_thanks=True),
)


def older_understand(seed: int) -> Callable[[RawMessage], Understood]:
    """A reading that takes each mail for something else, by the dice: the same for every copy of one message."""

    def read(raw: RawMessage) -> Understood:
        said = understand(raw)
        author = said.author.key if said.author else ""
        # Chosen by what does not depend on today's date, so that what fails once fails in every run.
        rng = random.Random(crc32(f"{seed} {author} {said.subject} {said.text}".encode()))
        return rng.choice(OLDER)(said)

    return read


def use_older(patch: pytest.MonkeyPatch, read: Callable[[RawMessage], Understood]) -> None:
    """Read by an older version until the patch is undone."""
    patch.setattr(reading, "VERSION", 0)
    for module in ("ingest", "mbox"):
        patch.setattr(f"streaklike.sync.{module}.understand", read)


def cut_short(raw: RawMessage) -> Understood:
    """A reading that loses most of each text, and what it answers; ids and fingerprints come out otherwise too."""
    said = understand(raw)
    return replace(_marked(said), refs=(), text=said.text[:4], quoted="", is_thanks=False)


def unquoted(raw: RawMessage) -> Understood:
    """A reading that takes all for new, and the name of its writer for another."""
    said = understand(raw)
    named = replace(said.author, name="Wr?ng") if said.author else None
    whole = f"{said.text}\n\n{said.quoted}"
    return replace(said, text=whole, quoted="", body_hash="older", author=named)


def read_all_again(database: Database, settings: Settings) -> int:
    """Every portion of every mailbox until none is left; how many there were."""
    portions = 0
    while portions < 500:
        with database.read() as session:
            subjects = list_rereadable(session, now_instant() + portions * MINUTE)
        if not subjects:
            return portions
        for email in subjects:
            read_again(Run(database, settings, email, now_instant(), None))
            portions += 1
    raise AssertionError("reading again never ends")


def bounce(minute: int, failed: str, of: str) -> bytes:
    text = f"550 5.1.1 <{failed}> user unknown"
    source = mime("MAILER-DAEMON <mailer-daemon@mx.example>", [MEI], "Undeliverable", text, minute=minute)
    report = (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n'
        f"Content-Type: text/plain\r\n\r\n{text}\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {failed}\r\nAction: failed\r\n"
        f"Status: 5.1.1\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{of}@mx.example>\r\n"
        f"From: {MEI}\r\nTo: {failed}\r\nSubject: x\r\n\r\nx\r\n--b--\r\n"
    )
    head = source.decode().partition("Content-Type")[0]
    return (head + report).encode()


def fill(mei: Account, wei: Account, threads: int) -> None:
    """Conversations of several, some in both mailboxes; internal mail, a mail merge, bounces, lists, thanks, forwards."""
    people = [AN, BO, "Chu <chu@volunteer.example>", "info@press.example"]
    for thread in range(threads):
        refs: list[str] = []
        who, other = people[thread % 4], people[(thread // 2 + 1) % 4]
        for turn in range(1 + thread % 4):
            minute, ours = thread * 10 + turn, turn % 2 == 1
            source = mime(
                MEI if ours else who,
                [who if ours else MEI, *([other] if thread % 5 == 4 else [])],
                f"{'Re: ' if turn else ''}Matter {thread}",
                f"Text {thread} {turn}\n\nOn Monday An wrote:\n> earlier {thread}"
                if turn
                else f"Question {thread}?",
                minute=minute,
                cc=[WEI] if thread % 2 else [],
                bcc=["Dao <dao@hidden.example>"] if ours and thread % 3 == 0 else [],
                message_id=f"{thread}-{turn}",
                refs=refs,
            )
            mei.deliver(source, label_ids=("SENT",) if ours else ("INBOX",), at=at(minute))
            if thread % 2:
                wei.deliver(source.replace(b"\nBcc: Dao <dao@hidden.example>", b""), at=at(minute + 1))
            refs.append(f"{thread}-{turn}")
    minute = threads * 10
    for each in range(6):
        minute += 1
        internal = mime(
            WEI,
            [MEI],
            f"Internal {each}",
            "Between us",
            minute=minute,
            message_id=f"i-{each}",
            refs=[f"{each}-0"],
        )
        mei.deliver(internal, at=at(minute))
        minute += 1
        wei.deliver(
            mime(
                AN,
                [WEI],
                "Newsletter",
                "All alike",
                minute=minute,
                headers=[("List-Id", "<a.lists.example>")],
            ),
            at=at(minute),
        )
    for each in range(13):
        minute += 1
        source = mime(MEI, [f"p{each}@merge.example"], "Invitation", "Dear all,\nplease come.", minute=minute)
        mei.deliver(source, label_ids=("SENT",), at=at(minute))
    mei.deliver(bounce(minute + 1, "p3@merge.example", "0-0"), at=at(minute + 1))
    for from_, to, label in ((BO, MEI, "INBOX"), (MEI, BO, "SENT")):
        minute += 2
        source = mime(from_, [to], f"No id: {label}", "Where is the river?", minute=minute)
        start = source.index(b"Message-ID")
        source = source[:start] + source[source.index(b"\n", start) + 1 :]
        mei.deliver(source, label_ids=(label,), at=at(minute))
        wei.deliver(source, at=at(minute))


def read_in_child(url: str, settings: Settings, deadly: int, told: Connection) -> None:
    """The work of a child that may be killed at a point (`crashing.run_child`)."""
    fetch.PAGE_MESSAGES = 3
    points = FailPoints(deadly)
    points.install()
    told.send("begun")
    database = open_database(url)
    read_all_again(database, settings)
    database.close()
    told.send(points.passed)
