"""The review queue: who needs us, who had too much, who is being forgotten; one row a person, with its evidence."""

from flask import Blueprint, current_app, g, render_template, request

from streaklike.cadence.queue import SECTIONS, list_queue
from streaklike.cadence.thanks_due import list_thanks_due
from streaklike.people.refusals import list_proposals
from streaklike.web.queue_rows import ShownRow, show_rows
from streaklike.web.requests import whole_number

PAGE = 50

blueprint = Blueprint("queue", __name__)


@blueprint.get("/")
def page() -> str:
    """The queue; `?kind=` narrows it to one section, `?whose=mine` to the reader's own, `?from=` goes on from a row."""
    kind = request.args.get("kind") if request.args.get("kind") in SECTIONS else None
    is_mine = request.args.get("whose") == "mine"
    offset = whole_number(request.args.get("from")) or 0
    queue = list_queue(
        g.session,
        now=g.now,
        user_id=g.member.id if is_mine else None,
        section=kind,
        limit=PAGE,
        offset=offset,
        team_zone=current_app.config["TIMEZONE"],
    )
    rows = show_rows(g.session, queue, g.now)
    here = getattr(queue.totals, kind) if kind else queue.totals.all
    is_top = kind is None and not offset
    return render_template(
        "queue.html",
        proposals=list_proposals(g.session, now=g.now) if is_top else [],
        thanks=list_thanks_due(g.session, now=g.now) if is_top else [],
        groups=_grouped(rows),
        totals=queue.totals,
        sections=SECTIONS,
        kind=kind,
        is_mine=is_mine,
        is_narrowed=bool(kind or is_mine or offset),
        following=offset + PAGE if here > offset + PAGE else None,
    )


def _grouped(rows: list[ShownRow]) -> list[tuple[str, list[ShownRow]]]:
    groups = [(section, [shown for shown in rows if shown.row.section == section]) for section in SECTIONS]
    return [(section, members) for section, members in groups if members]
