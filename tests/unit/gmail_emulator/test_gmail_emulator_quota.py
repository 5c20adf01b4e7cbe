"""The server's meter: what is billed, what is refused, and batches."""

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from gmail_emulator import Account, Fault, GmailServer

MAIL = b"Subject: x\r\nMessage-ID: <1@donor.example>\r\n\r\nx"


class Time:
    now = 0.0

    def clock(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server(time: Time) -> Iterator[GmailServer]:
    with GmailServer(units_per_minute=100, project_units_per_minute=150, clock=time.clock) as server:
        yield server


class Caller:
    def __init__(self, server: GmailServer, account: Account) -> None:
        self.account = account
        self.connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        form = {**account.credentials(), "grant_type": "refresh_token"}
        self.token = ""
        self.token = json.loads(self.post("/token", urlencode(form).encode())[1])["access_token"]

    def get(self, path: str) -> tuple[int, dict[str, object]]:
        self.connection.request(
            "GET", f"/gmail/v1/users/me/{path}", headers={"Authorization": f"Bearer {self.token}"}
        )
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())

    def post(self, path: str, body: bytes, content_type: str = "") -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        self.connection.request("POST", path, body, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def batch(self, paths: list[str]) -> tuple[int, bytes]:
        calls = [
            f"--b\r\nContent-Type: application/http\r\nContent-ID: <n + {n}>\r\n\r\n"
            f"GET /gmail/v1/users/me/{path} HTTP/1.1\r\n\r\n\r\n"
            for n, path in enumerate(paths)
        ]
        body = "".join(calls) + "--b--"
        return self.post("/batch/gmail/v1", body.encode(), 'multipart/mixed; boundary="b"')


@pytest.fixture
def caller(server: GmailServer) -> Iterator[Caller]:
    caller = Caller(server, server.add_account("mei@ngo.example"))
    yield caller
    caller.connection.close()


@pytest.mark.parametrize(
    ("path", "units"),
    [
        ("profile", 1),
        ("messages", 5),
        ("messages/{id}", 20),
        ("threads/{id}", 40),
        ("threads", 10),
        ("history?startHistoryId={cursor}", 2),
        ("labels", 1),
        ("labels/INBOX", 1),
    ],
)
def test_each_call_has_its_price(caller: Caller, path: str, units: int) -> None:
    gmail_id = caller.account.deliver(MAIL)
    status, _ = caller.get(path.format(id=gmail_id, cursor=caller.account.history_id))
    assert status == 200
    assert caller.account.units_spent == units


def test_what_exceeds_the_minute_is_refused_and_not_billed(caller: Caller, time: Time) -> None:
    gmail_id = caller.account.deliver(MAIL)
    assert [caller.get(f"messages/{gmail_id}")[0] for _ in range(6)] == [200] * 5 + [429]
    assert (caller.account.units_spent, caller.account.refused, caller.account.requests) == (100, 1, 6)
    time.now = 59.9
    status, answer = caller.get("profile")
    assert status == 429
    assert answer["error"]["errors"][0]["reason"] == "rateLimitExceeded"
    time.now = 60.0
    assert caller.get("profile")[0] == 200
    assert caller.account.peak_units_in_any_minute == 100


def test_the_project_has_a_limit_of_its_own(server: GmailServer, caller: Caller) -> None:
    other = Caller(server, server.add_account("wei@ngo.example"))
    for one in (caller, other):
        gmail_id = one.account.deliver(MAIL)
        last = [one.get(f"messages/{gmail_id}") for _ in range(4)][-1]
    other.connection.close()
    assert last[0] == 429
    assert "per project" in last[1]["error"]["message"]
    assert server.project.peak == 140


def test_a_full_quota_may_be_told_as_403(time: Time) -> None:
    with GmailServer(units_per_minute=1, throttle_status=403, clock=time.clock) as server:
        caller = Caller(server, server.add_account("mei@ngo.example"))
        assert [caller.get("profile")[0] for _ in range(2)] == [200, 403]
        caller.connection.close()


def test_a_missing_message_is_billed_and_a_bad_token_is_not(caller: Caller) -> None:
    assert caller.get("messages/19a0000000000000")[0] == 404
    assert caller.account.units_spent == 20
    caller.token = "nonsense"
    assert caller.get("profile")[0] == 401
    assert (caller.account.units_spent, caller.account.requests) == (20, 1)


def test_a_failing_call_is_billed_and_a_throttled_one_is_not(server: GmailServer, caller: Caller) -> None:
    server.faults.add(Fault(status=500))
    server.faults.add(Fault(status=429))
    assert [caller.get("profile")[0] for _ in range(3)] == [500, 429, 200]
    assert (caller.account.units_spent, caller.account.refused) == (2, 1)


def test_a_batch_is_billed_call_by_call_and_hides_a_throttled_one_inside_a_200(caller: Caller) -> None:
    gmail_id = caller.account.deliver(MAIL)
    status, body = caller.batch([f"messages/{gmail_id}"] * 6)
    assert status == 200
    assert body.count(b"HTTP/1.1 200 ") == 5
    assert body.count(b"HTTP/1.1 429 ") == 1
    assert b"Content-ID: <response-n + 5>" in body
    assert caller.account.units_spent == 100


def test_a_batch_of_more_than_fifty_is_refused_whole(caller: Caller) -> None:
    assert caller.batch(["profile"] * 51)[0] == 400
    assert caller.batch(["profile"] * 50)[0] == 200
    assert caller.account.units_spent == 50
    assert caller.post("/batch", b"x", "text/plain")[0] == 400
