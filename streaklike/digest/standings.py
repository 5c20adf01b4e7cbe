"""Who waits and who is flagged, with who answers for them: as last computed, or as it stood at a past instant."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.cadence.evaluation import StandingFacts, evaluate
from streaklike.cadence.facts import load_facts
from streaklike.cadence.fetching import fetch, no_garbage_collection
from streaklike.cadence.flag_views import FlagView, list_flags, view_flags
from streaklike.cadence.flags import FlagFacts
from streaklike.cadence.policy_changes import load_policy_at
from streaklike.cadence.roster import load_roster
from streaklike.cadence.work_calendar import load_calendar
from streaklike.store.among import among
from streaklike.store.models import Box, BoxConversation, BoxOwner, Contact, Conversation, Standing
from streaklike.store.writing import in_chunks

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Stands:
    """One person who waits for us or bears a flag. `owner_ids` answer for what waits, or else for the person."""

    contact_id: int
    waiting_since_at: int | None
    conversation_id: int | None
    is_thanks_only: bool
    owner_ids: frozenset[int]
    contact_owner_id: int | None
    flags: tuple[FlagView, ...]

    @property
    def needs_us(self) -> bool:
        """Whether an answer is owed: mere thanks owe none (R37)."""
        return self.waiting_since_at is not None and not self.is_thanks_only


def list_standings(session: Session, *, now: int, team_zone: str) -> list[Stands]:
    """Everybody who waits or is flagged, as last computed."""
    waiting = {
        contact_id: (since_at, conversation_id, is_thanks_only)
        for contact_id, since_at, conversation_id, is_thanks_only in fetch(
            session,
            select(
                Standing.contact_id,
                Standing.waiting_since_at,
                Standing.waiting_conversation_id,
                Standing.is_thanks_only,
            ).where(Standing.waiting_since_at.is_not(None)),
        )
    }
    flags = _by_person(list_flags(session, now=now, team_zone=team_zone))
    ids = sorted(waiting.keys() | flags.keys())
    keepers: dict[int, int | None] = {  # noqa: C416 - rows are no pairs to dict()
        contact_id: owner_id
        for contact_id, owner_id in fetch(
            session, select(Contact.id, Contact.owner_id).where(among(session, Contact.id, ids))
        )
    }
    owners = _list_owners(session, [place[1] for place in waiting.values() if place[1] is not None])
    return [
        _build(
            contact_id,
            waiting.get(contact_id, (None, None, False)),
            owners.get(waiting[contact_id][1] or 0, frozenset()) if contact_id in waiting else frozenset(),
            keepers.get(contact_id),
            flags.get(contact_id, ()),
        )
        for contact_id in ids
    ]


def list_standings_at(session: Session, *, at: int, team_zone: str) -> list[Stands]:
    """Everybody who waited or was flagged at a past instant, folded from mail and events up to it (R51)."""
    session.flush()
    policy = load_policy_at(session, at)
    calendar = load_calendar(session, team_zone, policy)
    roster = load_roster(session)
    is_root = func.coalesce(Contact.root_id, Contact.id) == Contact.id
    flags: list[tuple[int, FlagFacts]] = []
    found: dict[int, tuple[StandingFacts, frozenset[int], int | None]] = {}
    with no_garbage_collection():
        for chunk in in_chunks(
            session.scalars(select(Contact.id).where(is_root).order_by(Contact.id)), CHUNK
        ):
            facts = load_facts(session, chunk, now=at, policy=policy, roster=roster, is_past=True)
            for contact_id, history in facts.histories.items():
                answer = evaluate(history, now=at, policy=policy, calendar=calendar)
                flags += [(contact_id, flag) for flag in answer.flags]
                owners = frozenset(
                    waiting.owner_id
                    for waiting in history.waiting
                    if waiting.conversation_id == answer.standing.waiting_conversation_id
                    and waiting.owner_id is not None
                )
                if answer.flags or answer.standing.waiting_since_at is not None:
                    found[contact_id] = answer.standing, owners, history.owner_id
    views = _by_person(view_flags(session, flags, now=at, calendar=calendar))
    return [
        _build(
            contact_id,
            (stood.waiting_since_at, stood.waiting_conversation_id, stood.is_thanks_only),
            owners,
            keeper,
            views.get(contact_id, ()),
        )
        for contact_id, (stood, owners, keeper) in sorted(found.items())
    ]


def _build(
    contact_id: int,
    waiting: tuple[int | None, int | None, bool],
    owner_ids: frozenset[int],
    keeper_id: int | None,
    flags: Sequence[FlagView],
) -> Stands:
    owners = owner_ids or frozenset([keeper_id] if keeper_id is not None else [])
    return Stands(contact_id, *waiting, owners, keeper_id, tuple(flags))


def _by_person(flags: Iterable[FlagView]) -> dict[int, tuple[FlagView, ...]]:
    found: defaultdict[int, list[FlagView]] = defaultdict(list)
    for flag in flags:
        found[flag.contact_id].append(flag)
    return {contact_id: tuple(own) for contact_id, own in found.items()}


def _list_owners(session: Session, conversation_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Who took each conversation on; else who owns an open box that holds it."""
    owners: dict[int, frozenset[int]] = {}
    of_boxes: defaultdict[int, set[int]] = defaultdict(set)
    boxes = (
        select(BoxConversation.conversation_id, BoxOwner.user_id)
        .join(Box, Box.id == BoxConversation.box_id)
        .join(BoxOwner, BoxOwner.box_id == Box.id)
        .where(Box.closed_at.is_(None), among(session, BoxConversation.conversation_id, conversation_ids))
    )
    for conversation_id, user_id in fetch(session, boxes):
        of_boxes[conversation_id].add(user_id)
    taken = select(Conversation.id, Conversation.owner_id).where(
        among(session, Conversation.id, conversation_ids)
    )
    for conversation_id, owner_id in fetch(session, taken):
        own = of_boxes.get(conversation_id, set()) if owner_id is None else {owner_id}
        owners[conversation_id] = frozenset(own)
    return owners
