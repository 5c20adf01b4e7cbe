"""Policy edits: each is validated and recorded as one event.

Also lists the history of edits, and rebuilds the policy at a past instant (R51).
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from streaklike.boxes.policy_store import (
    KIND,
    STAGE,
    STAGE_COLUMNS,
    TEAM,
    TIER,
    ThresholdChange,
    find_stage,
    read_changes,
    read_thresholds,
    record_changes,
    value_at,
    with_changes,
)
from streaklike.cadence.loading.folding import fold
from streaklike.cadence.loading.people_facts import EventRow, list_events
from streaklike.cadence.policy.keys import (
    KEYS,
    PolicyRefused,
    check_person,
    check_whole,
    default_of,
    field_of,
    get_key,
)
from streaklike.cadence.policy.policy import DEFAULT_TIERS, Policy, build_policy
from streaklike.people.finding import primary_address
from streaklike.store.models import Contact, Event, Pipeline, Stage, User


class Scope(NamedTuple):
    """Where a threshold is set: `level`, `name` of the tier or stage (`pipeline/stage`), `contact` for a
    person (a root).
    """

    level: str = TEAM
    name: str = ""
    contact: Contact | None = None


TEAM_SCOPE = Scope()


def plan_change(session: Session, name: str, text: str | None, place: Scope = TEAM_SCOPE) -> ThresholdChange:
    """Return the change from setting `name` to `text` at `place`; None removes the value.

    Writes nothing.

    Raises PolicyRefused for an unknown threshold, a wrong level or an invalid value.
    """
    key = get_key(name)
    _check_scope(session, name, place)
    before = _stored_at(session, name, place)
    after = None if text is None else key.read(text)
    return ThresholdChange(place.level, place.name, name, before, after)


def apply_changes(
    session: Session,
    changes: Iterable[ThresholdChange],
    *,
    contact: Contact | None = None,
    by: User | None,
    now: int,
    facts: Mapping[str, Any] | None = None,
) -> Event | None:
    """Apply the changes as one event if the result is consistent; None if nothing differs.

    Raises PolicyRefused.
    """
    effective = [change for change in changes if change.before != change.after]
    if contact is not None:
        own = own_values(session, contact)
        check_person(_with_own(own, effective))
    else:
        check_whole(with_changes(read_thresholds(session), effective))
    if not effective:
        return None
    return record_changes(session, effective, contact=contact, by=by, now=now, facts=facts)


def set_threshold(
    session: Session,
    name: str,
    text: str | None,
    *,
    place: Scope = TEAM_SCOPE,
    by: User | None,
    now: int,
    facts: Mapping[str, Any] | None = None,
) -> Event | None:
    """Set one threshold, or remove it (`text` None).

    Returns the event, None if unchanged. Raises PolicyRefused.
    """
    change = plan_change(session, name, text, place)
    return apply_changes(session, [change], contact=place.contact, by=by, now=now, facts=facts)


def with_requested_changes(
    session: Session, requested: Iterable[tuple[str, str | None, Scope]]
) -> tuple[Policy, list[ThresholdChange]]:
    """Return the policy with these (name, text, scope) applied, and the changes; writes nothing.

    Raises PolicyRefused.
    """
    changes = [plan_change(session, name, text, place) for name, text, place in requested]
    return check_whole(with_changes(read_thresholds(session), changes)), changes


def _check_scope(session: Session, name: str, place: Scope) -> None:
    key = KEYS[name]
    if place.level not in key.levels:
        raise PolicyRefused(
            "wrong_level",
            f"{name} is set for {' or '.join(key.levels)}, not for one {place.level}.",
            key=name,
        )
    if place.level == TIER and place.name not in DEFAULT_TIERS:
        raise PolicyRefused(
            "no_tier", f"There is no tier {place.name!r}; choose A, B or C.", value=place.name
        )
    if place.level == STAGE and find_stage(session, place.name) is None:
        listed = ", ".join(list_stages(session))
        raise PolicyRefused(
            "no_stage", f"There is no stage {place.name!r}; there are {listed}.", value=place.name
        )


def _stored_at(session: Session, name: str, place: Scope) -> Any:
    if place.contact is not None:
        return own_values(session, place.contact).get(name)
    if place.level == STAGE and name in STAGE_COLUMNS:
        stage = find_stage(session, place.name)
        return getattr(stage, STAGE_COLUMNS[name])
    return value_at(read_thresholds(session), place.level, place.name, name)


def list_stages(session: Session) -> list[str]:
    """List the stages as `pipeline/stage`, in display order."""
    rows = session.execute(
        select(Pipeline.key, Stage.key).join(Stage.pipeline).order_by(Pipeline.position, Stage.position)
    )
    return [f"{pipeline}/{stage}" for pipeline, stage in rows]


def find_stages(session: Session, name: str) -> str:
    """Return the one stage matching `pipeline/stage` or a bare stage key.

    Raises PolicyRefused if not exactly one.
    """
    known = list_stages(session)
    meant = [each for each in known if name in (each, each.partition("/")[2])]
    if len(meant) != 1:
        raise PolicyRefused(
            "no_stage", f"There is no one stage {name!r}; there are {', '.join(known)}.", value=name
        )
    return meant[0]


def own_values(session: Session, contact: Contact) -> dict[str, Any]:
    """Return the thresholds set for one person (a root), including those set for contacts merged into them."""
    root_id = func.coalesce(Contact.root_id, Contact.id)
    events = session.execute(
        select(Event.data)
        .join(Contact, Contact.id == Event.contact_id)
        .where(Event.kind == KIND, root_id == contact.id, Event.undone_by_id.is_(None))
        .order_by(Event.at, Event.uid)
    )
    own: dict[str, Any] = {}
    for (data,) in events:
        own = _with_own(own, read_changes(data))
    return own


def _with_own(own: Mapping[str, Any], changes: Iterable[ThresholdChange]) -> dict[str, Any]:
    own = dict(own)
    for change in changes:
        if change.after is None:
            own.pop(change.key, None)
        else:
            own[change.key] = change.after
    return own


def load_policy_at(session: Session, at: int) -> Policy:
    """Return the team's policy as of the past instant `at`."""
    return build_policy(load_stored_at(session, at))


def list_change_instants(session: Session) -> list[int]:
    """Return the instants at which the policy of the team, a tier or a stage changed, sorted."""
    events = list_events(session, Event.contact_id.is_(None), (KIND,))
    instants = {event.at for event in events} | {event.undone_at for event in events}
    return sorted(instant for instant in instants if instant is not None)


def load_stored_at(session: Session, at: int) -> dict[str, Any]:
    """Return the stored thresholds as of `at`.

    Stage columns that have changed since are overridden in `by_stage`.
    """
    stored = read_thresholds(session)
    by_scope: dict[tuple[str, str, str], list[EventRow]] = {}
    for event in list_events(session, Event.contact_id.is_(None), (KIND,)):
        for change in read_changes(event.data):
            by_scope.setdefault(change.place, []).append(event)
    for (level, name, key), events in by_scope.items():
        if level == STAGE and key in STAGE_COLUMNS:
            stage = find_stage(session, name)
            current = None if stage is None else getattr(stage, STAGE_COLUMNS[key])
        else:
            current = value_at(stored, level, name, key)
        then = fold(events, at, _value_reader((level, name, key)), current)
        if level == STAGE and key in STAGE_COLUMNS:
            if then != current:
                stored = _with_stage(stored, name, key, then)
        elif then != current:
            stored = with_changes(stored, [ThresholdChange(level, name, key, current, then)])
    return stored


def _with_stage(stored: Mapping[str, Any], name: str, key: str, value: Any) -> dict[str, Any]:
    """Add a stage column's past value to `by_stage`, where None means that it had none."""
    by_stage = dict(stored.get("by_stage") or {})
    by_stage[name] = {**(by_stage.get(name) or {}), key: value}
    return {**stored, "by_stage": by_stage}


def _value_reader(place: tuple[str, str, str]) -> Any:
    def read(event: EventRow, is_after: bool) -> Any:
        change = next(each for each in read_changes(event.data) if each.place == place)
        return change.after if is_after else change.before

    return read


class PolicyEdit(NamedTuple):
    """One edit of the policy as shown in the history.

    `contact` is an address if the edit concerns one person.
    """

    uid: str
    at: int
    by: str | None
    by_name: str | None
    contact_id: int | None
    contact: str | None
    changes: tuple[ThresholdChange, ...]
    preset: str | None
    because: str | None
    undone_at: int | None


def list_edits(session: Session, *, limit: int = 50, contact: Contact | None = None) -> list[PolicyEdit]:
    """List edits of the policy, newest first; only those for `contact` if given."""
    undoing = aliased(Event)
    query = (
        select(Event, User.email, User.name, undoing.at)
        .outerjoin(User, User.id == Event.author_id)
        .outerjoin(undoing, undoing.id == Event.undone_by_id)
        .where(Event.kind == KIND)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(limit)
    )
    if contact is not None:
        query = query.where(Event.contact_id == contact.id)
    edits = []
    for event, email, name, undone_at in session.execute(query):
        person = session.get(Contact, event.contact_id) if event.contact_id is not None else None
        edits.append(
            PolicyEdit(
                event.uid,
                event.at,
                email,
                name,
                event.contact_id,
                None if person is None else primary_address(session, person),
                tuple(read_changes(event.data)),
                event.data.get("preset"),
                event.data.get("because"),
                undone_at,
            )
        )
    return edits


class EditLine(NamedTuple):
    """A threshold's value at one level; `source` is `default` if it is not set there."""

    key: str
    level: str
    name: str
    value: Any
    default: Any
    source: str


def list_team_lines(session: Session) -> list[EditLine]:
    """List every threshold at the team's level, and the values set for tiers and stages."""
    stored = read_thresholds(session)
    policy = build_policy(stored)
    lines = []
    for name, key in KEYS.items():
        if TEAM in key.levels:
            is_set = value_at(stored, TEAM, "", name) is not None
            lines.append(
                EditLine(
                    name, TEAM, "", field_of(policy, name), default_of(name), TEAM if is_set else "default"
                )
            )
    lines += _list_tier_lines(stored, policy)
    lines += _list_stage_lines(session, stored)
    return lines


def _list_tier_lines(stored: Mapping[str, Any], policy: Policy) -> list[EditLine]:
    lines = []
    for tier, days in policy.tiers.items():
        own = (stored.get("by_tier") or {}).get(tier) or {}
        start = DEFAULT_TIERS.get(tier)
        for name in ("ideal_days", "maximum_days"):
            default = getattr(start, name) if start else None
            value = getattr(days, name)
            lines.append(EditLine(name, TIER, tier, value, default, TIER if value != default else "default"))
        lines += [
            EditLine(name, TIER, tier, own[name], None, TIER)
            for name in KEYS
            if name in own and name not in ("ideal_days", "maximum_days")
        ]
    return lines


def _list_stage_lines(session: Session, stored: Mapping[str, Any]) -> list[EditLine]:
    rows = session.execute(
        select(Pipeline.key, Stage.key, Stage.allowed_days, Stage.tier)
        .join(Stage.pipeline)
        .order_by(Pipeline.position, Stage.position)
    )
    lines = []
    for pipeline, stage, allowed_days, tier in rows:
        name = f"{pipeline}/{stage}"
        lines.append(EditLine("stalled_days", STAGE, name, allowed_days, None, STAGE))
        if tier is not None:
            lines.append(EditLine("default_tier", STAGE, name, tier, None, STAGE))
        own = (stored.get("by_stage") or {}).get(name) or {}
        lines += [EditLine(key, STAGE, name, own[key], None, STAGE) for key in KEYS if key in own]
    return lines


def describe_value(value: Any) -> str:
    """Format a value as a person would type it: on, off, none, 3."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else f"{value:g}"
