"""Errors of the Google layer, one type per failure."""


class GmailError(Exception):
    """Base class. `is_permanent` is True if a retry cannot help."""

    is_permanent = False


class MessageGone(GmailError):
    """The message or thread no longer exists: a 404 for one message."""

    is_permanent = True


class MessageUnreadable(GmailError):
    """Gmail's response for this message or thread can never be parsed (nested too deep). Quarantine it (Q10)."""

    is_permanent = True


class HistoryExpired(GmailError):
    """The history cursor is too old: a 404 on history. A full sync is needed."""

    is_permanent = True


class AuthorizationRevoked(GmailError):
    """The consent was revoked (invalid_grant): the mailbox must be connected again. Never retried in a loop."""

    is_permanent = True


class AccessDenied(GmailError):
    """Google refused for a reason other than throttling: a missing scope, a disabled API, a bad request."""

    is_permanent = True


class WrongAccount(GmailError):
    """The consent is for another Google account than the mailbox's (R60). Nothing from it may be stored."""

    is_permanent = True


class RateLimited(GmailError):
    """Google throttled us (429, or 403 with a rate reason) for longer than we wait.

    `retry_after` is the number of seconds that Google asked for, or None.
    """

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class GmailUnavailable(GmailError):
    """Google could not be reached or returned 5xx, after all retries."""


class BadCredentials(Exception):
    """A credentials file or sealed credentials that cannot be used; the message says why and what to do."""
