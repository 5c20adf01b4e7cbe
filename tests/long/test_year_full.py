"""A year of a team with five thousand people, held against a plain reading of R44 to R50 (tests/reference)."""

import random

from streaklike.instants import DAY, HOUR, parse_instant
from streaklike.store.database import open_database
from tests.reference.comparing import REASONS, Year
from tests.reference.random_team import RandomTeam

START = parse_instant("2025-01-01T00:00:00+08:00")
PEOPLE, DAYS, WATCHED = 5_000, 365, 300
RHYTHMS = (20, 60, 120, 365, 365)
STEP = 3 * HOUR


def test_R44_to_R50_a_year_of_five_thousand_people(database_url: str) -> None:
    people = [f"p{number}@donor.example" for number in range(PEOPLE)]
    rng = RandomTeam(25, people, [f"u{number}@ngo.example" for number in range(8)], START, DAYS, RHYTHMS)
    database = open_database(database_url)
    year = Year(database, rng)
    watched = set(random.Random(1).sample(people, WATCHED))
    now, whole_at = START, START
    for end in range(START + STEP, rng.end + 1, STEP):
        while now < end:
            now = max(year.next_due_at(end, watched), now + 1)
            flagged = sorted(person for person in year.tick(now, watched) if year.stored.get(person))
            if flagged and year.random.random() < 0.05:
                now += 1
                year.dismiss_one(flagged[0], now)
                year.tick(now, watched)
        if end >= whole_at:
            year.compare(people, now)
            whole_at = end + 7 * DAY + STEP
    for day in range(20, DAYS, 30):
        year.compare_past(START + day * DAY + year.random.randrange(DAY))
    database.close()
    print(f"\n{len(rng.facts):,} facts; {year.tally.show()}")
    assert not year.tally.differences, "\n".join(year.tally.differences[:5])
    assert len(year.tally.raised) == len(REASONS)
