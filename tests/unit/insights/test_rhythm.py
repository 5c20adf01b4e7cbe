"""Each person's own rhythm: gaps, the next word expected, and whether it changes."""

from streaklike.cadence.policy.policy import Policy, build_policy
from streaklike.insights.rhythm import COOLING, ONE_SIDED, WARMING, Gaps, Rhythm, load_rhythm, read_rhythm
from streaklike.instants import DAY, HOUR
from streaklike.store.database import Database
from tests.factories import AN, MEI, T0, PostOffice
from tests.unit.cadence.builders import asks, days, history, writes
from tests.unit.cadence.cadence_fixtures import person


def test_replies_are_measured_from_our_first_unanswered_mail() -> None:
    mails = []
    for number, hours in enumerate((10, 20, 30, 40, 50)):
        begin = number * 480
        mails += [writes(begin, conversation=number), writes(begin + 2, conversation=number)]
        mails += [asks(begin + hours, conversation=number), asks(begin + hours + 1, conversation=number)]
    rhythm = read_rhythm(history(mails), Policy(), now=days(101))
    assert rhythm.replies == Gaps(5, 30 * HOUR, 20 * HOUR, 40 * HOUR)
    assert rhythm.replies.is_enough


def test_their_next_word_is_expected_after_their_median_gap() -> None:
    rhythm = read_rhythm(history([asks(240 * number) for number in range(6)]), Policy(), now=days(51))
    assert rhythm.between == Gaps(5, 10 * DAY, 10 * DAY, 10 * DAY)
    assert (rhythm.expected_at, rhythm.is_tiers) == (days(60), False)


def test_below_five_samples_the_tier_speaks() -> None:
    few = [asks(240 * number) for number in range(5)]
    assert read_rhythm(history(few), Policy(), now=days(41)).expected_at is None
    rhythm = read_rhythm(history(few, tier="A"), Policy(), now=days(41))
    assert (rhythm.expected_at, rhythm.is_tiers, rhythm.between.n) == (days(54), True, 4)
    stage = build_policy({"default_tier": "B"})
    assert read_rhythm(history(few), stage, now=days(41)).expected_at == days(70)


def test_nothing_said_is_no_rhythm() -> None:
    assert read_rhythm(history([], tier="A"), Policy(), now=days(1)) == Rhythm(None, None, None, False, None)


def trend(gaps: list[int], *, after: int = 1) -> str | None:
    ends = [sum(gaps[:number]) for number in range(len(gaps) + 1)]
    return read_rhythm(history([asks(24 * end) for end in ends]), Policy(), now=days(ends[-1] + after)).trend


def test_closer_gaps_are_warming_and_longer_ones_cooling() -> None:
    assert trend([30, 30, 30, 30, 20, 20]) == WARMING
    assert trend([30, 30, 30, 30, 21, 21]) is None
    assert trend([30, 30, 30, 30, 45, 45]) == COOLING
    assert trend([30, 30, 30, 30, 44, 44]) is None
    assert trend([30, 30, 30, 20, 20]) is None


def test_a_silence_longer_than_the_last_gap_counts_as_one() -> None:
    assert trend([30, 30, 30, 30, 30], after=29) is None
    assert trend([30, 30, 30, 30, 40, 50], after=20) == COOLING
    assert trend([10, 10, 10, 10, 10], after=100) == COOLING


def test_four_touches_without_a_word_of_theirs_are_one_sided() -> None:
    ours = [writes(24 * 10 * number, conversation=number) for number in range(4)]
    assert read_rhythm(history(ours), Policy(), now=days(40)).trend == ONE_SIDED
    assert read_rhythm(history(ours[:3]), Policy(), now=days(40)).trend is None
    assert read_rhythm(history([*ours, asks(24 * 15)]), Policy(), now=days(40)).trend is None
    assert read_rhythm(history(ours), Policy(), now=days(185)).trend is None


def test_a_rhythm_is_read_from_the_database(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        for number in range(6):
            asked = office.post(MEI, to=[AN], at=T0 + 20 * number * DAY, subject=f"Matter {number}")
            office.post(
                AN, to=[MEI], at=T0 + (20 * number + 2) * DAY, subject=f"Re: Matter {number}", refs=[asked]
            )
        office.link()
        rhythm = load_rhythm(session, person(session, AN).id, now=T0 + 110 * DAY)
    assert rhythm.replies == Gaps(6, 2 * DAY, 2 * DAY, 2 * DAY)
    assert rhythm.between == Gaps(5, 20 * DAY, 20 * DAY, 20 * DAY)
    assert rhythm.expected_at == T0 + 122 * DAY
