"""Instants in words, in the reader's own zone."""

from zoneinfo import ZoneInfo

import pytest

from streaklike.instants import DAY, HOUR, MINUTE, parse_instant
from streaklike.wording import times
from streaklike.wording.texts import load_texts

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = parse_instant("2026-11-18T02:00:00+00:00")


@pytest.mark.parametrize(
    ("before", "en", "zh"),
    [
        (5_000, "just now", "剛剛"),
        (3 * MINUTE, "3 min ago", "3 分鐘前"),
        (2 * HOUR, "2 h ago", "2 小時前"),
        (11 * HOUR, "yesterday", "昨天"),
        (5 * DAY, "5 d ago", "5 天前"),
        (20 * DAY, "29 Oct", "10 月 29 日"),
        (400 * DAY, "14 Oct 2025", "2025 年 10 月 14 日"),
        (-3 * DAY, "21 Nov", "11 月 21 日"),
    ],
)
def test_what_is_near_is_told_in_words(before: int, en: str, zh: str):
    assert times.ago(load_texts("en"), NOW - before, NOW, TAIPEI) == en
    assert times.ago(load_texts("zh"), NOW - before, NOW, TAIPEI) == zh


def test_a_day_is_the_readers_own():
    late = parse_instant("2026-11-17T17:00:00+00:00")
    assert times.day(load_texts("en"), late, NOW, TAIPEI) == "18 Nov"
    assert times.day(load_texts("en"), late, NOW, ZoneInfo("Europe/Berlin")) == "17 Nov"


def test_what_lasts_is_told_in_step_with_what_is_past():
    en = load_texts("en")
    for before, told in ((2 * HOUR, "2 h"), (11 * HOUR, "1 d"), (4 * DAY + 23 * HOUR, "5 d")):
        assert times.waited(en, NOW - before, NOW, TAIPEI) == told


def test_a_span_is_told_in_its_largest_unit():
    en = load_texts("en")
    assert [times.span(en, length) for length in (0, 40 * MINUTE, 5 * HOUR, 3 * DAY)] == [
        "1 min",
        "40 min",
        "5 h",
        "3 d",
    ]
