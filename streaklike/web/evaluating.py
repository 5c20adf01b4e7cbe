"""What an action sets going: the people it concerns are evaluated in its request, everybody else by the jobs."""

from typing import Protocol

from flask import current_app, g
from sqlalchemy.orm import Session

from streaklike.cadence.evaluate.refresh import refresh_touched
from streaklike.people.touched import is_everybody_touched

MOST_IN_A_REQUEST = 100
"""So many people a request evaluates at most: some tenths of a second."""


class JobRequests(Protocol):
    """Where jobs are asked for, in the transaction of the action that wants them."""

    def ask_for_evaluation(self, session: Session, now: int) -> None:
        """Have everybody who is due evaluated."""

    def ask_for_replays(self, session: Session, now: int) -> None:
        """Have the replays that are wanted worked off."""


def jobs() -> JobRequests:
    """The app's jobs."""
    harness: JobRequests = current_app.extensions["jobs"]
    return harness


def evaluate_concerned() -> int:
    """Evaluate whom this request's action concerns.

    Where it concerns more people than a request should wait for, the evaluate job is asked for; how many then wait for
    it because of this action, 0 where it left nobody waiting.
    """
    waiting = refresh_touched(
        g.session, now=g.now, team_zone=current_app.config["TIMEZONE"], most=MOST_IN_A_REQUEST
    )
    if not waiting:
        return 0
    jobs().ask_for_evaluation(g.session, g.now)
    return waiting if is_everybody_touched(g.session) else 0
