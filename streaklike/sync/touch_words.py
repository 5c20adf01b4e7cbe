"""The classification data of touches in this database (R52): vocabulary version and the team's corrections.

Stored as the setting `touch_words` and derived from corrections alone (people.touch_classes), so that a sync
page needs one row.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.mail import refusals
from streaklike.mail.giver_thanks import VERSION as GIVER_VERSION
from streaklike.mail.giver_thanks import thanks_a_giver
from streaklike.mail.message import Understood
from streaklike.mail.touch_class import (
    BULK,
    INVITATION,
    REPLY,
    THANKING,
    Weights,
    class_of,
    find_words,
    load_vocabulary,
)
from streaklike.store.models import Message, Setting

SETTING: Final = "touch_words"
GAP: Final = "|"
"""Separator of the words in `Message.touch_words`."""


class TeamWords(NamedTuple):
    """`version` is the vocabulary with which stored mail was classified; `given` are manual classes by
    Message-ID.
    """

    version: str
    shifts: Weights
    given: Mapping[str, str]

    def class_of(self, rfc_id: str, words: str) -> str:
        """Classify a message by its stored words. A manual class takes precedence."""
        return self.given.get(rfc_id) or class_of(words.split(GAP), self.shifts)


def current_version() -> str:
    """A version that changes with the vocabulary, the refusal rules and the rules for thanking donors."""
    return f"{load_vocabulary().version}.{refusals.VERSION}.{GIVER_VERSION}"


def is_classed(session: Session) -> bool:
    """Whether all stored mail was classed by the vocabulary of this program."""
    return load_team_words(session).version == current_version()


def holds_thanks(touch_class: str | None, words: str | None) -> bool:
    """Whether our message gives thanks: by its class, or by a sentence that thanks a donor (R52).

    If its words alone classify it as thanks but its class differs, a member decided that it gives none.
    """
    if touch_class == "thank":
        return True
    found = (words or "").split(GAP)
    return THANKING in found and class_of(found) != "thank"


def load_team_words(session: Session) -> TeamWords:
    """Load the classification data derived from corrections."""
    value = session.scalar(select(Setting.value).where(Setting.name == SETTING)) or {}
    return TeamWords(value.get("version", ""), value.get("shifts", {}), value.get("given", {}))


def save_team_words(session: Session, words: TeamWords) -> None:
    """Store the classification data."""
    session.merge(Setting(name=SETTING, value=words._asdict()))
    session.flush()


def begin_team_words(session: Session) -> TeamWords:
    """Load the classification data; in a database without mail, first adopt the current vocabulary."""
    words = load_team_words(session)
    if not words.version and session.scalar(select(Message.id).limit(1)) is None:
        words = words._replace(version=current_version())
        save_team_words(session, words)
    return words


def read_words(subject: str, text: str, *, kind: str, is_invitation: bool, is_reply: bool) -> str | None:
    """Return the words of our message in stored form; None if it is of a kind that is not classified."""
    if kind not in ("human", "bulk") and not is_invitation:
        return None
    signs = [
        sign
        for sign, holds in (
            (REPLY, is_reply),
            (BULK, kind == "bulk"),
            (INVITATION, is_invitation),
            (THANKING, kind != "bulk" and thanks_a_giver("" if is_reply else subject, text)),
        )
        if holds
    ]
    return GAP.join(find_words(subject, text, *signs))


def touch_columns(message: Understood, team_words: TeamWords, *, is_ours: bool) -> dict[str, Any]:
    """Compute the Message columns for the purpose of our mail, or for a refusal in theirs."""
    if not is_ours:
        refusal = refusals.find_refusal(message.text) if message.kind in ("human", "bulk") else None
        return {"touch_class": None, "touch_words": None, "refusal": refusal}
    words = read_words(
        message.subject,
        message.text,
        kind=message.kind,
        is_invitation=message.is_invitation,
        is_reply=bool(message.refs),
    )
    touch_class = team_words.class_of(message.rfc_id, words) if words else None
    return {"touch_class": touch_class, "touch_words": words, "refusal": None}
