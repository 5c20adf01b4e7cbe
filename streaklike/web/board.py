"""A pipeline as a board, by stage or by owner, and the one endpoint through which every card moves."""

from typing import Literal

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from streaklike.boxes.board import Board, Column, load_board
from streaklike.boxes.lifecycle import get_box
from streaklike.boxes.movement import move_box
from streaklike.boxes.owners import list_owner_emails, set_owners
from streaklike.boxes.pipelines import get_stage, list_pipelines
from streaklike.store.models import Box, Event, Pipeline, User
from streaklike.web.actions import done, me
from streaklike.web.forms_seen import prefetch
from streaklike.web.person import list_members

By = Literal["stage", "owner"]

blueprint = Blueprint("board", __name__)


@blueprint.get("/board")
def first() -> str | Response:
    """The first pipeline's board, or what to do where there is none."""
    pipelines = list_pipelines(g.session)
    if pipelines:
        return redirect(url_for("board.page", key=pipelines[0].key))
    return render_template("board_none.html")


@blueprint.get("/board/<key>")
def page(key: str) -> str:
    """A pipeline's board; `?by=owner` for columns by owner."""
    pipelines = list_pipelines(g.session)
    pipeline = next((pipeline for pipeline in pipelines if pipeline.key == key), None)
    if pipeline is None:
        abort(404)
    by: By = "owner" if request.args.get("by") == "owner" else "stage"
    board = load_board(g.session, pipeline, now=g.now, by=by)
    columns = list_columns(board, list_members(g.session)) if by == "owner" else list(board.columns)
    prefetch("box", [card.uid for column in columns for card in column.cards])
    return render_template("board.html", board=board, columns=columns, pipelines=pipelines)


def list_columns(board: Board, members: list[User]) -> list[Column]:
    """The board's columns by owner, with an empty one for each member who owns nothing, so that a card can go there."""
    columns = {column.key: column for column in board.columns}
    everyone = [
        columns.pop(member.email, Column(member.email, member.name, member.name, ())) for member in members
    ]
    unowned = columns.pop("", Column("", "", "", ()))
    return [unowned, *everyone, *columns.values()]


@blueprint.post("/boxes/<uid>/move")
def move(uid: str) -> Response:
    """Put a box into another column: `to` is a stage's key, or by owner an email; `before` the box it stands above."""
    box = get_box(g.session, uid)
    if request.form.get("by") == "owner":
        return _move_to_owner(box, request.form.get("to", ""), request.form.get("from", ""))
    pipeline = g.session.get_one(Pipeline, box.pipeline_id)
    stage = get_stage(g.session, pipeline, request.form.get("to", ""))
    before = _find_neighbour(g.session, request.form.get("before", ""), stage.id)
    event = move_box(g.session, box, to_stage=stage, before=before, by=me(), now=g.now)
    return _moved(box, event, stage.name_zh if g.locale == "zh" else stage.name_en)


def _move_to_owner(box: Box, to: str, from_: str) -> Response:
    """Hand the box from the owner of the column it stood in to another, who comes first; its further owners stay."""
    others = [email for email in list_owner_emails(g.session, box) if email not in (from_, to)]
    emails = [to, *others] if to else []
    users = {user.email: user for user in g.session.scalars(select(User).where(User.email.in_(emails)))}
    owners = [users[email] for email in emails if email in users]
    event = set_owners(g.session, box, owners, by=me(), now=g.now)
    name = next((owner.name for owner in owners if owner.email == to), g.t("board.nobody"))
    return _moved(box, event, name)


def _moved(box: Box, event: Event | None, to: str) -> Response:
    return done("moved", event=event, name=box.name, to=to) if event else done("placed", name=box.name)


def _find_neighbour(session: Session, uid: str, stage_id: int) -> Box | None:
    """The box to stand above, where it is still there: a colleague may have moved it meanwhile."""
    return session.scalar(select(Box).where(Box.uid == uid, Box.stage_id == stage_id))
