"""The server as Gmail: what a raw HTTP client gets from it."""

import base64
import http.client
import json
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode

import pytest

from gmail_emulator import Account, Fault, GmailServer


class Caller:
    """A kept connection with an access token."""

    def __init__(self, server: GmailServer, account: Account) -> None:
        self.connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
        info = account.credentials()
        form = {
            "grant_type": "refresh_token",
            **{name: info[name] for name in ("client_id", "client_secret", "refresh_token")},
        }
        status, answer = self.request("POST", "/token", urlencode(form).encode(), authorization="")
        assert status == 200
        self.token = answer["access_token"]

    def request(
        self, method: str, target: str, body: bytes = b"", *, authorization: str | None = None, **headers: str
    ) -> tuple[int, Any]:
        authorization = f"Bearer {self.token}" if authorization is None else authorization
        self.connection.request(method, target, body, {"Authorization": authorization, **headers})
        answer = self.connection.getresponse()
        content = answer.read()
        is_json = answer.headers["Content-Type"].startswith("application/json")
        return answer.status, json.loads(content) if is_json else content

    def get(self, path: str, user: str = "me", **query: Any) -> tuple[int, Any]:
        return self.request("GET", f"/gmail/v1/users/{user}/{path}?{urlencode(query, doseq=True)}")

    def ok(self, path: str, **query: Any) -> Any:
        status, answer = self.get(path, **query)
        assert status == 200, answer
        return answer


@pytest.fixture
def server() -> Iterator[GmailServer]:
    with GmailServer(units_per_minute=0) as server:
        yield server


@pytest.fixture
def account(server: GmailServer) -> Account:
    return server.add_account("mei@ngo.example")


@pytest.fixture
def caller(server: GmailServer, account: Account) -> Iterator[Caller]:
    caller = Caller(server, account)
    yield caller
    caller.connection.close()


def mail(subject: str = "Hi", number: int = 1, refs: str = "", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "an@donor.example", "mei@ngo.example", subject
    message["Message-ID"] = f"<{number}@donor.example>"
    if refs:
        message["References"] = refs
    for name, value in headers.items():
        message[name] = value
    message.set_content("Hello")
    return message.as_bytes()


def test_only_the_accounts_own_token_opens_it(server: GmailServer, caller: Caller) -> None:
    server.add_account("wei@ngo.example")
    for wrong in ("", "Bearer nonsense", f"Basic {caller.token}"):
        status, answer = caller.request("GET", "/gmail/v1/users/me/profile", authorization=wrong)
        assert status == 401
        assert answer["error"]["errors"][0]["reason"] == "authError"
    assert caller.get("profile", user="mei@ngo.example")[0] == 200
    assert caller.get("profile", user="wei@ngo.example")[0] == 403


def test_a_revoked_account_gives_no_token_and_takes_none(account: Account, caller: Caller) -> None:
    account.revoke()
    assert caller.get("profile")[0] == 401
    info = account.credentials()
    account.revoke()
    body = urlencode({**info, "grant_type": "refresh_token"}).encode()
    status, answer = caller.request("POST", "/token", body)
    assert (status, answer["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("messages", {"maxResults": 501}, 400),
        ("messages", {"maxResults": 0}, 400),
        ("messages", {"pageToken": "nonsense"}, 400),
        ("messages", {"q": "has:attachment"}, 400),
        ("messages", {"q": "free words"}, 400),
        ("messages", {"labelIds": ["Label_9"]}, 400),
        ("threads", {"labelIds": ["Personal"]}, 400),
        ("messages/zzz", {}, 400),
        ("messages/19a0000000000000", {}, 404),
        ("threads/19a0000000000000", {}, 404),
        ("threads", {"pageToken": "x"}, 400),
        ("history", {}, 400),
        ("history", {"startHistoryId": "1"}, 404),
        ("labels/Label_9", {}, 404),
        ("nothing", {}, 404),
    ],
)
def test_what_is_wrong_is_refused_in_googles_shape(
    caller: Caller, path: str, query: dict[str, Any], status: int
) -> None:
    got, answer = caller.get(path, **query)
    assert got == answer["error"]["code"] == status
    assert {"message", "errors", "status"} <= answer["error"].keys()


def test_an_empty_mailbox_lists_no_messages_key(caller: Caller) -> None:
    assert caller.ok("messages") == {"resultSizeEstimate": 0}
    assert "history" not in caller.ok("history", startHistoryId=caller.ok("profile")["historyId"])


def test_a_listing_is_live_between_its_pages(caller: Caller, account: Account) -> None:
    ids = [account.deliver(mail(number=n), at=1_790_000_000_000 + n) for n in range(6)]
    page = caller.ok("messages", maxResults=3)
    account.deliver(mail(number=9), at=1_790_000_001_000)
    account.delete(ids[3])
    rest = caller.ok("messages", maxResults=3, pageToken=page["nextPageToken"])
    assert [row["id"] for row in rest["messages"]] == ids[2::-1]
    assert "nextPageToken" not in rest


def test_a_page_token_continues_its_own_question_alone(caller: Caller, account: Account) -> None:
    for n in range(3):
        account.deliver(mail(number=n))
    token = caller.ok("messages", maxResults=1)["nextPageToken"]
    assert caller.get("messages", pageToken=token, q="in:inbox")[0] == 400


def test_listings_filter_by_label_search_spam_and_trash(caller: Caller, account: Account) -> None:
    sent = account.deliver(mail(number=1), label_ids=["SENT"])
    spam = account.deliver(mail(number=2), label_ids=["SPAM"])
    kept = account.deliver(mail("Report", number=3))

    def ids(**query: Any) -> set[str]:
        return {row["id"] for row in caller.ok("messages", **query).get("messages", [])}

    assert ids() == {sent, kept}
    assert ids(includeSpamTrash="true") == {sent, spam, kept}
    assert ids(labelIds=["SENT"]) == {sent}
    assert ids(labelIds=["SPAM"]) == {spam}
    assert ids(q="in:spam") == {spam}
    assert ids(q="in:anywhere rfc822msgid:<2@donor.example>") == {spam}
    assert ids(q="rfc822msgid:3@donor.example") == {kept}
    assert ids(q="-in:sent subject:report from:an@donor.example") == {kept}


def test_the_forms_of_a_message(caller: Caller, account: Account) -> None:
    source = mail("Ünï", number=4)
    gmail_id = account.deliver(source, label_ids=["INBOX"], at=1_790_000_000_000)
    full = caller.ok(f"messages/{gmail_id}")
    assert full["internalDate"] == "1790000000000"
    assert full["labelIds"] == ["INBOX"]
    assert full["snippet"] == "Hello"
    assert base64.urlsafe_b64decode(full["payload"]["body"]["data"]) == b"Hello\n"
    metadata = caller.ok(f"messages/{gmail_id}", format="metadata", metadataHeaders=["Subject"])
    assert metadata["payload"]["headers"] == [{"name": "Subject", "value": "Ünï"}]
    raw = caller.ok(f"messages/{gmail_id}", format="raw")
    assert base64.urlsafe_b64decode(raw["raw"]) == source
    assert "payload" not in caller.ok(f"messages/{gmail_id}", format="minimal")
    assert caller.get(f"messages/{gmail_id}", format="huge")[0] == 400


def test_labels_change_what_is_served_at_once(caller: Caller, account: Account) -> None:
    gmail_id = account.deliver(mail())
    before = caller.ok(f"messages/{gmail_id}")
    account.label(gmail_id, remove=["INBOX"])
    after = caller.ok(f"messages/{gmail_id}")
    assert "labelIds" not in after
    assert int(after["historyId"]) > int(before["historyId"])


def test_attachments_stay_behind_under_an_id_that_changes_with_every_call(
    caller: Caller, account: Account
) -> None:
    message = EmailMessage()
    message["Subject"], message["Message-ID"] = "Report", "<r@donor.example>"
    message.set_content("See the file")
    message.add_alternative("<p>See the <b>file</b></p>", subtype="html")
    message.add_attachment(b"%PDF" * 4000, maintype="application", subtype="pdf", filename="年度報告.pdf")
    gmail_id = account.deliver(message.as_bytes())
    first, second = (caller.ok(f"messages/{gmail_id}")["payload"] for _ in range(2))
    assert first["mimeType"] == "multipart/mixed"
    texts, pdf = first["parts"]
    assert [part["partId"] for part in texts["parts"]] == ["0.0", "0.1"]
    assert (pdf["partId"], pdf["filename"], pdf["body"]["size"]) == ("1", "年度報告.pdf", 16_000)
    assert "data" not in pdf["body"]
    assert pdf["body"]["attachmentId"] != second["parts"][1]["body"]["attachmentId"]
    got = caller.ok(f"messages/{gmail_id}/attachments/{pdf['body']['attachmentId']}")
    assert base64.urlsafe_b64decode(got["data"]) == b"%PDF" * 4000
    assert caller.get(f"messages/{gmail_id}/attachments/ANGjdJnonsense")[0] == 400


def test_text_comes_in_utf8_under_its_old_label_with_its_old_size(caller: Caller, account: Account) -> None:
    source = b"Subject: x\r\nContent-Type: text/plain; charset=big5\r\n\r\n" + "志工招募".encode("big5")
    payload = caller.ok(f"messages/{account.deliver(source)}")["payload"]
    assert base64.urlsafe_b64decode(payload["body"]["data"]).decode() == "志工招募"
    assert payload["body"]["size"] == 8
    assert {"name": "Content-Type", "value": "text/plain; charset=big5"} in payload["headers"]


def test_R30_a_bounce_shows_its_status_and_the_message_inside(caller: Caller, account: Account) -> None:
    source = (
        b'Subject: Failure\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nfailed\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        b"Final-Recipient: rfc822; gone@donor.example\r\nStatus: 5.1.1\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <lost@ngo.example>\r\nSubject: Hi\r\n\r\nhello\r\n"
        b"--b--\r\n"
    )
    _, status, inside = caller.ok(f"messages/{account.deliver(source)}")["payload"]["parts"]
    assert status["body"] == {"size": 0}
    (report,) = status["parts"]
    assert (report["partId"], report["mimeType"]) == ("1.0", "text/plain")
    assert report["headers"] == [{"name": "Reporting-MTA", "value": "dns; mx.example"}]
    rest = base64.urlsafe_b64decode(report["body"]["data"])
    assert rest == b"Final-Recipient: rfc822; gone@donor.example\r\nStatus: 5.1.1"
    assert inside["mimeType"] == "message/rfc822"
    assert inside["parts"][0]["partId"] == "2.0"
    assert {"name": "Message-ID", "value": "<lost@ngo.example>"} in inside["parts"][0]["headers"]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("From: =?utf-8?Q?FooCorp=2C=20Inc.?= <a@b.example>", '"FooCorp, Inc." <a@b.example>'),
        ('From: "=?big5?B?pKSk5Q==?=" <a@b.example>', '"中文" <a@b.example>'),
        ("Subject: =?utf-8?B?5L2g?=\r\n =?utf-8?B?5aW9?= all", "你好 all"),
        ("Subject: =?utf-8?B?5Q==?= =?utf-8?B?pb0=?=", "好"),
        ("Subject: =?x-unknown?B?pKSk5Q==?=", "=?x-unknown?B?pKSk5Q==?="),
        ("Subject: a\r\n\tb", "a b"),
        ("Subject: 你好", "你好"),
    ],
)
def test_R6_headers_come_decoded_with_names_quoted_where_they_must_be(
    caller: Caller, account: Account, header: str, value: str
) -> None:
    gmail_id = account.deliver(f"{header}\r\nMessage-ID: <h@x.example>\r\n\r\nx".encode())
    assert caller.ok(f"messages/{gmail_id}")["payload"]["headers"][0]["value"] == value


def test_a_message_without_message_id_gets_one_that_differs_per_mailbox(
    server: GmailServer, account: Account
) -> None:
    wei = server.add_account("wei@ngo.example")
    ids = {box.messages[box.deliver(b"Subject: x\r\n\r\nx")].head.rfc_id for box in (account, wei)}
    assert len(ids) == 2
    assert all("SMTPIN_ADDED_MISSING@mx.google.com" in rfc_id for rfc_id in ids)


def test_a_mail_joins_the_thread_it_refers_to_if_the_subject_is_the_same(account: Account) -> None:
    first = account.deliver(mail("Clean-up", 1))
    thread = account.messages[first].thread_id
    assert thread == first

    def thread_of(*args: Any, **more: Any) -> str:
        return account.messages[account.deliver(mail(*args, **more))].thread_id

    assert thread_of("RE： 回覆: clean-up", 2, refs="<1@donor.example>") == thread
    assert thread_of("Re: Clean-up", 3, **{"In-Reply-To": "<2@donor.example>"}) == thread
    assert thread_of("Another matter", 4, refs="<1@donor.example>") != thread
    assert thread_of("Re: Clean-up", 5) != thread
    assert thread_of("Re: Clean-up", 6, refs="<unknown@x.example>") != thread


def test_R23_a_thread_is_cut_at_a_hundred_messages(caller: Caller, account: Account) -> None:
    for n in range(150):
        account.deliver(mail("Long", n, refs=f"<{n - 1}@donor.example>"))
    assert sorted(len(messages) for messages in account.threads.values()) == [50, 100]
    rows = caller.ok("threads")["threads"]
    assert len(rows) == 2
    assert len(caller.ok(f"threads/{rows[-1]['id']}")["messages"]) == 100


def test_threads_are_listed_page_by_page_by_their_newest_message(caller: Caller, account: Account) -> None:
    firsts = [account.deliver(mail(f"S{n}", n), at=1_790_000_000_000 + n) for n in range(5)]
    account.deliver(mail("Re: S0", 10, refs="<0@donor.example>"), at=1_790_000_001_000)
    seen: list[str] = []
    token: str | None = ""
    while token is not None:
        page = caller.ok("threads", maxResults=2, **({"pageToken": token} if token else {}))
        seen += [row["id"] for row in page["threads"]]
        token = page.get("nextPageToken")
    assert seen == [firsts[0], *reversed(firsts[1:])]


def test_a_thread_holds_trashed_messages_and_drafts_too(caller: Caller, account: Account) -> None:
    first = account.deliver(mail("S", 1))
    second = account.deliver(mail("Re: S", 2, refs="<1@donor.example>"))
    account.trash(second)
    account.draft(mail("Re: S", 3), thread_id=first)
    labels = [message["labelIds"] for message in caller.ok(f"threads/{first}")["messages"]]
    assert labels == [["INBOX"], ["TRASH"], ["DRAFT"]]
    account.untrash(second)
    assert "labelIds" not in caller.ok(f"messages/{second}")


def test_each_edit_of_a_draft_is_another_message(caller: Caller, account: Account) -> None:
    start = account.history_id
    draft = account.draft(mail("D", 1))
    edited = account.edit_draft(draft, mail("D", 2))
    sent = account.send_draft(draft)
    assert sent != edited
    assert account.messages[sent].label_ids == ["SENT"]
    assert len({message.thread_id for message in account.messages.values()}) == 1
    records = caller.ok("history", startHistoryId=start)["history"]
    kinds = [kind for record in records for kind in record if kind.startswith(("messagesA", "messagesD"))]
    assert kinds == ["messagesAdded", "messagesDeleted"] * 2 + ["messagesAdded"]


def test_a_sent_draft_may_keep_its_id(caller: Caller, account: Account) -> None:
    draft = account.draft(mail())
    start = account.history_id
    sent = account.send_draft(draft, keeps_id=True)
    added, removed = caller.ok("history", startHistoryId=start)["history"]
    assert added["labelsAdded"] == [
        {"message": {"id": sent, "threadId": sent, "labelIds": ["DRAFT", "SENT"]}, "labelIds": ["SENT"]}
    ]
    assert removed["labelsRemoved"][0]["labelIds"] == ["DRAFT"]


def test_history_comes_in_pages_by_kind_and_label(caller: Caller, account: Account) -> None:
    start = account.history_id
    ids = [account.deliver(mail(number=n)) for n in range(5)]
    account.label(ids[0], add=["STARRED"])
    token, seen = None, []
    while token != "":
        page = caller.ok(
            "history", startHistoryId=start, maxResults=2, **({"pageToken": token} if token else {})
        )
        seen += page["history"]
        token = page.get("nextPageToken", "")
    assert len(seen) == 6
    assert [int(record["id"]) for record in seen] == sorted(int(record["id"]) for record in seen)
    starred = caller.ok("history", startHistoryId=start, historyTypes=["labelAdded"])["history"]
    assert starred[0]["labelsAdded"][0]["labelIds"] == ["STARRED"]
    assert len(caller.ok("history", startHistoryId=start, labelId="STARRED")["history"]) == 1
    assert caller.get("history", startHistoryId=start, historyTypes=["nothing"])[0] == 400
    assert seen[0]["messagesAdded"][0]["message"]["labelIds"] == ["INBOX"]


def test_history_may_hold_ids_alone() -> None:
    with GmailServer(units_per_minute=0, history_ids_only=True, history_page_size=1) as server:
        account = server.add_account("mei@ngo.example")
        caller = Caller(server, account)
        start = account.history_id
        gmail_id = account.deliver(mail())
        account.deliver(mail(number=2))
        page = caller.ok("history", startHistoryId=start)
        assert page["history"][0]["messagesAdded"] == [{"message": {"id": gmail_id, "threadId": gmail_id}}]
        assert "nextPageToken" in page
        caller.connection.close()


def test_history_that_expired_is_404_for_every_cursor_given_out_before(
    caller: Caller, account: Account
) -> None:
    cursor = account.history_id
    account.deliver(mail())
    newest = account.history_id
    account.expire_history()
    assert caller.get("history", startHistoryId=cursor)[0] == 404
    assert caller.get("history", startHistoryId=newest)[0] == 404
    assert caller.get("history", startHistoryId=account.history_id)[0] == 200


def test_a_label_is_counted(caller: Caller, account: Account) -> None:
    label_id = account.add_label("志工")
    account.deliver(mail(), label_ids=["INBOX", "UNREAD", label_id])
    label = caller.ok(f"labels/{label_id}")
    assert (label["name"], label["type"], label["messagesTotal"], label["messagesUnread"]) == (
        "志工",
        "user",
        1,
        1,
    )


def test_a_label_comes_and_goes(caller: Caller, account: Account) -> None:
    label_id = account.add_label("志工")
    gmail_id = account.deliver(mail(), label_ids=["INBOX", label_id])
    listed = {label["id"]: label["name"] for label in caller.ok("labels")["labels"]}
    assert (listed[label_id], listed["SENT"]) == ("志工", "SENT")
    assert [row["id"] for row in caller.ok("messages", labelIds=[label_id])["messages"]] == [gmail_id]
    account.delete_label(label_id)
    assert caller.get("messages", labelIds=[label_id])[0] == 400
    assert caller.ok(f"messages/{gmail_id}")["labelIds"] == ["INBOX"]
    assert account.add_label("志工") != label_id


def test_many_are_delivered_at_once_and_listed_in_order(caller: Caller, account: Account) -> None:
    ids = account.deliver_many(mail(number=n) for n in range(300))
    account.warm()
    assert len(set(ids)) == 300
    assert all(len(gmail_id) == 16 for gmail_id in ids)
    assert caller.ok("profile")["messagesTotal"] == 300
    assert len(caller.ok("messages", maxResults=500)["messages"]) == 300


def test_equal_seeds_give_equal_mailboxes() -> None:
    made = []
    for _ in range(2):
        server = GmailServer(seed=5, wall_clock=lambda: 1_790_000_000.0)
        account = server.add_account("mei@ngo.example")
        account.deliver_many(mail(number=n) for n in range(20))
        made.append((list(account.messages), account.history_id))
        server.close()
    assert made[0] == made[1]


def test_mime_that_is_nested_too_deep_is_served_as_one_text(caller: Caller, account: Account) -> None:
    source = b"Subject: deep\r\n"
    for n in range(1500):
        source += b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
    payload = caller.ok(f"messages/{account.deliver(source)}")["payload"]
    assert payload["mimeType"] == "text/plain"


def test_a_fault_in_the_server_itself_is_told_as_500(caller: Caller, account: Account) -> None:
    gmail_id = account.deliver(mail())
    account.messages[gmail_id].mime = None  # type: ignore[assignment]
    status, answer = caller.get(f"messages/{gmail_id}")
    assert status == 500
    assert "demo server failed" in answer["error"]["message"]


def test_faults_of_equal_seed_fall_alike() -> None:
    def run() -> list[int]:
        with GmailServer(units_per_minute=0, seed=9) as server:
            caller = Caller(server, server.add_account("mei@ngo.example"))
            server.faults.add(Fault(status=503, times=None, probability=0.5))
            statuses = [caller.get("profile")[0] for _ in range(20)]
            caller.connection.close()
            return statuses

    first = run()
    assert set(first) == {200, 503}
    assert run() == first


def test_a_fault_waits_for_its_turn_and_ends(server: GmailServer, caller: Caller) -> None:
    fault = server.faults.add(Fault(call="getProfile", status=500, skip=1, times=2, retry_after=3))
    assert [caller.get("profile")[0] for _ in range(5)] == [200, 500, 500, 200, 200]
    assert fault.hits == 2
