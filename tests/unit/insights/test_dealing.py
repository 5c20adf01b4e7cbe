"""Whom nobody has taken on, dealt out by tie, load and day (R58)."""

import random
import subprocess
import sys

from streaklike.insights.dealing import Unowned, deal_out
from streaklike.insights.ties import Tie

MEMBERS = {1: "mei@ngo.example", 2: "wei@ngo.example", 3: "lin@ngo.example"}


def crowd(count: int) -> list[Unowned]:
    return [Unowned(number, f"a{number}@donor.example", 1_000 - number) for number in range(count)]


def deal(waiting, *, ties=None, loads=None, asleep=None, day="2026-03-20", members=MEMBERS):
    return deal_out(waiting, members, ties=ties or {}, loads=loads or {}, asleep=asleep or {}, day=day)


def test_R58_each_falls_to_one_member_and_the_order_of_reading_changes_nothing():
    waiting = crowd(40)
    dealt = deal(waiting)
    assert set(dealt) == {each.contact_id for each in waiting}
    counts = sorted(list(dealt.values()).count(user_id) for user_id in MEMBERS)
    assert counts == [13, 13, 14], "evenly"
    random.Random(58).shuffle(waiting)
    assert deal(waiting, members=dict(reversed(MEMBERS.items()))) == dealt


def test_R58_the_strongest_tie_looks_unless_they_carry_more_than_their_share():
    ties = {0: [Tie(9, 5, 2), Tie(1, 5, 3)]}
    assert deal(crowd(1), ties=ties) == {0: 2}
    assert deal(crowd(1), ties=ties, loads={2: 6}) == {0: 3}
    assert deal(crowd(1), ties=ties, loads={2: 6, 3: 6}) == {0: 1}


def test_R58_who_snoozed_them_is_passed_over_and_nobody_is_somebody_who_cannot():
    assert deal(crowd(1), ties={0: [Tie(9, 5, 2)]}, asleep={2: {0}})[0] != 2
    assert deal(crowd(1), asleep={user_id: {0} for user_id in MEMBERS}) == {}
    assert deal(crowd(3), members={}) == {}
    assert deal(crowd(1), ties={0: [Tie(9, 5, 77)]})[0] in MEMBERS


def test_R58_among_equals_the_day_decides_and_every_process_alike():
    days = [f"2026-03-{number:02}" for number in range(1, 29)]
    one = [deal(crowd(1), day=day)[0] for day in days]
    assert set(one) == set(MEMBERS)
    code = (
        "from tests.unit.insights.test_dealing import crowd, deal; "
        f"print([deal(crowd(1), day=day)[0] for day in {days}])"
    )
    assert subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip() == str(one)
