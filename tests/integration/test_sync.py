"""Mailboxes come in through a real Gmail API server: all that should, and nothing that should not."""

import pytest
from sqlalchemy import func, select

from gmail_emulator import Fault
from streaklike.gmail.types import GmailId
from streaklike.store.models import Body, ForwardOffer, Mailbox, MailboxMessage, Message
from streaklike.sync.plan import lower_bound_units
from tests.integration.sync_helpers import AN, BO, MEI, WEI, Team, at, mime


def fill(account, threads: int = 6) -> list[int]:
    """Threads of one to four messages; their sizes."""
    sizes = []
    for thread in range(threads):
        size = 1 + thread % 4
        ids: list[str] = []
        for turn in range(size):
            minute = thread * 100 + turn
            message_id = f"{thread}-{turn}"
            ours = turn % 2 == 1
            account.deliver(
                mime(
                    MEI if ours else AN,
                    [AN if ours else MEI],
                    f"Matter {thread}",
                    f"Text {thread} {turn}",
                    minute=minute,
                    message_id=message_id,
                    refs=ids,
                ),
                label_ids=("SENT",) if ours else ("INBOX",),
                at=at(minute),
            )
            ids.append(message_id)
        sizes.append(size)
    return sizes


def texts(team: Team) -> list[str]:
    with team.database.read() as session:
        return sorted(session.scalars(select(Body.text).join(Message).where(Message.is_live)))


def test_a_first_sync_brings_all_at_the_lower_bound_and_proves_it(team: Team):
    sizes = fill(team.connect(MEI))
    report = team.sync_one()
    assert report.error is None
    assert (report.mode, report.complete) == ("full", True)
    assert report.messages_added == report.messages_total == report.gmail_total == sum(sizes)
    overhead = 1 + 2  # the profile before, history after
    assert report.quota_units <= lower_bound_units(sizes) + overhead


def test_a_second_run_costs_two_units_and_changes_nothing(team: Team):
    fill(team.connect(MEI))
    team.sync()
    before = team.dump()
    report = team.sync_one()
    assert (report.mode, report.quota_units, report.messages_added) == ("partial", 2, 0)
    assert report.complete
    assert team.dump() == before


def test_new_mail_costs_twenty_units_each(team: Team):
    account = team.connect(MEI)
    fill(account)
    team.sync()
    for minute in range(3000, 3010):
        account.deliver(mime(BO, [MEI], f"New {minute}", minute=minute), at=at(minute))
    report = team.sync_one()
    assert report.messages_added == 10
    assert report.quota_units <= 2 + 20 * 10


def test_R13_internal_mail_is_left_out_with_its_reason(team: Team):
    account = team.connect(MEI)
    account.deliver(mime(WEI, [MEI], "Lunch?"), at=at(0))
    account.deliver(mime(AN, [MEI], "Hello"), at=at(1))
    report = team.sync_one()
    assert (report.messages_total, report.left_out, report.gmail_total) == (1, {"internal": 1}, 2)
    assert report.complete


def test_R14_drafts_chats_spam_and_trash_stay_out(team: Team):
    account = team.connect(MEI)
    for place, label in enumerate(("DRAFT", "CHAT", "SPAM", "TRASH")):
        account.deliver(mime(AN, [MEI], label, minute=place), label_ids=(label,), at=at(place))
    account.deliver(mime(AN, [MEI], "Kept", "kept", minute=9), at=at(9))
    report = team.sync_one()
    assert report.left_out == {"chat": 1, "draft": 1}
    assert (report.messages_total, report.gmail_total, report.complete) == (1, 3, True)
    assert texts(team) == ["kept"]


def test_R14_trash_leaves_the_timeline_and_comes_back(team: Team):
    account = team.connect(MEI)
    gmail_id = account.deliver(mime(AN, [MEI], text="found again"), at=at(0))
    team.sync()
    before = team.dump()
    account.trash(gmail_id)
    report = team.sync_one()
    assert (report.messages_total, report.gmail_total, report.complete) == (0, 0, True)
    assert texts(team) == []
    account.untrash(gmail_id)
    account.label(gmail_id, add=["INBOX"])
    assert team.sync_one().complete
    assert texts(team) == ["found again"]
    assert team.dump() == before


def test_what_came_back_from_trash_before_we_ever_saw_it_is_fetched(team: Team):
    account = team.connect(MEI)
    gmail_id = account.deliver(mime(AN, [MEI], text="first in trash"), label_ids=("TRASH",), at=at(0))
    team.sync()
    assert texts(team) == []
    account.untrash(gmail_id)
    assert team.sync_one().complete
    assert texts(team) == ["first in trash"]


def test_what_is_deleted_for_ever_is_forgotten(team: Team):
    account = team.connect(MEI)
    gmail_id = account.deliver(mime(AN, [MEI]), at=at(0))
    team.sync()
    account.delete(gmail_id)
    report = team.sync_one()
    assert report.complete
    with team.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_a_draft_is_passed_over_at_each_edit_and_comes_in_once_sent(team: Team):
    account = team.connect(MEI)
    team.sync()
    draft = account.draft(mime(MEI, [AN], text="first words"))
    account.edit_draft(draft, mime(MEI, [AN], text="second words"))
    assert team.sync_one().quota_units <= 5
    assert texts(team) == []
    account.send_draft(draft)
    assert team.sync_one().complete
    assert texts(team) == ["second words"]


def test_R16_one_message_in_two_mailboxes_is_one_with_two_witnesses(team: Team):
    mei, wei = team.connect(MEI), team.connect(WEI)
    message = mime(AN, [MEI, WEI], message_id="both")
    mei.deliver(message, at=at(0))
    wei.deliver(message, at=at(1))
    team.sync()
    with team.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 1
        assert (
            session.scalar(
                select(func.count()).select_from(MailboxMessage).where(MailboxMessage.message_id.is_not(None))
            )
            == 2
        )
        assert session.scalar(select(Message.at)) == at(0)


def test_R17_a_forward_among_colleagues_is_an_offer_alone(team: Team):
    account = team.connect(WEI)
    forward = (
        "看一下\n\n---------- Forwarded message ---------\n寄件者： An Chen <an@donor.example>\n"
        "Date: 2026年1月5日 週一 下午3:04\nSubject: 捐款收據\nTo: <mei@ngo.example>\n\n請問收據何時寄出？\n"
    )
    account.deliver(mime(MEI, [WEI], "Fwd: 捐款收據", forward), at=at(0))
    report = team.sync_one()
    assert (report.messages_total, report.left_out) == (0, {"internal": 1})
    with team.database.read() as session:
        offer = session.scalars(select(ForwardOffer)).one()
        assert (offer.original_key, offer.forwarded_by) == ("an@donor.example", MEI)


def test_R30_a_delivery_report_of_our_own_server_is_about_whom_it_failed_to_reach(team: Team):
    account = team.connect(MEI)
    report = (
        b"From: Mail Delivery System <mailer-daemon@ngo.example>\nTo: mei@ngo.example\n"
        b"Subject: Undelivered Mail Returned to Sender\nMessage-ID: <r1@ngo.example>\n"
        b"MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nNo such user.\n"
        b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; ngo.example\n\n"
        b"Final-Recipient: rfc822; an@donor.example\nAction: failed\nStatus: 5.1.1\n\n"
        b"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <lost@mx.example>\nTo: an@donor.example\n\n--b--\n"
    )
    account.deliver(
        mime(MEI, [AN], "Hello", "Are you there?", message_id="lost"), label_ids=("SENT",), at=at(0)
    )
    account.deliver(report, at=at(1))
    assert team.sync_one().left_out == {}
    with team.database.read() as session:
        assert session.scalar(select(Message.bounce_of).where(Message.kind == "bounce")) == "lost@mx.example"


def test_Q3_an_expired_cursor_compares_and_fetches_only_what_is_missing(team: Team):
    account = team.connect(MEI)
    sizes = fill(account)
    team.sync()
    gone = next(iter(account.state()))
    account.delete(gone)
    account.deliver(mime(BO, [MEI], "Later", "later", minute=5000), at=at(5000))
    account.expire_history()
    report = team.sync_one()
    assert (report.mode, report.messages_added) == ("full", 1)
    assert report.complete
    assert report.messages_total == sum(sizes)
    assert report.quota_units <= 2 + 1 + 5 + (5 + 5) + 20 + 2, (
        "trash and spam are asked for what is not listed"
    )


def test_R14_a_comparison_brings_back_what_left_the_trash_meanwhile(team: Team):
    account = team.connect(MEI)
    gmail_id = account.deliver(mime(AN, [MEI], text="restored"), at=at(0))
    team.sync()
    account.trash(gmail_id)
    team.sync()
    account.untrash(gmail_id)
    account.expire_history()
    assert team.sync_one().complete
    assert texts(team) == ["restored"]


def test_Q2_a_sync_that_breaks_off_goes_on_and_ends_the_same(team: Team, monkeypatch: pytest.MonkeyPatch):
    account = team.connect(MEI)
    sizes = fill(account, threads=12)
    monkeypatch.setattr("streaklike.sync.fetch.PAGE_MESSAGES", 3)
    bound = lower_bound_units(sizes)
    spent = added = 0
    for _ in range(40):
        team.server.faults.add(Fault(call="threads.get", status=400, skip=1, times=1))
        report = team.sync_one()
        team.server.faults.clear()
        spent, added = spent + report.quota_units, added + report.messages_added
        if report.error is None:
            break
    assert report.complete
    assert added == report.messages_total == sum(sizes)
    assert spent <= bound + 40 * 40


def test_a_mailbox_that_fails_harms_no_other(team: Team):
    mei, wei = team.connect(MEI), team.connect(WEI)
    fill(mei)
    fill(wei)
    mei.revoke()
    first, second = team.sync()
    assert first.needs_reconnect
    assert first.error is not None
    assert "connect" in first.error.lower()
    assert second.complete
    with team.database.read() as session:
        states = dict(session.execute(select(Mailbox.email, Mailbox.needs_reconnect)).all())
    assert states == {MEI: True, WEI: False}


def test_Q10_what_cannot_be_read_is_set_aside_and_the_mailbox_goes_on(
    team: Team, monkeypatch: pytest.MonkeyPatch
):
    account = team.connect(MEI)
    account.deliver(mime(AN, [MEI], "Poison"), at=at(0))
    account.deliver(mime(AN, [MEI], "Sound", "sound", minute=1), at=at(1))
    from streaklike.sync import ingest

    understand = ingest.understand

    def fragile(raw):
        if ("Subject", "Poison") in raw.headers:
            raise RecursionError
        return understand(raw)

    monkeypatch.setattr(ingest, "understand", fragile)
    report = team.sync_one()
    assert report.left_out == {"set_aside": 1}
    assert report.complete
    assert texts(team) == ["sound"]


def test_verify_lists_again_and_finds_nothing_to_do(team: Team):
    fill(team.connect(MEI))
    team.sync()
    before = team.dump()
    (report,) = team.sync(verify=True)
    assert (report.mode, report.messages_added, report.complete) == ("full", 0, True)
    assert report.quota_units <= 1 + 5 + 2
    assert team.dump() == before


def test_an_address_that_is_no_mailbox_is_told_and_nothing_is_done(team: Team):
    team.connect(MEI)
    with pytest.raises(LookupError, match=r"nobody@ngo\.example is no connected mailbox"):
        team.sync("nobody@ngo.example")


def test_copies_keep_the_order_of_the_listing(team: Team):
    account = team.connect(MEI)
    ids = [GmailId(account.deliver(mime(AN, [MEI], f"S{n}", minute=n), at=at(n))) for n in range(5)]
    team.sync()
    with team.database.read() as session:
        ordered = list(session.scalars(select(MailboxMessage.gmail_id).order_by(MailboxMessage.position)))
    assert ordered == ids[::-1]
