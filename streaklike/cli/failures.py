"""Known failures: a sentence for people, and an exit code by kind (documented in docs/commands.md)."""

import errno
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from streaklike.boxes.errors import BoxError
from streaklike.cadence.policy.policy import PolicyUnreadable
from streaklike.cli.exit_codes import BAD_INPUT, GMAIL_FAILED, NO_CONSENT, NO_DATABASE, OUR_FAULT
from streaklike.digest.errors import BadSender, BadServer, CannotSend
from streaklike.gmail.errors import AuthorizationRevoked, BadCredentials, GmailError, WrongAccount
from streaklike.mail.mbox import NotAnMbox
from streaklike.people.errors import PeopleError
from streaklike.settings import BadSecretKey, UnknownSetting
from streaklike.store.database import DatabaseUnavailable
from streaklike.store.faults import describe_fault
from streaklike.sync.directory import BadAddress
from streaklike.sync.labels import BadLabel

_OF_THE_DISK = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EROFS,
    errno.EACCES,
    errno.EPERM,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ELOOP,
}


@dataclass(frozen=True, slots=True)
class ExplainedFailure:
    """What to say, and what to exit with."""

    sentence: str
    exit_code: int


def explain(error: Exception) -> ExplainedFailure | None:
    """The sentence of a failure that we know; None for one that is a fault of ours."""
    if isinstance(error, ValidationError):
        return ExplainedFailure(_explain_settings(error), BAD_INPUT)
    if isinstance(error, DBAPIError):
        fault = describe_fault(error)
        return ExplainedFailure(fault.sentence, NO_DATABASE) if fault is not None else None
    if isinstance(error, UnicodeError) and _is_unwritable(error):
        return ExplainedFailure(
            "An argument holds bytes that are no text in UTF-8. Nothing was changed. Check the terminal's encoding.",
            BAD_INPUT,
        )
    if isinstance(error, OSError) and error.errno in _OF_THE_DISK:
        return ExplainedFailure(
            f"The disk does not let us go on ({error.strerror}: {error.filename or 'a file'}). What was saved before is "
            "safe. Make room, or give the permission, and try again.",
            NO_DATABASE,
        )
    for kinds, code in (
        ((DatabaseUnavailable,), NO_DATABASE),
        ((AuthorizationRevoked, WrongAccount), NO_CONSENT),
        ((GmailError,), GMAIL_FAILED),
        (
            (
                BadCredentials,
                BadAddress,
                BadLabel,
                BadSecretKey,
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
            return ExplainedFailure(str(error), code)
    return None


def explain_unforeseen(error: BaseException) -> ExplainedFailure:
    """What to say of a fault of ours. Nothing of the error's own words: they may quote mail."""
    return ExplainedFailure(
        f"Something went wrong on our side ({type(error).__name__}). What was saved before is safe; this last step was not "
        "saved. Try again. If it happens twice, run it as `streaklike --traceback …` and report what that prints: it "
        "holds no mail.",
        OUR_FAULT,
    )


def _explain_settings(error: ValidationError) -> str:
    wrong = "; ".join(
        f"STREAKLIKE_{'_'.join(str(part) for part in item['loc']).upper()}: {item['msg']}"
        for item in error.errors()
    )
    return f"A setting cannot be used: {wrong}. Nothing was changed. Mend it in the environment or in .env."


def _is_unwritable(error: UnicodeError) -> bool:
    """Whether it is about a lone surrogate: how Python reads a byte of an argument that is no UTF-8."""
    return isinstance(error, UnicodeEncodeError) and any(
        "\ud800" <= character <= "\udfff" for character in error.object[error.start : error.end]
    )
