"""Message kinds that depend on other mail: lists of ours (R15), automatic replies (R28), bulk (R32).

A kind is a pure function of the live mail around a message, so messages added or removed are classified
together with those that depend on them. Only mail that looks human by itself is reclassified. People are
counted by address, so that merging contacts changes no kind.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR
from streaklike.people.linking.batch import RECIPIENTS, LinkedMessage, load_batch
from streaklike.people.linking.bursts import Sent, find_bursts
from streaklike.people.tables import MESSAGE, PARTICIPANT, update_rows
from streaklike.store.in_values import in_values
from streaklike.store.writing import in_chunks

WINDOW = HOUR
ANSWER_WINDOW = 7 * DAY
"""How long after our mail an automatic reply from any address may answer it (R28)."""

MANY = 10
"""Mail to more outside recipients than this is bulk (R32)."""


def is_human_alone(entry: LinkedMessage) -> bool:
    """Return whether the message by itself looks human; a list of the team's own domain does not make it bulk (R15)."""
    return entry.own_kind == "human" or entry.is_list_of_ours


def classify_alone(entry: LinkedMessage) -> str:
    """Return the kind from the message alone: its own kind and the number of its recipients (R32)."""
    if not is_human_alone(entry):
        return entry.own_kind
    return "bulk" if len(entry.list_outside(RECIPIENTS)) > MANY else "human"


def classify_together(session: Session, page: Sequence[LinkedMessage]) -> list[LinkedMessage]:
    """Classify the batch and the messages that depend on it, and write the kinds that differ.

    Expects the batch saved with its `classify_alone` kinds. Returns the changed messages outside the batch.
    """
    causes = [*page, *load_batch(session, _find_replies(session, page))]
    near, far = _load_siblings(session, causes)
    automatic = _find_automatic(session, [*causes, *near])
    bursts = find_bursts(_list_sent([*causes, *near, *far]), window=WINDOW, many=MANY)
    others, changed = [], []
    for index, entry in enumerate([*causes, *near]):
        kind = _judge(entry, automatic, bursts)
        if kind == entry.kind:
            continue
        entry.kind = kind
        changed.append({"id": entry.id, "kind": kind})
        if index >= len(page):
            others.append(entry)
    update_rows(session, MESSAGE, changed)
    return others


def find_alike(session: Session, bodies: Mapping[tuple[int | None, str], set[int]]) -> set[int]:
    """R32: return live messages with one of these authors and bodies, within an hour of one of its instants."""
    found = _find_alike(session, dict(bodies)) if bodies else ()
    return {
        message_id for key, at, message_id in found if min(abs(at - other) for other in bodies[key]) <= WINDOW
    }


def find_soon_after(session: Session, sent: Mapping[int, set[int]]) -> set[int]:
    """R28: return mail that looks automatic, from these addresses, within an hour after one of their instants."""
    p, found = PARTICIPANT.c, set[int]()
    for chunk in in_chunks(sorted(sent)):
        instants = {at for address_id in chunk for at in sent[address_id]}
        rows = session.execute(
            select(p.message_id, p.address_id, p.at)
            .select_from(PARTICIPANT.join(MESSAGE, MESSAGE.c.id == p.message_id))
            .where(
                in_values(session, p.address_id, chunk),
                p.at.between(min(instants), max(instants) + WINDOW),
                p.role == "author",
                MESSAGE.c.is_subject_automatic,
            )
        )
        for message_id, address_id, at in rows:
            if any(0 <= at - other <= WINDOW for other in sent[address_id]):
                found.add(message_id)
    return found


def find_human_until(session: Session, instant: int) -> set[int]:
    """Return mail that is bulk today only because of mail after this instant (R32): until then it was human."""
    m = MESSAGE.c
    recent = session.scalars(
        select(m.id).where(m.kind == "bulk", m.is_live, m.at.between(instant - WINDOW, instant))
    )
    candidates = [entry for entry in load_batch(session, recent) if classify_alone(entry) == "human"]
    near, far = _load_siblings(session, candidates)
    known = [entry for entry in [*candidates, *near, *far] if entry.at <= instant]
    bursts = find_bursts(_list_sent(known), window=WINDOW, many=MANY)
    return {entry.id for entry in candidates} - bursts


def _judge(entry: LinkedMessage, automatic: Collection[int], bursts: Collection[int]) -> str:
    if not is_human_alone(entry):
        return entry.own_kind
    if entry.id in automatic:
        return "automatic"
    return "bulk" if entry.id in bursts else classify_alone(entry)


def _find_replies(session: Session, page: Iterable[LinkedMessage]) -> set[int]:
    """R28: return mail outside the batch that looks automatic and may be so because of our mail in it."""
    ours = [entry for entry in page if "outbound" in {entry.direction, entry.stored.direction}]
    if not ours:
        return set()
    known = {entry.id for entry in page}
    times = [at for entry in ours for at in (entry.at, entry.stored.at)]
    p, found = PARTICIPANT.c, _find_answers(session, ours)
    for chunk in in_chunks(set().union(*(entry.list_outside(RECIPIENTS) for entry in ours))):
        found.update(
            session.scalars(
                select(p.message_id)
                .select_from(PARTICIPANT.join(MESSAGE, MESSAGE.c.id == p.message_id))
                .where(
                    in_values(session, p.address_id, chunk),
                    p.at.between(min(times), max(times) + WINDOW),
                    p.role == "author",
                    MESSAGE.c.is_subject_automatic,
                    MESSAGE.c.is_live,
                )
            )
        )
    return found - known


def _find_answers(session: Session, ours: Iterable[LinkedMessage]) -> set[int]:
    """Return automatic-looking mail in the groups of our mail, which hold everything that references it (R23)."""
    m, found = MESSAGE.c, set[int]()
    groups = {group for entry in ours for group in (entry.group_id, entry.old_group_id) if group is not None}
    for chunk in in_chunks(groups):
        found.update(
            session.scalars(
                select(m.id).where(in_values(session, m.group_id, chunk), m.is_subject_automatic, m.is_live)
            )
        )
    return found


def _load_siblings(
    session: Session, causes: Sequence[LinkedMessage]
) -> tuple[list[LinkedMessage], list[LinkedMessage]]:
    """R32: return (near, far) live mail with a cause's author and body.

    What may change with it, and what only counts.
    """
    times: dict[tuple[int | None, str], set[int]] = {}
    for entry in causes:
        if entry.body_hash and is_human_alone(entry):
            times.setdefault((entry.author_id, entry.body_hash), set()).update((entry.at, entry.stored.at))
    near, far = set[int](), set[int]()
    for key, at, message_id in _find_alike(session, times) if times else ():
        distance = min(abs(at - other) for other in times[key])
        # Within one window the kind may change; mail up to two windows away can still share a burst with
        # those.
        if distance <= 2 * WINDOW:
            (near if distance <= WINDOW else far).add(message_id)
    known = {entry.id for entry in causes}
    return list(load_batch(session, near - known)), list(load_batch(session, far - known))


def _find_alike(
    session: Session, times: dict[tuple[int | None, str], set[int]]
) -> Iterable[tuple[tuple[int | None, str], int, int]]:
    m = MESSAGE.c
    instants = {at for some in times.values() for at in some}
    earliest, latest = min(instants) - 2 * WINDOW, max(instants) + 2 * WINDOW
    for chunk in in_chunks({body_hash for _, body_hash in times}):
        rows = session.execute(
            select(m.author_id, m.body_hash, m.at, m.id).where(
                in_values(session, m.body_hash, chunk), m.at.between(earliest, latest), m.is_live
            )
        )
        for author_id, body_hash, at, message_id in rows:
            if (author_id, body_hash) in times:
                yield (author_id, body_hash), at, message_id


def _list_sent(entries: Iterable[LinkedMessage]) -> Iterable[Sent]:
    for entry in entries:
        if entry.is_live and entry.body_hash and is_human_alone(entry):
            recipients = frozenset(entry.list_outside(RECIPIENTS))
            yield Sent(entry.id, entry.author_id, entry.body_hash, entry.at, recipients)


def _find_automatic(session: Session, entries: Iterable[LinkedMessage]) -> set[int]:
    """R28: return those made automatic by our mail, sent to their address or answered by them."""
    candidates = [
        entry
        for entry in entries
        if entry.is_subject_automatic and entry.is_live and entry.direction == "inbound"
    ]
    if not candidates:
        return set()
    p, ours = PARTICIPANT.c, dict[int, list[int]]()
    earliest, latest = min(entry.at for entry in candidates) - WINDOW, max(entry.at for entry in candidates)
    for chunk in in_chunks({entry.author_id for entry in candidates}):
        rows = session.execute(
            select(p.address_id, p.at)
            .select_from(PARTICIPANT.join(MESSAGE, MESSAGE.c.id == p.message_id))
            .where(
                in_values(session, p.address_id, chunk),
                p.at.between(earliest, latest),
                p.role.in_(RECIPIENTS),
                MESSAGE.c.is_live,
                MESSAGE.c.direction == "outbound",
            )
        )
        for address_id, at in rows:
            ours.setdefault(address_id, []).append(at)
    soon = {
        entry.id
        for entry in candidates
        if any(0 <= entry.at - at <= WINDOW for at in ours.get(entry.author_id or 0, ()))
    }
    return soon | _find_answering(session, [entry for entry in candidates if entry.id not in soon])


def _find_answering(session: Session, candidates: Collection[LinkedMessage]) -> set[int]:
    """R28: return those that answer our mail of the previous 7 days, from any address."""
    m = MESSAGE.c
    refs = {ref for entry in candidates for ref in entry.refs}
    ours: dict[str, list[int]] = {}
    for chunk in in_chunks(refs):
        rows = session.execute(
            select(m.rfc_id, m.at).where(
                in_values(session, m.rfc_id, chunk), m.direction == "outbound", m.is_live
            )
        )
        for rfc_id, at in rows:
            ours.setdefault(rfc_id, []).append(at)
    return {
        entry.id
        for entry in candidates
        if any(0 <= entry.at - at <= ANSWER_WINDOW for ref in entry.refs for at in ours.get(ref, ()))
    }
