"""What can go wrong at Google, each a fact with its own type."""


class GmailError(Exception):
    """The parent of all. `is_permanent` says whether trying again can help."""

    is_permanent = False


class MessageGone(GmailError):
    """The message or thread is no longer there: 404 on one message."""

    is_permanent = True


class HistoryExpired(GmailError):
    """The cursor is too old: 404 on history. A full comparison follows."""

    is_permanent = True


class AuthorizationRevoked(GmailError):
    """Consent is gone (invalid_grant): the mailbox must be connected anew. Never retried in a loop."""

    is_permanent = True


class AccessDenied(GmailError):
    """Google answered 401 or 403 for another reason than throttling: a scope or an API that is not switched on."""

    is_permanent = True


class RateLimited(GmailError):
    """Google throttled (429, or 403 with a rate reason) for longer than we were ready to wait."""


class GmailUnavailable(GmailError):
    """Google could not be reached or answered 5xx, after all retries."""


class BadCredentials(Exception):
    """A credentials file that cannot be used; the sentence says why and what to do."""
