"""The short way of reading a mail with one outside person tells the same as the long one."""

from hypothesis import given
from hypothesis import strategies as st

from streaklike.cadence.history import AUTHOR, BCC, CC, NOTHING, OUTBOUND, OUTBOUND_INVITATION, TO
from streaklike.cadence.mail_reader import ADDRESSED, NATURES, PLACES, THANKS, MailReader, Row
from streaklike.cadence.roster import Roster

ROSTER = Roster({901: 11, 902: 12}, {}, {})
ROOTS = (1, 2)
NOW = 50


class LongWay(MailReader):
    """Reads every message as if many stood on it."""

    def _file_alone(self, row: Row) -> None:
        self._file(row, [(PLACES[row[5]][1], self.keys[row[9]])])


@st.composite
def messages(draw: st.DrawFn) -> list[Row]:
    """Rows of a few messages in order, each with one to three people, some of them asked about."""
    rows: list[Row] = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        nature = draw(st.integers(NOTHING, OUTBOUND_INVITATION))
        head = (
            draw(st.integers(1, 3)),
            draw(st.integers(0, 60)),
            f"{number}@post.example",
            "f",
            number,
            nature * NATURES + ADDRESSED * draw(st.integers(0, 1)) + THANKS * draw(st.integers(0, 1)),
            draw(st.sampled_from((None, "open", "answered"))),
            draw(st.sampled_from((None, 901, 902, 903))),
            draw(st.sampled_from((None, "ask"))),
        )
        roles = (TO, CC, BCC) if nature >= OUTBOUND else (AUTHOR, TO, CC, BCC)
        people = st.tuples(st.sampled_from(roles), st.sampled_from((1, 2, 3, -7, 0)))
        rows += [
            (*head[:5], head[5] + role, *head[6:], 500 + key)
            for role, key in draw(st.lists(people, min_size=1, max_size=3, unique=True))
        ]
    return sorted(rows, key=lambda row: row[:5])


@given(messages(), st.sets(st.integers(1, 8)))
def test_both_ways_of_reading_agree(rows: list[Row], shown_to: set[int]) -> None:
    facts = []
    for kind in (MailReader, LongWay):
        reader = kind(ROSTER, ROOTS, NOW)
        reader.keys = {500 + key: key for key in (1, 2, 3, -7, 0)}
        reader.senders = {2: 12, 4: 11}
        reader.shown_to = shown_to
        reader.read(rows)
        facts.append(reader.facts)
    assert facts[0] == facts[1]
