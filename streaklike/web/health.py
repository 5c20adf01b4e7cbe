"""Whether the app and its database answer, and whether everything behind them moves (Q11)."""

from flask import Blueprint, g
from sqlalchemy import select, text

from streaklike.store.job_state import find_standstill, read_clock
from streaklike.store.models import Mailbox
from streaklike.sync.health import find_stall
from streaklike.web.security import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
@public
def livez() -> dict[str, str]:
    """200 where the app and its database answer: what a load balancer asks. A database that does not ends in 503."""
    g.session.execute(text("SELECT 1"))
    return {"status": "ok", "database": "ok"}


@blueprint.get("/healthz")
@public
def healthz() -> tuple[dict[str, str | int | None], int]:
    """200 and `ok` where every mailbox, the clock and its jobs move, else 503 and `stalled`: for monitoring.

    It counts mailboxes and names none. `standstill` is clock or worker where one of these was killed.
    """
    mailboxes = g.session.scalars(select(Mailbox)).all()
    stalled = sum(find_stall(mailbox, g.now) is not None for mailbox in mailboxes)
    standstill = find_standstill(g.session, now=g.now)
    is_well = not stalled and standstill is None
    told: dict[str, str | int | None] = {
        "status": "ok" if is_well else "stalled",
        "database": "ok",
        "mailboxes": len(mailboxes),
        "stalled": stalled,
        "clock": read_clock(g.session, now=g.now),
        "standstill": standstill,
    }
    return told, 200 if is_well else 503
