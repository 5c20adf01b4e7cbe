"""Details of timeline entries: people and roles on a message, mailboxes that hold it, delivery."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Exists, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from streaklike.instants import DAY
from streaklike.people.tables import ADDRESS, BODY, MAILBOX_MESSAGE, MESSAGE, PARTICIPANT
from streaklike.store.models import Base, Box, Event, Task, User
from streaklike.store.writing import in_chunks

MAILBOX: Final = Base.metadata.tables["mailbox"]
USER: Final = Base.metadata.tables["user"]

MESSAGE_IDS: Final[BindParameter[Any]] = bindparam("message_ids", expanding=True)
ADDRESS_IDS: Final[BindParameter[Any]] = bindparam("address_ids", expanding=True)

SHOWN_ROLES = ("author", "bcc", "cc", "failed", "to")
"""Roles that put a message on a person's timeline: a bounce is on its failed recipient's (R30)."""

LISTED_ROLES = ("author", "from", "to", "cc")
"""Roles that a page may show. Bcc is never among them, not even on the Bcc person's own page (R22)."""


@dataclass(frozen=True, slots=True)
class TimelineScope:
    """Whose timeline it is: all contacts merged into one (R4), and their addresses."""

    contact_ids: tuple[int, ...]
    address_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TimelinePerson:
    """Somebody on a message: the name as received, the address as written, and its key (R3, R5)."""

    name: str
    address: str
    key: str


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry.

    `at` is an instant. `kind` is `email`, or an event's kind: note, call, stage, task …

    Of mail: `direction` inbound, outbound or internal; `message_id` its Message-ID; `sender` its true author
    (R15); `role` the person's role on it; `mailboxes` those that hold it (R16); `mail_class` human,
    automatic, bulk, bounce, calendar or receipt; `text` the new part (R25); `dated_at` the Date header, if
    off by over a day (R20); `is_conflicting`: another message has the same Message-ID (R19);
    `is_not_delivered`: it bounced permanently for this person (R30); `is_not_in_sent`: its From claims to be
    a member, but no member's mailbox has it as sent (R14); `forwarded` the original it forwards, as an offer
    (R17); `attachments` as stored; `touch_class` the purpose of our mail (R52).

    `author` is the email of the member who sent or logged it, else the address of the person who wrote. Of an
    event: `uid`, `data`, the box's name, and a task's due and done instants.
    """

    at: int
    kind: str
    direction: str | None = None
    message_id: str | None = None
    subject: str = ""
    sender: TimelinePerson | None = None
    to: tuple[TimelinePerson, ...] = ()
    cc: tuple[TimelinePerson, ...] = ()
    role: str | None = None
    author: str | None = None
    mailboxes: tuple[str, ...] = ()
    conversation_id: int | None = None
    mail_class: str = "human"
    text: str = ""
    dated_at: int | None = None
    is_conflicting: bool = False
    is_not_delivered: bool = False
    is_by_form: bool = False
    forwarded: dict[str, Any] | None = None
    attachments: tuple[Any, ...] = ()
    uid: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    box_id: int | None = None
    box_name: str | None = None
    task_due_at: int | None = None
    task_done_at: int | None = None
    touch_class: str | None = None

    @property
    def is_not_in_sent(self) -> bool:
        """Whether the mail is ours by its header alone (R14): anybody may have written it."""
        return self.kind == "email" and self.direction == "internal"


class _Witnesses(NamedTuple):
    mailboxes: tuple[str, ...]
    senders: tuple[str, ...]


def load_message_entries(
    session: Session, scope: TimelineScope, message_ids: Sequence[int]
) -> dict[int, TimelineEntry]:
    """Load these messages as entries for the scope's person; a fixed number of queries per 500."""
    entries: dict[int, TimelineEntry] = {}
    for chunk in in_chunks(message_ids):
        people, roles = _load_people(session, scope, chunk)
        witnesses = _load_witnesses(session, chunk)
        bounds = {"message_ids": chunk, "address_ids": scope.address_ids}
        for row in session.execute(MESSAGE_QUERY, bounds):
            entries[row.id] = _mail_entry(row, people[row.id], roles[row.id], witnesses[row.id])
    return entries


def _message_query() -> Select[*tuple[Any, ...]]:
    m, other = MESSAGE.c, MESSAGE.alias().c
    has_conflict = exists().where(other.rfc_id == m.rfc_id, other.id != m.id, other.is_live)
    columns = (
        m.id,
        m.at,
        m.direction,
        m.rfc_id,
        m.subject,
        m.conversation_id,
        m.kind,
        BODY.c.text,
        m.dated_at,
        m.details,
        m.touch_class,
        has_conflict.label("is_conflicting"),
        came_back().label("is_not_delivered"),
    )
    return select(*columns).join_from(MESSAGE, BODY, BODY.c.message_id == m.id).where(m.id.in_(MESSAGE_IDS))


UNNAMED_WITHIN: Final = 3 * DAY
"""How far back a bounce without a Message-ID looks for the mail it returned (R30)."""

RECIPIENTS: Final = ("to", "cc", "bcc")


def came_back() -> ColumnElement[bool]:
    """Build R30's condition: the mail permanently bounced (5.x.x) for one of `ADDRESS_IDS`.

    The bounce names the message, or names none and came after no later mail of ours to that address.
    """
    bounces, failures = MESSAGE.alias(), PARTICIPANT.alias()
    m, bounce, failed = MESSAGE.c, bounces.c, failures.c
    returned = exists().where(
        failed.address_id.in_(ADDRESS_IDS),
        failed.role == "failed",
        failed.at.between(m.at, m.at + UNNAMED_WITHIN),
        bounce.id == failed.message_id,
        bounce.bounce_of.is_(None),
        bounce.is_live,
        bounce.bounce_status.startswith("5"),
        _goes_to(failed.address_id).correlate(MESSAGE, failures),
        ~_is_followed(failed.address_id, bounce.at).correlate(MESSAGE, failures, bounces),
    )
    named = exists().where(
        bounce.bounce_of == m.rfc_id,
        bounce.is_live,
        bounce.bounce_status.startswith("5"),
        failed.message_id == bounce.id,
        failed.role == "failed",
        failed.address_id.in_(ADDRESS_IDS),
    )
    return and_(m.direction == "outbound", or_(named.correlate(MESSAGE), returned.correlate(MESSAGE)))


def _goes_to(address_id: ColumnElement[int]) -> Exists:
    participant = PARTICIPANT.alias().c
    return exists().where(
        participant.message_id == MESSAGE.c.id,
        participant.address_id == address_id,
        participant.role.in_(RECIPIENTS),
    )


def _is_followed(address_id: ColumnElement[int], until: ColumnElement[int]) -> Exists:
    m, later, participant = MESSAGE.c, MESSAGE.alias().c, PARTICIPANT.alias().c
    return exists().where(
        participant.address_id == address_id,
        participant.role.in_(RECIPIENTS),
        participant.at.between(m.at, until),
        later.id == participant.message_id,
        later.is_live,
        later.direction == "outbound",
        or_(later.at > m.at, and_(later.at == m.at, later.rfc_id > m.rfc_id)),
    )


MESSAGE_QUERY: Final = _message_query()

PEOPLE_QUERY: Final = (
    select(
        PARTICIPANT.c.message_id,
        PARTICIPANT.c.role,
        PARTICIPANT.c.address_id,
        PARTICIPANT.c.name,
        PARTICIPANT.c.shown,
        ADDRESS.c.key,
    )
    .join_from(PARTICIPANT, ADDRESS, ADDRESS.c.id == PARTICIPANT.c.address_id)
    .where(
        PARTICIPANT.c.message_id.in_(MESSAGE_IDS),
        or_(PARTICIPANT.c.role.in_(LISTED_ROLES), PARTICIPANT.c.address_id.in_(ADDRESS_IDS)),
    )
    .order_by(ADDRESS.c.key)
)

WITNESS_QUERY: Final = (
    select(
        MAILBOX_MESSAGE.c.message_id,
        MAILBOX.c.email.label("mailbox"),
        USER.c.email.label("user"),
        MAILBOX_MESSAGE.c.is_sent,
    )
    .join_from(MAILBOX_MESSAGE, MAILBOX, MAILBOX.c.id == MAILBOX_MESSAGE.c.mailbox_id)
    .join(USER, USER.c.id == MAILBOX.c.user_id)
    .where(
        MAILBOX_MESSAGE.c.message_id.in_(MESSAGE_IDS),
        MAILBOX_MESSAGE.c.state == "stored",
        MAILBOX_MESSAGE.c.is_hidden.is_(False),
    )
)


def _load_people(
    session: Session, scope: TimelineScope, message_ids: Sequence[int]
) -> tuple[dict[int, dict[str, list[TimelinePerson]]], dict[int, set[str]]]:
    """Return the people to show per message and role, and this person's roles per message."""
    rows = session.execute(PEOPLE_QUERY, {"message_ids": message_ids, "address_ids": scope.address_ids})
    people: dict[int, dict[str, list[TimelinePerson]]] = defaultdict(lambda: defaultdict(list))
    roles: dict[int, set[str]] = defaultdict(set)
    mine = frozenset(scope.address_ids)
    for message_id, role, address_id, name, shown, key in rows:
        if role in LISTED_ROLES:
            people[message_id][role].append(TimelinePerson(name, shown or key, key))
        if address_id in mine:
            roles[message_id].add(role)
    return people, roles


def _load_witnesses(session: Session, message_ids: Sequence[int]) -> dict[int, _Witnesses]:
    """Return per message the mailboxes that hold it, and the members who sent it (R14, R16)."""
    rows = session.execute(WITNESS_QUERY, {"message_ids": message_ids})
    mailboxes: dict[int, set[str]] = defaultdict(set)
    senders: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        mailboxes[row.message_id].add(row.mailbox)
        if row.is_sent:
            senders[row.message_id].add(row.user)
    return defaultdict(
        lambda: _Witnesses((), ()),
        {
            message_id: _Witnesses(tuple(sorted(seen)), tuple(sorted(senders[message_id])))
            for message_id, seen in mailboxes.items()
        },
    )


ROLE_ORDER = ("author", "to", "cc", "bcc", "failed")


def _mail_entry(
    row: Any, people: dict[str, list[TimelinePerson]], roles: set[str], witnesses: _Witnesses
) -> TimelineEntry:
    sender = next(iter(people["author"] or people["from"]), None)
    written_by = sender.key if sender else None
    if row.direction == "outbound" and written_by not in witnesses.senders:
        written_by = next(iter(witnesses.senders), written_by)
    is_date_off = row.dated_at is not None and abs(row.dated_at - row.at) > DAY
    details = row.details or {}
    return TimelineEntry(
        at=row.at,
        kind="email",
        direction=row.direction,
        message_id=row.rfc_id,
        subject=row.subject,
        sender=sender,
        to=tuple(people["to"]),
        cc=tuple(people["cc"]),
        role=next((role for role in ROLE_ORDER if role in roles), None),
        author=written_by,
        mailboxes=witnesses.mailboxes,
        conversation_id=row.conversation_id,
        mail_class=row.kind,
        text=row.text,
        dated_at=row.dated_at if is_date_off else None,
        is_conflicting=row.is_conflicting,
        is_not_delivered=row.is_not_delivered,
        is_by_form=bool(details.get("by_form")),
        forwarded=details.get("forwarded"),
        attachments=tuple(details.get("attachments", ())),
        touch_class=row.touch_class if row.direction == "outbound" else None,
    )


def load_event_entries(session: Session, event_ids: Sequence[int]) -> dict[int, TimelineEntry]:
    """Load these events as entries; one query per 500."""
    entries: dict[int, TimelineEntry] = {}
    for chunk in in_chunks(event_ids):
        rows = session.execute(
            select(Event, User.email, Box.name, Task.due_at, Task.done_at)
            .outerjoin(User, User.id == Event.author_id)
            .outerjoin(Box, Box.id == Event.box_id)
            .outerjoin(Task, Task.id == Event.task_id)
            .where(Event.id.in_(chunk))
        )
        for event, author, box_name, due_at, done_at in rows:
            entries[event.id] = TimelineEntry(
                at=event.at,
                kind=event.kind,
                direction=event.data.get("direction"),
                author=author,
                conversation_id=event.conversation_id,
                text=event.text,
                uid=event.uid,
                data=dict(event.data),
                box_id=event.box_id,
                box_name=box_name,
                task_due_at=due_at,
                task_done_at=done_at,
            )
    return entries
