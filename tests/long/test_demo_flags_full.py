"""The demo's flags at 22 instants of a year, held against what its mail and its log say (R47, R52).

.venv/bin/pytest tests/long/test_demo_flags_full.py -m long -s
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from demo_story import build_story, tell
from gmail_emulator import GmailServer
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.queries.thanks_due import list_thanks_due
from streaklike.cli.demo import connect_mailboxes
from streaklike.demo.casebook import apply_casebook
from streaklike.instants import DAY, HOUR, parse_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.jobs.manual_sync import sync_manually
from streaklike.settings import Settings
from streaklike.store.database import Database, open_database
from streaklike.store.models import Address, Body, Contact, Event, Message, Participant
from streaklike.store.writing import lock_writer

NOW = parse_instant("2026-11-18T02:00:00+00:00")
INSTANTS = [NOW - round(number * 365 / 22 * DAY) for number in range(22)]
WORDS = ("call", "meeting", "message")
THANKS = re.compile(r"[^。！!？?\n.]*(?:謝|感恩|感激|thank|grateful|gratitude)[^。！!？?\n.]*", re.IGNORECASE)
GIFT = re.compile(
    r"捐|善款|贊助|愛心|心意|支持|認養|禮物|gift|donat|generous|support|kind|giving|contribut", re.IGNORECASE
)
MORNING = 12 * HOUR
"""A gift is dated by its day; thanks of that morning are thanks for it."""


def make_demo(folder: Path) -> Database:
    """The database of `streaklike demo` as of NOW, read from its Gmail server."""
    with GmailServer(units_per_minute=0) as gmail:
        settings = Settings(
            data_dir=folder,
            database_url="",
            gmail_endpoint=gmail.url,
            gmail_units_per_minute=0,
            gmail_project_units_per_minute=0,
            _env_file=None,
        )
        story = build_story(NOW)
        tell(gmail, story)
        database = open_database(settings.resolved_database_url)
        connect_mailboxes(database, settings, gmail, story)
        sync_manually(database, settings)
        with database.begin() as session:
            lock_writer(session)
            apply_casebook(session, story, now=NOW)
        refresh_due(database, settings)
    return database


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = make_demo(tmp_path_factory.mktemp("demo"))
    yield database
    database.close()


def list_words(session: Session) -> dict[int, list[int]]:
    """By root: when one of us wrote to them personally, or spoke with them in either direction; read plainly."""
    root = func.coalesce(Contact.root_id, Contact.id)
    words: dict[int, list[int]] = defaultdict(list)
    bounce, failed = aliased(Message), aliased(Participant)
    mails = (
        select(root, Message.at)
        .select_from(Message)
        .join(Participant, Participant.message_id == Message.id)
        .join(Address, Address.id == Participant.address_id)
        .join(Contact, Contact.id == Address.contact_id)
        .where(
            Message.direction == "outbound",
            Message.is_live,
            or_(Message.kind == "human", Message.is_invitation),
            Participant.role == "to",
            ~exists().where(
                bounce.bounce_of == Message.rfc_id,
                failed.message_id == bounce.id,
                failed.role == "failed",
                failed.address_id == Participant.address_id,
            ),
        )
    )
    logged = (
        select(root, Event.at)
        .join(Contact, Contact.id == Event.contact_id)
        .where(Event.kind.in_(WORDS), Event.undone_by_id.is_(None))
    )
    for statement in (mails, logged):
        for person, at in session.execute(statement):
            words[person].append(at)
    return words


def list_thanking_mail(session: Session) -> dict[int, list[int]]:
    """By root: when a sentence of ours to them held both a word of thanks and a word of giving."""
    root = func.coalesce(Contact.root_id, Contact.id)
    found: dict[int, list[int]] = defaultdict(list)
    mails = (
        select(root, Message.at, Message.subject, Body.text)
        .select_from(Message)
        .join(Body, Body.message_id == Message.id)
        .join(Participant, Participant.message_id == Message.id)
        .join(Address, Address.id == Participant.address_id)
        .join(Contact, Contact.id == Address.contact_id)
        .where(Message.direction == "outbound", Message.is_live, Participant.role.in_(("to", "bcc")))
    )
    for person, at, subject, text in session.execute(mails):
        if any(GIFT.search(said) for said in THANKS.findall(f"{subject}\n{text}")):
            found[person].append(at)
    return found


def test_R47_nobody_is_called_lapsed_to_whom_one_of_us_spoke_within_the_limit(demo: Database) -> None:
    wrong, seen = [], Counter[str]()
    with demo.read() as session:
        words = list_words(session)
        for at in INSTANTS:
            for flag in flags_as_of(session, at=at):
                seen[flag.reason] += 1
                if flag.reason == "lapsed":
                    since = at - round(float(flag.limit) * DAY)
                    if any(since < word <= at for word in words[flag.contact_id]):
                        wrong.append((flag.contact, at))
    print(f"\nflags at {len(INSTANTS)} instants: {dict(seen.most_common())}; lapsed and wrong: {len(wrong)}")
    assert seen["lapsed"] > 100
    assert wrong == []


def test_R52_no_gift_that_was_thanked_for_is_called_unthanked(demo: Database) -> None:
    wrong, due, thanked = [], 0, 0
    with demo.read() as session:
        thanks = list_thanking_mail(session)
        root = func.coalesce(Contact.root_id, Contact.id)
        gifts = session.execute(
            select(root, Event.at).join(Contact, Contact.id == Event.contact_id).where(Event.kind == "gift")
        ).all()
        thanked = sum(
            any(at - MORNING <= each <= at + 7 * DAY for each in thanks[person]) for person, at in gifts
        )
        for at in INSTANTS:
            for each in list_thanks_due(session, now=at):
                due += 1
                within = (each.gift_at - MORNING, min(at, each.gift_at + 7 * DAY))
                if any(within[0] <= said <= within[1] for said in thanks[each.contact_id]):
                    wrong.append((each.name, each.gift_at, at))
    print(
        f"\n{len(gifts)} gifts, {thanked} thanked for within a week; called unthanked {due} times; wrongly: {len(wrong)}"
    )
    assert thanked > 50
    assert wrong == []
