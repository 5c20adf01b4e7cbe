"""Names of people."""

from itertools import permutations

import pytest

from streaklike.mail.names import (
    NameSource,
    choose_name,
    has_via,
    is_person_name,
    name_after_via,
    name_key,
    strip_via,
    tidy_name,
)


def test_R5_names_are_compared_after_nfkc() -> None:
    assert name_key("ＷＡＮＧ  Xiao") == name_key("wang xiao")
    assert name_key("王小明") != name_key("王曉明")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Ben (via Google Drive)", "drive-shares-noreply@google.com"),
        ("Ben (via Google Drive)", "ben@donor.example"),
        ("Ben (Google Docs)", "comments-noreply@docs.google.com"),
        ("Ben", "comments-noreply@docs.google.com"),
        ("小美 (透過 Google 雲端硬碟)", "x@google.com"),
        ("ben@donor.example", "ben@donor.example"),
        ("'ben@donor.example'", "ben@donor.example"),
        ("", "ben@donor.example"),
        ("...", "ben@donor.example"),
        ("12345", "ben@donor.example"),
        ("'王小明' via 志工窗口", "window@ngo.example"),
        ("x" * 200, "ben@donor.example"),
    ],
)
def test_R7_names_that_name_nobody(name: str, key: str) -> None:
    assert not is_person_name(name, key)


@pytest.mark.parametrize(
    "name",
    ["王小明", "王", "やまだ", "김민수", "Ben", "O'Brien", "Anna Via", "李 小美", "Nguyễn Văn A", "“Ben”"],
)
def test_R8_names_of_every_script_are_names(name: str) -> None:
    assert is_person_name(name, "a@donor.example")


def test_R8_a_han_name_is_never_split_or_reordered() -> None:
    assert tidy_name("王 小明") == "王 小明"
    assert choose_name([(NameSource.OWN, 1, "王 小明")]) == "王 小明"


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("'王小明' via 志工窗口", "王小明"),
        ("王小明 via 志工窗口", "王小明"),
        ("「王小明」透過「志工窗口」", "王小明"),
        ("王小明 透過 志工窗口", "王小明"),
        ("Ben Chen via Volunteers", "Ben Chen"),
        ("'Ben Chen' via Volunteers", "Ben Chen"),
        ("Ben Chen", "Ben Chen"),
        ("via Volunteers", "via Volunteers"),
        ("", ""),
    ],
)
def test_R15_the_name_goes_without_its_via(name: str, person: str) -> None:
    assert strip_via(name) == person
    assert has_via(name) == (person not in {"", name})


def test_R7_the_best_source_wins_then_the_most_recent_name_in_any_order() -> None:
    seen = [
        (NameSource.OURS, 9, "Ben Chen"),
        (NameSource.OWN, 1, "Ben"),
        (NameSource.OWN, 3, "陳本"),
        (NameSource.OTHERS, 20, "Benny"),
        (NameSource.OWN, 3, "'陳本'"),
        (NameSource.ELSEWHERE, 30, "VIP"),
    ]
    assert {choose_name(order) for order in permutations(seen)} == {"陳本"}
    assert choose_name([]) == ""
    assert choose_name([(NameSource.OWN, 1, "  ")]) == ""


def test_R5_the_form_in_which_names_are_compared() -> None:
    assert name_key("ＷＡＮＧ  Xiao") == "wang xiao"


def test_R8_a_name_of_one_character_loses_its_quotes_and_a_role_may_have_a_name() -> None:
    assert tidy_name("「王」") == "王"
    assert is_person_name("Office", "info@shop.example")
    assert not is_person_name("Bot", "no-reply@shop.example")


def test_R21_of_two_names_of_one_instant_the_lesser_wins() -> None:
    seen = [(1, True, "Ann"), (1, True, "Bob"), (0, True, "Zoe")]
    assert {choose_name(order) for order in permutations(seen)} == {"Ann"}


@pytest.mark.parametrize(
    ("name", "person", "group"),
    [
        ("王透過志工窗口", "王", "志工窗口"),
        ("「王小明」透過「志工窗口」", "王小明", "志工窗口"),
        ("'Ben' via Vol Team Taipei", "Ben", "Vol Team Taipei"),
        ("'志工' via 志工窗口", "志工", "志工窗口"),
        ("透過志工窗口", "透過志工窗口", ""),
        ("Ben Chen", "Ben Chen", ""),
    ],
)
def test_R15_a_rewritten_name_has_a_person_and_a_group(name: str, person: str, group: str) -> None:
    assert (strip_via(name), name_after_via(name)) == (person, group)
    assert has_via(name) is bool(group)
