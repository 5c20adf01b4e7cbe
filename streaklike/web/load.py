"""Fair load: who carries what, whom to hand somebody to, and what a leaver hands over. Nothing moves without a click."""

from collections.abc import Sequence

from flask import Blueprint, abort, current_app, g, render_template, request
from werkzeug.wrappers import Response

from streaklike.boxes.handover import KINDS, OwnedItem, hand_over, list_received
from streaklike.boxes.responsible import find_responsible
from streaklike.insights.handover import LeftItem, build_pack, count_left, suggested_parts
from streaklike.insights.load import measure_load
from streaklike.insights.ties import list_successors
from streaklike.people.event_kinds import may_hand_over
from streaklike.store.models import User
from streaklike.web.actions import done, find_waiting, get_person, me
from streaklike.web.forms import Unreadable
from streaklike.web.forms_seen import prefetch
from streaklike.web.requests import whole_number

blueprint = Blueprint("load", __name__)


@blueprint.get("/load")
def page() -> str:
    """The team's week by colleague, suggestions, and who has left with something in hand."""
    load = measure_load(g.session, now=g.now, team_zone=current_app.config["TIMEZONE"])
    prefetch("person", [each.contact_id for each in load.suggestions])
    return render_template(
        "load.html",
        load=load,
        most=max((max(line.answers, line.touches) for line in load.colleagues), default=0) or 1,
        left=count_left(g.session),
        received=list_received(g.session, me(), now=g.now),
        givable={line.user_id for line in load.colleagues if may_hand_over(line.email or None, me())},
    )


@blueprint.post("/load/people/<int:contact_id>/hand-over")
def hand_person_over(contact_id: int) -> Response:
    """Give what waits with a person to a colleague; where nothing waits, the person."""
    contact = get_person(contact_id)
    conversation = find_waiting(contact)
    holding = (
        OwnedItem("conversation", conversation.id)
        if conversation is not None
        else OwnedItem("person", contact.id)
    )
    source = find_responsible(g.session, contact)
    return _hand_over([(holding, _read_successor())], source)


@blueprint.get("/load/<int:user_id>/handover")
def pack(user_id: int) -> str:
    """All that a colleague looks after, each with the last word and a suggested successor."""
    found = build_pack(g.session, _get_user(user_id), now=g.now)
    kinds = [(kind, [item for item in found.items if item.holding.kind == kind]) for kind in KINDS]
    return render_template(
        "handover.html",
        pack=found,
        kinds=[(kind, _open_first(items)) for kind, items in kinds if items],
        gives=may_hand_over(found.user.email, me()),
    )


@blueprint.post("/load/<int:user_id>/handover")
def give(user_id: int) -> Response:
    """Hand one thing over (`item`), all to one colleague (`to`), or each to whom it is tied most (`suggested`)."""
    found = build_pack(g.session, _get_user(user_id), now=g.now)
    if request.form.get("suggested"):
        return _hand_over(suggested_parts(found), found.user)
    kind, _, row_id = request.form.get("item", "").partition(":")
    wanted = OwnedItem(kind, whole_number(row_id) or 0) if kind else None
    successor = _read_successor()
    parts = [(item.holding, successor) for item in found.items if wanted in (None, item.holding)]
    if not parts:
        raise Unreadable("gone")
    return _hand_over(parts, found.user)


def _hand_over(parts: Sequence[tuple[OwnedItem, User]], source: User | None) -> Response:
    reason = request.form.get("reason", "").strip() or g.t("handover.reason_default")
    event = hand_over(g.session, parts, source=source, reason=reason, by=me(), now=g.now)
    names = g.t("list.comma").join(sorted({owner.name for _, owner in parts}))
    return done("handed_over" if event else "unchanged", event=event, n=len(parts), name=names)


def _read_successor() -> User:
    """The colleague whom the form names. Raises Unreadable for one who cannot take anything over."""
    found = list_successors(g.session).get(whole_number(request.form.get("to")) or 0)
    if found is None:
        raise Unreadable("successor")
    return found


def _get_user(user_id: int) -> User:
    found: User | None = g.session.get(User, user_id)
    if found is None:
        abort(404)
    return found


def _open_first(items: list[LeftItem]) -> list[LeftItem]:
    return sorted(items, key=lambda item: (not item.is_open, -(item.last_at or 0)))
