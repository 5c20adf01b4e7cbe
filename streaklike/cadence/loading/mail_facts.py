"""Loads people's mail, set-based: every message of their conversations, in the form cadence evaluates."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session

from streaklike.cadence.loading.conversations_at import PRESENT, Past
from streaklike.cadence.loading.correspondents import Correspondents
from streaklike.cadence.loading.fetching import fetch, fetch_raw
from streaklike.cadence.loading.mail_reader import (
    ADDRESSED,
    EFFECTS,
    FORM,
    PLACES,
    THANKS,
    LoadedConversation,
    MailReader,
    Row,
)
from streaklike.cadence.loading.team_directory import TeamDirectory
from streaklike.cadence.model.history import (
    AUTHOR,
    BCC,
    CC,
    INBOUND,
    NOTHING,
    OUTBOUND,
    OUTBOUND_BULK,
    OUTBOUND_INVITATION,
    TO,
    Key,
)
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, Mailbox, MailboxMessage, Message, Participant

_ROLE = case(
    (Participant.role == "author", AUTHOR),
    (Participant.role == "to", TO),
    (Participant.role == "cc", CC),
    else_=BCC,
)
# Codes are effect * NATURES + flags + role, so a comparison selects by effect.
_LEAST_COUNTING = INBOUND * EFFECTS
_LEAST_OURS = OUTBOUND * EFFECTS
_OURS_IN_CC = frozenset(code for code, place in enumerate(PLACES) if place[:2] == (OUTBOUND, CC))
# A literal, not a bound parameter: a partial index is used only if the condition matches its own.
_OUR_OWN = select(Address.id).where(Address.side == literal_column("'inside'"))
_IN_TO = frozenset(code for code, place in enumerate(PLACES) if place[1] == TO)


def _effect(is_human: ColumnElement[bool]) -> ColumnElement[int]:
    return case(
        (Message.is_live.is_(False), NOTHING),
        (
            is_human,
            case(
                (Message.direction == "inbound", INBOUND),
                (Message.direction == "outbound", OUTBOUND),
                else_=NOTHING,
            ),
        ),
        (Message.direction != "outbound", NOTHING),
        (Message.kind == "bulk", OUTBOUND_BULK),
        (and_(Message.kind == "calendar", Message.is_invitation), OUTBOUND_INVITATION),
        else_=NOTHING,
    )


EFFECT = _effect(Message.kind == "human")


class MailSource:
    """The mail of conversations as of `now`, filed for the people whose roots are `root_ids`.

    `past` holds the differences from today (R51); PRESENT has none.
    """

    def __init__(
        self,
        session: Session,
        root_ids: Collection[Key],
        *,
        directory: TeamDirectory,
        now: int,
        bounce_ms: int,
        past: Past = PRESENT,
    ) -> None:
        self._session = session
        self.directory = directory
        self.now = now
        self.past = past
        self._reader = MailReader(directory, root_ids, now)
        self.correspondents = Correspondents(session, now=now, bounce_ms=bounce_ms)
        self.mail_by_person = self._reader.mail_by_person

    def read(self, conversation_ids: Collection[int]) -> dict[int, LoadedConversation]:
        """Load the mail of these conversations, each whole; a `range` selects all ids in it."""
        past, reader, correspondents = self.past, self._reader, self.correspondents
        found = fetch_raw(self._session, _select_mail(self._session, conversation_ids, past.humans))
        rows = [row for row in found if row[5] >= _LEAST_COUNTING or row[6] is not None]
        if past.homes:
            rows = [(past.home_of(row[4], row[0]), *row[1:]) for row in rows]
        if past.classes:
            rows = [(*row[:8], past.classes.get(row[4], row[8]), *row[9:]) for row in rows]
        rows.sort()
        for key, at in correspondents.meet({row[9] for row in rows}):
            reader.note(key, at)
        if correspondents.undelivered:
            rows = [row for row in rows if (row[2], row[9]) not in correspondents.undelivered]
        reader.keys, reader.lists = correspondents.keys, correspondents.lists
        reader.channels = _load_channels(self._session, rows, correspondents.lists)
        reader.senders = _load_senders(self._session, rows, self.directory)
        reader.shown_to = _load_shown_to(self._session, rows)
        return reader.read(rows)


def list_conversations(session: Session, contact_ids: Collection[int]) -> list[int]:
    """List the conversations in which these contacts take part, in any role."""
    statement = (
        select(Message.conversation_id)
        .join(Participant, Participant.message_id == Message.id)
        .join(Address, Address.id == Participant.address_id)
        .where(in_values(session, Address.contact_id, contact_ids), Message.conversation_id.is_not(None))
        .distinct()
    )
    return sorted(each for (each,) in fetch_raw(session, statement))


def _select_mail(
    session: Session, conversation_ids: Collection[int], humans: Collection[int]
) -> Select[*tuple[Any, ...]]:
    """Select the mail of these conversations; `humans` are messages that were not yet bulk."""
    mail = _MAIL
    if humans:
        mail = _select_with(_effect(or_(Message.kind == "human", in_values(session, Message.id, humans))))
    return mail.where(in_values(session, Message.conversation_id, conversation_ids))


def _select_with(effect: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    """Select one row per outside person on each message that may have an effect."""
    return (
        select(
            Message.conversation_id,
            Message.at,
            Message.rfc_id,
            Message.fingerprint,
            Message.id,
            _pack(effect),
            Message.answer,
            Message.author_id,
            Message.touch_class,
            Participant.address_id,
        )
        .join(Participant, Participant.message_id == Message.id)
        .where(
            Participant.role.not_in(("from", "failed")),
            Participant.address_id.not_in(_OUR_OWN),
            or_(Message.kind == "human", Message.answer.is_not(None), effect != NOTHING),
        )
        .order_by(Message.conversation_id, Message.at)
    )


def _pack(effect: ColumnElement[int]) -> ColumnElement[int]:
    """Pack a message's effect, flags and the person's role into one integer (PLACES): each column costs per row."""
    is_addressed = case((Message.is_addressed, ADDRESSED), else_=0)
    is_thanks = case((Message.is_thanks, THANKS), else_=0)
    is_by_form = case((Message.is_by_form, FORM), else_=0)
    return effect * EFFECTS + is_addressed + is_thanks + is_by_form + _ROLE


_MAIL = _select_with(EFFECT)


def _load_senders(session: Session, rows: Iterable[Row], directory: TeamDirectory) -> dict[int, int]:
    """Return the sender of our mail from addresses of no member (shared ones).

    The sender is the owner of the mailbox that has it as sent.
    """
    known = directory.by_address_id
    unknown = {row[4] for row in rows if row[5] >= _LEAST_OURS and row[7] not in known}
    if not unknown:
        return {}
    found = fetch(
        session,
        select(MailboxMessage.message_id, func.min(Mailbox.user_id))
        .join(Mailbox, Mailbox.id == MailboxMessage.mailbox_id)
        .where(
            in_values(session, MailboxMessage.message_id, unknown),
            MailboxMessage.is_sent,
            MailboxMessage.is_hidden.is_(False),
        )
        .group_by(MailboxMessage.message_id),
    )
    return {message_id: user_id for message_id, user_id in found if message_id is not None}


def _load_channels(session: Session, rows: Sequence[Row], lists: Collection[int]) -> dict[int, int]:
    """Return the outside list that carried each asking message, in conversations where we wrote to a list (R35)."""
    written_to = {row[0] for row in rows if row[9] in lists and row[5] >= _LEAST_OURS} if lists else ()
    asking = {row[4] for row in rows if row[0] in written_to and row[5] < _LEAST_OURS} if written_to else ()
    if not asking:
        return {}
    found = fetch(
        session,
        select(Message.id, Message.channel_id)
        .join(Address, Address.id == Message.channel_id)
        .where(in_values(session, Message.id, asking), Address.side == "outside"),
    )
    return {message_id: channel_id for message_id, channel_id in found if channel_id is not None}


def _load_shown_to(session: Session, rows: Iterable[Row]) -> set[int]:
    """Return our mail with outside people in Cc that also has somebody in To, even a colleague."""
    in_cc = {row[4] for row in rows if row[5] in _OURS_IN_CC}
    with_to = {row[4] for row in rows if row[5] in _IN_TO and row[4] in in_cc} if in_cc else set()
    if in_cc == with_to:
        return with_to
    found = session.scalars(
        select(Participant.message_id).where(
            in_values(session, Participant.message_id, in_cc - with_to), Participant.role == "to"
        )
    )
    return with_to.union(found)
