"""The policy as a page: what holds and why, editing it, presets, and trying a change out on the past.

A trial is a job (R51): a POST asks for it, the page of the question shows how far it is and then what came out.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from streaklike.boxes.policy_store import STAGE, TIER, ThresholdChange
from streaklike.cadence.editing.policy_changes import (
    TEAM_SCOPE,
    EditLine,
    Scope,
    apply_changes,
    list_edits,
    list_stages,
    list_team_lines,
    with_requested_changes,
)
from streaklike.cadence.editing.policy_presets import PRESETS, get_preset
from streaklike.cadence.policy.keys import KEYS, PolicyKey, PolicyRefused
from streaklike.cadence.policy.policy import DEFAULT_TIERS
from streaklike.cadence.replay.outcomes import TOP
from streaklike.cadence.replay.requests import OPEN, data_hash, find_replay, request_replay
from streaklike.cadence.replay.results import read_result
from streaklike.store.models import ContactStatus, Pipeline, Replay, Stage
from streaklike.web.account import local_path
from streaklike.web.actions import done, me
from streaklike.web.evaluating import jobs
from streaklike.web.requests import SAFE_METHODS

EDITS_SHOWN = 20
MONTHS = 12
WISHED = ("preset", "key", "value", "level", "unset")

blueprint = Blueprint("policy", __name__)


@blueprint.get("/policy")
def page() -> str:
    """What holds for the team, or at the level of `?level=`: tier:A, stage:supporters/donor."""
    place = _read_place(request.args.get("level", ""))
    lines = [line for line in list_team_lines(g.session) if (line.level, line.name) == place[:2]]
    return render_template(
        "policy.html",
        place=place,
        level=_level_of(place),
        groups=_group(lines, place),
        levels=_list_levels(g.session),
        stage_titles=stage_titles(g.session, g.locale),
        presets=list(PRESETS),
        recent_edits=list_edits(g.session, limit=EDITS_SHOWN),
        edits=may_edit(),
        waiting=_count_changed(g.session),
    )


@blueprint.get("/policy/try")
def try_out() -> str | Response:
    """A change of `key` to `value` at `level`, or a `preset`: what it changes, and its trial on the last twelve months.

    It only shows what is there: nothing, a trial at work, or a kept result.
    """
    changes = _read_changes(request.args)
    trial = find_replay(g.session, changes, MONTHS) if changes else None
    return render_template(
        "policy_try.html",
        changes=changes,
        trial=trial,
        is_busy=trial is not None and trial.state in OPEN,
        is_stale=trial is not None and trial.basis != _present_basis(),
        is_behind=trial is not None and _is_behind_another(g.session, trial),
        found=read_result(g.session, trial.result) if trial is not None and trial.result else None,
        wished=_question(request.args),
        why=_reasons_of(request.args.get("preset", ""), changes),
        stage_titles=stage_titles(g.session, g.locale),
        top=TOP,
        edits=may_edit(),
    )


@blueprint.post("/policy/try")
def ask() -> Response:
    """Have a change tried out on the last twelve months, and go on to its page."""
    changes = _read_changes(request.form)
    if changes and request_replay(
        g.session, changes, months=MONTHS, by=me(), now=g.now, team_zone=current_app.config["TIMEZONE"]
    ):
        jobs().ask_for_replays(g.session, g.now)
    asked = {name: value for name, value in _question(request.form).items() if value}
    return redirect(url_for("policy.try_out", **asked), 303)  # type: ignore[arg-type]


@blueprint.post("/policy")
def save() -> Response:
    """Make the change that the form tells, as one action; admins alone."""
    if not may_edit():
        abort(403)
    _, changes = with_requested_changes(g.session, read_requested_changes(request.form))
    preset = request.form.get("preset", "")
    facts = {"preset": preset} if preset else None
    event = apply_changes(g.session, changes, by=me(), now=g.now, facts=facts)
    return done("policy" if event else "unchanged", event=event)


@blueprint.app_errorhandler(PolicyRefused)
def refuse(error: PolicyRefused) -> Response:
    """Say in the reader's language why nothing was changed."""
    g.is_refused = True
    facts = dict(error.facts)
    if facts.get("key") in KEYS:
        facts["key"] = g.t(f"policy.key.{facts['key']}")
    flash({"key": f"policy.refused.{error.reason}", "values": facts, "undo": None})  # type: ignore[arg-type]
    wanted = request.values.get("next") or url_for("policy.page")
    return redirect(local_path(wanted), 302 if request.method in SAFE_METHODS else 303)


def _read_changes(form: Any) -> list[ThresholdChange]:
    """The changes that the values of a form or query amount to. Raises PolicyRefused."""
    _, changes = with_requested_changes(g.session, read_requested_changes(form))
    return [change for change in changes if change.before != change.after]


def _question(form: Any) -> dict[str, str]:
    return {name: form.get(name, "") for name in WISHED}


def _present_basis() -> str:
    return data_hash(g.session, now=g.now, team_zone=current_app.config["TIMEZONE"])


def _is_behind_another(session: Session, trial: Replay) -> bool:
    """Whether another trial has to end before this one begins."""
    others = select(Replay.id).where(Replay.state.in_(OPEN), Replay.id < trial.id)
    return trial.state == "waiting" and session.scalar(others.limit(1)) is not None


def _count_changed(session: Session) -> int:
    """How many people wait to be evaluated because something changed."""
    return session.scalar(select(func.count()).where(ContactStatus.due_at == 0)) or 0


def may_edit() -> bool:
    """Admins edit the policy; everybody sees it."""
    return bool(g.member.role == "admin")


def _read_place(level: str) -> Scope:
    kind, _, name = level.partition(":")
    if kind in (TIER, STAGE):
        return Scope(kind, name)
    return TEAM_SCOPE


def _level_of(place: Scope) -> str:
    return f"{place.level}:{place.name}" if place.name else ""


def read_requested_changes(form: Any) -> list[tuple[str, str | None, Scope]]:
    """The thresholds that the form asks for, a preset's or one, each with its scope."""
    if form.get("preset"):
        return [
            (preset_value.key, preset_value.value, preset_value.place)
            for preset_value in get_preset(form["preset"])
        ]
    value = None if form.get("unset") else form.get("value", "")
    return [(form.get("key", ""), value, _read_place(form.get("level", "")))]


def _list_levels(session: Session) -> list[str]:
    """The levels a page can show, as `?level=` names them."""
    tiers = [f"{TIER}:{tier}" for tier in DEFAULT_TIERS]
    return ["", *tiers, *(f"{STAGE}:{stage}" for stage in list_stages(session))]


def stage_titles(session: Session, locale: str) -> dict[str, str]:
    """The stages by `pipeline/stage` as people read them: 支持者・捐款人."""
    stage, pipeline = (
        (Stage.name_zh, Pipeline.name_zh) if locale == "zh" else (Stage.name_en, Pipeline.name_en)
    )
    rows = session.execute(select(Pipeline.key, Stage.key, pipeline, stage).join(Stage.pipeline))
    return {f"{of}/{key}": f"{above} · {name}" for of, key, above, name in rows}


def _group(
    lines: Sequence[EditLine], place: Scope
) -> list[tuple[str, list[tuple[PolicyKey, EditLine | None]]]]:
    """The thresholds of this level by group, each with what holds there."""
    found = {line.key: line for line in lines}
    keys = [key for key in KEYS.values() if place.level in key.levels]
    return [
        (group, [(key, found.get(key.name)) for key in members])
        for group, members in groupby(keys, key=lambda key: key.group)
    ]


def _reasons_of(preset: str, changes: Sequence[ThresholdChange]) -> dict[tuple[str, str, str], str]:
    """Why the preset has each value, by what it changes."""
    if preset not in PRESETS:
        return {}
    places = {change.place for change in changes}
    return {
        place: g.t(f"preset.{preset}.why.{preset_value.text}")
        for preset_value in PRESETS[preset]
        if (place := (preset_value.place.level, preset_value.place.name, preset_value.key)) in places
    }
