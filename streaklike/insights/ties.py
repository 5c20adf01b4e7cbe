"""Who of us knows somebody best: the human mails that a colleague and a person exchanged within the last year."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from streaklike.cadence.loading.fetching import fetch
from streaklike.instants import DAY
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, Contact, Message, Participant, TeamAddress, User

WINDOW: Final = 365 * DAY


class Tie(NamedTuple):
    """How many mails a colleague exchanged with somebody, and when the newest was."""

    mails: int
    newest_at: int
    user_id: int


Ties = Mapping[int, list[Tie]]


def list_ties(session: Session, root_ids: Collection[int], *, now: int) -> dict[int, list[Tie]]:
    """By person (a root), the ties of every colleague who has one, the strongest first; the newest breaks a tie.

    Exchanged is what a colleague wrote to them, in To or Cc, and what they wrote to that colleague. Bcc tells nobody
    anything (R22).
    """
    counted: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for statement in (_written(session, root_ids, now), _received(session, root_ids, now)):
        for root_id, user_id, mails, newest_at in fetch(session, statement):
            tally = counted[root_id, user_id]
            tally[0] += mails
            tally[1] = max(tally[1], newest_at)
    ties: dict[int, list[Tie]] = defaultdict(list)
    for (root_id, user_id), (mails, newest_at) in counted.items():
        ties[root_id].append(Tie(mails, newest_at, user_id))
    return {root_id: rank(found) for root_id, found in ties.items()}


def rank(ties: Iterable[Tie]) -> list[Tie]:
    """The strongest first; of equals who wrote or read last, and then who was here first."""
    return sorted(ties, key=lambda tie: (-tie.mails, -tie.newest_at, tie.user_id))


def join_ties(ties: Ties, root_ids: Iterable[int]) -> list[Tie]:
    """The ties with several people taken together, as of those in one box."""
    joined: dict[int, Tie] = {}
    for root_id in root_ids:
        for tie in ties.get(root_id, ()):
            known = joined.get(tie.user_id, Tie(0, 0, tie.user_id))
            joined[tie.user_id] = Tie(
                known.mails + tie.mails, max(known.newest_at, tie.newest_at), tie.user_id
            )
    return rank(joined.values())


def list_successors(session: Session, *, but: int | None = None) -> dict[int, User]:
    """The colleagues who can take something over, by id: all who write, without `but`."""
    users = session.scalars(
        select(User).where(User.disabled_at.is_(None), User.role != "viewer").order_by(User.name, User.id)
    )
    return {user.id: user for user in users if user.id != but}


def choose(ties: Iterable[Tie], successors: Collection[int]) -> Tie | None:
    """The strongest tie of those who can take something over."""
    return next((tie for tie in ties if tie.user_id in successors), None)


def _written(session: Session, root_ids: Collection[int], now: int) -> Select[int, int, int, int]:
    author = aliased(Address)
    return (
        _exchanged(session, root_ids, now)
        .join(author, author.id == Message.author_id)
        .join(TeamAddress, TeamAddress.key == author.key)
        .where(Participant.role.in_(("to", "cc")), Message.direction == "outbound")
    )


def _received(session: Session, root_ids: Collection[int], now: int) -> Select[int, int, int, int]:
    place, ours = aliased(Participant), aliased(Address)
    return (
        _exchanged(session, root_ids, now)
        .join(place, place.message_id == Message.id)
        .join(ours, ours.id == place.address_id)
        .join(TeamAddress, TeamAddress.key == ours.key)
        .where(Participant.role == "author", Message.direction == "inbound", place.role.in_(("to", "cc")))
    )


def _exchanged(session: Session, root_ids: Collection[int], now: int) -> Select[int, int, int, int]:
    root_id = func.coalesce(Contact.root_id, Contact.id)
    mails = func.count(Message.id.distinct())
    return (
        select(root_id, TeamAddress.user_id, mails, func.max(Message.at))
        .select_from(Contact)
        .join(Address, Address.contact_id == Contact.id)
        .join(Participant, Participant.address_id == Address.id)
        .join(Message, Message.id == Participant.message_id)
        .where(
            in_values(session, root_id, root_ids),  # any column of numbers will do
            Participant.at > now - WINDOW,
            Participant.at <= now,
            Message.is_live,
            Message.kind == "human",
        )
        .group_by(root_id, TeamAddress.user_id)
    )
