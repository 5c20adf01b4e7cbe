"""The client of one mailbox: Gmail's API calls as typed methods."""

import base64
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self

import google_auth_httplib2

from streaklike.gmail.calling import Caller, CallTiming
from streaklike.gmail.credentials import StoredCredentials
from streaklike.gmail.errors import HistoryExpired, MessageGone
from streaklike.gmail.history import parse_history
from streaklike.gmail.messages import parse_message, parse_reference, parse_thread
from streaklike.gmail.pacing import UnitBudget
from streaklike.gmail.retrying import DEFAULT_POLICY, RetryPolicy
from streaklike.gmail.service import GOOGLE_ENDPOINT, build_service
from streaklike.gmail.tokens import to_google_credentials
from streaklike.gmail.transport import open_http
from streaklike.gmail.types import (
    GmailId,
    GmailMessage,
    HistoryId,
    HistoryPage,
    Label,
    Listed,
    ListPage,
    Profile,
    ThreadId,
    Watch,
)
from streaklike.stopping import Stop

TIMEOUT_SECONDS: Final = 60.0
_PAGE_MESSAGES: Final = 500


class GmailClient:
    """Gmail's API for one mailbox and one thread: the Http below is not thread-safe.

    Every method may raise RateLimited and GmailUnavailable after all retries, AuthorizationRevoked and
    AccessDenied at once; other errors are named at the method. Use it as a context manager or close it. If
    `stop` is set, anything that waits raises Stopped.
    """

    def __init__(
        self,
        credentials: StoredCredentials,
        *,
        endpoint: str = GOOGLE_ENDPOINT,
        mailbox_budget: UnitBudget,
        project_budget: UnitBudget,
        timeout: float = TIMEOUT_SECONDS,
        policy: RetryPolicy = DEFAULT_POLICY,
        timing: CallTiming | None = None,
        stop: Stop | None = None,
    ) -> None:
        self._http = open_http(timeout)
        self._waking = ExitStack()
        if stop is not None:
            self._waking.enter_context(stop.waking(self._http.shut_connections))
        self._credentials = to_google_credentials(credentials)
        self._known_scopes = credentials.scopes
        authorized = google_auth_httplib2.AuthorizedHttp(self._credentials, http=self._http)
        self.service = build_service(endpoint, authorized)
        self._users = self.service.users()
        self._messages = self._users.messages()
        self._threads = self._users.threads()
        self._history = self._users.history()
        self._labels = self._users.labels()
        self._caller = Caller(
            mailbox_budget,
            project_budget,
            policy=policy,
            timing=timing,
            on_broken_wire=self._http.drop_connections,
            stop=stop,
        )

    @property
    def requests(self) -> int:
        """Number of attempts, including refused ones."""
        return self._caller.requests

    @property
    def units_spent(self) -> int:
        """Quota units of the attempts that Google may bill: all but throttled and unauthorized ones."""
        return self._caller.units_spent

    @property
    def granted_scopes(self) -> tuple[str, ...]:
        """The scopes granted, from the last token response or else the stored credentials; empty if unknown."""
        return self._credentials.answered_scopes or self._known_scopes

    def get_profile(self) -> Profile:
        """Return the mailbox's address, newest history id and number of messages."""
        answer = self._caller.call("getProfile", self._users.getProfile(userId="me"))
        return Profile(
            answer["emailAddress"], HistoryId(int(answer["historyId"])), int(answer.get("messagesTotal", 0))
        )

    def list_messages(
        self,
        page_token: str | None = None,
        *,
        max_results: int = _PAGE_MESSAGES,
        include_spam_trash: bool = False,
        query: str | None = None,
        label_id: str | None = None,
    ) -> ListPage:
        """Return a page of message ids, newest first, at most 500.

        `query` uses Gmail's search syntax; `label_id` restricts it to one label.
        """
        request = self._messages.list(
            userId="me",
            maxResults=max_results,
            pageToken=page_token,
            includeSpamTrash=include_spam_trash or None,
            q=query,
            labelIds=None if label_id is None else [label_id],
        )
        answer = self._caller.call("messages.list", request)
        rows = tuple(Listed(*parse_reference(row)) for row in answer.get("messages", ()))
        return ListPage(rows, answer.get("nextPageToken"))

    def get_message(self, gmail_id: GmailId) -> GmailMessage:
        """Return one message in full. Raises MessageGone, MessageUnreadable."""
        request = self._messages.get(userId="me", id=gmail_id, format="full")
        return parse_message(self._caller.call("messages.get", request))

    def get_thread(self, thread_id: ThreadId) -> tuple[GmailMessage, ...]:
        """Return all messages of a thread, including trash and drafts. Raises MessageGone, MessageUnreadable."""
        request = self._threads.get(userId="me", id=thread_id, format="full")
        return parse_thread(self._caller.call("threads.get", request))

    def list_history(self, start: HistoryId, page_token: str | None = None) -> HistoryPage:
        """Return a page of changes after `start`. Raises HistoryExpired if `start` is too old."""
        request = self._history.list(
            userId="me", startHistoryId=str(start), pageToken=page_token, maxResults=_PAGE_MESSAGES
        )
        return parse_history(self._caller.call("history.list", request, gone=HistoryExpired), start)

    def list_labels(self) -> tuple[Label, ...]:
        """Return the system labels and the user's labels."""
        answer = self._caller.call("labels.list", self._labels.list(userId="me"))
        return tuple(
            Label(label["id"], label["name"], label.get("type") == "system")
            for label in answer.get("labels", ())
        )

    def send_message(self, raw: bytes, thread_id: ThreadId | None = None) -> GmailId:
        """Send an RFC 5322 message and return its id in this mailbox. Sent at most once.

        After GmailUnavailable it may have been sent: search for its Message-ID before sending it again.
        """
        body = {"raw": base64.urlsafe_b64encode(raw).decode("ascii")}
        if thread_id is not None:
            body["threadId"] = thread_id
        request = self._messages.send(userId="me", body=body)
        answer = self._caller.call("messages.send", request, gone=MessageGone, is_repeatable=False)
        return GmailId(answer["id"])

    def watch(self, topic: str) -> Watch:
        """Request push notifications to the Pub/Sub `topic`. Must be renewed daily."""
        answer = self._caller.call("watch", self._users.watch(userId="me", body={"topicName": topic}))
        return Watch(HistoryId(int(answer["historyId"])), int(answer["expiration"]))

    def close(self) -> None:
        """Close the connections. The client cannot be used afterwards."""
        self._waking.close()
        self.service.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_client(
    credentials: StoredCredentials,
    *,
    endpoint: str = GOOGLE_ENDPOINT,
    mailbox_budget: UnitBudget,
    project_budget: UnitBudget,
    timeout: float = TIMEOUT_SECONDS,
    **options: Any,
) -> GmailClient:
    """Create a client for the mailbox of these credentials, for the calling thread. Makes no request yet.

    `options` are GmailClient's `policy`, `timing` and `stop`.
    """
    return GmailClient(
        credentials,
        endpoint=endpoint,
        mailbox_budget=mailbox_budget,
        project_budget=project_budget,
        timeout=timeout,
        **options,
    )
