"""Short thanks."""

import pytest

from streaklike.mail.thanks import is_thanks


@pytest.mark.parametrize(
    "text",
    [
        "謝謝",
        "謝謝！",
        "謝謝小美！",
        "感謝您",
        "收到",
        "收到，謝謝。",
        "了解，謝謝通知",
        "好的謝謝",
        "好的，謝謝您",
        "非常感謝老師的分享",
        "谢谢，收到",
        "謝謝🙏",
        "Thanks!",
        "Thank you so much, Mei!",
        "Got it, thanks.",
        "Noted with thanks",
        "OK, thank you for letting me know!",
        "Thanks,\nBen",
        "Thanks\n-- \nBen Chen\nDirector, 02-1234-5678, what else?",
        "謝謝！\n\n王小明\n0912-345-678\nwww.donor.example",
        "好的，謝謝\n\n小明 敬上",
        "Thanks!\n\nSent from my iPhone",
        "收到\n\n從我的 iPhone 傳送",
        "ありがとうございます",
        "감사합니다",
    ],
)
def test_R37_short_thanks(text: str) -> None:
    assert is_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "謝謝，請問什麼時候集合",
        "謝謝，請問什麼時候…",
        "收到了嗎",
        "謝謝？",
        "謝謝，我明天會把資料寄給你",
        "收到，我要退出",
        "謝謝您，但是我想取消",
        "謝謝，不用了",
        "好的，那我們週六見",
        "我們可以見面嗎",
        "Thanks, but I can't come",
        "Thanks! When is it?",
        "Thanks for the info. I will send the form tomorrow.",
        "Thank you. Please call 0912345678.",
        "Thanks\n\nWhen is it?",
        "thanksgiving dinner",
        "謝謝" * 40,
        "Thanks " + "very much " * 100,
    ],
)
def test_R37_what_wants_an_answer_is_no_thanks(text: str) -> None:
    assert not is_thanks(text)


def test_R37_thanks_are_short_and_name_few() -> None:
    assert is_thanks("謝謝" * 30)
    assert not is_thanks("謝謝" * 30 + "！")
    assert is_thanks("謝謝王小明")
    assert not is_thanks("謝謝王小明桌椅")
    assert is_thanks("Thanks Ben Chen")
    assert not is_thanks("Thanks Ben Chen Taipei")


def test_R37_below_thanks_a_signature_may_stand_and_nothing_else() -> None:
    assert is_thanks("謝謝！\n\n王小明 執行長\n\n0912-345-678")
    assert not is_thanks("謝謝！\n\n桌椅與表格都放在門邊")
    assert not is_thanks("謝謝！\n\n幾點?\n0912-345-678")
