"""Subjects beneath their prefixes, and those of automatic replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaklike.mail.subjects import base_subject, is_forward_subject, is_reply_subject, looks_automatic

PREFIXES = (
    "Re:", "RE：", "re :", "回覆:", "回覆：", "回复：", "答复:", "轉寄:", "转发：", "Fwd:", "FW:", "AW:", "SV:", "VS:", "WG:", "TR:",
    "RES:", "ENC:", "Re[2]:", "Re(3):", "Re^2:", "[list]", "[志工]", "【活動】", "Ｒｅ：",
)  # fmt: skip


@pytest.mark.parametrize("prefix", PREFIXES)
def test_R24_each_prefix_strips(prefix: str) -> None:
    assert base_subject(f"{prefix} 春季 Walk") == "春季 walk"
    assert base_subject(f"{prefix}春季 Walk") == "春季 walk"


@given(st.lists(st.sampled_from(PREFIXES), max_size=8))
def test_R24_any_run_of_prefixes_strips_to_one_subject(prefixes: list[str]) -> None:
    assert base_subject(" ".join([*prefixes, "春季 健走"])) == "春季 健走"


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Regarding: x", "regarding: x"),
        ("Report: x", "report: x"),
        ("春季 [list] 健走", "春季 [list] 健走"),
        ("[list]", "[list]"),
        ("Re: [list]", "[list]"),
        ("Re:", ""),
        ("", ""),
        ("  Ａ　Ｂ  ", "a b"),
        ("Re", "re"),
    ],
)
def test_R24_what_is_no_prefix_stays(subject: str, base: str) -> None:
    assert base_subject(subject) == base


def test_R24_reply_and_forward_are_told_apart() -> None:
    assert is_reply_subject("[list] 回覆：春季")
    assert is_reply_subject("Re: Fwd: x")
    assert not is_reply_subject("Fwd: Re: x")
    assert is_forward_subject("轉寄： x")
    assert not is_forward_subject("forwarding agents")


@pytest.mark.parametrize(
    "subject",
    [
        "自動回覆",
        "自動回覆: 您的來信",
        "自動回覆：Re: 春季健走",
        "自動回覆信",
        "系統自動回覆",
        "不在辦公室",
        "不在辦公室：x",
        "外出中",
        "休假通知",
        "自动回复：x",
        "自动答复: x",
        "外出自动回复",
        "[自動回覆] x",
        "【自動回覆】x",
        "您的捐款（自動回覆）",
        "自動返信: x",
        "不在のお知らせ",
        "Out of Office",
        "Out of the office Re: x",
        "OUT OF OFFICE: x",
        "I'm out of office until Monday",
        "Automatic reply: x",
        "Auto-Reply: x",
        "Autoreply",
        "Auto: x",
        "OOO",
        "Abwesenheitsnotiz: x",
        "Automatische Antwort: x",
        "Réponse automatique : x",
        "Respuesta automática: x",
        "부재중 알림",
        "자동 회신: x",
    ],
)
def test_R28_subjects_of_automatic_replies(subject: str) -> None:
    assert looks_automatic(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "請問自動回覆怎麼設定",
        "自動回覆設定問題",
        "Re: 自動回覆怎麼關",
        "Out of office hours for volunteers",
        "Autonomy",
        "外出活動",
        "oooh",
        "Leave",
        "春季健走",
        "",
        "休假中心邀請函",
    ],
)
def test_R28_subjects_that_merely_speak_of_them(subject: str) -> None:
    assert not looks_automatic(subject)
