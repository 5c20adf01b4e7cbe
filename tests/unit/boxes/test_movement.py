import shutil
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from streaklike.boxes.errors import BadPosition, BoxClosed
from streaklike.boxes.lifecycle import close_box, create_box
from streaklike.boxes.movement import move_box
from streaklike.boxes.pipelines import ensure_start_pipelines, get_pipeline, get_stage
from streaklike.boxes.ranks import rank_between, spread_ranks
from streaklike.boxes.undo import undo
from streaklike.instants import DAY
from streaklike.store.database import Database, open_engine
from streaklike.store.models import Box, Event, Stage
from tests.factories import T0


def make_boxes(session, names: str, stage: str = "new") -> dict[str, Box]:
    ensure_start_pipelines(session)
    return {name: create_box(session, "cases", stage, name=name, by=None, now=T0) for name in names}


def stage_of(session, key: str) -> Stage:
    return get_stage(session, get_pipeline(session, "cases"), key)


def order(session, stage: str) -> str:
    boxes = session.scalars(
        select(Box).where(Box.stage_id == stage_of(session, stage).id).order_by(Box.rank, Box.id)
    )
    return "".join(box.name for box in boxes)


def test_a_move_to_another_stage_is_an_event_and_starts_its_days(database: Database):
    with database.begin() as session:
        boxes = make_boxes(session, "abc")
        event = move_box(session, boxes["b"], to_stage=stage_of(session, "waiting"), by=None, now=T0 + DAY)
        assert event is not None
        assert event.data == {"box": boxes["b"].uid, "from": "new", "to": "waiting", "after": boxes["a"].uid}
        assert boxes["b"].stage_since_at == T0 + DAY
        assert (order(session, "new"), order(session, "waiting")) == ("ac", "b")


def test_a_move_within_the_stage_is_no_event(database: Database):
    with database.begin() as session:
        boxes = make_boxes(session, "abcd")
        assert move_box(session, boxes["d"], before=boxes["b"], by=None, now=T0 + 1) is None
        assert order(session, "new") == "adbc"
        move_box(session, boxes["a"], after=boxes["b"], by=None, now=T0 + 2)
        assert order(session, "new") == "dbac"
        move_box(session, boxes["d"], by=None, now=T0 + 3)
        assert order(session, "new") == "bacd"
        move_box(session, boxes["d"], before=boxes["b"], by=None, now=T0 + 4)
        assert order(session, "new") == "dbac"
        assert boxes["d"].stage_since_at == T0
        assert session.scalars(select(Event).where(Event.kind == "stage")).all() == []


def test_a_box_lands_beside_its_neighbour_in_another_stage(database: Database):
    with database.begin() as session:
        boxes = make_boxes(session, "ab") | make_boxes(session, "xy", "waiting")
        move_box(
            session, boxes["a"], to_stage=stage_of(session, "waiting"), after=boxes["x"], by=None, now=T0
        )
        move_box(
            session, boxes["b"], to_stage=stage_of(session, "waiting"), before=boxes["x"], by=None, now=T0
        )
        assert order(session, "waiting") == "bxay"


def test_what_cannot_be_moved_is_refused_and_stays(database: Database):
    with database.begin() as session:
        boxes = make_boxes(session, "abx")
        move_box(session, boxes["x"], to_stage=stage_of(session, "waiting"), by=None, now=T0)
        elsewhere = get_stage(session, get_pipeline(session, "supporters"), "donor")
        for place in (
            {"to_stage": elsewhere},
            {"before": boxes["x"]},
            {"after": boxes["a"]},
            {"before": boxes["b"], "after": boxes["b"]},
        ):
            with pytest.raises(BadPosition, match="Nothing was changed"):
                move_box(session, boxes["a"], **place, by=None, now=T0 + 1)
        close_box(session, boxes["a"], by=None, now=T0 + 1)
        with pytest.raises(BoxClosed):
            move_box(session, boxes["a"], to_stage=stage_of(session, "done"), by=None, now=T0 + 2)
        assert order(session, "new") == "ab"


def test_ranks_are_spread_when_the_room_between_two_is_used_up(database: Database):
    with database.begin() as session:
        boxes = make_boxes(session, "acdb")
        for number in range(130):
            mover, other = ("c", "d") if number % 2 else ("d", "c")
            move_box(session, boxes[mover], after=boxes["a"], by=None, now=T0 + number)
            assert order(session, "new") == f"a{mover}{other}b"


@given(low=st.none() | st.floats(-1e9, 1e9), high=st.none() | st.floats(-1e9, 1e9))
def test_a_rank_lies_strictly_between_its_neighbours(low, high):
    rank = rank_between(low, high)
    if rank is not None:
        assert low is None or low < rank
        assert high is None or rank < high
    else:
        assert low is not None
        assert high is not None
        assert high <= low or (low + high) / 2 in (low, high)


def test_spread_ranks_leave_room_everywhere():
    ranks = spread_ranks(50)
    assert all(rank_between(low, high) is not None for low, high in pairwise(ranks))


MOVES = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from(["new", "in_progress", "done"]),
        st.integers(0, 5),
        st.sampled_from("<>."),
    ),
    max_size=15,
)


def snapshot(session) -> list[tuple[str, str, int]]:
    rows = session.execute(
        select(Stage.key, Box.name, Box.stage_since_at, Box.rank).join(Stage, Stage.id == Box.stage_id)
    ).all()
    assert len({(row.key, row.rank) for row in rows}) == len(rows)
    return [
        (row.key, row.name, row.stage_since_at) for row in sorted(rows, key=lambda row: (row.key, row.rank))
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=MOVES)
def test_any_moves_keep_a_total_order_and_undoing_them_restores_it(sqlite_template, tmp_path_factory, moves):
    path = tmp_path_factory.mktemp("moves") / "a.db"
    shutil.copy(sqlite_template, path)
    database = Database(open_engine(f"sqlite:///{path}"))
    with database.begin() as session:
        boxes = list(make_boxes(session, "abcdef").values())
        before, undoable = [snapshot(session)], []
        for number, (mover, stage, beside, side) in enumerate(moves):
            place = {"<": {"before": boxes[beside]}, ">": {"after": boxes[beside]}, ".": {}}[side]
            try:
                event = move_box(
                    session,
                    boxes[mover],
                    to_stage=stage_of(session, stage),
                    **place,
                    by=None,
                    now=T0 + number,
                )
            except BadPosition:
                continue
            if event is None:
                before, undoable = [snapshot(session)], []
            else:
                before.append(snapshot(session))
                undoable.append(event)
        for event in reversed(undoable):
            assert snapshot(session) == before.pop()
            undo(session, event, by=None, now=T0 + DAY)
        assert snapshot(session) == before.pop()
    database.close()
