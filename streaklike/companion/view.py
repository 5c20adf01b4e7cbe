"""What one needs to know of a person before writing to them: one view model, whatever shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session

from streaklike.boxes.responsible import find_responsible
from streaklike.cadence.queries.due import REMINDER, Due, list_about
from streaklike.cadence.queries.flag_views import list_flags
from streaklike.cadence.queries.thanks_due import ThankDue, list_thanks_due
from streaklike.cadence.rules.expecting import shown_state
from streaklike.insights.rhythm import Rhythm, load_rhythm
from streaklike.mail.addresses import address_key
from streaklike.people.clocks import last_by_class
from streaklike.people.finding import find_contact
from streaklike.people.refusals import Proposal, list_proposals
from streaklike.people.snoozes import list_snooze_ends
from streaklike.store.models import (
    Address,
    Box,
    BoxContact,
    BoxOwner,
    Contact,
    ContactStatus,
    Mailbox,
    MailboxMessage,
    Message,
    Participant,
    Pipeline,
    Stage,
    Task,
    User,
)
from streaklike.sync.directory import load_team


@dataclass(frozen=True, slots=True)
class PersonView:
    """Who it is. `kind` is contact or candidate (R9); `tier` A, B, C or none."""

    id: int
    name: str
    addresses: tuple[str, ...]
    kind: str
    tier: str


@dataclass(frozen=True, slots=True)
class TouchView:
    """The newest human word between them and us: when, `inbound` or `outbound`, and which colleague."""

    at: int
    direction: str
    by: str | None


@dataclass(frozen=True, slots=True)
class BudgetView:
    """R45's contact budget: weights used, the limit, and when the next one is free again (None: it is free)."""

    used: float
    limit: float
    frees_at: int | None

    @property
    def is_full(self) -> bool:
        return self.used >= self.limit


@dataclass(frozen=True, slots=True)
class DoNotContact:
    """R49: until when (FOREVER for never again), and why."""

    until: int
    reason: str


@dataclass(frozen=True, slots=True)
class BoxLine:
    """A box of theirs that is not closed, with its stage in both languages."""

    uid: str
    name: str
    stage_zh: str
    stage_en: str
    pipeline: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next task, with its due instant."""

    text: str
    due_at: int
    owner: str | None


@dataclass(frozen=True, slots=True)
class FlagLine:
    """A flag that stands, with its numbers in the reason's unit."""

    flag: str
    reason: str
    count: float
    limit: float
    unit: str
    since_at: int
    lapses_at: int | None


@dataclass(frozen=True, slots=True)
class Companion:
    """The sidebar's content. `contact` is None for a stranger; `is_ours` where the address is a colleague's.

    `responsible` is the colleague who is so (R58), by name; `owners` are they and, after them, whoever else owns the
    person or a box of theirs. `proposal` is mail of theirs that asks us not to write, undecided; `thanks` a gift without thanks; `clocks` when they
    last had mail of each class (R52). `coming` are the viewer's own reminders about them that are due and the team's open follow-ups; `snoozed_until` is
    the viewer's own snooze (R38). `shown_state` is the reply state as people are shown it (`cadence.expecting`). `before_count` conversations have debts from before we began, the oldest since
    `before_since_at` (R59). `address` is the key asked about, empty where a thread has no outside person or is not in the viewer's mailbox.
    """

    address: str
    is_ours: bool = False
    contact: PersonView | None = None
    reply_state: str = "quiet"
    shown_state: str = "quiet"
    waiting_since_at: int | None = None
    waiting_conversation_id: int | None = None
    last_touch: TouchView | None = None
    budget: BudgetView = BudgetView(0.0, 3.0, None)
    do_not_contact: DoNotContact | None = None
    responsible: str | None = None
    owners: tuple[str, ...] = ()
    boxes: tuple[BoxLine, ...] = ()
    next_step: NextStep | None = None
    flags: tuple[FlagLine, ...] = ()
    rhythm: Rhythm | None = None
    proposal: Proposal | None = None
    thanks: ThankDue | None = None
    clocks: dict[str, int] = field(default_factory=dict)
    coming: tuple[Due, ...] = ()
    snoozed_until: int | None = None
    before_count: int = 0
    before_since_at: int | None = None


def build_companion(
    session: Session, *, email: str | None = None, thread_id: str | None = None, now: int, viewer_id: int
) -> Companion:
    """The companion for an address, or for a Gmail thread of the viewer's own mailboxes (R18).

    `thread_id` is hexadecimal as the API gives it, or `thread-f:` and a decimal as Gmail's page does.
    """
    address = email or find_thread_address(session, thread_id or "", viewer_id) or ""
    key = address_key(address) if "@" in address else ""
    if not key:
        return Companion("")
    contact = find_contact(session, key)
    if contact is None:
        return Companion(key, is_ours=load_team(session).is_inside(key))
    return _build(session, key, contact, now, viewer_id)


def normalise_thread_id(text: str) -> str:
    """A Gmail thread id in the API's hexadecimal: `thread-f:1746…`, `#thread-f:…` and hexadecimal are read."""
    name, colon, number = text.strip().lstrip("#").rpartition(":")
    if colon and name == "thread-f" and number.isdecimal():
        return f"{int(number):x}"
    return text.strip().lower()


def find_thread_address(session: Session, thread_id: str, viewer_id: int) -> str | None:
    """The outside person of a thread in the viewer's mailboxes: who wrote last, else whom we wrote to."""
    if not thread_id:
        return None
    is_author = case((Participant.role == "author", 0), (Participant.role == "to", 1), else_=2)
    found = (
        select(Address.key)
        .join(Participant, Participant.address_id == Address.id)
        .join(Message, Message.id == Participant.message_id)
        .join(MailboxMessage, MailboxMessage.message_id == Message.id)
        .join(Mailbox, Mailbox.id == MailboxMessage.mailbox_id)
        .where(
            MailboxMessage.thread_id == normalise_thread_id(thread_id),
            Mailbox.user_id == viewer_id,
            Address.side == "outside",
            Address.kind.in_(("person", "role")),
            Participant.role.in_(("author", "to", "cc")),
        )
        .order_by(is_author, Message.at.desc(), Address.key)
        .limit(1)
    )
    return session.scalar(found)


def _build(session: Session, key: str, contact: Contact, now: int, viewer_id: int) -> Companion:
    ids = list(session.scalars(select(Contact.id).where(Contact.root_id == contact.id))) or [contact.id]
    contact_status = session.get(ContactStatus, contact.id)
    boxes = session.execute(_open_boxes(ids)).all()
    responsible = find_responsible(session, contact)
    shown = Companion(
        address=key,
        contact=_person(session, contact, ids, key),
        do_not_contact=_do_not_contact(contact, now),
        responsible=responsible.name if responsible is not None else None,
        owners=_owners(session, contact, [box.id for box in boxes], responsible),
        boxes=tuple(BoxLine(box.uid, box.name, box.name_zh, box.name_en, box.key) for box in boxes),
        next_step=_next_step(session, ids, [box.id for box in boxes]),
        flags=_flags(session, contact.id, now),
        rhythm=load_rhythm(session, contact.id, now=now),
        proposal=next(iter(list_proposals(session, now=now, contact_id=contact.id)), None),
        thanks=next(iter(list_thanks_due(session, now=now, contact_id=contact.id)), None),
        clocks=last_by_class(session, ids),
        coming=_coming(session, ids, viewer_id, now),
        snoozed_until=list_snooze_ends(session, viewer_id, now=now).get(contact.id),
    )
    return _with_status(session, shown, contact_status, now) if contact_status is not None else shown


def _person(session: Session, contact: Contact, ids: Sequence[int], key: str) -> PersonView:
    keys = session.scalars(select(Address.key).where(Address.contact_id.in_(ids)).order_by(Address.key))
    addresses = tuple(sorted(keys, key=lambda other: other != key))
    return PersonView(
        contact.id, contact.given_name or contact.name, addresses, contact.kind, contact.tier or "none"
    )


def _with_status(session: Session, shown: Companion, contact_status: ContactStatus, now: int) -> Companion:
    colleague = (
        session.get(User, contact_status.last_touch_user_id) if contact_status.last_touch_user_id else None
    )
    touch = None
    if contact_status.last_touch_at is not None:
        touch = TouchView(
            contact_status.last_touch_at,
            contact_status.last_touch_direction or "inbound",
            colleague.name if colleague else None,
        )
    return replace(
        shown,
        reply_state=contact_status.reply_state,
        shown_state=shown_state(contact_status.reply_state, contact_status.awaiting_until_at, now),
        waiting_since_at=contact_status.waiting_since_at,
        waiting_conversation_id=contact_status.waiting_conversation_id,
        before_count=contact_status.before_count,
        before_since_at=contact_status.before_since_at,
        last_touch=touch,
        budget=BudgetView(
            contact_status.budget_used, contact_status.budget_limit, contact_status.budget_frees_at
        ),
    )


def _do_not_contact(contact: Contact, now: int) -> DoNotContact | None:
    until = contact.do_not_contact_until
    if until is None or until <= now:
        return None
    return DoNotContact(until, contact.do_not_contact_reason or "")


def _open_boxes(ids: Sequence[int]) -> Select[int, str, str, str, str, str]:
    return (
        select(Box.id, Box.uid, Box.name, Stage.name_zh, Stage.name_en, Pipeline.key)
        .join(Stage, Stage.id == Box.stage_id)
        .join(Pipeline, Pipeline.id == Box.pipeline_id)
        .where(
            Box.closed_at.is_(None),
            Box.id.in_(select(BoxContact.box_id).where(BoxContact.contact_id.in_(ids))),
        )
        .order_by(Box.stage_since_at.desc(), Box.id)
    )


def _owners(
    session: Session, contact: Contact, box_ids: Sequence[int], responsible: User | None
) -> tuple[str, ...]:
    """Who is responsible first, then the contact's own owner and those of the boxes; only who has access."""
    of_boxes = select(BoxOwner.user_id).where(BoxOwner.box_id.in_(box_ids))
    rows = session.execute(
        select(User.id, User.name)
        .where((User.id == contact.owner_id) | User.id.in_(of_boxes), User.disabled_at.is_(None))
        .order_by(User.email)
    )
    first = [responsible.name] if responsible is not None else []
    others = sorted((row for row in rows if row.id != getattr(responsible, "id", None)), key=lambda row: row.id != contact.owner_id)  # fmt: skip
    return (*first, *(row.name for row in others))


def _next_step(session: Session, ids: Sequence[int], box_ids: Sequence[int]) -> NextStep | None:
    row = session.execute(
        select(Task.text, Task.due_at, User.name)
        .outerjoin(User, User.id == Task.owner_id)
        .where(Task.done_at.is_(None), Task.contact_id.in_(ids) | Task.box_id.in_(box_ids))
        .order_by(Task.due_at, Task.id)
        .limit(1)
    ).first()
    return NextStep(*row) if row else None


def _coming(session: Session, ids: Sequence[int], viewer_id: int, now: int) -> tuple[Due, ...]:
    about = list_about(session, ids, viewer_id=viewer_id, now=now)
    return tuple(due for due in about if due.kind != REMINDER or due.due_at <= now)


def _flags(session: Session, contact_id: int, now: int) -> tuple[FlagLine, ...]:
    flags = list_flags(session, now=now, contact_id=contact_id)
    return tuple(
        FlagLine(flag.flag, flag.reason, flag.count, flag.limit, flag.unit, flag.since, flag.lapses_at)
        for flag in sorted(flags, key=lambda flag: flag.since)
    )
