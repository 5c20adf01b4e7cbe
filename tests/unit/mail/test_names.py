"""Names of people."""

from itertools import permutations

import pytest

from streaklike.mail.names import choose_name, has_via, is_person_name, name_key, strip_via, tidy_name


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
    assert choose_name([(1, True, "王 小明")]) == "王 小明"


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


def test_R7_the_most_recent_name_wins_in_any_order() -> None:
    seen = [
        (3, False, "Ben Chen"),
        (1, True, "Ben"),
        (3, True, "陳本"),
        (2, False, "Benny"),
        (3, True, "'陳本'"),
    ]
    assert {choose_name(order) for order in permutations(seen)} == {"陳本"}
    assert choose_name([]) == ""
    assert choose_name([(1, True, "  ")]) == ""
