"""All flags of one person at an instant, by the text of R44 to R50 alone: slow, plain, and written apart from the code."""

from tests.reference import ignored, over_contacted
from tests.reference.history import Dismissed, Moment
from tests.reference.over_contacted import Stands


def find_flags(moment: Moment, person: str) -> list[Stands]:
    """The flags that stand for the person, as the rules have it."""
    found = [
        *over_contacted.budget(moment, person),
        *over_contacted.asks(moment, person),
        *over_contacted.ask_after_gift(moment, person),
        *over_contacted.collision(moment, person),
    ]
    if not ignored.is_left_alone(moment, person):
        found += ignored.unanswered(moment, person)
        found += ignored.lapsed(moment, person)
        found += ignored.never_contacted(moment, person)
        found += ignored.promise_overdue(moment, person)
        found += ignored.stalled(moment, person)
    dismissed = {(gone.reason, gone.since) for gone in moment.of(person, Dismissed)}
    return [flag for flag in found if (flag.reason, flag.since) not in dismissed]
