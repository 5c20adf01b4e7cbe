"""Which sentences refuse contact, and which only look as if they did."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaklike.mail.refusals import find_refusal

REFUSALS = """
請不要再寄信給我了，謝謝。
請不要再聯絡我。
我想取消訂閱電子報。
取消訂閱
麻煩把我從名單中移除，謝謝
不希望再收到貴會的任何信件。
請停止寄送募款信。
請勿再打電話給我。
請將我的資料從貴會名單刪除。
請不要再寄募款信給我，把我的名字從名單上拿掉。
Please stop emailing me.
please unsubscribe me from this list
Unsubscribe
Could you remove me from your mailing list?
Take me off your list.
I no longer wish to receive your newsletters.
Please don’t contact me again.
Kindly stop sending me these appeals.
Please do not send me any more emails.
I'd like to unsubscribe, thanks.
Please stop these emails.
""".strip().splitlines()

NO_REFUSALS = """
Please stop by on Saturday!
請不要再自責了，這不是您的錯。
請不要再寄收據到舊地址，改寄新地址。
如果不想再收到，請按此取消訂閱
我不想再等了，請問什麼時候可以領到？
I can't stop thinking about your email.
Please don't hesitate to contact me.
Do not send me the paper receipt, the PDF is fine.
If you no longer wish to receive these emails, click here.
The bus will stop sending passengers here.
Please stop the monthly gift for now, my card expired.
不用再寄紙本收據了，電子檔就可以。
我再寄一次給您。
請問要怎麼取消訂閱電子報？我媽媽想訂。
Please do not call me before noon.
Take me off the Saturday shift, please.
停止扣款的話要怎麼辦理？
She said remove me from your list, but that is sorted now.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", REFUSALS)
def test_R49_a_refusal_is_found_with_the_sentence_that_says_so(sentence: str):
    assert find_refusal(sentence) == sentence
    letter = f"您好，\n\n收到您上個月的信。\n{sentence}\n\n陳先生"
    assert find_refusal(letter) == sentence


@pytest.mark.parametrize("sentence", NO_REFUSALS)
def test_R49_what_only_looks_like_a_refusal_is_none(sentence: str):
    assert find_refusal(sentence) is None


@given(st.text(alphabet="請不要再寄信給我取消訂閱stop emailing me. \n", max_size=400))
def test_R49_a_refusal_is_always_a_part_of_the_text(text: str):
    found = find_refusal(text)
    assert found is None or (found and found in text)


def test_Q10_a_text_of_marks_alone_takes_no_time():
    assert find_refusal("要再" * 50_000) is None
    assert find_refusal("stop " * 50_000) is None
    assert find_refusal("don't want " * 20_000) is None
