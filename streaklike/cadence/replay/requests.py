"""Replays as requests: asked for by a member, worked off by a job, their results kept (R51).

The rows say what is wanted and carry all correctness; the job queue only says when to look. Nothing here commits.
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


def question_of(changes: Iterable[ThresholdChange], months: int) -> str:
    """What identifies a question: where which value would hold, over how many months."""
    asked = sorted([*change.place, json.dumps(change.after)] for change in changes)
    return hashlib.sha256(json.dumps([months, asked]).encode()).hexdigest()


def basis_of(session: Session, *, now: int, team_zone: str) -> str:
    """What a replay made now would rest on: mail, deeds, settings, and the day. Any change of these changes it."""
    settings = session.execute(select(Setting.name, Setting.value).order_by(Setting.name)).all()
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
    """The newest replay of this question: at work, done or failed."""
    asked = select(Replay).where(Replay.question == question_of(changes, months))
    return session.scalar(asked.order_by(Replay.id.desc()).limit(1))


def ask_for_replay(
    session: Session,
    changes: Sequence[ThresholdChange],
    *,
    months: int,
    by: User | None,
    now: int,
    team_zone: str,
) -> bool:
    """Want this replay; whether there is anything to do.

    One that waits or runs is joined, and a kept result over unchanged data is all that is wanted. A member has at most one
    waiting: asking another question gives up the one that waits, never the one that runs.
    """
    found = find_replay(session, changes, months)
    if found is not None and found.state in OPEN:
        return True
    if (
        found is not None
        and found.state == "done"
        and found.basis == basis_of(session, now=now, team_zone=team_zone)
    ):
        return False
    forget_old_replays(session, now=now)
    if by is not None:
        session.execute(delete(Replay).where(Replay.asked_by_id == by.id, Replay.state == "waiting"))
    row = {
        "question": question_of(changes, months),
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
    """Whether any replay waits, or was left behind by a worker that ended."""
    return bool(session.scalar(select(exists().where(Replay.state.in_(OPEN)))))


def take_next(session: Session, runner: str, *, now: int) -> Replay | None:
    """Begin what waits longest; one that an ended worker left behind comes first. None where nothing is wanted.

    The caller is the only one at work (the job's lock). What was begun too often is given up.
    """
    given_up = and_(Replay.state == "running", Replay.attempts >= MOST_ATTEMPTS)
    session.execute(
        update(Replay).where(given_up).values(state="failed", error=GIVEN_UP, ended_at=now, runner=None)
    )
    wanted = select(Replay).where(Replay.state.in_(OPEN)).order_by(Replay.state, Replay.id).limit(1)
    replay = session.scalar(wanted.with_for_update())
    if replay is not None:
        replay.state, replay.runner, replay.started_at = "running", runner, now
        replay.attempts += 1
        replay.progress = replay.total = 0
        session.flush()
    return replay


def note_progress(session: Session, replay_id: int, runner: str, progress: int, total: int) -> bool:
    """Write down how many people have been looked at; whether the replay is still this runner's."""
    return _write(session, replay_id, runner, progress=progress, total=total)


def keep_result(
    session: Session, replay_id: int, runner: str, found: Comparison, *, basis: str, now: int
) -> bool:
    """Keep what came out; whether the replay was still this runner's."""
    result = pack_result(found)
    return _write(
        session, replay_id, runner, state="done", result=result, basis=basis, ended_at=now, error=None
    )


def fail_replay(session: Session, replay_id: int, runner: str, error: str, *, now: int) -> bool:
    """Say why nothing came out; whether the replay was still this runner's."""
    return _write(session, replay_id, runner, state="failed", error=error, ended_at=now)


def put_back(session: Session, replay_id: int, runner: str) -> bool:
    """Let the replay wait again, as if not begun: its worker ends in order."""
    return _write(session, replay_id, runner, state="waiting", attempts=Replay.attempts - 1, progress=0)


def _write(session: Session, replay_id: int, runner: str, **values: object) -> bool:
    if values.get("state", "running") != "running":
        values["runner"] = None
    mine = and_(Replay.id == replay_id, Replay.runner == runner, Replay.state == "running")
    return bool(session.execute(update(Replay).where(mine).values(values)).rowcount)  # type: ignore[attr-defined]


def forget_old_replays(session: Session, *, now: int) -> int:
    """Delete results older than a week, and all but the newest fifty; how many that were."""
    newest = select(Replay.id).where(Replay.state.not_in(OPEN)).order_by(Replay.id.desc()).limit(MOST_KEPT)
    kept = list(session.scalars(newest))
    is_old = or_(Replay.ended_at < now - KEEP, Replay.id.not_in(kept))
    old = delete(Replay).where(Replay.state.not_in(OPEN), is_old)
    return session.execute(old).rowcount  # type: ignore[attr-defined, no-any-return]
