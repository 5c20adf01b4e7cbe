"""R21, Q1: mail that an older version read is read anew; then all is as if this version had read it from the start."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gmail_emulator import GmailServer
from streaklike.instants import now_instant
from streaklike.jobs.imports import import_mbox
from streaklike.jobs.kinds import Run
from streaklike.jobs.rereading import read_again
from streaklike.mail.message import RawMessage, Understood
from streaklike.mail.understand import understand
from streaklike.people.events import record_event
from streaklike.people.touch_classes import correct_touch
from streaklike.settings import Settings
from streaklike.store.database import open_database
from streaklike.store.dump import iter_dump
from streaklike.store.models import (
    Address,
    Body,
    Conversation,
    Event,
    MailboxMessage,
    Message,
    Reminder,
    User,
)
from streaklike.sync.reading_left import Reading, measure_reading
from tests.integration.crashing import run_child, spread
from tests.integration.rereading import (
    STRANGER,
    cut_short,
    fill,
    older_understand,
    read_all_again,
    read_in_child,
    unquoted,
    use_older,
)
from tests.integration.sync_helpers import AN, MEI, WEI, Team, mime


class Two:
    """A team whose mail an older version reads, and what a fresh sync by this one makes of the same mailboxes."""

    def __init__(self, make_url: Callable[..., str], folder: Path, server: GmailServer, threads: int) -> None:
        self.make_url, self.folder, self.server = make_url, folder, server
        self.empty = make_url()
        team = self.open(self.empty)
        self.mei, self.wei = team.connect(MEI), team.connect(WEI)
        team.database.close()
        fill(self.mei, self.wei, threads)

    def open(self, url: str) -> Team:
        return Team(open_database(url), url, self.folder, self.server)

    def sync(self, team: Team) -> list[str]:
        for report in team.sync():
            assert (report.error, report.complete) == (None, True), report
        return team.dump()

    def fresh(self) -> list[str]:
        team = self.open(self.make_url(self.empty))
        dump = self.sync(team)
        team.database.close()
        return dump

    def older(self, read: Callable[[RawMessage], Understood]) -> Team:
        team = self.open(self.make_url(self.empty))
        with pytest.MonkeyPatch.context() as patch:
            use_older(patch, read)
            self.sync(team)
        return team


def show_difference(found: list[str], wanted: list[str]) -> str:
    """What two dumps do not share; empty where they are equal."""
    lines = [f"+ {line}" for line in found if line not in set(wanted)]
    lines += [f"- {line}" for line in wanted if line not in set(found)]
    return "\n".join(sorted(lines, key=lambda line: line[2:])) or ("" if found == wanted else "another order")


@pytest.fixture
def two(new_database_url: Callable[..., str], tmp_path: Path, server: GmailServer) -> Two:
    return Two(new_database_url, tmp_path / "data", server, threads=10)


def test_R21_read_anew_all_is_as_a_fresh_sync_makes_it(two: Two):
    fresh = two.fresh()
    for seed in range(3):
        team = two.older(older_understand(seed))
        before = team.dump()
        assert before != fresh
        assert read_all_again(team.database, team.settings) > 0
        found = two.sync(team)
        assert show_difference(found, fresh) == ""
        team.database.close()


def test_R21_whom_only_one_copy_named_goes_with_the_reading_of_that_copy(two: Two):
    """R22: Bcc is believed of the sender's copy alone, so it stays while the recipient's copy is read anew."""
    fresh = two.fresh()

    def read(raw: RawMessage) -> Understood:
        said = understand(raw)
        return replace(said, bcc=(STRANGER,)) if said.cc else said  # what both mailboxes have

    team = two.older(read)
    for email in (WEI, MEI):
        read_again(Run(team.database, team.settings, email, now_instant(), None))
    assert show_difference(two.sync(team), fresh) == ""
    team.database.close()


def test_Q1_killed_while_it_reads_anew_it_goes_on(two: Two):
    fresh, older = two.fresh(), two.older(older_understand(1))
    older.database.close()
    total = run_child(older, two.make_url(older.settings.database_url), work=read_in_child).passed
    kills = 0
    for point in spread(total, 5)[1:]:
        url = two.make_url(older.settings.database_url)
        kills += run_child(older, url, deadly=point, work=read_in_child).is_killed
        team = two.open(url)
        read_all_again(team.database, team.settings)
        assert show_difference(two.sync(team), fresh) == "", f"killed at {point} of {total}"
        team.database.close()
    assert kills >= 3


def _load_ids(session: Session) -> dict[str, int]:
    return dict(
        session.execute(select(Message.rfc_id, Message.id).where(~Message.rfc_id.startswith("hash:"))).all()
    )


def test_what_people_said_stays_on_mail_that_is_read_anew(two: Two):
    """On the same rows, under the same ids, of mail without an id too, whose stand-in changes with its reading."""
    team, now = two.older(cut_short), now_instant()
    with team.database.begin() as session:
        before = _load_ids(session)
        theirs = session.scalars(select(Message).where(Message.subject == "No id: INBOX")).one()
        ours = session.scalars(select(Message).where(Message.subject == "No id: SENT")).one()
        names, ids = {theirs.rfc_id, ours.rfc_id}, (theirs.id, ours.id)
        correct_touch(session, ours, "serve", by=None, now=now)
        owner = session.scalars(select(User.id).where(User.email == WEI)).one()
        session.get_one(Conversation, theirs.conversation_id).owner_id = owner
        bo = session.scalars(select(Address.contact_id).where(Address.key == "bo@donor.example")).one()
        record_event(session, "note", at=now, now=now, author_id=owner, contact_id=bo, text="Likes tea")
        facts = {"due_at": now, "contact_id": bo, "message": theirs.rfc_id, "created_at": now}
        session.add(Reminder(uid="r1", user_id=owner, text="Ask", **facts))
    read_all_again(team.database, team.settings)
    two.sync(team)
    with team.database.read() as session:
        after = _load_ids(session)
        assert after == before
        theirs = session.scalars(select(Message).where(Message.subject == "No id: INBOX")).one()
        ours = session.scalars(select(Message).where(Message.subject == "No id: SENT")).one()
        assert (theirs.id, ours.id) == ids
        assert names.isdisjoint({theirs.rfc_id, ours.rfc_id})
        assert session.get_one(Conversation, theirs.conversation_id).owner_id == owner
        assert session.scalars(select(Reminder.message)).one() == theirs.rfc_id
        assert session.scalars(select(Event.text).where(Event.kind == "note")).one() == "Likes tea"
        assert ours.touch_class == "serve"
        correction = session.scalars(select(Event.data).where(Event.kind == "touch_class")).one()
        assert correction["message"] == ours.rfc_id
        assert measure_reading(session, 1) == Reading()
    team.database.close()


def test_R54_a_file_imported_again_is_read_anew_without_doubles(
    new_database_url: Callable[..., str], tmp_path: Path
):
    urls = [new_database_url(), new_database_url()]
    mails = [
        mime(
            AN,
            [MEI],
            f"Re: Rice {each}",
            f"Yes, {each}.\n\nOn Monday Mei wrote:\n> Rice?",
            minute=each,
            refs=["a"],
        )
        for each in range(12)
    ]
    path = tmp_path / "mail.mbox"
    path.write_bytes(
        b"".join(b"From an@donor.example Mon Mar  2 09:00:00 2026\n" + mail + b"\n" for mail in mails)
    )
    settings = Settings(data_dir=tmp_path, team_domains=("ngo.example",))
    old, fresh = map(open_database, urls)
    with pytest.MonkeyPatch.context() as patch:
        use_older(patch, unquoted)
        import_mbox(old, settings, path, MEI, is_sent=False)
    import_mbox(fresh, settings, path, MEI, is_sent=False)
    with old.read() as session:
        assert session.scalar(select(func.count()).where(Body.quoted != "")) == 0
    read_all_again(old, settings)
    with old.read() as session:
        assert (
            session.scalar(select(func.count()).where(Body.quoted == "On Monday Mei wrote:\n> Rice?")) == 12
        )
        assert measure_reading(session, 1) == Reading(from_file=12)
    report = import_mbox(old, settings, path, MEI, is_sent=False)
    assert (report.messages_added, report.messages_double) == (0, 12)
    with old.read() as session, fresh.read() as other:
        assert measure_reading(session, 1) == Reading()
        assert show_difference(list(iter_dump(session)), list(iter_dump(other))) == ""
    old.close()
    fresh.close()


def test_mail_that_gmail_has_no_more_stays_as_it_is_and_is_counted(two: Two):
    team = two.older(cut_short)
    gone = next(iter(two.mei.state()))
    two.mei.delete(gone)
    read_all_again(team.database, team.settings)
    with team.database.read() as session:
        left = session.scalars(
            select(MailboxMessage.message_id).where(
                MailboxMessage.gmail_id == gone, MailboxMessage.mailbox_id == 1
            )
        ).one()
        assert session.get_one(Body, left).text == "Ques"
        assert measure_reading(session, 1) == Reading(gone=1)
    two.sync(team)
    with team.database.read() as session:
        assert measure_reading(session, 1) == Reading(), "history told that it was deleted"
    team.database.close()
