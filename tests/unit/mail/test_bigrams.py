"""Entries of the full text index, and finding terms in folded text."""

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaklike.mail.bigrams import HAN, compile_term, fold, index_entries, lookup_entries
from streaklike.mail.marking import find_spans

TEXTS = st.text(
    st.one_of(
        st.sampled_from("aZ9 -.@，。！（志工訓練會カﾊﾞ한\u0301éßİﬁ…\U0003134a𠮷\u3099\n"), st.characters()
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("志工會議", {"志工", "工會", "會議", "議"}),
        ("Hello, hello WORLD", {"hello", "world"}),
        ("2026年 Ｃａｆé", {"2026", "年", "café"}),
        ("mei@ngo.example", {"mei", "ngo", "example"}),
        ("", set()),
        ("…—！🎉", set()),
        ("x" * 100, {"x" * 64}),
    ],
)
def test_entries_are_words_and_pairs(text: str, entries: set[str]):
    assert set(index_entries(text).split()) == entries


def test_what_is_looked_up():
    assert lookup_entries("志工會") == (["志工", "工會"], [])
    assert lookup_entries("會") == ([], ["會"])
    assert lookup_entries("2026年") == (["2026"], [])
    assert lookup_entries("A-B") == (["a", "b"], [])
    assert lookup_entries("!?") == ([], [])


def test_no_letter_of_any_script_is_passed_over():
    """The fast way for ASCII and Han gives what the slow way gives, for every character there is."""
    word = re.compile(rf"[^\W_{HAN}]+")
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if character.isalnum():
            folded = fold(f"x {character} y")
            assert set(word.findall(folded)) <= set(index_entries(folded).split()), hex(code)


@given(TEXTS, TEXTS)
def test_a_term_that_is_found_in_a_text_has_all_its_entries_in_the_index(text: str, term: str):
    for wanted in (term, text[:5], text[3:9]):
        pattern = compile_term(wanted)
        if pattern is None or not pattern.search(fold(text)):
            continue
        entries = set(index_entries(text).split())
        whole, beginnings = lookup_entries(wanted)
        assert set(whole) <= entries
        assert all(any(entry.startswith(begun) for entry in entries) for begun in beginnings)


@given(TEXTS)
def test_every_text_holds_itself(text: str):
    pattern = compile_term(text)
    assert pattern is None or pattern.search(fold(text))


@given(TEXTS)
def test_entries_hold_no_space_and_no_ascii_sign(text: str):
    for entry in index_entries(text).split(" "):
        assert not re.search(r"[\x00-\x2f\x3a-\x60\x7b-\x7f]", entry)
        entry.encode()


@pytest.mark.parametrize(
    ("text", "term", "marked"),
    [
        ("下週的志工訓練，志工", "志工", ["志工", "志工"]),
        ("Ｈｅｌｌｏ… World", "hello", ["Ｈｅｌｌｏ"]),
        ("a … b … Straße", "strasse", ["Straße"]),
        ("see you, See  You", "see you", ["see you", "See  You"]),
        ("搭 ﾊﾞｽ 去", "バス", ["ﾊﾞｽ"]),
        ("cafe\u0301 cafe", "café", ["cafe\u0301"]),
        ("2026年", "2026年", ["2026年"]),
        ("shell", "she", []),
    ],
)
def test_marks_stand_on_the_text_as_written(text: str, term: str, marked: list[str]):
    pattern = compile_term(term)
    assert pattern
    assert [text[start:end] for start, end in find_spans(text, [pattern])] == marked


@given(TEXTS, TEXTS)
def test_marks_lie_inside_the_text_in_order(text: str, term: str):
    patterns = [pattern for pattern in (compile_term(term), compile_term(text[2:6])) if pattern]
    last = 0
    for start, end in find_spans(text, patterns):
        assert last <= start < end <= len(text)
        last = end


def test_folding_is_nfkc_without_case():
    for text in ("ＡＢＣ，。（）", "é", "ﬁ", "㌢", "İ", "ß"):
        assert fold(text) == unicodedata.normalize("NFKC", text).casefold()


def test_marks_that_touch_are_one_and_lie_where_the_text_was_folded() -> None:
    def spans(text: str, *terms: str) -> tuple[tuple[int, int], ...]:
        return find_spans(text, [pattern for term in terms if (pattern := compile_term(term))])

    assert spans("志工會議", "志工", "會議") == ((0, 4),)
    assert spans("ﬁ e\u0301", "é") == ((2, 4),)


def test_words_of_a_term_stand_apart_and_han_stands_beside_anything() -> None:
    def is_found(term: str, text: str) -> bool:
        pattern = compile_term(term)
        return pattern is not None and pattern.search(fold(text)) is not None

    assert is_found("ab cd", "ab, cd")
    assert not is_found("ab cd", "abcd")
    assert is_found("志工", "志工Ben")
    assert is_found("Ben志工", "Ben 志工")
    assert lookup_entries("Ben 志工") == (["ben", "志工"], [])
