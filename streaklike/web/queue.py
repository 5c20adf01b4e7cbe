"""The review queue: who needs us, who had too much, who is being forgotten; one row a person, with its evidence."""

from flask import Blueprint, g, render_template, request

from streaklike.web.queue_rows import GROUPS, QueueRow, list_rows

ROWS_AT_ONCE = 200
SCOPES = ("everyone", "mine")

blueprint = Blueprint("queue", __name__)


@blueprint.get("/")
def page() -> str:
    """The queue; `?kind=` narrows it to one group, `?whose=mine` to the reader's own."""
    kind = request.args.get("kind", "all")
    whose = request.args.get("whose", "everyone")
    rows = list_rows(g.session, now=g.now)
    scoped = [row for row in rows if whose != "mine" or g.member.id in row.owner_ids]
    shown = [row for row in scoped if kind in {"all", row.group}][:ROWS_AT_ONCE]
    return render_template(
        "queue.html",
        groups=_grouped(shown),
        counts={"all": len(scoped), **{group: sum(row.group == group for row in scoped) for group in GROUPS}},
        left_out=sum(kind in {"all", row.group} for row in scoped) - len(shown),
        total=len(rows),
        kind=kind if kind in GROUPS else "all",
        whose=whose if whose in SCOPES else "everyone",
    )


def _grouped(rows: list[QueueRow]) -> list[tuple[str, list[QueueRow]]]:
    groups = [(group, [row for row in rows if row.group == group]) for group in GROUPS]
    return [(group, members) for group, members in groups if members]
