"""Digests in the team's own mailboxes: left out and counted as that, and nothing else by any likeness."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gmail_emulator import GmailServer
from gmail_emulator.oauth import READ_SCOPE, SEND_SCOPE
from streaklike.gmail.auth import parse_credentials_file
from streaklike.instants import now_instant
from streaklike.jobs.digests import deliver_due
from streaklike.jobs.mailboxes import add_mailbox
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import DigestDelivery, MailboxMessage, Message
from tests.integration.mail_server import MailServer, hang_up
from tests.integration.sync_helpers import AN, MEI, Team, at, mime

DIGEST_ID = "digest.daily.2026-11-18.abc@mx.example"


@pytest.fixture
def team(database: Database, database_url: str, tmp_path: Path) -> Iterator[Team]:
    with GmailServer(units_per_minute=0) as server:
        yield Team(database, database_url, tmp_path, server)


def record(team: Team, message_id: str, state: str = "sent") -> None:
    with team.database.begin() as session:
        session.add(
            DigestDelivery(
                user_id=1,
                kind="daily",
                day="2026-11-18",
                state=state,
                message_id=message_id,
                claimed_at=at(0),
            )
        )


def digest(message_id: str, sender: str = "streaklike <digest@relay.example>") -> bytes:
    headers = [("X-Streaklike-Digest", "daily"), ("Auto-Submitted", "auto-generated")]
    name = message_id.removesuffix("@mx.example")
    return mime(sender, [MEI], "3 wait for you", message_id=name, headers=headers)


def test_a_digest_that_we_recorded_is_left_out_and_the_numbers_add_up(team: Team):
    mei = team.connect(MEI)
    record(team, DIGEST_ID)
    mei.deliver(digest(DIGEST_ID), at=at(1))
    mei.deliver(mime(AN, [MEI], minute=2), at=at(2))
    report = team.sync_one()
    assert report.left_out == {"digest": 1}
    assert (report.messages_total, report.gmail_total, report.complete) == (1, 2, True)
    with team.database.read() as session:
        assert session.scalars(select(Message.rfc_id)).all() == ["2.River-clean-up@mx.example"]


def test_it_stays_left_out_through_labels_trash_and_back(team: Team):
    mei = team.connect(MEI)
    record(team, DIGEST_ID)
    gmail_id = mei.deliver(digest(DIGEST_ID), at=at(1))
    team.sync()
    mei.label(gmail_id, add=("STARRED",), remove=("INBOX",))
    assert team.sync_one().left_out == {"digest": 1}
    mei.trash(gmail_id)
    assert team.sync_one().left_out == {}
    mei.untrash(gmail_id)
    report = team.sync_one()
    assert (report.left_out, report.complete) == ({"digest": 1}, True)
    before = team.dump()
    assert team.sync(verify=True)[0].complete
    assert team.dump() == before


def test_what_only_looks_like_a_digest_is_mail(team: Team):
    """The header, the sender and the subject hide nothing: only a Message-ID that we wrote down does."""
    mei = team.connect(MEI)
    record(team, DIGEST_ID)
    for number, sender in enumerate(("An Chen <an@donor.example>", "streaklike <digest@relay.example>")):
        mei.deliver(digest(f"digest.daily.2026-11-18.guess{number}@mx.example", sender), at=at(number))
    report = team.sync_one()
    assert report.left_out == {}
    assert report.messages_total == 2


def test_an_answer_to_a_digest_is_mail_of_its_own(team: Team):
    mei = team.connect(MEI)
    record(team, DIGEST_ID)
    mei.deliver(digest(DIGEST_ID), at=at(1))
    refs = [DIGEST_ID.removesuffix("@mx.example")]
    mei.deliver(mime(MEI, [AN], "Fwd: 3 wait for you", minute=3, refs=refs), label_ids=("SENT",), at=at(3))
    report = team.sync_one()
    assert (report.messages_total, report.left_out) == (1, {"digest": 1})


def test_Q7_a_copy_in_the_mailbox_settles_what_was_unknown(team: Team):
    mei = team.connect(MEI)
    record(team, DIGEST_ID, state="unknown")
    mei.deliver(digest(DIGEST_ID), at=at(1))
    team.sync()
    with team.database.read() as session:
        assert session.scalars(select(DigestDelivery.state)).all() == ["sent"]


def test_a_digest_goes_out_by_gmail_once_and_is_left_out_of_both_mailboxes(team: Team):
    mei = team.connect(MEI)
    team.connect("wei@ngo.example")
    mei.deliver(mime(AN, [MEI, "wei@ngo.example"], minute=2), at=at(2))
    team.sync()
    both = parse_credentials_file(json.dumps(mei.credentials((READ_SCOPE, SEND_SCOPE))))
    add_mailbox(team.database, team.settings, MEI, both, may_open_more=True)
    settings = Settings(**{**team.settings.model_dump(), "mail_from": MEI, "_env_file": None})
    monday = working_morning()
    done = deliver_due(team.database, settings, monday)
    assert {(each.email, each.state) for each in done if each.kind == "daily"} == {
        (MEI, "sent"),
        ("wei@ngo.example", "sent"),
    }
    assert deliver_due(team.database, settings, monday) == []
    left_out = [report.left_out for report in team.sync()]
    assert [each["digest"] for each in left_out] == [2, 1], "Mei's holds what she got and what she sent"


def working_morning() -> int:
    """Ten o'clock in Taipei of a working day, not far from now."""
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from streaklike.cadence.calendar.work_calendar import WorkCalendar
    from streaklike.digest.schedule import at_hour
    from streaklike.instants import to_datetime

    zone, calendar = ZoneInfo("Asia/Taipei"), WorkCalendar()
    day = to_datetime(now_instant()).astimezone(zone).date()
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return at_hour(day, 10, zone)


def test_the_link_between_sending_and_syncing_holds_end_to_end(team: Team):
    """What the mail server took is what the mailbox then leaves out, also where nobody knew that it was taken."""
    mei = team.connect(MEI)
    mei.deliver(mime(AN, [MEI], minute=2), at=at(2))
    team.sync()
    with MailServer() as post:
        post.fail("taken", hang_up)
        settings = Settings(
            **{**team.settings.model_dump(), "mail_from": "digest@relay.example", "smtp_url": post.url}
        )
        (done,) = deliver_due(team.database, settings, working_morning())
        assert done.state == "unknown"
        (letter,) = post.letters
    mei.deliver(letter.raw, at=now_instant())
    assert team.sync_one().left_out == {"digest": 1}
    with team.database.read() as session:
        assert session.scalars(select(DigestDelivery.state)).all() == ["sent"]
        assert session.scalars(
            select(MailboxMessage.reason).where(MailboxMessage.state == "left_out")
        ).all() == ["digest"]
