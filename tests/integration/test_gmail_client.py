"""GmailClient against the server on loopback: every call, every error, every retry."""

import json
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gmail_emulator import Account, Fault, GmailServer
from streaklike.gmail.auth import READ_SCOPE, SEND_SCOPE, parse_credentials_file
from streaklike.gmail.calling import CallTiming
from streaklike.gmail.client import GmailClient, open_client
from streaklike.gmail.errors import (
    AccessDenied,
    GmailUnavailable,
    HistoryExpired,
    MessageGone,
    MessageUnreadable,
    RateLimited,
)
from streaklike.gmail.pacing import UnitBudget
from streaklike.gmail.retrying import RetryPolicy
from streaklike.gmail.types import GmailId, HistoryId, ThreadId

HELLO = b"From: an@donor.example\r\nTo: mei@ngo.example\r\nSubject: Hi\r\nMessage-ID: <1@donor.example>\r\n\r\nHello\r\n"
REPLY = (
    b"From: mei@ngo.example\r\nTo: an@donor.example\r\nSubject: Re: Hi\r\nMessage-ID: <2@ngo.example>\r\n"
    b"In-Reply-To: <1@donor.example>\r\n\r\nHello back\r\n"
)
GONE = "19a0000000000000"


class Works(CallTiming):
    """A clockwork whose sleeps cost nothing and are remembered."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []
        self._lock = threading.Lock()
        super().__init__(
            clock=lambda: self.now,
            wall_clock=lambda: datetime(2026, 11, 22, tzinfo=UTC).timestamp() + self.now,
            sleep=self._sleep,
            rng=random.Random(7),
        )

    def _sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            self.sleeps.append(seconds)


@pytest.fixture
def server() -> Iterator[GmailServer]:
    with GmailServer(units_per_minute=0) as server:
        yield server


@pytest.fixture
def account(server: GmailServer) -> Account:
    return server.add_account("mei@ngo.example")


@pytest.fixture
def works() -> Works:
    return Works()


def connect(server: GmailServer, account: Account, works: Works, **options: object) -> GmailClient:
    budget = options.pop("mailbox_budget", None) or UnitBudget(0, clock=works.clock, sleep=works.sleep)
    return open_client(
        parse_credentials_file(
            json.dumps(account.credentials(options.pop("scopes", (READ_SCOPE, SEND_SCOPE))))
        ),
        endpoint=server.url,
        mailbox_budget=budget,
        project_budget=UnitBudget(0, clock=works.clock, sleep=works.sleep),
        timing=works,
        **options,
    )


@pytest.fixture
def client(server: GmailServer, account: Account, works: Works) -> Iterator[GmailClient]:
    with connect(server, account, works) as client:
        yield client


def test_the_profile_gives_address_cursor_and_count(client: GmailClient, account: Account) -> None:
    account.deliver(HELLO)
    profile = client.get_profile()
    assert (profile.email, profile.history_id, profile.messages_total) == (
        "mei@ngo.example",
        account.history_id,
        1,
    )


def test_messages_are_listed_newest_first_page_by_page(client: GmailClient, account: Account) -> None:
    ids = [account.deliver(b"Subject: x\r\n\r\nx", at=1_790_000_000_000 + i) for i in range(7)]
    account.trash(ids[3])
    pages = [client.list_messages(None, max_results=4)]
    while pages[-1].next_token:
        pages.append(client.list_messages(pages[-1].next_token, max_results=4))
    assert [len(page.rows) for page in pages] == [4, 2]
    listed = [row.id for page in pages for row in page.rows]
    assert listed == [i for i in reversed(ids) if i != ids[3]]
    assert len(client.list_messages(None, include_spam_trash=True).rows) == 7


def test_a_message_and_a_thread_come_whole(client: GmailClient, account: Account) -> None:
    first = account.deliver(HELLO, at=1_790_000_000_000, label_ids=["INBOX", "UNREAD"])
    second = account.deliver(REPLY, at=1_790_000_001_000, label_ids=["SENT"])
    message = client.get_message(GmailId(first))
    assert (message.id, message.at, message.label_ids) == (first, 1_790_000_000_000, {"INBOX", "UNREAD"})
    assert message.raw.parts[0].content == b"Hello\r\n"
    thread = client.get_thread(message.thread_id)
    assert [(m.id, m.label_ids) for m in thread] == [(first, {"INBOX", "UNREAD"}), (second, {"SENT"})]


def test_an_archived_and_read_message_comes_without_labels(client: GmailClient, account: Account) -> None:
    assert client.get_message(GmailId(account.deliver(HELLO, label_ids=[]))).label_ids is None


def test_history_tells_all_that_happened_after_the_cursor(client: GmailClient, account: Account) -> None:
    first = account.deliver(HELLO)
    cursor = client.get_profile().history_id
    assert client.list_history(cursor, None).records == ()
    second = account.deliver(REPLY, label_ids=["SENT"])
    account.label(second, add=["STARRED"], remove=["SENT"])
    account.delete(first)
    records = client.list_history(cursor, None).records
    added, starred, unsent, deleted = records
    assert added.added == ((second, first, frozenset({"SENT"})),)
    assert starred.labels_added == ((second, first, frozenset({"STARRED"})),)
    assert unsent.labels_removed == ((second, first, frozenset({"SENT"})),)
    assert deleted.deleted == ((first, first),)
    assert [record.id for record in records] == sorted(record.id for record in records)
    assert client.list_history(records[-1].id, None).records == ()


def test_an_empty_page_of_history_may_name_a_next_one(
    server: GmailServer, client: GmailClient, account: Account
) -> None:
    cursor = client.get_profile().history_id
    account.deliver(HELLO)
    server.faults.add(Fault(call="history.list", empty_page=True))
    page = client.list_history(cursor, None)
    assert page.records == ()
    assert len(client.list_history(cursor, page.next_token).records) == 1


def test_a_history_id_beyond_63_bits_is_carried_whole(client: GmailClient, account: Account) -> None:
    account.history.newest = account.history.oldest_start = 2**64 - 2**20
    cursor = client.get_profile().history_id
    assert cursor == 2**64 - 2**20
    account.deliver(HELLO)
    assert client.list_history(cursor, None).history_id == account.history_id


def test_labels_are_listed_by_id_and_name(client: GmailClient, account: Account) -> None:
    label_id = account.add_label("志工")
    labels = {label.id: label for label in client.list_labels()}
    assert labels[label_id].name == "志工"
    assert not labels[label_id].is_system
    assert labels["INBOX"].is_system


def test_a_sent_message_lands_in_its_thread_and_with_its_addressees(
    server: GmailServer, client: GmailClient, account: Account
) -> None:
    wei = server.add_account("wei@ngo.example")
    first = account.deliver(HELLO)
    mail = REPLY.replace(b"\r\n\r\n", b"\r\nBcc: wei@ngo.example,\r\n an2@donor.example\r\n\r\n", 1)
    sent = client.send_message(mail, ThreadId(first))
    assert account.messages[sent].thread_id == first
    assert account.messages[sent].label_ids == ["SENT"]
    (received,) = wei.messages.values()
    assert b"Bcc" not in received.mime
    assert b"an2@" not in received.mime


def test_a_watch_tells_when_it_ends(client: GmailClient, account: Account) -> None:
    watch = client.watch("projects/ngo/topics/gmail")
    assert watch.history_id == account.history_id
    days = timedelta(milliseconds=watch.expires_at) - timedelta(seconds=datetime.now(UTC).timestamp())
    assert timedelta(days=6) < days <= timedelta(days=7)
    with pytest.raises(AccessDenied, match="Invalid topicName"):
        client.watch("nowhere")


def test_a_message_that_is_gone_and_a_cursor_that_is_too_old_are_two_errors(
    client: GmailClient, account: Account
) -> None:
    with pytest.raises(MessageGone, match="404"):
        client.get_message(GmailId(GONE))
    with pytest.raises(MessageGone):
        client.get_thread(ThreadId(GONE))
    cursor = client.get_profile().history_id
    account.expire_history()
    with pytest.raises(HistoryExpired):
        client.list_history(cursor, None)
    with pytest.raises(HistoryExpired):
        client.list_history(HistoryId(account.history_id + 10**6), None)


def test_Q4_a_throttled_call_is_tried_again_until_it_succeeds(
    server: GmailServer, client: GmailClient, account: Account, works: Works
) -> None:
    server.faults.add(Fault(status=429, times=3))
    client.get_profile()
    assert (client.requests, client.units_spent) == (4, 1)
    assert (account.requests, account.units_spent, account.refused) == (4, 1, 3)
    assert len(works.sleeps) == 3


@pytest.mark.parametrize("reason", ["rateLimitExceeded", "userRateLimitExceeded"])
def test_Q4_a_403_with_a_rate_reason_is_a_throttle(
    server: GmailServer, client: GmailClient, reason: str
) -> None:
    server.faults.add(Fault(status=403, reason=reason))
    client.get_profile()
    assert client.requests == 2


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("accessNotConfigured", "Gmail API has not been used in project 1 before or it is disabled."),
        ("insufficientPermissions", "Request had insufficient authentication scopes."),
        ("domainPolicy", "The domain administrators have disabled Gmail apps."),
    ],
)
def test_any_other_403_is_no_throttle_and_gives_googles_reason(
    server: GmailServer, client: GmailClient, reason: str, message: str
) -> None:
    server.faults.add(Fault(status=403, reason=reason, message=message, times=None))
    with pytest.raises(AccessDenied, match=rf"403 \({reason}\): {message}"):
        client.get_profile()
    assert (client.requests, client.units_spent) == (1, 0)


def test_a_scope_that_was_not_given_is_told(server: GmailServer, account: Account, works: Works) -> None:
    scopes = ["https://www.googleapis.com/auth/gmail.readonly"]
    with connect(server, account, works, scopes=scopes) as client:
        client.get_profile()
        with pytest.raises(AccessDenied, match="insufficient authentication scopes"):
            client.send_message(HELLO)


def test_Q4_retry_after_is_obeyed_and_closes_the_mailbox_meanwhile(
    server: GmailServer, account: Account, works: Works
) -> None:
    budget = UnitBudget(6000, clock=works.clock, sleep=works.sleep)
    server.faults.add(Fault(status=429, retry_after=30))
    with connect(server, account, works, mailbox_budget=budget) as client:
        client.get_profile()
    assert works.now >= 30.0
    assert budget.ceiling == 4800


def test_Q4_a_retry_after_text_is_obeyed(server: GmailServer, client: GmailClient, works: Works) -> None:
    text = "User-rate limit exceeded.  Retry after 2026-11-22T00:00:45.000Z"
    server.faults.add(Fault(status=403, reason="userRateLimitExceeded", message=text))
    client.get_profile()
    assert 45.0 <= works.now < 46.5


def test_Q4_a_cool_down_longer_than_our_patience_is_told_at_once_and_not_tried(
    server: GmailServer, client: GmailClient, works: Works
) -> None:
    server.faults.add(Fault(status=429, retry_after=900))
    with pytest.raises(RateLimited) as raised:
        client.get_profile()
    assert raised.value.retry_after == 900
    assert works.sleeps == []
    with pytest.raises(RateLimited, match="in 900 seconds"):
        client.get_profile()
    assert client.requests == 1
    works.sleep(900)
    client.get_profile()


def test_Q4_attempts_are_capped(server: GmailServer, account: Account, works: Works) -> None:
    server.faults.add(Fault(status=503, times=None))
    with connect(server, account, works, policy=RetryPolicy(attempts=5, throttled_attempts=7)) as client:
        with pytest.raises(GmailUnavailable, match="503"):
            client.get_profile()
        assert client.requests == 5
        server.faults.clear()
        server.faults.add(Fault(status=429, times=None))
        with pytest.raises(RateLimited):
            client.get_profile()
        assert client.requests == 12


def test_Q4_the_time_of_one_call_is_capped(server: GmailServer, account: Account, works: Works) -> None:
    server.faults.add(Fault(status=429, times=None))
    policy = RetryPolicy(throttled_attempts=10_000, total_seconds=60)
    with connect(server, account, works, policy=policy) as client, pytest.raises(RateLimited):
        client.get_profile()
    assert works.now <= 60.0


def test_Q4_with_three_in_ten_answers_failing_nothing_is_lost(
    server: GmailServer, client: GmailClient, account: Account
) -> None:
    ids = [account.deliver(b"Subject: x\r\n\r\nx") for _ in range(300)]
    fault = server.faults.add(Fault(status=503, times=None, probability=0.3))
    assert [client.get_message(GmailId(i)).id for i in ids] == ids
    assert fault.hits > 60
    assert client.units_spent == account.units_spent == 20 * (300 + fault.hits)


@pytest.mark.parametrize("drop", ["before", "after", "halfway"])
def test_Q4_a_broken_connection_is_tried_again(
    server: GmailServer, client: GmailClient, account: Account, drop: str
) -> None:
    gmail_id = account.deliver(HELLO)
    client.get_profile()
    server.faults.add(Fault(call="messages.get", drop=drop, times=2))
    assert client.get_message(GmailId(gmail_id)).id == gmail_id
    assert client.requests == account.requests == 4


def test_Q4_a_kept_connection_that_went_stale_is_made_anew(server: GmailServer, client: GmailClient) -> None:
    client.get_profile()
    server.drop_connections()
    client.get_profile()


def test_Q4_a_slow_socket_times_out_and_is_tried_again(
    server: GmailServer, account: Account, works: Works
) -> None:
    server.faults.add(Fault(call="getProfile", delay=0.4))
    with connect(server, account, works, timeout=0.1) as client:
        client.get_profile()
        assert client.requests == 2


def test_an_answer_that_is_no_json_is_tried_again(server: GmailServer, client: GmailClient) -> None:
    server.faults.add(Fault(call="getProfile", body=b"<html>Please sign in to the hotel's network"))
    server.faults.add(Fault(call="getProfile", body=b'{"emailAddress": "mei@ng'))
    server.faults.add(Fault(call="getProfile", body=b"\xff\xfe"))
    assert client.get_profile().email == "mei@ngo.example"
    assert client.requests == 4


def test_Q10_an_answer_nested_too_deep_is_an_error_of_its_own(
    server: GmailServer, client: GmailClient
) -> None:
    server.faults.add(Fault(call="messages.get", body=b'{"payload":' + b"[" * 90_000))
    with pytest.raises(MessageUnreadable):
        client.get_message(GmailId(GONE))
    assert client.requests == 1


def test_nobody_listening_is_unavailable(account: Account, works: Works) -> None:
    with GmailServer(units_per_minute=0) as other:
        mailbox = other.add_account("wei@ngo.example")
        client = connect(other, mailbox, works)
        client.get_profile()
    with pytest.raises(GmailUnavailable, match="could not be reached"):
        client.get_profile()
    client.close()


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(drop="before"), Fault(drop="after")])
def test_Q7_a_mail_is_never_sent_twice(
    server: GmailServer, client: GmailClient, account: Account, fault: Fault
) -> None:
    client.get_profile()
    fault.call, fault.hits = "messages.send", 0
    server.faults.add(fault)
    with pytest.raises(GmailUnavailable):
        client.send_message(HELLO)
    assert account.calls["messages.send"] <= 1
    found = client.list_messages(query="rfc822msgid:1@donor.example").rows
    assert len(found) == (1 if fault.drop == "after" else 0)


def test_Q7_a_throttled_sending_was_not_done_and_is_tried_again(
    server: GmailServer, client: GmailClient, account: Account
) -> None:
    server.faults.add(Fault(call="messages.send", status=429))
    client.send_message(HELLO)
    assert len(account.messages) == 1


def test_a_batch_goes_to_the_endpoint_too(client: GmailClient, account: Account) -> None:
    ids = [account.deliver(HELLO), GONE]
    answers: dict[str, object] = {}
    batch = client.service.new_batch_http_request(
        lambda i, answer, error: answers.update({i: answer or error.status_code})
    )
    for gmail_id in ids:
        batch.add(client.service.users().messages().get(userId="me", id=gmail_id), request_id=gmail_id)
    client.get_profile()
    batch.execute()
    assert answers[ids[0]]["id"] == ids[0]
    assert answers[GONE] == 404
    assert account.units_spent == 41


def test_each_thread_has_a_client_of_its_own_and_gets_its_own_answers(
    server: GmailServer, account: Account, works: Works
) -> None:
    ids = [account.deliver(b"Subject: %d\r\n\r\nx" % i) for i in range(200)]
    wrong: list[str] = []

    def fetch(mine: list[str]) -> None:
        with connect(server, account, works) as client:
            wrong.extend(i for i in mine if client.get_message(GmailId(i)).id != i)

    threads = [threading.Thread(target=fetch, args=(ids[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert account.calls["messages.get"] == 200
