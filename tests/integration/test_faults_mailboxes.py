"""What happens in mailboxes meanwhile: one case each of what the state machine found, and what it might not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gmail_emulator import Account, Fault, GmailServer
from streaklike.store.database import open_database
from streaklike.store.models import (
    Address,
    Body,
    Contact,
    Conversation,
    ForwardOffer,
    Mailbox,
    MailboxMessage,
    Message,
)
from tests.integration.crashing import fill
from tests.integration.sync_helpers import AN, BO, MEI, WEI, Team, at, mime
from tests.integration.sync_machine import FORWARD, killed_at


def listed_in_pages_of(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from streaklike.gmail.client import GmailClient

    list_messages = GmailClient.list_messages
    monkeypatch.setattr(
        GmailClient,
        "list_messages",
        lambda client, token=None, **options: list_messages(client, token, max_results=size, **options),
    )


def fill_with_singles(account: Account, count: int) -> list[str]:
    return [account.deliver(mime(AN, [MEI], f"S{n}", f"text {n}", minute=n), at=at(n)) for n in range(count)]


def state_of(team: Team) -> Mailbox:
    with team.database.read() as session:
        return session.scalars(select(Mailbox).where(Mailbox.email == MEI)).one()


def test_a_page_token_that_gmail_forgot_lists_from_the_top(team: Team, monkeypatch: pytest.MonkeyPatch):
    listed_in_pages_of(3, monkeypatch)
    account = team.connect(MEI)
    fill_with_singles(account, 10)
    with killed_at(4, is_after=True):
        team.sync()
    with team.database.begin() as session:
        mailbox = session.scalars(select(Mailbox)).one()
        assert (mailbox.state, mailbox.list_token is None) == ("listing", False)
        mailbox.list_token = "stale"
    report = team.sync_one()
    assert (report.error, report.complete, report.messages_total) == (None, True, 10)


def test_a_refused_listing_is_no_endless_circle(team: Team, monkeypatch: pytest.MonkeyPatch):
    listed_in_pages_of(3, monkeypatch)
    fill_with_singles(team.connect(MEI), 10)
    team.server.faults.add(Fault(path_contains="pageToken", status=400, times=None))
    for _ in range(3):
        report = team.sync_one()
        assert report.error is not None
        assert report.requests < 10
    team.server.faults.clear()
    assert team.sync_one().complete


def test_an_end_of_the_listing_without_content_is_not_believed_at_once(team: Team):
    account = team.connect(MEI)
    fill_with_singles(account, 5)
    team.sync()
    before = team.dump()
    team.server.faults.add(Fault(call="messages.list", body=b"{}"))
    (report,) = team.sync(verify=True)
    assert (report.complete, report.messages_added) == (True, 0)
    assert team.dump() == before


def test_what_is_trashed_between_listing_and_fetching_stays_out(team: Team, monkeypatch: pytest.MonkeyPatch):
    """The first page's threads are fetched while the listing goes on: what is trash by then never counted."""
    listed_in_pages_of(4, monkeypatch)
    account = team.connect(MEI)
    ids = fill_with_singles(account, 9)
    refs = ["8.S8"]
    ids.append(account.deliver(mime(MEI, [AN], "Re: S8", minute=9, refs=refs), label_ids=("SENT",), at=at(9)))
    with killed_at(3, is_after=True):
        team.sync()
    account.trash(ids[-1])
    account.trash(ids[0])
    account.delete(ids[1])
    report = team.sync_one()
    assert (report.complete, report.messages_total, report.gmail_total) == (True, 7, 7)
    assert team.sync_one().quota_units == 2


def test_a_mail_that_threads_get_brought_already_is_not_counted_twice(team: Team):
    """New mail comes between the listing and the fetching of its thread, and is told by history again."""
    account = team.connect(MEI)
    first = account.deliver(mime(AN, [MEI], "River", minute=1, message_id="a"), at=at(1))
    account.deliver(mime(AN, [MEI], "River", minute=2, message_id="b", refs=["a"]), at=at(2))
    with killed_at(3, is_after=True):
        team.sync()
    assert state_of(team).state == "filling"
    thread = account.messages[first].thread_id
    account.deliver(mime(AN, [MEI], "River", "third", minute=3, message_id="c"), at=at(3), thread_id=thread)
    report = team.sync_one()
    assert (report.messages_added, report.messages_total, report.gmail_total) == (3, 3, 3)
    assert report.complete
    assert report.quota_units <= 40 + 3


@pytest.mark.parametrize("call", ["threads.get", "messages.get"])
def test_a_404_that_passes_loses_nothing(team: Team, call: str):
    """threads.get may say 404 while one of its messages is still there; only history says what is gone."""
    account = team.connect(MEI)
    fill(account, account, 6)
    team.server.faults.add(Fault(call=call, status=404, times=3))
    expected = len(account.state())
    report = team.sync_one()
    assert (report.complete, report.messages_total) == (True, expected)


def test_a_404_that_stays_is_no_proof_and_ends_with_the_listing(team: Team):
    account = team.connect(MEI)
    ids = fill_with_singles(account, 3)
    team.server.faults.add(Fault(path_contains=f"messages/{ids[0]}", status=404, times=None))
    report = team.sync_one()
    assert (report.error, report.complete, report.messages_total, report.gmail_total) == (None, False, 2, 3)
    team.server.faults.clear()
    assert team.sync_one().complete


def test_a_thread_of_which_one_mail_is_gone_gives_the_other(team: Team):
    account = team.connect(MEI)
    kept = account.deliver(mime(AN, [MEI], "River", "kept", minute=1, message_id="a"), at=at(1))
    gone = account.deliver(mime(AN, [MEI], "River", minute=2, message_id="b", refs=["a"]), at=at(2))
    with killed_at(3, is_after=True):
        team.sync()
    account.delete(gone)
    team.server.faults.add(Fault(call="threads.get", status=404))
    report = team.sync_one()
    assert (report.complete, report.messages_total) == (True, 1)
    with team.database.read() as session:
        assert session.scalars(select(MailboxMessage.gmail_id)).all() == [kept]


def test_one_mail_that_gmail_always_fails_at_stops_no_other(team: Team, quick_retries: None):
    account = team.connect(MEI)
    ids = fill_with_singles(account, 6)
    team.server.faults.add(Fault(path_contains=f"messages/{ids[3]}", status=500, times=None))
    report = team.sync_one()
    assert (report.error, report.complete, report.messages_total) == (None, False, 5)
    account.deliver(mime(BO, [MEI], "New", minute=100), at=at(100))
    report = team.sync_one()
    assert (report.error, report.complete, report.messages_total) == (None, False, 6)
    team.server.faults.clear()
    assert team.sync_one().complete


def test_an_outage_is_an_error_and_what_came_before_it_stays(team: Team, quick_retries: None):
    account = team.connect(MEI)
    fill_with_singles(account, 8)
    team.server.faults.add(Fault(call="messages.get", status=503, skip=5, times=None))
    report = team.sync_one()
    assert report.error is not None
    assert report.messages_total == 5
    team.server.faults.clear()
    report = team.sync_one()
    assert (report.messages_added, report.complete) == (3, True)


@pytest.mark.parametrize("body", [b"[" * 50_000, b'{"id":"1"}', b'{"id":7,"threadId":"1","payload":[]}'])
def test_Q10_an_answer_that_cannot_be_read_is_set_aside(team: Team, body: bytes, quick_retries: None):
    account = team.connect(MEI)
    ids = fill_with_singles(account, 3)
    team.server.faults.add(Fault(path_contains=f"messages/{ids[1]}", body=body, times=None))
    report = team.sync_one()
    assert (report.error, report.left_out, report.messages_total) == (None, {"set_aside": 1}, 2)
    assert report.complete
    team.server.faults.clear()
    (report,) = team.sync(verify=True)
    assert (report.left_out, report.messages_total, report.complete) == ({}, 3, True)


def test_Q10_a_mail_that_no_row_can_hold_is_set_aside_alone(team: Team, monkeypatch: pytest.MonkeyPatch):
    from streaklike.jobs import linked

    account = team.connect(MEI)
    fill_with_singles(account, 5)
    link = linked.link

    def fragile(session, message_ids, *, now):
        texts = session.scalars(select(Body.text).where(Body.message_id.in_(message_ids)))
        if any("text 2" in text for text in texts):
            raise OverflowError
        return link(session, message_ids, now=now)

    monkeypatch.setattr(linked, "link", fragile)
    report = team.sync_one()
    assert (report.error, report.left_out, report.messages_total) == (None, {"set_aside": 1}, 4)
    assert report.messages_added == 4
    assert report.complete


def test_a_fault_of_ours_in_one_mailbox_harms_no_other(team: Team, monkeypatch: pytest.MonkeyPatch):
    from streaklike.jobs import sync

    for email in (MEI, WEI):
        fill_with_singles(team.connect(email), 2)
    iter_full_sync = sync.iter_full_sync
    with team.database.read() as session:
        broken = session.scalar(select(Mailbox.id).where(Mailbox.email == MEI))

    def fragile(gmail, mailbox_id, read, *, now):
        if mailbox_id == broken:
            raise ZeroDivisionError
        return iter_full_sync(gmail, mailbox_id, read, now=now)

    monkeypatch.setattr(sync, "iter_full_sync", fragile)
    first, second = team.sync()
    assert first.error is not None
    assert "ZeroDivisionError" in first.error
    assert "safe" in first.error
    assert second.complete


def test_sealed_credentials_of_another_key_are_that_mailboxes_error_alone(team: Team):
    first, _ = team.connect(MEI), team.connect(WEI)
    with team.database.begin() as session:
        mailbox = session.scalars(select(Mailbox).where(Mailbox.email == MEI)).one()
        mailbox.credentials = session.scalars(select(Mailbox.credentials).where(Mailbox.email == WEI)).one()
    mei, wei = team.sync()
    assert "Connect the mailbox again" in (mei.error or "")
    assert wei.complete
    team.reconnect(MEI, first)
    assert all(report.complete for report in team.sync())


def test_two_syncs_of_one_mailbox_at_once_lose_nothing(team: Team, monkeypatch: pytest.MonkeyPatch):
    """A second process lists from the top while the first is in the middle of its listing."""
    from streaklike.gmail.client import GmailClient

    listed_in_pages_of(3, monkeypatch)
    account = team.connect(MEI)
    fill_with_singles(account, 10)
    team.sync()
    before = team.dump()
    list_messages = GmailClient.list_messages
    calls: list[str | None] = []

    def interrupted(client, token=None, **options):
        calls.append(token)
        if len(calls) == 3:
            (other,) = team.sync(verify=True)
            assert other.complete
        return list_messages(client, token, **options)

    monkeypatch.setattr(GmailClient, "list_messages", interrupted)
    (report,) = team.sync(verify=True)
    assert "Another sync" in (report.error or "")
    assert state_of(team).error is None
    assert team.sync_one().complete
    assert team.dump() == before


def test_a_proof_forgets_no_change_of_labels(team: Team):
    account = team.connect(MEI)
    (gmail_id,) = fill_with_singles(account, 1)
    team.sync()
    account.label(gmail_id, add=["STARRED"])
    team.sync(verify=True)
    with team.database.read() as session:
        assert session.scalar(select(MailboxMessage.label_ids)) == "INBOX STARRED"


@pytest.mark.parametrize("how", ["trash", "delete"])
def test_R17_the_offer_of_a_forward_goes_with_it(team: Team, how: str):
    account = team.connect(WEI)
    gmail_id = account.deliver(mime(MEI, [WEI], "Fwd: 捐款收據", FORWARD), at=at(0))
    team.sync()
    getattr(account, how)(gmail_id)
    team.sync()
    with team.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ForwardOffer)) == 0
    if how == "trash":
        account.untrash(gmail_id)
        team.sync()
        with team.database.read() as session:
            assert session.scalar(select(func.count()).select_from(ForwardOffer)) == 1


def test_R12_a_new_member_who_wrote_before_is_inside_from_now_on(team: Team):
    account = team.connect(MEI)
    account.deliver(mime("Lin <lin@gmail.com>", [MEI], "Hello"), at=at(0))
    assert team.sync_one().messages_total == 1
    team.connect("lin@gmail.com")
    mei = next(report for report in team.sync() if report.mailbox == MEI)
    assert (mei.messages_total, mei.left_out, mei.complete) == (0, {"internal": 1}, True)
    with team.database.read() as session:
        sides = session.scalars(select(Address.side).where(Address.key == "lin@gmail.com")).all()
        assert sides in ([], ["inside"])
        assert session.scalar(select(func.count()).select_from(Contact)) == 0


def test_R33_a_conversation_that_everybody_left_is_quiet(team: Team):
    """An's mail is spam now; what is left is a colleague's, of which we hold no sent copy."""
    account = team.connect(MEI)
    asked = account.deliver(mime(AN, [WEI], "River", cc=[MEI], message_id="a"), at=at(0))
    account.deliver(mime(WEI, ["an@donor.example"], "Re: River", cc=[MEI], minute=5, refs=["a"]), at=at(5))
    team.sync()
    account.label(asked, add=["SPAM"], remove=["INBOX"])
    team.sync()
    with team.database.read() as session:
        assert session.scalars(select(Conversation.reply_state)).all() == ["quiet"]


def test_R39_a_mail_of_somebody_who_is_a_member_by_now_has_no_place_among_what_was_asked(team: Team):
    account = team.connect(MEI)
    source = mime("Lin <lin@gmail.com>", ["an@donor.example"], "River", cc=[MEI])
    account.deliver(source, at=at(0))
    team.sync()
    team.connect("lin@gmail.com")
    assert all(report.complete for report in team.sync())
    with team.database.read() as session:
        (mail,) = session.scalars(select(Message)).all()
        assert (mail.direction, mail.answer) == ("internal", None)


def test_R16_two_mailboxes_side_by_side_end_as_one_after_the_other(
    new_database_url: Callable[..., str], tmp_path: Path, server: GmailServer
):
    """Both hold the same threads, and write the same rows at the same time."""
    dumps = []
    for name in ("together", "mei first", "wei first"):
        url = new_database_url()
        team = Team(open_database(url), url, tmp_path / name, server)
        for email in (MEI, WEI):
            if email in server.accounts:
                team.reconnect(email, server.accounts[email])
            else:
                team.connect(email)
        if not server.accounts[MEI].state():
            fill(server.accounts[MEI], server.accounts[WEI], 40)
        for turn in {"together": [()], "mei first": [(MEI,), (WEI,)], "wei first": [(WEI,), (MEI,)]}[name]:
            assert all(report.complete for report in team.sync(*turn))
        dumps.append(team.dump())
        team.database.close()
    assert dumps[0] == dumps[1] == dumps[2]
