"""R50: "this was wrong" dismisses a flag and loosens that person's own threshold, so that it does not come
back.
"""

from math import ceil, floor
from typing import Final

from sqlalchemy.orm import Session

from streaklike.boxes.policy_store import PERSON
from streaklike.cadence.editing.policy_changes import Scope, set_threshold
from streaklike.cadence.policy.keys import KEYS
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.queries.flag_views import FlagView, list_flags
from streaklike.cadence.queries.person_policy import find_policy_of
from streaklike.people.marks import dismiss_flag
from streaklike.store.models import Contact, Event, User

GROWING: Final = {
    "unanswered": "unanswered_work_hours",
    "lapsed": "maximum_days",
    "never_contacted": "never_contacted_days",
    "stalled": "stalled_days",
}
SWITCHED_OFF: Final = {"gone_quiet": "gone_quiet_flag"}
COUNTED: Final = {"budget": "budget_limit", "asks": "asks_limit"}
SHORTEST_HOURS: Final = 0.01


def find_retuning(flag: FlagView, policy: Policy) -> tuple[str, str] | None:
    """Return the person's (threshold, value) that would clear this flag, or None if no threshold would.

    `policy` is the one in effect for the person. Elapsed-time flags get twice their limit, or the elapsed
    time if more; counted flags one more than the count; too-soon flags a window that ends before the gap
    found. An optional flag is switched off for the person.
    """
    reason = flag.reason
    if reason in GROWING:
        return _capped(GROWING[reason], max(2 * flag.limit, ceil(flag.count)))
    if reason in SWITCHED_OFF:
        return SWITCHED_OFF[reason], "off"
    if reason in COUNTED:
        # Both asks windows raise the same reason; only the limit tells which of the two was exceeded.
        is_long = reason == "asks" and flag.limit != policy.asks_limit
        return _capped("asks_long_limit" if is_long else COUNTED[reason], floor(flag.count) + 1)
    if reason == "ask_after_gift":
        return _capped("ask_after_gift_days", floor(flag.count))
    if reason == "collision":
        return _capped("collision_hours", max(SHORTEST_HOURS, ceil(flag.count) - 1))
    return None


def _capped(key: str, value: float) -> tuple[str, str]:
    return key, f"{min(value, KEYS[key].most):g}"


def dismiss_as_wrong(
    session: Session,
    contact: Contact,
    *,
    flag: str,
    reason: str,
    since_at: int,
    because: str,
    by: User | None,
    now: int,
    team_zone: str = "Asia/Taipei",
) -> tuple[Event, Event | None]:
    """Dismiss the flag and retune the person; returns both events.

    Undoing the dismissal undoes the retuning.

    Raises BadValue as `dismiss_flag` does. A flag that is no longer raised is dismissed without retuning.
    """
    current = list_flags(session, now=now, contact_id=contact.id, team_zone=team_zone)
    dismissed = dismiss_flag(
        session, contact, flag=flag, reason=reason, since_at=since_at, because=because, by=by, now=now
    )
    meant = next(
        (each for each in current if (each.flag, each.reason, each.since) == (flag, reason, since_at)),
        None,
    )
    if meant is None:
        return dismissed, None
    retuning = find_retuning(meant, find_policy_of(session, contact, now=now))
    if retuning is None:
        return dismissed, None
    key, value = retuning
    facts = {"because": because, "dismissal": dismissed.uid, "reason": reason}
    place = Scope(PERSON, contact=contact)
    return dismissed, set_threshold(session, key, value, place=place, by=by, now=now, facts=facts)
