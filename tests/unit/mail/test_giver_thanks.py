"""A sentence that thanks a giver, beside whatever else a mail is for (R52)."""

import pytest

from streaklike.mail.giver_thanks import thanks_a_giver


@pytest.mark.parametrize(
    "text",
    [
        "王小姐您好：\n感謝您的捐款，收據已寄出，請查收。",
        "收據隨信附上。再次感謝您對孩子們的支持！",
        "謝謝您捐贈的兩箱書。物流單號是 12345。",
        "謝謝您！\n收據下週寄到。",
        "Dear An,\nYour receipt is attached. Thank you for your generous gift.\nBest, Mei",
        "Thank you so much!\nThe receipt follows by post.",
        "We are grateful for your support. Here is the schedule you asked for.",
    ],
)
def test_R52_a_sentence_that_thanks_for_a_gift_is_found_beside_another_matter(text: str) -> None:
    assert thanks_a_giver("收據", text)


@pytest.mark.parametrize(
    "text",
    [
        "請於週五前填妥表格，謝謝。",
        "謝謝您的來信。收據已補寄。",
        "請問地址是否正確？\n謝謝",
        "若您願意捐款，我們不勝感激。",
        "We would be grateful for a gift of any size.",
        "Thank you for your email. The receipt is attached.",
        "Please fill in the form. Thanks in advance for your support!",
        "The receipt is attached.\nThanks",
        "The receipt is attached.\n-- \nThank you for your support, always",
    ],
)
def test_R52_courtesy_and_wishes_thank_nobody_for_a_gift(text: str) -> None:
    assert not thanks_a_giver("Receipt", text)


def test_R52_the_subject_counts() -> None:
    assert thanks_a_giver("感謝您的捐款", "收據附上。")
