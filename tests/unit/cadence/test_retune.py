"""R50: what a person's own threshold becomes where a flag was called wrong."""

import pytest

from streaklike.cadence.editing.retune import find_retuning
from streaklike.cadence.policy.policy import Policy
from streaklike.cadence.queries.flag_views import FlagView

POLICY = Policy()


def flag(reason: str, count: float, limit: float) -> FlagView:
    return FlagView(
        flag="any",
        reason=reason,
        contact="an@donor.example",
        since=0,
        lapses_at=None,
        evidence=(),
        count=count,
        limit=limit,
        unit="",
        owner=None,
        box=None,
        box_name=None,
        contact_id=1,
        contact_name="",
        conversation_id=None,
        suggested_answer=None,
    )


@pytest.mark.parametrize(
    ("reason", "count", "limit", "retuning"),
    [
        ("unanswered", 20, 16, ("unanswered_work_hours", "32")),
        ("unanswered", 32.1, 16, ("unanswered_work_hours", "33")),
        ("unanswered", 40.0, 16, ("unanswered_work_hours", "40")),
        ("lapsed", 46, 45, ("maximum_days", "90")),
        ("lapsed", 200.5, 45, ("maximum_days", "201")),
        ("lapsed", 3_000, 3_000, ("maximum_days", "3650")),
        ("never_contacted", 15, 14, ("never_contacted_days", "28")),
        ("stalled", 30, 10, ("stalled_days", "30")),
        ("budget", 3, 3, ("budget_limit", "4")),
        ("budget", 3.5, 3, ("budget_limit", "4")),
        ("budget", 100, 3, ("budget_limit", "100")),
        ("asks", 2, POLICY.asks_limit, ("asks_limit", "3")),
        ("asks", 12, POLICY.asks_long_limit, ("asks_long_limit", "13")),
        ("ask_after_gift", 5, 28, ("ask_after_gift_days", "5")),
        ("ask_after_gift", 5.7, 28, ("ask_after_gift_days", "5")),
        ("collision", 60.2, 72, ("collision_hours", "60")),
        ("collision", 60, 72, ("collision_hours", "59")),
        ("collision", 0.5, 72, ("collision_hours", "0.01")),
        ("promise_overdue", 3, 0, None),
        ("gone_quiet", 90, 80, ("gone_quiet_flag", "off")),
    ],
)
def test_R50_what_was_wrong_would_not_stand_under_the_new_threshold(
    reason: str, count: float, limit: float, retuning: tuple[str, str] | None
):
    assert find_retuning(flag(reason, count, limit), POLICY) == retuning
