"""What can go wrong at Google, each a fact with its own type."""


class GmailError(Exception):
    """The parent of all. `is_permanent` says whether trying again can help."""

    is_permanent = False


class MessageGone(GmailError):
    """The message or thread is no longer there: 404 on one message."""

    is_permanent = True


class MessageUnreadable(GmailError):
    """Gmail's answer about this message or thread can never be read: nested too deep to parse. Set it aside (Q10)."""

    is_permanent = True


class HistoryExpired(GmailError):
    """The cursor is too old: 404 on history. A full comparison follows."""

    is_permanent = True


class AuthorizationRevoked(GmailError):
    """Consent is gone (invalid_grant): the mailbox must be connected anew. Never retried in a loop."""

    is_permanent = True


class AccessDenied(GmailError):
    """Google refused for another reason than throttling: a scope, an API that is not switched on, a bad request."""

    is_permanent = True


class WrongAccount(GmailError):
    """The consent opens another Google account than the mailbox's own (R60). Nothing of it may be stored."""

    is_permanent = True


class RateLimited(GmailError):
    """Google throttled (429, or 403 with a rate reason) for longer than we were ready to wait.

    `retry_after` is the number of seconds that Google asked for, None where it named none.
    """

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class GmailUnavailable(GmailError):
    """Google could not be reached or answered 5xx, after all retries."""


class BadCredentials(Exception):
    """A credentials file, or a sealed one, that cannot be used; the sentence says why and what to do."""
