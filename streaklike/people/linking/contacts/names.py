"""The best name of a contact found in mail (R7). A name given by a user is stored separately and has precedence."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import ColumnElement, Integer, and_, case, exists, func, literal_column, select
from sqlalchemy.orm import Session

from streaklike.mail.names import NameSource, choose_name, is_person_name, tidy_name
from streaklike.people.linking.batch import RECIPIENTS, LinkedMessage
from streaklike.people.tables import ADDRESS, CONTACT, MESSAGE, PARTICIPANT, update_rows
from streaklike.store.in_values import in_values
from streaklike.store.writing import in_chunks

ROLES = frozenset({"author", *RECIPIENTS})


def resolve_names(
    session: Session,
    entries: Iterable[LinkedMessage],
    *,
    created: Mapping[int, int],
    rechecked: Iterable[int] = (),
) -> set[int]:
    """Update names of contacts on these messages, just created (by address) or doubted.

    Returns the renamed contacts.

    A known name seen again changes nothing. Names are recomputed only for contacts seen with other names, and
    for those on mail that was removed or changed its time, kind or direction.
    """
    seen: dict[int, set[str]] = {}
    rechecked = set(rechecked) | set(created.values())
    for entry in entries:
        for person in entry.people:
            root_id = person.root_id or created.get(person.address_id)
            if root_id is None or not person.is_eligible or person.role not in ROLES:
                continue
            if not entry.is_live or (entry.before is not None and entry.before != entry.now):
                rechecked.add(root_id)
            elif person.name:
                seen.setdefault(root_id, set()).add(tidy_name(person.name))
    stored = _load_stored(session, rechecked | set(seen))
    rechecked |= {key for key, names in seen.items() if key in stored and names != {stored[key]}}
    return _rename(session, {key: stored[key] for key in rechecked if key in stored})


def _rename(session: Session, names: Mapping[int, str]) -> set[int]:
    best = _load_best(session, names)
    renamed = {key: best.get(key, "") for key, name in names.items() if best.get(key, "") != name}
    rows = [{"root_id": key, "name": name} for key, name in renamed.items()]
    update_rows(session, CONTACT, rows, key="root_id")
    return set(renamed)


def _load_stored(session: Session, ids: Collection[int]) -> dict[int, str]:
    stored: dict[int, str] = {}
    for chunk in in_chunks(ids):
        rows = session.execute(
            select(CONTACT.c.id, CONTACT.c.name).where(in_values(session, CONTACT.c.id, chunk))
        )
        stored.update(dict(rows.all()))
    return stored


def _load_best(session: Session, root_ids: Iterable[int]) -> dict[int, str]:
    p, m, a, c = PARTICIPANT.c, MESSAGE.c, ADDRESS.c, CONTACT.c
    source = _source()
    seen: dict[int, list[tuple[NameSource, int, str]]] = {}
    for chunk in in_chunks(root_ids):
        rows = session.execute(
            select(c.root_id, a.key, p.name, source, func.max(p.at))
            .select_from(
                CONTACT.join(ADDRESS, a.contact_id == c.id)
                .join(PARTICIPANT, p.address_id == a.id)
                .join(MESSAGE, m.id == p.message_id)
            )
            .where(
                in_values(session, c.root_id, chunk),
                a.side == "outside",
                p.name != "",
                p.role.in_(ROLES),
                m.is_live,
            )
            .group_by(c.root_id, a.key, p.name, source)
        )
        for root_id, key, name, found, at in rows:
            if is_person_name(name, key):
                seen.setdefault(root_id, []).append((NameSource(found), at, name))
    return {root_id: choose_name(observations) for root_id, observations in seen.items()}


def _source() -> ColumnElement[int]:
    """Return the SQL rank of a participant's name by R7, as a `NameSource`."""
    p, m = PARTICIPANT.c, MESSAGE.c
    rewritten = PARTICIPANT.alias("rewritten")
    is_rewritten = exists().where(rewritten.c.message_id == m.id, rewritten.c.role == "from")
    is_inbound = m.direction == "inbound"
    ranks = (
        (m.kind != "human", NameSource.ELSEWHERE),
        (p.role == "bcc", NameSource.ELSEWHERE),
        (and_(is_inbound, p.role == "author", ~is_rewritten), NameSource.OWN),
        (is_inbound, NameSource.OTHERS),
        (and_(m.direction == "outbound", p.role.in_(("to", "cc"))), NameSource.OURS),
    )
    # Literals, not bound parameters: PostgreSQL must recognize the grouped expression as the selected one.
    chosen = [(condition, literal_column(str(int(rank)), Integer)) for condition, rank in ranks]
    return case(*chosen, else_=literal_column(str(int(NameSource.ELSEWHERE)), Integer))
