"""Whether the app and its database answer."""

from flask import Blueprint, g
from sqlalchemy import text

from streaklike.web.security import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> dict[str, str]:
    """200 and `ok` where the database answers; a database that does not ends in 503."""
    g.session.execute(text("SELECT 1"))
    return {"status": "ok", "database": "ok"}
