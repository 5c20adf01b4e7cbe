"""The short way of reading a mail with one outside person tells the same as the long one."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st

from streaklike.cadence.loading.mail_reader import (
    ADDRESSED,
    EFFECTS,
    THANKS,
    LoadedConversation,
    MailReader,
    PersonMail,
    Row,
)
from streaklike.cadence.loading.team_directory import TeamDirectory
from streaklike.cadence.model.history import AUTHOR, BCC, CC, NOTHING, OUTBOUND, OUTBOUND_INVITATION, TO

DIRECTORY = TeamDirectory({901: 11, 902: 12}, {}, {})
ROOTS = (1, 2)
NOW = 50


@st.composite
def messages(draw: st.DrawFn) -> list[Row]:
    """Rows of a few messages in order, each with one to three people, some of them asked about."""
    rows: list[Row] = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        effect = draw(st.integers(NOTHING, OUTBOUND_INVITATION))
        head = (
            draw(st.integers(1, 3)),
            draw(st.integers(0, 60)),
            f"{number}@post.example",
            "f",
            number,
            effect * EFFECTS + ADDRESSED * draw(st.integers(0, 1)) + THANKS * draw(st.integers(0, 1)),
            draw(st.sampled_from((None, "open", "answered"))),
            draw(st.sampled_from((None, 901, 902, 903))),
            draw(st.sampled_from((None, "ask"))),
        )
        roles = (TO, CC, BCC) if effect >= OUTBOUND else (AUTHOR, TO, CC, BCC)
        people = st.tuples(st.sampled_from(roles), st.sampled_from((1, 2, 3, -7, 0)))
        rows += [
            (*head[:5], head[5] + role, *head[6:], 500 + key)
            for role, key in draw(st.lists(people, min_size=1, max_size=3, unique=True))
        ]
    return sorted(rows, key=lambda row: row[:5])


class LongWay(MailReader):
    """Reads every message as if many stood on it."""

    def read(self, rows: Sequence[Row]) -> dict[int, LoadedConversation]:
        loaded_conversations: dict[int, LoadedConversation] = {}
        for (conversation_id, _), group in groupby(rows, key=itemgetter(0, 4)):
            of_one = list(group)
            loaded = loaded_conversations.setdefault(conversation_id, LoadedConversation(conversation_id))
            loaded.is_placed = loaded.is_placed or of_one[0][6] is not None
            self._file(loaded, of_one)
        return loaded_conversations


def tell(thing: LoadedConversation | PersonMail) -> list[object]:
    return [getattr(thing, name, None) for name in thing.__slots__]


@given(messages(), st.sets(st.integers(1, 8)))
def test_both_ways_of_reading_agree(rows: list[Row], shown_to: set[int]) -> None:
    found = []
    for kind in (MailReader, LongWay):
        reader = kind(DIRECTORY, ROOTS, NOW)
        reader.keys = {500 + key: key for key in (1, 2, 3, -7, 0)}
        reader.senders = {2: 12, 4: 11}
        reader.shown_to = shown_to
        loaded_conversations = reader.read(rows)
        assert all(person.sort() == sorted(person.entries) for person in reader.mail_by_person.values())
        found.append(
            (list(map(tell, loaded_conversations.values())), list(map(tell, reader.mail_by_person.values())))
        )
    assert found[0] == found[1]


def test_R45_who_bears_no_members_address_is_known_by_it() -> None:
    reader = MailReader(DIRECTORY, ROOTS, NOW)
    reader.keys = {501: 1, 502: 2, 511: 1}

    def row(number: int, author_id: int | None, address_id: int) -> Row:
        place = OUTBOUND * EFFECTS + TO
        return (number, NOW, f"{number}@post.example", "f", number, place, None, author_id, None, address_id)

    loaded_conversations = reader.read(
        [row(1, 903, 501), *(row(2, 903, address_id) for address_id in (501, 502, 511)), row(3, None, 502)]
    )
    assert [(entry.sender, entry.people) for entry in reader.mail_by_person[1].sort()] == [
        (-903, 1),
        (-903, 2),
    ]
    assert [(entry.sender, entry.people) for entry in reader.mail_by_person[2].sort()] == [(-903, 2), (0, 1)]
    assert [mail.to for loaded in loaded_conversations.values() for mail in loaded.mails] == [
        (1,),
        (1, 2),
        (2,),
    ]
    twice = reader.read([row(4, 901, 501), row(4, 901, 511)])
    assert [mail.to for mail in twice[4].mails] == [(1,)]
