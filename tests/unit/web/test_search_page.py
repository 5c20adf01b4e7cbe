"""The page that searches all mail."""

import html

from streaklike.instants import DAY
from streaklike.store.database import Database
from streaklike.web.search import Piece, cut
from tests.factories import PostOffice
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import CHEN, EVIL, EVIL_NAME, MEI, NOW, World

HOSTILE = "鴿子 <script>alert(5)</script> <mark>x</mark> & {{ 7*7 }}"


def test_what_is_found_is_shown_with_its_words_marked(mei: Reader, world: World, database: Database):
    with database.begin() as session:
        post = PostOffice(session)
        post.post(CHEN, [MEI], at=NOW - DAY, subject="放飛鴿子", text=HOSTILE)
        post.link()
    page = mei.get("/search?q=鴿子").text
    assert "放飛<mark>鴿子</mark>" in page
    assert f"<mark>鴿子</mark>{html.escape(HOSTILE.removeprefix('鴿子'), quote=False)}" in page
    assert "<script>alert" not in page
    assert f'href="/people/{world.chen}"' in page


def test_Q22_a_hostile_query_stays_text(mei: Reader, world: World):
    for query in ("%3Cscript%3Ealert(9)%3C/script%3E", "%22*:(", "from:", "%00", EVIL, "x" * 3000):
        response = mei.get(f"/search?q={query}")
        assert response.status_code == (400 if query == "%00" else 200)
        assert "<script>alert" not in response.text
        assert EVIL_NAME not in response.text


def test_pages_go_on_where_the_one_before_ended(mei: Reader, world: World, database: Database):
    with database.begin() as session:
        post = PostOffice(session)
        for number in range(60):
            post.post(CHEN, [MEI], at=NOW - number * DAY, subject=f"Letter {number}.", text="燕子")
        post.link()
    first = mei.get("/search?q=燕子").text
    assert "Letter 49." in first
    assert "Letter 50." not in first
    assert f"before={NOW - 49 * DAY}" in first
    second = mei.get(f"/search?q=燕子&before={NOW - 49 * DAY}").text
    assert "Letter 49." not in second
    assert "Letter 59." in second


def test_the_three_empty_states_are_told_apart(mei: Reader, world: World):
    assert "搜尋所有信件" in mei.get("/search").text
    assert "沒有信件含有「恐龍」" in mei.get("/search?q=恐龍").text
    assert "沒有更早的信了" in mei.get("/search?q=恐龍&before=5").text
    assert mei.get("/search?q=a&before=x").status_code == 200


def test_a_text_is_cut_at_its_marks():
    assert cut("abc", ()) == [Piece("abc", is_hit=False)]
    assert cut("abc", ((0, 1), (2, 3))) == [
        Piece("a", is_hit=True),
        Piece("b", is_hit=False),
        Piece("c", is_hit=True),
    ]
    assert cut("", ()) == []
