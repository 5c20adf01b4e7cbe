"""A season of a small team, minute by minute, held against a plain reading of R44 to R50 (tests/reference)."""

from streaklike.instants import DAY, parse_instant
from streaklike.store.database import Database
from tests.reference.comparing import REASONS, Year
from tests.reference.random_team import RandomTeam

START = parse_instant("2025-01-06T00:00:00+08:00")
COLLEAGUES = [f"u{number}@ngo.example" for number in range(8)]


def test_R44_to_R50_every_flag_of_a_season_stands_and_falls_when_the_rules_say(database: Database) -> None:
    people = [f"p{number}@donor.example" for number in range(36)]
    rng = RandomTeam(6, people, COLLEAGUES, START, 90)
    year = Year(database, rng)
    now, whole_at = START, START
    while True:
        now = max(min(year.next_fact_at(rng.end), year.next_due_at(rng.end)), now + 1)
        if now >= rng.end:
            break
        if whole_at <= now - 1:
            year.compare(people, now - 1)
            whole_at = now + DAY
        flagged = sorted(person for person in year.tick(now) if year.stored.get(person))
        if flagged and year.random.random() < 0.05:
            now += 1
            year.dismiss_one(flagged[0], now)
            year.tick(now)
    for day in range(1, 90, 9):
        year.compare_past(START + day * DAY + year.random.randrange(DAY))
    print(year.tally.show())
    assert not year.tally.differences, "\n".join(year.tally.differences[:5])
    assert len(year.tally.raised) == len(REASONS)
    assert year.tally.apart > 0
