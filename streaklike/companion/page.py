"""The companion as a page: what the Gmail sidebar shows."""

from flask import Blueprint, g, render_template, request

from streaklike.companion.view import build_companion

blueprint = Blueprint("companion", __name__, template_folder="templates")


@blueprint.get("/companion")
def page() -> str:
    """The companion of `?email=` or `?thread=`."""
    shown = build_companion(
        g.session,
        email=request.args.get("email"),
        thread_id=request.args.get("thread"),
        now=g.now,
        viewer_id=g.member.id,
    )
    return render_template("companion.html", shown=shown)
