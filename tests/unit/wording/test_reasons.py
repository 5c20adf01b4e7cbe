"""What a row says, in both languages: why, what to do, and until when."""

from datetime import date

import pytest

from streaklike.cadence.queries.flag_views import FlagView
from streaklike.cadence.rules.urgency import CASE, DATE, TIER, WAITING, WORD, Sign
from streaklike.instants import DAY, HOUR
from streaklike.wording.evidence import Evidence
from streaklike.wording.reasons import REASONS, explain_flag, explain_person, say_urgency
from streaklike.wording.texts import load_texts

EN, ZH = load_texts("en"), load_texts("zh")
SIGNS = (
    Sign(DATE, 4, named_on=date(2026, 12, 4), days=3),
    Sign(WORD, 3, word="截稿"),
    Sign(CASE, 2),
    Sign(WAITING, 2, usual_ms=16 * HOUR),
    Sign(TIER, 1, word="A"),
)


def say(t, *signs: Sign) -> str:
    return say_urgency(t, signs, day=lambda day: f"{day.day}/{day.month}")


def test_urgency_is_said_on_one_line():
    assert say(EN, *SIGNS) == "Names a date: Fri 4/12 · Urgent word: “截稿” · Case · Longer than usual (2 working days) · Tier A"  # fmt: skip
    assert (
        say(ZH, *SIGNS) == "提到日期：4/12（週五）・急：「截稿」・個案・等得比平常久（平常 2 個工作天）・A 級"
    )
    assert say(EN) == say(ZH, Sign(WAITING, 2)) == "", "that the team's limit has passed, the flag says"


@pytest.mark.parametrize(
    ("days", "en", "zh"),
    [
        (0, "Names a date: today", "提到日期：今天"),
        (1, "Names a date: tomorrow", "提到日期：明天"),
        (-1, "The date they named, 4/12, was yesterday", "提到的 4/12已過 1 天"),
        (-3, "The date they named, 4/12, was 3 days ago", "提到的 4/12已過 3 天"),
    ],
)
def test_a_near_day_is_said_as_people_do(days: int, en: str, zh: str):
    sign = Sign(DATE, 4, named_on=date(2026, 12, 4), days=days)
    assert (say(EN, sign), say(ZH, sign)) == (en, zh)


def flag(reason: str, **facts) -> FlagView:
    values = {
        "flag": "ignored", "reason": reason, "contact": "an@donor.example", "since": 0, "lapses_at": None,
        "evidence": ("e",), "count": 20.0, "limit": 14.0, "unit": "days", "owner": None, "box": None, "box_name": None,
        "contact_id": 1, "contact_name": "An", "conversation_id": 1, "suggested_answer": None,
    }  # fmt: skip
    return FlagView(**{**values, **facts})


def said(t, each: FlagView, kind: str = "email", text: str = "Hello") -> str:
    evidence = {"e": Evidence("e", 0, kind, text, None, is_ours=False)}
    return explain_flag(each, evidence).say(t, ago=lambda _: "3 d ago", day=lambda _: "8 Dec")


@pytest.mark.parametrize("t", [EN, ZH], ids=["en", "zh"])
@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_can_be_said(reason: str, t):
    until = (
        None
        if reason
        in (
            "collision",
            "unanswered",
            "promise_overdue",
            "stalled",
            "lapsed",
            "never_contacted",
            "gone_quiet",
        )
        else 9 * DAY
    )
    line = said(t, flag(reason, lapses_at=until))
    assert line
    assert "{" not in line
    assert ("8 Dec" in line) == (until is not None)


def test_a_row_names_what_was_promised_and_which_box_stands():
    promise = flag("promise_overdue", count=3.4)
    assert said(EN, promise, "task", "Send the\nreport") == "Promised: “Send the report”, overdue by 3 days; do it, or set a new date"  # fmt: skip
    assert said(ZH, promise, "task", "寄報告") == "答應的「寄報告」逾期 3 天：請完成，或改期"
    assert (
        said(ZH, flag("promise_overdue", count=0.2), "task", "寄報告") == "答應的「寄報告」今天到期，還沒辦"
    )
    assert "x…”" in said(EN, promise, "task", "x" * 90)
    stalled = flag("stalled", box_name="小魚")
    assert said(EN, stalled) == "Move “小魚” on, or close it: 20 days in one stage, limit 14"
    assert said(ZH, stalled) == "「小魚」往前推進或結案：停在同一階段 20 天，上限 14 天"


def test_a_call_is_not_called_a_mail():
    unanswered = flag("unanswered", count=17.0, unit="hours", conversation_id=None)
    assert (
        said(EN, unanswered, "call")
        == "Get back to them: they got in touch 3 d ago and have waited 2 working days"
    )
    assert said(ZH, unanswered, "message") == "請回覆：3 d ago聯絡我們，已等了 2 個工作天"
    (reason,) = explain_person([], {}, waiting_since_at=0, is_thanks_only=False, is_logged=True)
    assert reason.text == "needs_reply_logged"
