"""Reclassifies stored mail when the team's addresses or domains change (R11, R12)."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from streaklike.mail.team import Team
from streaklike.people.forwards import drop_internal_offers, offer_forwards
from streaklike.people.linking.batch import RECIPIENTS
from streaklike.people.linking.changed import Changed, invalidate
from streaklike.people.linking.contacts.candidates import resolve_contacts
from streaklike.people.linking.contacts.names import resolve_names
from streaklike.people.linking.contacts.rechecks import find_messages, find_people, load_instants
from streaklike.people.linking.link import link
from streaklike.people.tables import ADDRESS, MAILBOX, MAILBOX_MESSAGE, MESSAGE, PARTICIPANT, update_rows
from streaklike.people.touch_classes import read_anew
from streaklike.store.models import TeamAddress
from streaklike.store.writing import in_chunks, lock_writer
from streaklike.sync.copy_filters import FROM_GMAIL
from streaklike.sync.labels import LABEL, hiding_reason, unpack_labels


@dataclass(frozen=True, slots=True)
class Relinked:
    """The result: addresses that changed sides, messages relinked, messages excluded as internal.

    `to_read_again` counts mail excluded before that may have an outside person now, and is listed for
    fetching again.
    """

    addresses: int
    messages: int
    left_out: int
    to_read_again: int
    changed: Changed


def relink_addresses(session: Session, team: Team, *, now: int, has_shrunk: bool = False) -> Relinked:
    """Reclassify every address by the current team, and rederive everything that depends on it.

    Messages without any outside person are no longer stored (R13); outside mail that they forward is kept as
    an offer (R17). If an address went outside, or `has_shrunk` says that the team lost an address or domain,
    mail excluded as internal is listed again.
    """
    session.flush()
    lock_writer(session)
    switched = _switch_sides(session, team)
    again = _list_again(session) if has_shrunk or "outside" in switched.values() else 0
    message_ids = find_messages(session, switched)
    instants = load_instants(session, message_ids)
    internal = _find_internal(session, message_ids)
    offer_forwards(session, team, internal)
    drop_internal_offers(session, team)
    _exclude(session, internal)
    _update_is_addressed(session, message_ids - internal)
    changed = link(session, message_ids, now=now)
    read_anew(session, message_ids - internal)
    people = resolve_contacts(session, (), rechecked=find_people(session, instants), now=now)
    renamed = resolve_names(session, (), created=people.created, rechecked=people.judged)
    marked = invalidate(session, {*people.judged, *people.changed, *people.created.values(), *renamed})
    session.expire_all()
    return Relinked(
        addresses=len(switched),
        messages=len(message_ids) - len(internal),
        left_out=len(internal),
        to_read_again=again,
        changed=Changed(changed.message_ids, changed.conversation_ids, changed.contact_ids | marked),
    )


def _switch_sides(session: Session, team: Team) -> dict[int, str]:
    """Update the addresses whose side changed. Returns their new sides."""
    switched: dict[int, str] = {}
    for address_id, key, side in session.execute(select(ADDRESS.c.id, ADDRESS.c.key, ADDRESS.c.side)):
        now = "inside" if team.is_inside(key) else "outside"
        if now != side:
            switched[address_id] = now
    update_rows(session, ADDRESS, [{"id": key, "side": side} for key, side in switched.items()])
    return switched


def _list_again(session: Session) -> int:
    """List excluded internal mail for fetching again. Only from Gmail: an imported mailbox has to be imported again."""
    mailboxes = session.scalars(
        select(MAILBOX.c.id).where(MAILBOX.c.source == "gmail", MAILBOX.c.state.in_(("current", "filling")))
    ).all()
    of_mailboxes = and_(
        MAILBOX_MESSAGE.c.mailbox_id.in_(mailboxes),
        MAILBOX_MESSAGE.c.state == "left_out",
        MAILBOX_MESSAGE.c.reason == "internal",
        FROM_GMAIL,
    )
    session.execute(
        update(MAILBOX_MESSAGE).where(of_mailboxes, MAILBOX_MESSAGE.c.is_hidden).values(reason=LABEL)
    )
    count = session.scalar(select(func.count()).select_from(MAILBOX_MESSAGE).where(of_mailboxes)) or 0
    waiting = select(MAILBOX_MESSAGE.c.mailbox_id).where(of_mailboxes).distinct()
    session.execute(update(MAILBOX).where(MAILBOX.c.id.in_(waiting)).values(state="filling"))
    session.execute(update(MAILBOX_MESSAGE).where(of_mailboxes).values(state="listed", reason=None))
    return count


def _find_internal(session: Session, message_ids: Collection[int]) -> set[int]:
    """R13: return messages without any outside person. A delivery report counts its failed recipient (R30)."""
    internal: set[int] = set()
    for chunk in in_chunks(message_ids):
        with_outsider = session.scalars(
            select(PARTICIPANT.c.message_id)
            .distinct()
            .select_from(PARTICIPANT.join(ADDRESS, ADDRESS.c.id == PARTICIPANT.c.address_id))
            .where(
                PARTICIPANT.c.message_id.in_(chunk),
                PARTICIPANT.c.role.in_(("author", "failed", *RECIPIENTS)),
                ADDRESS.c.side == "outside",
            )
        )
        strangers = session.scalars(
            select(MESSAGE.c.id).where(
                MESSAGE.c.id.in_(chunk), MESSAGE.c.author_id.is_(None), MESSAGE.c.direction == "inbound"
            )
        )
        internal |= set(chunk) - set(with_outsider) - set(strangers)
    return internal


def _exclude(session: Session, message_ids: Collection[int]) -> None:
    reasons: dict[str, list[tuple[int, str]]] = {}
    for chunk in in_chunks(message_ids):
        _copy_ids(session, chunk)
        rows = session.execute(
            select(
                MAILBOX_MESSAGE.c.mailbox_id, MAILBOX_MESSAGE.c.gmail_id, MAILBOX_MESSAGE.c.label_ids
            ).where(MAILBOX_MESSAGE.c.message_id.in_(chunk))
        )
        for mailbox_id, gmail_id, labels in rows:
            reason = hiding_reason(unpack_labels(labels)) or "internal"
            reasons.setdefault(reason, []).append((mailbox_id, gmail_id))
    for reason, copies in reasons.items():
        for mailbox_id in {mailbox_id for mailbox_id, _ in copies}:
            for ids in in_chunks(gmail_id for owner, gmail_id in copies if owner == mailbox_id):
                session.execute(
                    update(MAILBOX_MESSAGE)
                    .where(MAILBOX_MESSAGE.c.mailbox_id == mailbox_id, MAILBOX_MESSAGE.c.gmail_id.in_(ids))
                    .values(state="left_out", reason=reason, message_id=None)
                )


def _copy_ids(session: Session, message_ids: Collection[int]) -> None:
    """R13: keep the ids of messages no longer stored on their copies, so that conversations stay connected.

    Replies sent by members also keep the team groups that they went to (R35).
    """
    of_message = MESSAGE.c.id == MAILBOX_MESSAGE.c.message_id
    has_id = ~MESSAGE.c.rfc_id.startswith("hash:")
    session.execute(
        update(MAILBOX_MESSAGE)
        .where(MAILBOX_MESSAGE.c.message_id.in_(message_ids))
        .values(
            rfc_id=select(MESSAGE.c.rfc_id).where(of_message, has_id).scalar_subquery(),
            refs=select(MESSAGE.c.refs).where(of_message, has_id).scalar_subquery(),
        )
    )
    groups: dict[int, set[str]] = {}
    rows = session.execute(
        select(MESSAGE.c.id, ADDRESS.c.key)
        .select_from(
            MESSAGE.join(PARTICIPANT, PARTICIPANT.c.message_id == MESSAGE.c.id).join(
                ADDRESS, ADDRESS.c.id == PARTICIPANT.c.address_id
            )
        )
        .where(
            MESSAGE.c.id.in_(message_ids),
            has_id,
            MESSAGE.c.refs != "",
            MESSAGE.c.own_kind == "human",
            PARTICIPANT.c.role.in_(("to", "cc")),
            ADDRESS.c.key.not_in(select(TeamAddress.key)),
        )
    )
    for message_id, key in rows:
        groups.setdefault(message_id, set()).add(key)
    for message_id, keys in groups.items():
        of_sent = MAILBOX_MESSAGE.c.message_id == message_id, MAILBOX_MESSAGE.c.is_sent
        session.execute(update(MAILBOX_MESSAGE).where(*of_sent).values(group_keys=" ".join(sorted(keys))))


def _update_is_addressed(session: Session, message_ids: Collection[int]) -> None:
    """R34, R35: set whether a member is in To, or, if no To is shown, that no list carried it."""
    for chunk in in_chunks(message_ids):
        carried = set(
            session.scalars(
                select(MESSAGE.c.id).where(MESSAGE.c.id.in_(chunk), MESSAGE.c.channel_id.is_not(None))
            )
        )
        to: dict[int, list[str]] = {}
        rows = session.execute(
            select(PARTICIPANT.c.message_id, ADDRESS.c.side)
            .select_from(PARTICIPANT.join(ADDRESS, ADDRESS.c.id == PARTICIPANT.c.address_id))
            .where(PARTICIPANT.c.message_id.in_(chunk), PARTICIPANT.c.role == "to")
        )
        for message_id, side in rows:
            to.setdefault(message_id, []).append(side)
        update_rows(
            session,
            MESSAGE,
            [
                {"id": key, "is_addressed": "inside" in to[key] if key in to else key not in carried}
                for key in chunk
            ],
        )
