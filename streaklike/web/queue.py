"""The review queue: who needs us, who had too much, who is being forgotten; one row a person, with its evidence."""

from itertools import groupby

from flask import Blueprint, current_app, g, render_template, request

from streaklike.boxes.handover import list_received
from streaklike.cadence.queries.before_queue import BEFORE, list_before
from streaklike.cadence.queries.dead_addresses import list_dead_addresses
from streaklike.cadence.queries.due import list_due
from streaklike.cadence.queries.hints import list_gone_quiet
from streaklike.cadence.queries.queue import SECTIONS, SNOOZED, list_queue
from streaklike.cadence.queries.thanks_due import list_thanks_due
from streaklike.people.refusals import list_proposals
from streaklike.people.unknown_senders import list_unknown_senders
from streaklike.web.actions import me
from streaklike.web.forms_seen import prefetch
from streaklike.web.queue_rows import ShownRow, show_rows
from streaklike.web.requests import whole_number

PAGE = 50
DUE = "due"

blueprint = Blueprint("queue", __name__)


@blueprint.get("/")
def page() -> str:
    """The queue; `?kind=` narrows it to one section, `?whose=mine` to the reader's own, `?from=` goes on from a row.

    What is due stands on top: of the reader's own, their reminders too; of all, the team's tasks and follow-ups.
    """
    is_mine = request.args.get("whose") == "mine"
    kinds = (*SECTIONS, DUE, BEFORE, *((SNOOZED,) if is_mine else ()))
    kind = request.args.get("kind") if request.args.get("kind") in kinds else None
    offset = whole_number(request.args.get("from")) or 0
    queue = list_queue(
        g.session,
        now=g.now,
        user_id=g.member.id if is_mine else None,
        reader_id=g.member.id,
        section=None if kind in (DUE, BEFORE) else kind,
        limit=PAGE,
        offset=offset,
        team_zone=current_app.config["TIMEZONE"],
    )
    rows = show_rows(g.session, queue, g.now)
    due = list_due(g.session, g.member.id if is_mine else None, g.now)
    prefetch("person", [shown.row.contact_id for shown in rows])
    for of_kind, named in groupby(sorted(due, key=lambda each: each.kind), key=lambda each: each.kind):
        prefetch(of_kind, [each.uid for each in named])
    mine_id = g.member.id if is_mine else None
    before = list_before(
        g.session, now=g.now, member_id=mine_id, limit=PAGE if kind == BEFORE else 0, offset=offset
    )
    prefetch("person", [each.contact_id for each in before.rows])
    unknown = (
        list_unknown_senders(g.session, now=g.now, owner_id=mine_id) if kind is None and not offset else []
    )
    prefetch("conversation", [each.conversation_id for each in unknown])
    if kind == BEFORE:
        here = before.total
    else:
        here = 0 if kind == DUE else getattr(queue.totals, kind) if kind else queue.totals.all
    is_top = kind is None and not offset
    return render_template(
        "queue.html",
        proposals=list_proposals(g.session, now=g.now) if is_top else [],
        thanks=list_thanks_due(g.session, now=g.now) if is_top else [],
        gone_quiet=list_gone_quiet(g.session, now=g.now) if is_top else [],
        dead=list_dead_addresses(g.session, now=g.now) if is_top else [],
        groups=[] if kind in (DUE, BEFORE) else _grouped(rows),
        before=before,
        unknown=unknown,
        totals=queue.totals,
        due=due if kind in (None, DUE) and not offset else [],
        due_total=len(due),
        received=list_received(g.session, me(), now=g.now) if is_mine and not offset else [],
        mine_due=len(due) if is_mine else len(list_due(g.session, g.member.id, g.now)),
        sections=SECTIONS,
        kind=kind,
        is_mine=is_mine,
        is_narrowed=bool(kind or is_mine or offset),
        following=offset + PAGE if here > offset + PAGE else None,
    )


def _grouped(rows: list[ShownRow]) -> list[tuple[str, list[ShownRow]]]:
    groups = [(section, [shown for shown in rows if shown.row.section == section]) for section in SECTIONS]
    return [(section, members) for section, members in groups if members]
