"""Asks and gifts (R46) at their edges, with their numbers and evidence."""

from streaklike.cadence.model.history import ContactHistory
from streaklike.cadence.rules.flags import FlagFacts
from tests.unit.cadence.builders import MEI, WEI, asks, days, history, judge, reasons, writes


def ask(number: float, by: int = MEI):
    return writes(number * 24, by=by, conversation=round(number) + 1, touch_class="ask")


def flag_of(story: ContactHistory, reason: str, now: int) -> FlagFacts:
    (flag,) = [flag for flag in judge(story, now).flags if flag.reason == reason]
    return flag


def test_R46_asks_tell_what_they_counted_and_whose_they_are() -> None:
    first, second = ask(0), ask(9, WEI)
    story = history([first, second])
    flag = flag_of(story, "asks", days(10))
    assert (flag.flag, flag.count, flag.limit, flag.unit) == ("over_contacted", 2, 2, "asks")
    assert (flag.evidence, flag.owner_id) == ((first.rfc_id, second.rfc_id), WEI)
    assert (flag.since_at, flag.lapses_at) == (days(9), days(28))


def test_R46_asking_ends_when_the_first_is_28_days_old() -> None:
    story = history([ask(0), ask(9)])
    assert "asks" in reasons(story, days(28) - 1)
    assert "asks" not in reasons(story, days(28))


def test_R46_an_ask_in_the_moment_of_the_gift_counts_and_one_28_days_after_does_not() -> None:
    gift = (days(10), "gift-1")
    assert "ask_after_gift" in reasons(history([ask(10)], gifts=[gift]), days(11))
    assert "ask_after_gift" in reasons(history([ask(38 - 0.001)], gifts=[gift]), days(38) - 1)
    assert "ask_after_gift" not in reasons(history([ask(38)], gifts=[gift]), days(38))
    assert "ask_after_gift" not in reasons(history([ask(9.999)], gifts=[gift]), days(11))


def test_R46_an_ask_after_a_gift_tells_the_days_between_and_lapses_with_the_gift() -> None:
    asked = ask(15.5, WEI)
    flag = flag_of(history([asked], gifts=[(days(10), "gift-1")]), "ask_after_gift", days(16))
    assert (flag.flag, flag.count, flag.limit, flag.unit) == ("over_contacted", 5, 28, "days")
    assert (flag.since_at, flag.lapses_at, flag.owner_id) == (days(15.5), days(38), WEI)
    assert flag.evidence == ("gift-1", asked.rfc_id)


def test_R46_of_several_gifts_the_latest_before_an_ask_counts() -> None:
    gifts = [(days(1), "old"), (days(10), "new"), (days(20), "unasked")]
    flag = flag_of(history([ask(12)], gifts=gifts), "ask_after_gift", days(21))
    assert (flag.evidence[0], flag.lapses_at) == ("new", days(38))
    stale = history([ask(2)], gifts=[(days(1), "old"), (days(40), "unasked")])
    assert "ask_after_gift" not in reasons(stale, days(41))


def test_R46_who_can_hold_back_is_the_last_of_us_whom_we_know() -> None:
    known = history([writes(0, by=WEI), writes(24, by=-5), writes(48, by=-5)])
    assert flag_of(known, "budget", days(3)).owner_id == WEI
    unknown = history([writes(hours, by=0) for hours in (0, 24, 48)])
    assert flag_of(unknown, "budget", days(3)).owner_id is None
    first_user = history([writes(hours, by=1) for hours in (0, 24, 48)])
    assert flag_of(first_user, "budget", days(3)).owner_id == 1


def test_R46_their_word_in_the_same_moment_ends_a_collision() -> None:
    ours = [writes(0), writes(24, by=WEI, conversation=2)]
    assert "collision" in reasons(history([*ours, asks(23, conversation=9)]), days(2))
    assert "collision" not in reasons(history([*ours, asks(24, conversation=9)]), days(2))


def test_R46_a_collision_that_begins_as_the_last_one_ends_is_a_new_one() -> None:
    ours = [writes(0), writes(24, by=WEI, conversation=2)]
    later = [writes(24 + 7 * 24 - 1, conversation=3), writes(24 + 7 * 24, by=WEI, conversation=4)]
    assert flag_of(history([*ours, *later]), "collision", days(9)).since_at == days(8)
    nearly = [writes(24 + 7 * 24 - 2, conversation=3), writes(24 + 7 * 24 - 1, by=WEI, conversation=4)]
    assert flag_of(history([*ours, *nearly]), "collision", days(9)).since_at == days(1)


def test_R51_twelve_asks_in_a_year_end_when_the_first_is_a_year_old() -> None:
    story = history([ask(number * 29) for number in range(12)])
    later = judge(story, days(350))
    assert [flag.reason for flag in later.flags] == ["asks"]
    assert later.due_at == days(365)
    assert "asks" not in reasons(story, days(365))
