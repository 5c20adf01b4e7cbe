"""Which conversations people are part of and since when, and whose past cannot be derived from today's data."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.loading.mail_facts import EFFECT
from streaklike.cadence.loading.people_facts import People
from streaklike.cadence.model.history import NOTHING
from streaklike.instants import HOUR
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, Contact, Event, Message, Participant

BURST_SETTLES_MS = HOUR
"""Within this time, mail to a few may still become bulk (R32)."""


class Membership(NamedTuple):
    """A conversation that somebody has been part of since `at`."""

    conversation_id: int
    at: int


def list_memberships(
    session: Session, people: People, conversation_ids: Collection[int], *, until: int
) -> dict[int, list[Membership]]:
    """List the conversations of these people among those given, by root."""
    rows = fetch(
        session,
        select(Address.contact_id, Message.conversation_id, func.min(Message.at))
        .select_from(Message)
        .join(Participant, Participant.message_id == Message.id)
        .join(Address, Address.id == Participant.address_id)
        .where(
            in_values(session, Message.conversation_id, conversation_ids),
            in_values(session, Address.contact_id, people.roots),
            Participant.role.in_(("author", "to", "cc", "bcc")),
            Address.side == "outside",
            Address.kind.in_(("person", "role")) | Address.contact_id.is_not(None),
            EFFECT != NOTHING,
            Message.at <= until,
        )
        .group_by(Address.contact_id, Message.conversation_id),
    )
    first: dict[int, dict[int, Membership]] = defaultdict(dict)
    for contact_id, conversation_id, at in rows:
        root_id = people.roots[contact_id or 0]
        known = first[root_id].get(conversation_id or 0)
        membership = Membership(conversation_id or 0, at)
        first[root_id][membership.conversation_id] = membership if known is None else min(known, membership)
    return {root_id: list(places.values()) for root_id, places in first.items()}


def find_needing_reload(session: Session, *, since: int, mornings: Sequence[int]) -> set[int]:
    """Return the roots whose past is not a prefix of today's data, and must be reloaded for each instant.

    Their conversations were joined by later mail, their mail was not yet bulk on one of the mornings, mail to
    them bounced later, or they were added to or removed from a box.
    """
    messages = _find_joined(session, since) | _find_bursts(session, since, mornings)
    found = session.scalars(select(Message.conversation_id).where(in_values(session, Message.id, messages)))
    conversations = {each for each in found if each is not None}
    root_id = func.coalesce(Contact.root_id, Contact.id)
    roots = (
        select(root_id)
        .join(Address, Address.contact_id == Contact.id)
        .join(Participant, Participant.address_id == Address.id)
        .join(Message, Message.id == Participant.message_id)
    )
    affected = set(
        session.scalars(roots.where(in_values(session, Message.conversation_id, conversations)).distinct())
    )
    affected |= set(
        session.scalars(
            roots.where(Participant.role == "failed", Message.kind == "bounce", Message.at > since).distinct()
        )
    )
    return affected | _find_box_people(session)


def _find_joined(session: Session, since: int) -> set[int]:
    """Return messages of groups with mail after `since` that references alone do not connect from the first
    message on.
    """
    grown = select(Message.group_id).where(Message.at > since, Message.group_id.is_not(None))
    rows = fetch(
        session,
        select(Message.group_id, Message.at, Message.rfc_id, Message.refs, Message.id)
        .where(Message.group_id.in_(grown), Message.is_live)
        .order_by(Message.group_id, Message.at, Message.rfc_id, Message.fingerprint),
    )
    known: dict[int, set[str]] = {}
    members: dict[int, list[int]] = defaultdict(list)
    unconnected: set[int] = set()
    for group_id, _, rfc_id, refs, message_id in rows:
        names = {rfc_id, *refs.split()}
        seen = known.setdefault(group_id or 0, set())
        if seen and seen.isdisjoint(names):
            unconnected.add(group_id or 0)
        seen |= names
        members[group_id or 0].append(message_id)
    return {message_id for group_id in unconnected for message_id in members[group_id]}


def _find_bursts(session: Session, since: int, mornings: Sequence[int]) -> set[int]:
    rows = fetch(
        session,
        select(Message.id, Message.at).where(
            Message.kind == "bulk", Message.own_kind == "human", Message.at > since - BURST_SETTLES_MS
        ),
    )
    return {
        message_id
        for message_id, at in rows
        if bisect_left(mornings, at) < bisect_right(mornings, at + BURST_SETTLES_MS)
    }


def _find_box_people(session: Session) -> set[int]:
    """Return everybody ever added to or removed from a box."""
    events = fetch(session, select(Event.data).where(Event.kind == "box"))
    keys: set[str] = set()
    for (data,) in events:
        if data.get("did") in ("contact_added", "contact_removed"):
            keys.update(data.get("contacts") or [data.get("contact")])
    root_id = func.coalesce(Contact.root_id, Contact.id)
    people = select(root_id).join(Address, Address.contact_id == Contact.id).where(Address.key.in_(keys))
    return set(session.scalars(people.distinct())) if keys else set()
