from zoneinfo import ZoneInfo

import pytest

from streaklike.instants import parse_instant, to_datetime
from streaklike.mail.forward_dates import parse_forwarded_date

TAIPEI = ZoneInfo("Asia/Taipei")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026年3月1日 週日 下午3:04", "2026-03-01 15:04"),
        ("2026年3月1日 星期日 上午12:04", "2026-03-01 00:04"),
        ("2026年3月1日 周日 15:04", "2026-03-01 15:04"),
        ("2026年3月1日 中午12:30", "2026-03-01 12:30"),
        ("2026年3月1日(日) 下午 03：04 寫道", "2026-03-01 15:04"),
        ("2026/3/1 晚上 8:04", "2026-03-01 20:04"),
        ("Sun, Mar 1, 2026 at 3:04\u202fPM", "2026-03-01 15:04"),
        ("Sunday, March 1, 2026 3:04 PM", "2026-03-01 15:04"),
        ("Sunday 1 March 2026 15:04:05", "2026-03-01 15:04"),
        ("Sun, 1 Mar 2026 at 15:04", "2026-03-01 15:04"),
        ("2026-03-01 12:04 a.m.", "2026-03-01 00:04"),
        ("Sun, 1 Mar 2026 07:04:00 +0000", "2026-03-01 15:04"),
        ("Mar 1, 2026 at 9:04 AM GMT+2", "2026-03-01 15:04"),
        ("2026-03-01 15:04 +0800", "2026-03-01 15:04"),
    ],
)
def test_R17_dates_as_mail_programs_write_them(text: str, expected: str):
    instant = parse_forwarded_date(text, TAIPEI)
    assert instant is not None
    assert to_datetime(instant).astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026年3月1日",
        "2026年13月1日 9:00",
        "Mar 1, 2026",
        "1/3/26 9:00",
        "2026-02-30 25:99",
        "9:00",
        "年" * 9999,
    ],
)
def test_R17_what_names_no_instant_is_not_guessed(text: str):
    assert parse_forwarded_date(text, TAIPEI) is None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01 01:34:05 -05:30", "2026-03-01T07:04:05+00:00"),
        ("2026年3月1日 下午12:30", "2026-03-01T04:30:00+00:00"),
        ("15:04, 2026-03-01 16:05", "2026-03-01T08:05:00+00:00"),
    ],
)
def test_R17_zones_noon_and_seconds_of_a_forwarded_date(text: str, instant: str) -> None:
    assert parse_forwarded_date(text, TAIPEI) == parse_instant(instant)
