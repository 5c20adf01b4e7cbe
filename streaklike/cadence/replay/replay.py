"""The past under another policy (R51): whom it would have flagged, sampled at the start of each working day.

Everybody is evaluated on the first morning, then only on mornings when the result may differ, by an event or
by time alone; in between the flags persist. Nothing is written.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from streaklike.boxes.policy_store import ThresholdChange, with_changes
from streaklike.cadence.calendar.work_calendar import WorkCalendar, load_calendar
from streaklike.cadence.editing.policy_changes import list_change_instants, load_stored_at
from streaklike.cadence.loading.facts import load_facts
from streaklike.cadence.loading.fetching import no_garbage_collection
from streaklike.cadence.loading.team_directory import TeamDirectory, load_team_directory
from streaklike.cadence.model.history import ContactHistory
from streaklike.cadence.policy.policy import Policy, build_policy
from streaklike.cadence.replay.history_snapshot import HistorySnapshot
from streaklike.cadence.replay.memberships import find_needing_reload
from streaklike.cadence.rules.evaluation import Evaluation, evaluate
from streaklike.instants import DAY
from streaklike.store.models import Contact

CHUNK: Final = 1_000
A_MONTH_DAYS: Final = 365 / 12

OnProgress = Callable[[int, int], None]
"""Called often with (people done, people in total). An exception it raises ends the replay."""


def _ignore_progress(_done: int, _total: int) -> None:
    """Report nothing."""


class Raised(NamedTuple):
    """One flag on one person, with the first morning on which it was seen."""

    contact_id: int
    flag: str
    reason: str
    since_at: int
    seen_at: int


class Version(NamedTuple):
    """The policies in force from `begins_at`: actual and changed, each with its work calendar."""

    begins_at: int
    before: Policy
    after: Policy
    calendar_before: WorkCalendar
    calendar_after: WorkCalendar


@dataclass(frozen=True, slots=True)
class Replayed:
    """The flags raised under both policies on the mornings from `start` to `end`."""

    start: int
    end: int
    mornings: tuple[int, ...]
    before: tuple[Raised, ...]
    after: tuple[Raised, ...]


def replay(
    session: Session,
    changes: Sequence[ThresholdChange],
    *,
    now: int,
    months: float = 12,
    team_zone: str = "Asia/Taipei",
    on_progress: OnProgress = _ignore_progress,
) -> Replayed:
    """Replay the last `months` under the actual policy and with `changes` applied to it.

    The actual side uses the policy in force at each instant. Takes seconds to minutes of CPU: for a job or a
    command, never for a request.
    """
    session.flush()
    start = now - round(months * A_MONTH_DAYS * DAY)
    versions = _list_versions(session, changes, start, now, team_zone)
    mornings = versions[-1].calendar_before.list_mornings(start, now)
    if not mornings:
        return Replayed(start, now, (), (), ())
    root_id = func.coalesce(Contact.root_id, Contact.id)
    roots = list(session.scalars(select(Contact.id).where(root_id == Contact.id).order_by(Contact.id)))
    run = _Run(session, versions, mornings, load_team_directory(session), on_progress, len(roots))
    affected = find_needing_reload(session, since=mornings[0], mornings=mornings)
    with no_garbage_collection():
        for first in range(0, len(roots), CHUNK):
            run.watch(roots[first : first + CHUNK], affected)
    return Replayed(start, now, tuple(mornings), run.before.list_raised(), run.after.list_raised())


def _list_versions(
    session: Session, changes: Sequence[ThresholdChange], start: int, now: int, team_zone: str
) -> list[Version]:
    begins = [start, *(instant for instant in list_change_instants(session) if start < instant <= now)]
    versions = []
    for instant in begins:
        stored = load_stored_at(session, instant)
        before, after = build_policy(stored), build_policy(_with_trial(stored, changes))
        versions.append(
            Version(
                instant,
                before,
                after,
                load_calendar(session, team_zone, before),
                load_calendar(session, team_zone, after),
            )
        )
    return versions


def _with_trial(stored: Mapping[str, Any], changes: Iterable[ThresholdChange]) -> dict[str, Any]:
    """Apply the changes to the stored thresholds. A removed stage value is stored as None, which overrides its row."""
    tried = with_changes(stored, changes)
    for change in changes:
        if change.level == "stage" and change.after is None:
            by_stage = dict(tried.get("by_stage") or {})
            by_stage[change.name] = {**(by_stage.get(change.name) or {}), change.key: None}
            tried["by_stage"] = by_stage
    return tried


class _Side:
    """The flags raised under one policy."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, str, str, int], int] = {}

    def take(self, contact_id: int, answer: Evaluation, at: int) -> None:
        for flag in answer.flags:
            self._seen.setdefault((contact_id, flag.flag, flag.reason, flag.since_at), at)

    def list_raised(self) -> tuple[Raised, ...]:
        return tuple(
            sorted((Raised(*key, at) for key, at in self._seen.items()), key=lambda each: each[::-1])
        )


class _Run:
    """The state of one replay."""

    def __init__(
        self,
        session: Session,
        versions: Sequence[Version],
        mornings: Sequence[int],
        directory: TeamDirectory,
        on_progress: OnProgress,
        total: int,
    ) -> None:
        self._session = session
        self._on_progress = on_progress
        self._done, self._total = 0, total
        self._versions = versions
        self._begins = [version.begins_at for version in versions]
        self._mornings = mornings
        self._directory = directory
        self._due: tuple[int | None, int | None] = (None, None)
        self.before = _Side()
        self.after = _Side()

    def watch(self, root_ids: Sequence[int], moved: set[int]) -> None:
        """Evaluate these people on all mornings."""
        self._report_progress(0)
        bounce_ms = self._versions[-1].before.bounce_ms
        snapshot = HistorySnapshot(
            self._session, root_ids, until=self._mornings[-1], directory=self._directory, bounce_ms=bounce_ms
        )
        in_memory = [root_id for root_id in root_ids if root_id not in moved]
        for root_id in in_memory:
            for index in self._iter_mornings(snapshot, root_id):
                self._due = self._evaluate_both(
                    root_id, snapshot.history_at(root_id, self._mornings[index]), index
                )
            self._report_progress(1)
        to_reload = [root_id for root_id in root_ids if root_id in moved]
        if to_reload:
            self._watch_reloaded(to_reload)
            self._report_progress(len(to_reload))

    def _report_progress(self, more: int) -> None:
        self._done += more
        self._on_progress(self._done, self._total)

    def _iter_mornings(self, snapshot: HistorySnapshot, root_id: int) -> Iterator[int]:
        index = 0
        while index < len(self._mornings):
            yield index
            now = self._mornings[index]
            ahead = [
                instant
                for instant in (*self._due, snapshot.next_change(root_id, now), self._next_version(now))
                if instant
            ]
            if not ahead:
                return
            index = max(index + 1, bisect_left(self._mornings, min(ahead)))

    def _next_version(self, now: int) -> int | None:
        index = bisect_right(self._begins, now)
        return self._begins[index] if index < len(self._begins) else None

    def _watch_reloaded(self, root_ids: Sequence[int]) -> None:
        for index, now in enumerate(self._mornings):
            self._report_progress(0)
            policy = self._version_at(now).before
            facts = load_facts(
                self._session, root_ids, now=now, policy=policy, directory=self._directory, is_past=True
            )
            for root_id, history in facts.histories.items():
                self._evaluate_both(root_id, history, index)

    def _version_at(self, now: int) -> Version:
        return self._versions[max(0, bisect_right(self._begins, now) - 1)]

    def _evaluate_both(
        self, root_id: int, history: ContactHistory, index: int
    ) -> tuple[int | None, int | None]:
        """Evaluate the person on one morning under both policies. Returns when each result may next change."""
        now = self._mornings[index]
        version = self._version_at(now)
        before = evaluate(history, now=now, policy=version.before, calendar=version.calendar_before)
        after = evaluate(history, now=now, policy=version.after, calendar=version.calendar_after)
        self.before.take(root_id, before, now)
        self.after.take(root_id, after, now)
        return before.due_at, after.due_at
