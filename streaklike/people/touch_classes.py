"""Classes of our mail, corrected by people and learned from (R52).

A correction is an event and overrides at once.

Learning only counts: each correction gives LESSON points to its class, split equally among the words found,
and no word gains more than MOST for a class. The order of corrections and of mail therefore does not matter
(R21), and an undone correction leaves no trace.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, bindparam, func, select, update
from sqlalchemy.orm import Session, aliased

from streaklike.mail.refusals import find_refusal
from streaklike.mail.touch_class import CLASSES, Judgement, judge
from streaklike.people.errors import BadValue
from streaklike.people.events import mark_due, record_event, user_id
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, Body, Contact, Event, Message, Participant, User
from streaklike.store.writing import in_chunks, lock_writer
from streaklike.sync.touch_words import (
    GAP,
    TeamWords,
    current_version,
    holds_thanks,
    is_classed,
    load_team_words,
    read_words,
    save_team_words,
)

KIND: Final = "touch_class"
LESSON: Final = 2_000
MOST: Final = 4_000
"""Both in thousandths of a point, as are the words' own weights."""

CHUNK: Final = 2_000


class TouchExplanation(NamedTuple):
    """A message's class, its correction if any (`corrected_by` a name, `event_uid`), and what its words say.

    `is_thanks_too`: it also thanks a donor (R52).
    """

    touch_class: str
    judgement: Judgement
    event_uid: str | None = None
    corrected_by: str | None = None
    is_thanks_too: bool = False

    @property
    def classes(self) -> tuple[str, ...]:
        return (self.touch_class, "thank") if self.is_thanks_too else (self.touch_class,)


def correct_touch(
    session: Session, message: Message, touch_class: str, *, by: User | None, now: int
) -> Event | None:
    """Correct the class of our mail; None if unchanged.

    Raises BadValue.

    Mail whose class depends on what was learned is reclassified, and everybody concerned becomes due.
    """
    if touch_class not in CLASSES:
        raise BadValue(
            f"There is no class {touch_class!r}. Nothing was changed. Choose ask, thank, inform or serve."
        )
    if message.touch_words is None:
        raise BadValue("Only mail of ours has a class. Nothing was changed.")
    if message.touch_class == touch_class:
        return None
    lock_writer(session)
    data = {
        "message": message.rfc_id,
        "class": touch_class,
        "was": message.touch_class,
        "words": message.touch_words.split(GAP),
    }
    event = record_event(
        session,
        KIND,
        at=now,
        now=now,
        author_id=user_id(by),
        conversation_id=message.conversation_id,
        data=data,
    )
    relearn(session)
    return event


def relearn(session: Session) -> None:
    """Recompute what the corrections in effect add up to, and reclassify mail accordingly."""
    session.flush()
    words = learn(current_version(), _list_corrections(session))
    was = load_team_words(session)
    if words == was:
        return
    save_team_words(session, words)
    if was.version == words.version:
        _reclassify(session, words)
    else:
        _read_all(session, words)


def ensure_classed(session: Session) -> None:
    """If the vocabulary has changed, reclassify all our stored mail and find refusals in theirs again."""
    if not is_classed(session):
        lock_writer(session)
        relearn(session)


class Correction(NamedTuple):
    """A `touch_class` event, with when it was recorded and undone."""

    at: int
    uid: str
    data: dict[str, Any]
    undone_at: int | None


def _list_corrections(session: Session, at: int | None = None) -> list[Correction]:
    """Return the corrections in effect, now or at a past instant (R51), oldest first."""
    undoing = aliased(Event)
    rows = session.execute(
        select(Event.at, Event.uid, Event.data, undoing.at)
        .outerjoin(undoing, undoing.id == Event.undone_by_id)
        .where(Event.kind == KIND)
        .order_by(Event.at, Event.uid)
    )
    found = [Correction(*row) for row in rows]
    if at is None:
        return [each for each in found if each.undone_at is None]
    return [each for each in found if each.at <= at and (each.undone_at is None or each.undone_at > at)]


def learn(version: str, corrections: Iterable[Correction]) -> TeamWords:
    """Sum up the corrections; the last one for a message counts."""
    last = {each.data["message"]: each.data for each in corrections}
    shifts: dict[str, dict[str, int]] = {}
    for data in last.values():
        words = [word for word in data["words"] if not word.startswith("(")]
        for word in words:
            of_word = shifts.setdefault(word, {})
            of_word[data["class"]] = of_word.get(data["class"], 0) + LESSON // len(words)
    capped = {
        word: {name: min(MOST, weight) for name, weight in sorted(of_word.items())}
        for word, of_word in sorted(shifts.items())
    }
    given = {rfc_id: data["class"] for rfc_id, data in sorted(last.items())}
    return TeamWords(version, capped, given)


def _reclassify(session: Session, words: TeamWords) -> None:
    changed = [{"b_id": key, "b_class": found} for key, found in _list_different(session, words)]
    _write(session, update(Message).values(touch_class=bindparam("b_class")), changed)


def _list_different(session: Session, words: TeamWords) -> Iterator[tuple[int, str]]:
    """Yield (id, class) of our mail whose class by these words differs from the stored one."""
    rows = session.execute(
        select(Message.id, Message.rfc_id, Message.touch_words, Message.touch_class).where(
            Message.touch_words.is_not(None)
        )
    )
    for key, rfc_id, stored, before in rows:
        found = words.class_of(rfc_id, stored or "")
        if found != before:
            yield key, found


def read_anew(session: Session, message_ids: Collection[int]) -> None:
    """Reclassify these messages by what they are now, ours or theirs: their authors may have changed sides (R11)."""
    words = load_team_words(session)
    for chunk in in_chunks(message_ids):
        _read_where(session, words, in_values(session, Message.id, chunk))


def _read_all(session: Session, words: TeamWords) -> None:
    """Reread all stored mail for words and refusals; no mailbox is accessed."""
    highest = session.scalar(select(func.max(Message.id))) or 0
    for start in range(0, highest, CHUNK):
        _read_where(session, words, Message.id.between(start + 1, start + CHUNK))


def _read_where(session: Session, words: TeamWords, condition: ColumnElement[bool]) -> None:
    rows = session.execute(
        select(
            Message.id,
            Message.rfc_id,
            Message.direction,
            Message.own_kind,
            Message.subject,
            Message.refs,
            Message.is_invitation,
            Message.touch_class,
            Message.touch_words,
            Message.refusal,
            Body.text,
        )
        .join(Body, Body.message_id == Message.id)
        .where(condition)
    )
    changed = []
    for row in rows:
        found = _columns(row, row.text, words)
        if found != (row.touch_class, row.touch_words, row.refusal):
            changed.append({"b_id": row.id, "b_class": found[0], "b_words": found[1], "b_refusal": found[2]})
    statement = update(Message).values(
        touch_class=bindparam("b_class"), touch_words=bindparam("b_words"), refusal=bindparam("b_refusal")
    )
    _write(session, statement, changed)


def _columns(message: Any, text: str, words: TeamWords) -> tuple[str | None, str | None, str | None]:
    if message.direction == "inbound":
        return None, None, find_refusal(text) if message.own_kind in ("human", "bulk") else None
    found = read_words(
        message.subject,
        text,
        kind=message.own_kind,
        is_invitation=message.is_invitation,
        is_reply=bool(message.refs),
    )
    return (words.class_of(message.rfc_id, found) if found else None), found, None


def _write(session: Session, statement: Any, changed: list[dict[str, Any]]) -> None:
    if not changed:
        return
    # By the connection: a bulk update past the ORM, whose loaded objects are expired next.
    session.connection().execute(statement.where(Message.id == bindparam("b_id")), changed)
    session.expire_all()
    mark_recipients_due(session, [row["b_id"] for row in changed])


def mark_recipients_due(session: Session, message_ids: Collection[int]) -> None:
    """Mark the recipients of these messages due."""
    for chunk in in_chunks(message_ids):
        rows = session.scalars(
            select(Contact.root_id)
            .join(Address, Address.contact_id == Contact.id)
            .join(Participant, Participant.address_id == Address.id)
            .where(Participant.message_id.in_(chunk), Contact.root_id.is_not(None))
            .distinct()
        )
        mark_due(session, [root_id for root_id in rows if root_id is not None])


def classes_at(session: Session, *, at: int) -> dict[int, str]:
    """Return by message the class that mail had at a past instant (R51), if different today."""
    then = learn(current_version(), _list_corrections(session, at))
    return {} if then == load_team_words(session) else dict(_list_different(session, then))


def explain_touches(session: Session, rfc_ids: Collection[str]) -> dict[str, TouchExplanation]:
    """Explain by Message-ID the class of these messages of ours."""
    team_words = load_team_words(session)
    rows = session.execute(
        select(Message.rfc_id, Message.touch_words, Message.touch_class).where(
            Message.rfc_id.in_(rfc_ids), Message.touch_words.is_not(None)
        )
    )
    corrected = (
        {each.data["message"]: each.uid for each in _list_corrections(session)} if team_words.given else {}
    )
    uids = [corrected[rfc_id] for rfc_id in rfc_ids if rfc_id in corrected]
    authors = dict(
        session.execute(
            select(Event.uid, User.name)
            .outerjoin(User, User.id == Event.author_id)
            .where(Event.uid.in_(uids))
        ).all()
    )
    return {
        rfc_id: TouchExplanation(
            touch_class or "",
            judge((words or "").split(GAP), team_words.shifts),
            corrected.get(rfc_id),
            authors.get(corrected.get(rfc_id, "")),
            touch_class != "thank" and holds_thanks(touch_class, words),
        )
        for rfc_id, words, touch_class in rows
    }


def find_touch(session: Session, rfc_id: str) -> Message | None:
    """Return our mail with this Message-ID, with or without angle brackets."""
    return session.scalar(
        select(Message)
        .where(Message.rfc_id == rfc_id.strip().strip("<>"), Message.touch_words.is_not(None))
        .order_by(Message.fingerprint)
        .limit(1)
    )
