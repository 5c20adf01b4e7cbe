"""A text's two halves, against the plain way of finding them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from streaklike.mail.words import _lower_but, beyond_ascii, latin_words, plain_words

TEXTS = st.text("aB9'- .,\n會議é’😀\ud800", max_size=40)


def test_words_keep_a_sign_inside_them():
    assert latin_words("Don't stop-by -- it's 3rd-party, ok?-") == [
        "don't",
        "stop-by",
        "it's",
        "3rd-party",
        "ok",
    ]
    assert latin_words("Well--known a-'b 會議room") == ["well", "known", "a", "b", "room"]
    assert latin_words("'Ben's room'") == ["ben's", "room"]
    assert latin_words("- stop-by -") == ["stop-by"]


def test_what_is_not_ascii_keeps_its_order():
    assert beyond_ascii("3月 10日會議 ok 😀", "|") == "月|日會議|😀"
    assert beyond_ascii("plain", "|") == ""
    assert beyond_ascii("會\ud800 ok 議", "|") == "會\ud800|議"


@given(TEXTS)
def test_words_are_those_that_a_pattern_finds(text: str):
    plain = re.sub(r"[^\x00-\x7f]", " ", text).lower()
    assert latin_words(text) == re.findall(r"[a-z0-9]+(?:['-][a-z0-9]+)*", plain)


@given(TEXTS)
def test_what_is_not_ascii_is_what_a_pattern_finds(text: str):
    assert beyond_ascii(text, "|") == "|".join(re.findall(r"[^\x00-\x7f]+", text))


@given(TEXTS)
def test_plain_words_are_those_that_a_pattern_finds(text: str):
    assert plain_words(text) == set(re.findall(r"[a-z0-9]+", re.sub(r"[^\x00-\x7f]", " ", text).lower()))


def test_a_table_keeps_letters_digits_and_its_signs_and_blanks_all_else():
    said = "Don't STOP-by 3rd_room!\n\x7f\x80\xe9".encode("latin-1")
    assert said.translate(_lower_but("'-")) == b"don't stop-by 3rd room     "
    assert said.translate(_lower_but("")) == b"don t stop by 3rd room     "
