"""Storage of the team's policy thresholds, as the setting `policy` over the defaults.

A person's own thresholds exist as events only. Each change is one event with the values before and after, so
that the policy at any past instant can be reconstructed (R51) and the change undone. The meaning and valid
values of a threshold are defined in `cadence`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.people.events import record_event, undo_event, user_id
from streaklike.people.touched import record_everybody_touched
from streaklike.store.models import Contact, ContactStatus, Event, Pipeline, Setting, Stage, User
from streaklike.store.writing import insert_for

SETTING: Final = "policy"
CALENDAR: Final = "work_calendar"
KIND: Final = "policy"
HOURS: Final = ("work_start_hour", "work_end_hour")

TEAM: Final = "team"
STAGE: Final = "stage"
TIER: Final = "tier"
PERSON: Final = "person"

STAGE_COLUMNS: Final = {"stalled_days": "allowed_days", "default_tier": "tier"}
"""Thresholds of a stage that are stored in columns of its row, by column name."""


class ThresholdChange(NamedTuple):
    """One changed threshold.

    `name` is the tier, or the stage as `pipeline/stage`. `before` and `after` are None where no value is set.
    """

    level: str
    name: str
    key: str
    before: Any
    after: Any

    @property
    def place(self) -> tuple[str, str, str]:
        """The scope that was changed: level, name and key."""
        return self.level, self.name, self.key

    def reversed(self) -> "ThresholdChange":
        return self._replace(before=self.after, after=self.before)


def read_settings(session: Session) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the team's overrides of the default thresholds, and its work calendar, as stored."""
    rows = session.execute(select(Setting.name, Setting.value).where(Setting.name.in_((SETTING, CALENDAR))))
    values = {name: value for name, value in rows.all()}  # noqa: C416 - rows are no pairs to dict()
    kept, calendar = dict(values.get(SETTING) or {}), dict(values.get(CALENDAR) or {})
    hours = calendar.pop("hours", None)
    if hours:
        kept = {**dict(zip(HOURS, map(int, hours), strict=True)), **kept}
    return kept, calendar


def read_thresholds(session: Session) -> dict[str, Any]:
    """Return the team's overrides of the default thresholds, as stored."""
    return read_settings(session)[0]


def value_at(kept: Mapping[str, Any], level: str, name: str, key: str) -> Any:
    """Return the value stored at exactly this level, or None."""
    if level == TEAM:
        group, dot, part = key.partition(".")
        return (kept.get(group) or {}).get(part) if dot else kept.get(key)
    return ((kept.get(f"by_{level}") or {}).get(name) or {}).get(key)


def with_changes(kept: Mapping[str, Any], changes: Iterable[ThresholdChange]) -> dict[str, Any]:
    """Return a copy of the stored thresholds with these changes applied."""
    kept = dict(kept)
    for change in changes:
        if change.level == TEAM:
            group, dot, part = change.key.partition(".")
            if dot:
                kept[group] = _put(kept.get(group) or {}, part, change.after)
            else:
                kept = _put(kept, change.key, change.after)
        elif change.level in (TIER, STAGE):
            of_level = dict(kept.get(f"by_{change.level}") or {})
            of_level[change.name] = _put(of_level.get(change.name) or {}, change.key, change.after)
            kept[f"by_{change.level}"] = {name: own for name, own in of_level.items() if own}
    return kept


def _put(values: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    rest = {name: each for name, each in values.items() if name != key}
    return rest if value is None else {**rest, key: value}


def record_changes(
    session: Session,
    changes: Sequence[ThresholdChange],
    *,
    contact: Contact | None = None,
    by: User | None,
    now: int,
    facts: Mapping[str, Any] | None = None,
) -> Event:
    """Apply the changes of the team or of one contact and record them as one event.

    Marks the affected contacts as due for evaluation.
    """
    _write(session, changes)
    return record_event(
        session,
        KIND,
        at=now,
        now=now,
        author_id=user_id(by),
        contact_id=None if contact is None else contact.id,
        data={**(facts or {}), "changes": [list(change) for change in changes]},
    )


def read_changes(data: Mapping[str, Any]) -> list[ThresholdChange]:
    """Return the changes of a `policy` event."""
    return [ThresholdChange(*change) for change in data.get("changes", ())]


def revert_changes(session: Session, event: Event) -> None:
    """Restore the values from before this event."""
    _write(session, [change.reversed() for change in read_changes(event.data)])


def revert_retuning(session: Session, dismissal: Event, *, by: User | None, now: int) -> None:
    """Undo the changes to a person's thresholds that dismissing a flag as wrong had caused (R50)."""
    events = session.scalars(
        select(Event).where(
            Event.kind == KIND, Event.contact_id == dismissal.contact_id, Event.undone_by_id.is_(None)
        )
    )
    for event in events:
        if event.data.get("dismissal") == dismissal.uid:
            undo_event(session, event, by=by, now=now)


def _write(session: Session, changes: Sequence[ThresholdChange]) -> None:
    shared = [change for change in changes if change.level != PERSON]
    in_rows = [change for change in shared if change.level == STAGE and change.key in STAGE_COLUMNS]
    for change in in_rows:
        stage = find_stage(session, change.name)
        if stage is not None:
            setattr(stage, STAGE_COLUMNS[change.key], change.after)
    in_setting = [change for change in shared if change not in in_rows]
    if in_setting:
        kept = session.scalar(select(Setting.value).where(Setting.name == SETTING))
        save_setting(session, SETTING, with_changes(kept or {}, in_setting))
    elif in_rows:
        session.flush()
        _mark_everybody_due(session)


def find_stage(session: Session, name: str) -> Stage | None:
    """Find the stage named `pipeline/stage`."""
    pipeline, _, key = name.partition("/")
    stage: Stage | None = session.scalar(
        select(Stage).join(Pipeline).where(Pipeline.key == pipeline, Stage.key == key)
    )
    return stage


def save_setting(session: Session, name: str, value: dict[str, Any]) -> None:
    """Write a setting that evaluation depends on, and mark every contact as due."""
    insert = insert_for(session, Setting).values(name=name, value=value)
    session.execute(
        insert.on_conflict_do_update(index_elements=["name"], set_={"value": value})  # type: ignore[attr-defined]
    )
    _mark_everybody_due(session)


def _mark_everybody_due(session: Session) -> None:
    # 0 is before any instant: due at once.
    session.execute(update(ContactStatus).values(due_at=0))
    record_everybody_touched(session)
