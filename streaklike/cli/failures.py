"""Known failures: a sentence for people, and an exit code by kind (documented in docs/commands.md)."""

from dataclasses import dataclass

from pydantic import ValidationError

from streaklike.boxes.errors import BoxError
from streaklike.cadence.policy import PolicyUnreadable
from streaklike.digest.errors import BadSender, BadServer, CannotSend
from streaklike.gmail.errors import AuthorizationRevoked, BadCredentials, GmailError, WrongAccount
from streaklike.mail.mbox import NotAnMbox
from streaklike.people.errors import PeopleError
from streaklike.settings import UnknownSetting
from streaklike.store.database import DatabaseUnavailable
from streaklike.sync.directory import BadAddress
from streaklike.sync.labels import BadLabel

BAD_INPUT = 3
NO_DATABASE = 4
GMAIL_FAILED = 5
NO_CONSENT = 6


@dataclass(frozen=True, slots=True)
class Explained:
    """What to say, and what to exit with."""

    sentence: str
    exit_code: int


def explain(error: Exception) -> Explained | None:
    """The sentence of a failure that we know; None for one that is a fault of ours."""
    if isinstance(error, ValidationError):
        return Explained(_explain_settings(error), BAD_INPUT)
    for kinds, code in (
        ((DatabaseUnavailable,), NO_DATABASE),
        ((AuthorizationRevoked, WrongAccount), NO_CONSENT),
        ((GmailError,), GMAIL_FAILED),
        (
            (
                BadCredentials,
                BadAddress,
                BadLabel,
                BadSender,
                BadServer,
                CannotSend,
                NotAnMbox,
                PeopleError,
                PolicyUnreadable,
                BoxError,
                LookupError,
                UnknownSetting,
            ),
            BAD_INPUT,
        ),
    ):
        if isinstance(error, kinds) and not isinstance(error, (KeyError, IndexError)):
            return Explained(str(error), code)
    return None


def _explain_settings(error: ValidationError) -> str:
    wrong = "; ".join(
        f"STREAKLIKE_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
        for item in error.errors()
    )
    return f"A setting cannot be used: {wrong}. Nothing was changed. Mend it in the environment or in .env."
