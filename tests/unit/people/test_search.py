"""Searching all mail: what is found, in which order, and what is found no more."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.people.finding import get_contact
from streaklike.people.search import cut_snippet, search
from streaklike.store.database import Database
from streaklike.store.models import Address, Body, Message, Participant, SearchEntry
from streaklike.store.search_index import drop_messages, index_everything, index_messages
from streaklike.store.search_terms import TABLE
from tests.factories import CHU, MEI, ROBOT, T0, PostOffice

WANG = "王小明 <wang@donor.example>"
LIN = "Lin Hui <lin.hui@press.example>"


def subjects(session: Session, query: str, **options: int) -> list[str]:
    return [hit.subject for hit in search(session, query, **options)]


@pytest.fixture
def post(database: Database):
    with database.begin() as session:
        yield PostOffice(session)


def fill(post: PostOffice) -> None:
    post.post(WANG, [MEI], at=T0, subject="training", text="下週的志工訓練，我可以參加嗎？Ｃａｆé at 3 pm")
    post.post(
        MEI, [WANG], at=T0 + 1, subject="receipt", text="附上捐款收據。Your receipt, see you in the café"
    )
    post.post(
        LIN, [MEI], cc=[WANG], at=T0 + 2, subject="採訪", text="Interview about the river; see it you said"
    )
    post.link()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("志工", ["training"]),
        ("志工訓練", ["training"]),
        ("工", ["training"]),
        ("練", ["training"]),
        ("志訓", []),
        ("收據 receipt", ["receipt"]),
        ("CAFE\u0301", ["receipt", "training"]),
        ("caf", []),
        ("see you", ["採訪", "receipt"]),
        ('"see you"', ["receipt"]),
        ('"see you', ["receipt"]),
        ("「see you」", ["receipt"]),
        ("3", ["training"]),
        ("採訪", ["採訪"]),
        ("小明", ["採訪", "receipt", "training"]),
        ("lin.hui@press.example", ["採訪"]),
        ("river 志工", []),
    ],
)
def test_words_of_any_length_are_found_in_subject_text_and_people(
    post: PostOffice, query: str, found: list[str]
):
    fill(post)
    assert subjects(post.session, query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from:wang@donor.example", ["training"]),
        ("FROM: WANG@Donor.example", ["training"]),
        ("from：小明", ["training"]),
        ("from:明", ["training"]),
        ('from:"Lin Hui" river', ["採訪"]),
        ("from:press.example 訓練", []),
        ("from:@press.example", ["採訪"]),
        ("from:mei@ngo.example receipt", ["receipt"]),
    ],
)
def test_from_finds_who_wrote_and_not_who_received(post: PostOffice, query: str, found: list[str]):
    fill(post)
    assert subjects(post.session, query) == found


def test_a_query_holds_each_of_its_parts(post: PostOffice):
    text = "Write to chen.mei@gmail.com"
    post.post("Hui Lin <hl@press.example>", [MEI], cc=[LIN, WANG], subject="swapped", text=text)
    post.link()
    for query in ('from:"Hui Lin"', "from:hui from:lin", "chen.mei@gmail.com", '"!!" swapped'):
        assert subjects(post.session, query) == ["swapped"]
    for query in ('from:"Lin Hui"', "from:hui from:wang"):
        assert subjects(post.session, query) == []


def test_R2_R3_from_takes_any_form_of_a_gmail_address(post: PostOffice):
    post.post("chen@gmail.com", [MEI], subject="hers")
    post.link()
    assert subjects(post.session, "from:C.hen+ngo@googlemail.com") == ["hers"]


def test_R22_nobody_finds_whom_a_bcc_went_to(post: PostOffice):
    post.post(MEI, [WANG], bcc=["祕密 <secret@donor.example>"], subject="letter")
    post.link()
    assert subjects(post.session, "wang") == ["letter"]
    for query in ("祕密", "secret", "secret@donor.example"):
        assert subjects(post.session, query) == []


def test_R14_what_goes_to_trash_is_found_no_more_and_comes_back(post: PostOffice):
    fill(post)
    (hit,) = search(post.session, "志工訓練")
    message_id = post.session.query(Message.id).filter_by(rfc_id=hit.message_id).scalar()
    post.trash(message_id)
    post.link()
    assert subjects(post.session, "志工訓練") == subjects(post.session, "工") == []
    post.untrash(message_id)
    post.link()
    assert subjects(post.session, "志工訓練") == ["training"]


def index_size(session: Session) -> int:
    """How many entries the index holds, of whatever message."""
    if session.get_bind().dialect.name == "postgresql":
        return session.scalar(sql(f"SELECT count(*) FROM {TABLE}, unnest(vector)"))
    session.execute(
        sql(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.entries USING fts5vocab('main', '{TABLE}', 'row')")
    )
    return session.scalar(sql("SELECT coalesce(sum(doc), 0) FROM temp.entries"))


def test_what_is_deleted_leaves_nothing_in_the_index(post: PostOffice):
    fill(post)
    before = index_size(post.session)
    secret = post.post(WANG, [MEI], subject="canary", text="金絲雀 canary")
    post.link()
    assert subjects(post.session, "金絲雀") == ["canary"]
    assert index_size(post.session) > before
    post.delete(secret)
    post.link()
    assert subjects(post.session, "金絲雀") == subjects(post.session, "雀") == []
    assert index_size(post.session) == before


def test_a_text_that_changed_is_found_by_its_new_words_alone(post: PostOffice):
    fill(post)
    size = index_size(post.session)
    number = post.post(WANG, [MEI], subject="better", text="舊的文字")
    post.link()
    drop_messages(post.session, [number])
    post.session.execute(update(Body).where(Body.message_id == number).values(text="新的內容"))
    post.link(number)
    assert (subjects(post.session, "舊的"), subjects(post.session, "新的內容")) == ([], ["better"])
    post.delete(number)
    post.link()
    assert index_size(post.session) == size


def test_R16_people_whom_a_later_copy_shows_are_found(post: PostOffice):
    message = post.post(WANG, [MEI], subject="shown", rfc_id="one@x.example", fingerprint="f")
    post.link()
    assert subjects(post.session, "lin.hui") == []
    post._participants(message, T0, [("cc", [LIN])])
    post.link(message)
    assert subjects(post.session, "lin.hui") == ["shown"]


def test_the_newest_come_first_and_pages_lose_nothing(post: PostOffice):
    rng = random.Random(3)
    instants = [
        T0 + rng.choice((0, 1, MINUTE, HOUR, 3 * HOUR, DAY, 40 * DAY)) * rng.randrange(4) for _ in range(90)
    ]
    for number, at in enumerate(instants):
        post.post(WANG, [MEI], at=at, subject=f"{number}", text=f"捐款 {number}")
    post.link()
    expected = sorted(instants, reverse=True)
    for query in ("捐款", "款", "from:wang"):
        assert [hit.at for hit in search(post.session, query, limit=200)] == expected
        seen: list[str] = []
        before = None
        while page := search(post.session, query, limit=7, before=before):
            seen += [hit.message_id for hit in page]
            before = page[-1].at
        assert len(seen) == len(set(seen)) == 90


def test_mail_found_to_be_older_comes_where_it_belongs_also_piece_by_piece(
    post: PostOffice, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("streaklike.store.search_terms.FIRST_BATCH", 1)
    monkeypatch.setattr("streaklike.store.search_terms.LARGEST_BATCH", 1)
    for number, minutes in enumerate((0, 10, 40, 70, 200)):
        post.post(WANG, [MEI], at=T0 + minutes * MINUTE, subject=f"{number}", text="order")
    third = post.post(WANG, [MEI], at=T0 + 50 * MINUTE, subject="was later", text="order")
    post.link()
    post.session.execute(sql("UPDATE copy SET at = :at WHERE message_id = :id"), {"at": T0 + 1, "id": third})
    post.link(third)
    expected = ["4", "3", "2", "1", "was later", "0"]
    assert subjects(post.session, "order") == expected
    for limit in range(1, 6):
        assert subjects(post.session, "order", limit=limit) == expected[:limit]


def test_a_common_character_loses_nothing_where_looking_through_ends(
    post: PostOffice, monkeypatch: pytest.MonkeyPatch
):
    for number, at in enumerate((T0, T0, T0, T0 + 1, T0 + 2)):
        post.post(WANG, [MEI], at=at, subject=f"{number}", text=f"志工 {number}")
    post.link()
    for looked_through in (1, 3, 4):
        monkeypatch.setattr("streaklike.people.search.NEWEST_LOOKED_THROUGH", looked_through)
        assert sorted(subjects(post.session, "工")) == ["0", "1", "2", "3", "4"]
        first = search(post.session, "工", limit=1)
        assert [hit.at for hit in first] == [T0 + 2]
        assert [hit.at for hit in search(post.session, "工", before=T0 + 2)] == [T0 + 1, T0, T0, T0]


def test_mail_that_is_found_to_be_older_moves_in_the_order(post: PostOffice):
    early = post.post(WANG, [MEI], at=T0, subject="early", text="order")
    late = post.post(WANG, [MEI], at=T0 + 30 * DAY, subject="late", text="order")
    post.link()
    assert subjects(post.session, "order", limit=1) == ["late"]
    for instant in (T0 - MINUTE, T0 - 60 * DAY):
        post.session.execute(
            sql("UPDATE copy SET at = :at WHERE message_id = :id"), {"at": instant, "id": late}
        )
        post.link(late)
        assert subjects(post.session, "order") == ["early", "late"]
        assert subjects(post.session, "order", limit=1) == ["early"]
    assert early != late


def test_a_common_single_character_and_a_rare_one_are_found(post: PostOffice):
    for number in range(420):
        word = "稀" if number in {5, 418} else "常"
        post.post(WANG, [MEI], at=T0 + number * MINUTE, subject=f"{number}", text=f"{word}見的字 mail")
    post.link()
    assert subjects(post.session, "稀") == subjects(post.session, "mail 稀") == ["418", "5"]
    assert len(search(post.session, "常", limit=500)) == 418
    assert subjects(post.session, "常", limit=2) == ["419", "417"]


def test_marks_are_offsets_into_what_is_shown(post: PostOffice):
    post.post(
        WANG, [MEI], subject="Re: 志工 ＤＡＹ", text="你好\n" * 60 + "下週的志工訓練\nday " + "。" * 300
    )
    post.link()
    (hit,) = search(post.session, "志工 day")
    assert [hit.subject[start:end] for start, end in hit.subject_marks] == ["志工", "ＤＡＹ"]
    assert [hit.snippet[start:end] for start, end in hit.marks] == ["志工", "day"]
    assert hit.snippet.startswith("…")
    assert hit.snippet.endswith("…")
    assert "\n" not in hit.snippet
    assert (hit.sender.name, hit.sender.address, hit.direction) == ("王小明", "wang@donor.example", "inbound")
    assert hit.contact_id == hit.sender.contact_id is not None


LONG = "".join(chr(ord("a") + number % 26) for number in range(400))


@pytest.mark.parametrize(
    ("text", "spans", "snippet", "marks"),
    [
        ("one\ntwo", (), "one two", ()),
        (LONG[:180], (), LONG[:180], ()),
        (LONG[:181], (), f"{LONG[:180]}…", ()),
        (LONG, ((59, 62),), f"{LONG[:180]}…", ((59, 62),)),
        (LONG, ((60, 63), (190, 193)), f"…{LONG[20:200]}…", ((41, 44), (171, 174))),
        (LONG, ((0, 3), (178, 185), (180, 190)), f"{LONG[:180]}…", ((0, 3), (178, 180))),
        (LONG, ((390, 393),), f"…{LONG[350:]}", ((41, 44),)),
    ],
)
def test_a_snippet_is_cut_around_the_first_word_found(text: str, spans, snippet: str, marks):
    assert cut_snippet(text, spans) == (snippet, marks)


def test_nothing_asked_for_is_nothing_found(post: PostOffice):
    fill(post)
    assert search(post.session, "river", limit=0) == []
    assert search(post.session, "?!") == []


def test_a_message_of_ours_leads_to_whom_it_went(post: PostOffice):
    fill(post)
    (hit,) = search(post.session, "捐款收據")
    assert hit.sender.contact_id is None
    assert hit.contact_id == search(post.session, "志工訓練")[0].contact_id


def test_a_message_leads_to_the_first_outside_who_is_somebody(post: PostOffice):
    session = post.session
    post.post(MEI, [CHU, ROBOT, WANG], cc=[LIN], subject="many")
    post.post(ROBOT, [MEI], subject="parcel")
    unsigned = post.post(WANG, [MEI], subject="unsigned")
    post.link()
    session.execute(update(Address).where(Address.key == "chu@volunteer.example").values(side="inside"))
    session.execute(
        delete(Participant).where(Participant.message_id == unsigned, Participant.role == "author")
    )
    (many,), (parcel,), (nobodys,) = (search(session, query) for query in ("many", "parcel", "unsigned"))
    assert (many.sender.address, many.contact_id) == ("mei@ngo.example", get_contact(session, WANG).id)
    assert (parcel.sender.address, parcel.contact_id) == (ROBOT, None)
    assert (nobodys.sender, nobodys.contact_id) == (None, None)


HOSTILE = [
    "", " ", '"', '""', "*", "志*", "a AND", "NOT", "OR OR", "NEAR(a b)", "a:b", "terms:a", "from:", 'from:"', "from:from:",
    "-a", "^a", "(", ")", "a'b", "'; DROP TABLE message; --", "\\", "a\\", "a\0b", "\ud800", "\ue000wang", "&|!", "a:*", "'a':*",
    "%", "_", "a" * 5000, "志" * 5000, "！！", "\u3000", "🎉", "\u0301", "from:@", "{a b}", "a + b", "\n", "😀志工", ":a", "::tsquery",
]  # fmt: skip


def test_whatever_is_typed_is_safe(post: PostOffice):
    fill(post)
    for query in HOSTILE:
        assert isinstance(search(post.session, query), list)
    assert subjects(post.session, "\ue000wang") == subjects(post.session, "wang")


def test_odd_texts_are_stored_and_found(post: PostOffice):
    odd = "':* \\ \"q\" a'b ² ½ İstanbul straße \U0003134a𠮷野家 ㌢ ﾊﾞｽ " + "x" * 3000 + " " + "志" * 3000
    post.post(WANG, [MEI], subject="odd", text=odd)
    post.link()
    for query in (
        "q",
        "a'b",
        "İSTANBUL",
        "STRASSE",
        "\U0003134a",
        "𠮷野",
        "センチ",
        "バス",
        "x" * 70,
        "志志志",
    ):
        assert subjects(post.session, query) == (["odd"] if len(query) < 70 else []), query


def test_an_index_that_is_new_takes_in_all_that_is_there(post: PostOffice):
    fill(post)
    ids = post.session.scalars(sql("SELECT id FROM message")).all()
    size = index_size(post.session)
    drop_messages(post.session, ids)
    assert index_size(post.session) == post.session.query(SearchEntry).count() == 0
    index_everything(post.session)
    index_messages(post.session, ids)
    assert index_size(post.session) == size
    assert subjects(post.session, "志工") == ["training"]


LETTERS = st.text(
    st.sampled_from("ab1 É\ue000'\":*&|!()-\\\n。，志工訓練會\u3042カﾊﾞ한글𠮷\u0301ßＡ"), max_size=40
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(st.tuples(LETTERS, LETTERS), min_size=1, max_size=5),
    rng=st.randoms(use_true_random=False),
)
def test_any_text_is_found_by_each_of_its_words_and_by_any_piece_of_han(
    database: Database, monkeypatch: pytest.MonkeyPatch, texts, rng
):
    monkeypatch.setattr("streaklike.people.search.NEWEST_LOOKED_THROUGH", 1)  # by the index alone
    import re

    from streaklike.mail.bigrams import HAN, fold

    with database.begin() as session:
        post = PostOffice(session)
        for number, (subject, body) in enumerate(texts):
            post.post(WANG, [MEI], at=T0 + number, subject=subject, text=body, rfc_id=f"{number}@x.example")
        post.link()
        for number, parts in enumerate(texts):
            for part in map(fold, parts):
                words = re.findall(rf"[^\W_{HAN}]+", part)
                pieces = [
                    run[i : i + n]
                    for run in re.findall(f"[{HAN}]+", part)
                    for n in (1, 2, 3)
                    for i in range(len(run))
                ]
                for word in rng.sample([*words, *pieces], min(4, len(words + pieces))):
                    found = search(session, word)
                    assert f"{number}@x.example" in {hit.message_id for hit in found}, (word, part)
                    assert [hit.at for hit in found] == sorted((hit.at for hit in found), reverse=True)
        session.rollback()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(query=st.one_of(st.text(max_size=30), LETTERS))
def test_no_query_fails(database: Database, query: str):
    with database.begin() as session:
        search(session, query)
