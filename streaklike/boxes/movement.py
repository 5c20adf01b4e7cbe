"""Move a box to another stage or position."""

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from streaklike.boxes.errors import BadPosition, BoxClosed
from streaklike.boxes.ranks import rank_between, spread_ranks
from streaklike.people.events import record_event, user_id
from streaklike.store.models import Box, Event, Stage, User


def move_box(
    session: Session,
    box: Box,
    *,
    to_stage: Stage | None = None,
    before: Box | None = None,
    after: Box | None = None,
    by: User | None,
    now: int,
) -> Event | None:
    """Move a box into a stage, above the box `before`, below the box `after`, or to the end.

    Returns the event of a stage change; None for a new position in the same stage, which is not recorded.
    Raises BoxClosed, and BadPlace for another pipeline's stage or a neighbour from elsewhere.
    """
    stage = to_stage or session.get_one(Stage, box.stage_id)
    _check_move(box, stage, before, after)
    old = session.get_one(Stage, box.stage_id)
    above = find_above(session, box)
    place_box(session, box, stage, before=before, after=after)
    if stage.id == old.id:
        return None
    box.stage_since_at = now
    session.flush()
    return record_event(
        session,
        "stage",
        at=now,
        now=now,
        author_id=user_id(by),
        box_id=box.id,
        data={"box": box.uid, "from": old.key, "to": stage.key, "after": above.uid if above else None},
    )


def _check_move(box: Box, stage: Stage, before: Box | None, after: Box | None) -> None:
    if box.closed_at is not None:
        raise BoxClosed(f"{box.name} is closed. Nothing was changed. Open it again before you move it.")
    if stage.pipeline_id != box.pipeline_id:
        raise BadPosition(
            f"{stage.name_en} belongs to another pipeline. Nothing was changed. Choose a stage of this one."
        )
    if before is not None and after is not None:
        raise BadPosition("A place is named by one neighbour, not by two. Nothing was changed.")
    neighbour = before or after
    if neighbour is not None and (neighbour.stage_id != stage.id or neighbour.id == box.id):
        raise BadPosition(
            f"{neighbour.name} does not stand in {stage.name_en} beside it. Nothing was changed. Reload the board and try again."
        )


def place_box(
    session: Session, box: Box, stage: Stage, *, before: Box | None = None, after: Box | None = None
) -> None:
    """Set the box's stage and its rank beside the neighbour, or at the end. Raises BadPlace."""
    rank = _rank_at(session, box, stage, before, after)
    # No float fits between the two neighbours any more: renumber the whole stage, then try again.
    if rank is None:
        _spread(session, stage)
        rank = _rank_at(session, box, stage, before, after)
    if rank is None:
        raise BadPosition(
            "There is no room beside this box. Nothing was changed. Reload the board and try again."
        )
    box.stage_id = stage.id
    box.rank = rank
    session.flush()


def place_first(session: Session, box: Box, stage: Stage) -> None:
    """Place the box first in the stage."""
    first = session.scalar(_in_order(stage.id).where(Box.id != box.id).limit(1))
    place_box(session, box, stage, before=first)


def find_above(session: Session, box: Box) -> Box | None:
    """Return the box directly above this one in its stage."""
    return _neighbour(session, box, box.stage_id, besides=box.id, is_below=False)


def _rank_at(session: Session, box: Box, stage: Stage, before: Box | None, after: Box | None) -> float | None:
    if before is not None:
        above = _neighbour(session, before, stage.id, besides=box.id, is_below=False)
        return rank_between(above.rank if above else None, before.rank)
    if after is not None:
        below = _neighbour(session, after, stage.id, besides=box.id, is_below=True)
        return rank_between(after.rank, below.rank if below else None)
    last = session.scalar(
        select(Box)
        .where(Box.stage_id == stage.id, Box.id != box.id)
        .order_by(Box.rank.desc(), Box.id.desc())
        .limit(1)
    )
    return rank_between(last.rank if last else None, None)


def _neighbour(session: Session, box: Box, stage_id: int, *, besides: int, is_below: bool) -> Box | None:
    query = select(Box).where(Box.stage_id == stage_id, Box.id != besides).limit(1)
    if is_below:
        # Ranks may be equal, so the id breaks ties as in the ORDER BY.
        follows = or_(Box.rank > box.rank, and_(Box.rank == box.rank, Box.id > box.id))
        return session.scalar(query.where(follows).order_by(Box.rank, Box.id))
    precedes = or_(Box.rank < box.rank, and_(Box.rank == box.rank, Box.id < box.id))
    return session.scalar(query.where(precedes).order_by(Box.rank.desc(), Box.id.desc()))


def _spread(session: Session, stage: Stage) -> None:
    boxes = list(session.scalars(_in_order(stage.id)))
    for box, rank in zip(boxes, spread_ranks(len(boxes)), strict=True):
        box.rank = rank
    session.flush()


def _in_order(stage_id: int) -> Select[Box]:
    return select(Box).where(Box.stage_id == stage_id).order_by(Box.rank, Box.id)


def revert_move(session: Session, event: Event, *, since_at: int) -> None:
    """Restore the stage, position and `stage_since_at` that the box had before this stage event."""
    box = session.get_one(Box, event.box_id)
    stage = session.scalars(
        select(Stage).where(Stage.pipeline_id == box.pipeline_id, Stage.key == event.data["from"])
    ).one()
    # Follow the event's neighbour only if it is still in that stage.
    above = session.scalar(select(Box).where(Box.uid == event.data["after"], Box.stage_id == stage.id))
    if above is not None:
        place_box(session, box, stage, after=above)
    elif event.data["after"] is None:
        place_first(session, box, stage)
    else:
        place_box(session, box, stage)
    box.stage_since_at = since_at
    session.flush()
