"""Which sentences refuse contact, and which only look as if they did."""

from itertools import product

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
請將我的名字從聯絡人名單中去除。
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
We have moved abroad-stop emailing me, please.
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


def sentences(*parts: str) -> list[str]:
    """Each first part with each of the second and so on, where words are parted by `/`."""
    return ["".join(words) for words in product(*(part.split("/") for part in parts))]


@pytest.mark.parametrize(
    "sentence",
    [
        *sentences("請不要再/請別再/請勿再/請停止再/請不要繼續/請不要再一直", "寄信給我"),
        *sentences(
            "不要再",
            "給我這個/寄給我/寄信/寄/來信/發信/發送/傳送/傳/聯絡/聯繫/連絡/打擾/打電話/來電/勸募/募款",
            "了",
        ),
        *sentences("請/麻煩", "/立即/立刻/馬上", "停止", "寄/發/傳/聯絡/聯繫/連絡/打擾/來電"),
        *sentences("不想/不希望/不願/不願意", "再", "收到/接到/被聯絡/被打擾/被聯繫", "了"),
        *sentences(
            "我想/我要/請/麻煩/請幫我/幫我/請替我/希望/請協助/麻煩幫我/麻煩您/請您",
            "取消訂閱/退訂/取消電子報",
        ),
        *sentences("請", "立即/立刻/馬上/幫我", "退訂"),
        *sentences("取消訂閱/退訂", "/。/謝謝了！"),
        *sentences(
            "把/將",
            "我/本人/我的資料/我的信箱/我的名字/我的姓名/我的email/我的e-mail/我的地址/我的電話",
            "從名單移除",
        ),
        *sentences("把我/把我從/把我自", "名單/名冊/通訊錄/聯絡人/資料庫/群組", "刪除"),
        *sentences("把我從名單", "中/裡/上/內/", "移除/刪除/刪掉/拿掉/去除/除名"),
        *sentences("請/麻煩", "/您/你們/幫我", "從/自", "/你們的/您們的/貴會的/貴會", "名單移除"),
        *sentences(
            "請從", "/寄送/郵寄/聯絡/發信/電子報", "名單/名冊/通訊錄/資料庫", "/中/裡/上/內", "移除/刪除/刪掉"
        ),
        *sentences("不要/別/請勿/勿", "/再", "跟/和/與", "我", "聯絡/聯繫/連絡"),
        *sentences("到此為止，", "不要/別/勿", "/再", "聯絡/聯繫/寄", "了"),
    ],
)
def test_R49_each_word_of_a_refusal_in_chinese(sentence: str):
    assert find_refusal(sentence) == sentence


@pytest.mark.parametrize(
    "thing", ["收據", "紙本", "包裹", "物資", "禮物", "舊址那邊", "到家裡", "去公司", "過來", "錯", "改天"]
)
def test_R49_what_is_not_to_be_sent_again_may_be_a_thing(thing: str):
    assert find_refusal(f"請不要再寄{thing}") is None


@pytest.mark.parametrize(
    "sentence",
    [
        *sentences("stop /cease /quit ", "e-mailing me"),
        *sentences(
            "stop ",
            "contacting/emailing/e-mailing/mailing/writing/sending/calling/phoning/texting/messaging/soliciting/bothering",
            " us",
        ),
        *sentences(
            "stop sending ", "me/us/my/these/this/to me/to us/any/your/such/so many/newsletters/e-mails", " now"
        ),
        *sentences("please /kindly ", "stop /cease ", "these/the/your/all/all these/all your", " e-mails"),
        *sentences("please stop the ", "emails/mails/mailings/letters/newsletters/messages/calls"),
        *sentences("do not /don't /never ", "/ever ", "contact", " me again"),
        *sentences("don't ", "contact/email/e-mail/mail/write/write to/call/phone/text/message/bother", " us again"),
        *sentences(
            "don't call me ", "again/anymore/any more/any longer/further/in future/in the future/ever"
        ),
        *sentences("please /kindly ", "do not /don't ", "contact me", "/./!/, thanks"),
        *sentences("please don't ", "contact/email/e-mail/mail/write to/call/phone/text/message", " us"),
        *sentences(
            "don't send me ",
            "any /anymore /any more /any further /any other /more /further /these /your /",
            "letters again",
        ),
        *sentences(
            "do not send us ",
            "email/e-mails/mail/mails/mailings/letters/newsletter/messages/anything/appeals/requests",
            "/ again/ anymore/ any more/ in future/ in the future/ from you",
        ),
        *sentences("unsubscribe ", "me/us", " today"),
        *sentences("i'd like to /i'd want to /i would like to /i want to /i wish to /please let me ", "/be ", "unsubscribe"),
        *sentences("how do i /how can i ", "unsubscribe"),
        *sentences("/please ", "unsubscribe", "/./!"),
        *sentences("remove /take /delete /drop ", "me", " off / from ", "your list"),
        *sentences("take ", "us/my name/my email/my e-mail address/my address/my details/my data", " off your list"),
        *sentences("remove me from ", "your/the/this/all/any", " lists/ database/ mailing/ newsletter/ records/ contacts"),
        "remove me off of all your long old lists",
        *sentences("i /we ", "no longer /do not /don't ", "want to /wish to ", "receive this"),
        *sentences("i no longer wish to ", "get mail/hear from you/be contacted/be emailed/be e-mailed"),
        "leave me alone",
        *sentences("take me off ", "your/the/this", " list/ mailing list"),
    ],
)  # fmt: skip
def test_R49_each_word_of_a_refusal_in_english(sentence: str):
    assert find_refusal(sentence) == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        *sentences(
            "don't send me letters ", "until May/before May/to the old flat/to my other flat/to my work"
        ),
        *sentences("i don't wish to receive ", "/a /the /my ", "paper/receipt/printed/gift", " copies"),
        *sentences("如果/若/假如/我說，如果", "不要再寄信給我"),
        *sentences("朋友說/先生說要/別人問/有人要", "，不要再寄信給我"),
        *sentences("點選/按此/以下連結", "，我要退訂"),
        *sentences("if /unless /in case /when /whether /well, if ", "you stop sending me letters"),
        *sentences("she /he /they /someone /people ", "said/says/told/asked", " stop sending me letters"),
        "click here to stop sending me letters",
    ],
)
def test_R49_what_is_supposed_or_said_of_others_refuses_nothing(sentence: str):
    assert find_refusal(sentence) is None


@pytest.mark.parametrize("end", ["。", "！", "？", "!", "?", ". ", "\n"])
def test_R49_a_sentence_ends_at_its_mark(end: str):
    assert (
        find_refusal(f"Hello{end}Please stop emailing me{end}Yours")
        == f"Please stop emailing me{end}".strip()
    )
    assert find_refusal(f"If it rains{end}stop emailing me") == "stop emailing me"


def test_R49_a_refusal_is_looked_for_in_four_thousand_characters_and_told_in_three_hundred():
    refusal = "Please stop emailing me."
    assert find_refusal("." * (4_000 - len(refusal) - 1) + "\n" + refusal) == refusal
    assert find_refusal("." * 4_000 + "\n" + refusal) is None
    told = find_refusal(f"stop emailing me {'about it ' * 100}")
    assert told is not None
    assert len(told) == 300


@given(st.text(alphabet="請不要再寄信給我取消訂閱stop emailing me. \n", max_size=400))
def test_R49_a_refusal_is_always_a_part_of_the_text(text: str):
    found = find_refusal(text)
    assert found is None or (found and found in text)


def test_Q10_a_text_of_marks_alone_takes_no_time():
    assert find_refusal("要再" * 50_000) is None
    assert find_refusal("stop " * 50_000) is None
    assert find_refusal("don't want " * 20_000) is None
