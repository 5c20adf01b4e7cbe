"""Replay requests: made by a member, executed by a job, results stored (R51).

The rows alone ensure correctness; the job queue only says when to look. Nothing here commits.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from streaklike.boxes.policy_store import ThresholdChange
from streaklike.cadence.replay.outcomes import Comparison
from streaklike.cadence.replay.results import pack_result
from streaklike.instants import DAY, local_day
from streaklike.store.models import Event, ExcludedLabel, Mailbox, Message, Replay, Setting, User
from streaklike.store.writing import insert_missing

OPEN: Final = ("waiting", "running")
KEEP: Final = 7 * DAY
MOST_KEPT: Final = 50
MOST_ATTEMPTS: Final = 3
GIVEN_UP: Final = f"It was begun {MOST_ATTEMPTS} times and never came to its end."


def question_hash(changes: Iterable[ThresholdChange], months: int) -> str:
    """Return the hash identifying a replay question: the changed values with their scopes, and the months."""
    asked = sorted([*change.place, json.dumps(change.after)] for change in changes)
    return hashlib.sha256(json.dumps([months, asked]).encode()).hexdigest()


def data_hash(session: Session, *, now: int, team_zone: str) -> str:
    """Return a hash of what a replay would depend on now: mail, events, settings and the date."""
    settings = session.execute(select(Setting.name, Setting.value).order_by(Setting.name)).all()
    # Cheap change markers: every sync moves a mailbox's history id or progress, every new row the highest id.
    mailboxes = select(func.count(), func.sum(Mailbox.history_id), func.max(Mailbox.progress_at))
    parts = [
        local_day(now, ZoneInfo(team_zone)).isoformat(),
        session.scalar(select(func.max(Message.id))),
        session.scalar(select(func.max(Event.id))),
        session.scalar(select(func.count()).select_from(ExcludedLabel)),
        *(str(value) for value in session.execute(mailboxes).one()),
        *((name, json.dumps(value, sort_keys=True)) for name, value in settings),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def find_replay(session: Session, changes: Iterable[ThresholdChange], months: int) -> Replay | None:
    """Return the newest replay of this question in any state."""
    asked = select(Replay).where(Replay.question == question_hash(changes, months))
    return session.scalar(asked.order_by(Replay.id.desc()).limit(1))


def request_replay(
    session: Session,
    changes: Sequence[ThresholdChange],
    *,
    months: int,
    by: User | None,
    now: int,
    team_zone: str,
) -> bool:
    """Request this replay.

    Returns whether there is anything to do.

    A waiting or running one is shared; a stored result on unchanged data is reused. A member has at most one
    waiting: a new question replaces the waiting one, never the running one.
    """
    found = find_replay(session, changes, months)
    if found is not None and found.state in OPEN:
        return True
    if (
        found is not None
        and found.state == "done"
        and found.basis == data_hash(session, now=now, team_zone=team_zone)
    ):
        return False
    delete_old_replays(session, now=now)
    if by is not None:
        session.execute(delete(Replay).where(Replay.asked_by_id == by.id, Replay.state == "waiting"))
    row = {
        "question": question_hash(changes, months),
        "changes": [list(change) for change in changes],
        "months": months,
        "asked_by_id": None if by is None else by.id,
        "asked_at": now,
        "state": "waiting",
        "attempts": 0,
        "progress": 0,
        "total": 0,
        "basis": "",
    }
    insert_missing(session, Replay, [row])
    return True


def is_any_wanted(session: Session) -> bool:
    """Return whether any replay is waiting, or was left behind by a dead worker."""
    return bool(session.scalar(select(exists().where(Replay.state.in_(OPEN)))))


def take_next(session: Session, runner: str, *, now: int) -> Replay | None:
    """Start the oldest waiting replay; one left behind by a dead worker comes first.

    None if there is none.

    The caller must hold the job's lock. Replays started MOST_ATTEMPTS times are marked failed.
    """
    given_up = and_(Replay.state == "running", Replay.attempts >= MOST_ATTEMPTS)
    session.execute(
        update(Replay).where(given_up).values(state="failed", error=GIVEN_UP, ended_at=now, runner=None)
    )
    # By state, "running" sorts before "waiting".
    wanted = select(Replay).where(Replay.state.in_(OPEN)).order_by(Replay.state, Replay.id).limit(1)
    replay = session.scalar(wanted.with_for_update())
    if replay is not None:
        replay.state, replay.runner, replay.started_at = "running", runner, now
        replay.attempts += 1
        replay.progress = replay.total = 0
        session.flush()
    return replay


def note_progress(session: Session, replay_id: int, runner: str, progress: int, total: int) -> bool:
    """Record how many people are done. Returns whether the replay still belongs to this runner."""
    return _write(session, replay_id, runner, progress=progress, total=total)


def keep_result(
    session: Session, replay_id: int, runner: str, found: Comparison, *, basis: str, now: int
) -> bool:
    """Store the result. Returns whether the replay still belonged to this runner."""
    result = pack_result(found)
    return _write(
        session, replay_id, runner, state="done", result=result, basis=basis, ended_at=now, error=None
    )


def fail_replay(session: Session, replay_id: int, runner: str, error: str, *, now: int) -> bool:
    """Store the reason of failure. Returns whether the replay still belonged to this runner."""
    return _write(session, replay_id, runner, state="failed", error=error, ended_at=now)


def put_back(session: Session, replay_id: int, runner: str) -> bool:
    """Return the replay to the waiting state without counting the attempt: its worker is shutting down."""
    return _write(session, replay_id, runner, state="waiting", attempts=Replay.attempts - 1, progress=0)


def _write(session: Session, replay_id: int, runner: str, **values: object) -> bool:
    if values.get("state", "running") != "running":
        values["runner"] = None
    # Guarded update: if the replay was given to another runner or replaced meanwhile, nothing is written.
    is_mine = and_(Replay.id == replay_id, Replay.runner == runner, Replay.state == "running")
    return bool(session.execute(update(Replay).where(is_mine).values(values)).rowcount)  # type: ignore[attr-defined]


def delete_old_replays(session: Session, *, now: int) -> int:
    """Delete results older than a week, and all but the newest fifty. Returns how many."""
    newest = select(Replay.id).where(Replay.state.not_in(OPEN)).order_by(Replay.id.desc()).limit(MOST_KEPT)
    newest_ids = list(session.scalars(newest))
    is_old = or_(Replay.ended_at < now - KEEP, Replay.id.not_in(newest_ids))
    old = delete(Replay).where(Replay.state.not_in(OPEN), is_old)
    return session.execute(old).rowcount  # type: ignore[attr-defined, no-any-return]
