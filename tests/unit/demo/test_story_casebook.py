"""The story, synced and with its casebook, shows every flag in a queue that one can work off."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from demo_story import Story, build_story, tell
from gmail_emulator import GmailServer
from streaklike.boxes.handover import list_received
from streaklike.cadence.evaluate.refresh import refresh_all
from streaklike.cadence.queries.audit import audit
from streaklike.cadence.queries.due import list_due
from streaklike.demo.casebook import apply_casebook
from streaklike.gmail.auth import parse_credentials_file
from streaklike.insights.load import measure_load
from streaklike.jobs.mailboxes import add_mailbox, add_user
from streaklike.jobs.sync import SyncReport, sync_mailboxes
from streaklike.people.snoozes import list_snoozed
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import Address, Box, Contact, ContactStatus, Event, Flag, Task, User

TODAY = date(2026, 11, 20)
REASONS = {
    "budget", "collision", "asks", "ask_after_gift", "unanswered", "lapsed", "never_contacted", "promise_overdue",
    "stalled",
}  # fmt: skip


def _sync(database: Database, database_url: str, story: Story, folder: Path) -> list[SyncReport]:
    with GmailServer(units_per_minute=0) as server:
        tell(server, story)
        settings = Settings(
            data_dir=folder,
            database_url=database_url,
            gmail_endpoint=server.url,
            gmail_units_per_minute=0,
            gmail_project_units_per_minute=0,
            team_domains=(story.domain,),
        )
        for colleague in story.colleagues:
            add_user(database, settings, colleague.email, name=colleague.name, role=colleague.role)
            credentials = json.dumps(server.accounts[colleague.email].credentials())
            add_mailbox(database, settings, colleague.email, parse_credentials_file(credentials))
        return sync_mailboxes(database, settings)


def _flags(database: Database) -> dict[str, set[str]]:
    """The addresses of the people flagged, by reason."""
    flags: dict[str, set[str]] = {}
    with database.read() as session:
        rows = session.execute(
            select(Flag.reason, Address.key).join(Address, Address.contact_id == Flag.contact_id)
        )
        for reason, key in rows:
            flags.setdefault(reason, set()).add(key)
    return flags


def test_every_flag_comes_out_and_the_queue_is_manageable(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    story = build_story(TODAY, scale=0.1)
    reports = _sync(database, database_url, story, tmp_path)
    assert all(report.complete and report.error is None for report in reports)
    with database.begin() as session:
        apply_casebook(session, story, now=story.now)
        refresh_all(session, now=story.now)
    flags = _flags(database)
    people = {key: situation.addresses for key, situation in story.situations.items()}
    assert set(flags) == REASONS
    assert people["two-colleagues"][0] in flags["budget"] & flags["collision"]
    assert people["volunteer-waiting"][0] in flags["unanswered"]
    assert people["journalist-waiting"][0] in flags["unanswered"]
    assert people["lapsed-donor"][0] in flags["lapsed"]
    assert people["promised-proposal"][0] in flags["promise_overdue"]
    assert people["stalled-case"][0] in flags["stalled"]
    assert people["ask-after-gift"][0] in flags["ask_after_gift"]
    assert people["asked-twice"][0] in flags["asks"]
    assert {"lichun.pan@goodrice.example", people["bounced-first-mail"][0]} <= flags["never_contacted"]
    assert not flags["lapsed"] & {*people["in-mourning"], *people["leave-me-alone"]}
    assert people["one-of-two-answered"][1] in flags["unanswered"]
    assert people["one-of-two-answered"][0] not in flags["unanswered"]
    _check_numbers(database, flags)
    _check_what_comes_back(database, story, people)
    _check_written_once(database, story)


def _check_what_comes_back(database: Database, story: Story, people: dict[str, tuple[str, ...]]) -> None:
    with database.read() as session:
        users = {user.email.partition("@")[0]: user for user in session.scalars(select(User))}
        director, emily, fundraising = (
            users[name] for name in ("yichun.lin", "emily.watson", "chihhao.chen")
        )
        due = {each.kind: each.address for each in list_due(session, director.id, story.now)}
        assert due["reminder"] == people["journalist-waiting"][0]
        assert [each.kind for each in list_due(session, emily.id, story.now)].count("reminder") == 0
        team = [each.address for each in list_due(session, None, story.now) if each.kind == "follow_up"]
        assert team == [people["lapsed-donor"][0]]
        assert len(list_snoozed(session, emily.id, now=story.now)) == 1
        (received,) = list_received(session, emily, now=story.now)
        assert (received.by, received.count) == (fundraising.name, 2)
        load = measure_load(session, now=story.now)
        assert sum(line.answers for line in load.colleagues) >= 15
        assert load.suggestions


def _check_numbers(database: Database, flags: dict[str, set[str]]) -> None:
    over = flags["budget"] | flags["collision"] | flags["asks"] | flags["ask_after_gift"]
    rest = flags["lapsed"] | flags["never_contacted"] | flags["promise_overdue"] | flags["stalled"]
    assert 8 <= len(over) <= 12
    assert 10 <= len(flags["unanswered"]) <= 20
    assert len(rest) < 15
    with database.read() as session:
        states = Counter(session.scalars(select(ContactStatus.reply_state)))
        counts = audit(session)
        candidates = session.scalar(select(func.count()).where(Contact.kind == "candidate"))
    assert 15 <= states["needs_reply"] <= 25
    assert counts.unaccounted == 0
    assert counts.open_owned >= 3
    assert counts.closed >= 1
    assert 6 <= (candidates or 0) <= 12


def _check_written_once(database: Database, story: Story) -> None:
    counts = []
    for _ in range(2):
        with database.read() as session:
            counts.append(
                [session.scalar(select(func.count()).select_from(table)) for table in (Event, Box, Task)]
            )
        with database.begin() as session:
            apply_casebook(session, story, now=story.now)
    assert counts[0] == counts[1]
    assert (counts[0][1] or 0) >= 20
    with database.read() as session:
        kinds = set(session.scalars(select(Event.kind)))
        newest = session.scalar(select(func.max(Event.at))) or 0
    assert {
        "note", "call", "meeting", "gift", "task", "task_done", "stage", "owner", "box", "tier", "do_not_contact", "contact",
    } <= kinds  # fmt: skip
    assert newest <= story.now


@pytest.mark.long
def test_the_whole_story_keeps_its_numbers(database: Database, database_url: str, tmp_path: Path) -> None:
    story = build_story(TODAY)
    _sync(database, database_url, story, tmp_path)
    with database.begin() as session:
        apply_casebook(session, story, now=story.now)
        refresh_all(session, now=story.now)
    _check_numbers(database, _flags(database))
