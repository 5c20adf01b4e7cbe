"""What makes a mail urgent, and what only looks like it: sentences of everyday mail, sent on a Tuesday."""

from datetime import date

import pytest

from streaklike.mail.urgency import NOT_URGENT, Urgency, current_version, find_urgency, load_vocabulary

SENT = date(2026, 12, 1)


def on(month: int, day: int, year: int = 2026) -> date:
    return date(year, month, day)


DAYS = [
    ("請在今天下班以前回覆，謝謝。", on(12, 1)),
    ("麻煩明天中午前給我答案。", on(12, 2)),
    ("這份名單後天就要送出，能否先給我們？", on(12, 3)),
    ("報名表請於週五前寄回。", on(12, 4)),
    ("最晚下週三要確定人數，請問還有名額嗎？", on(12, 9)),
    ("申請截止日期：12月8日。", on(12, 8)),
    ("補助款核銷期限是 12/15（二）。", on(12, 15)),
    ("合約請在2026/12/20前簽回。", on(12, 20)),
    ("結案報告要在3/15前交。", on(3, 15, 2027)),
    ("學校說月底前要繳費，請問可以分期嗎？", on(12, 31)),
    ("請於115年12月10日以前回函。", on(12, 10)),
    ("十二月八日以前要把收據寄給會計。", on(12, 8)),
    ("請問明天的活動幾點集合？", on(12, 2)),
    ("下午五點前可以給我電話嗎", on(12, 1)),
    ("我8號前要交作業，可以先寄照片嗎？", on(12, 8)),
    ("請三天內回覆是否續約。", on(12, 4)),
    ("星期四的課可以帶妹妹去嗎？", on(12, 3)),
    ("Could you send us the figures by Friday?", on(12, 4)),
    ("We need your signature before 5 pm today.", on(12, 1)),
    ("I am on deadline and need a quote by 4 p.m. tomorrow.", on(12, 2)),
    ("The deadline is 8 December.", on(12, 8)),
    ("The application is due on December 15, 2026.", on(12, 15)),
    ("Please let me know before 5 pm.", on(12, 1)),
    ("Can we visit on Thursday?", on(12, 3)),
    ("Please reply within 2 days.", on(12, 3)),
    ("The report must reach us no later than the end of the month.", on(12, 31)),
    ("Would you be able to confirm by next Wednesday?", on(12, 9)),
    ("Please fill in the form and return it to our office by\n5 January.", on(1, 5, 2027)),
    ("The committee meets soon, so it would help us a great deal to have your budget\nby Monday.", on(12, 7)),
    ("We will publish it anyway, please send corrections by tomorrow noon.", on(12, 2)),
    ("Is there still room on the trip on 20 December?", on(12, 20)),
    ("你好，12/12的淨灘還缺人嗎", on(12, 12)),
    ("房租今天要繳，我繳不出來了，怎麼辦？", on(12, 1)),
    ("明天要開庭，我好害怕，可以陪我去嗎？", on(12, 2)),
    ("電費到12月5日沒繳就要斷電", on(12, 5)),
    ("12月24日(四)的聖誕晚會，想邀請貴會致詞，請於12/11前告知。", on(12, 11)),
    ("請於收到本信後7日內完成補件", on(12, 8)),
    ("The hearing is on Thursday and I don't know what to do.", on(12, 3)),
    ("I'm leaving Taiwan on 15 December; could someone collect the books before then?", on(12, 15)),
    ("We'd love to have you at our gala on 12 December, RSVP by 5 December.", on(12, 5)),
    ("It would be great to hear from you by the end of the week.", on(12, 4)),
]

NO_DAYS = [
    "上週五的活動很棒，謝謝你們！",
    "昨天下午收到包裹了，孩子們很開心。",
    "附上去年12月8日的照片。",
    "我的生日是12月8日，希望大家都健康。",
    "每週五下午我都有空，請問需要志工嗎？",
    "11/25 的收據已經收到，謝謝。",
    "報名已經截止了嗎？",
    "我們會在週五前把資料寄給您。",
    "我明天會到，到時候見。",
    "明天見！",
    "今天天氣真好，孩子們玩得很高興。",
    "本期電子報：12月24日聖誕音樂會，歡迎闔家光臨。",
    "協會成立於2016年12月20日。",
    "寄件日期：2026年12月8日",
    "目前已完成 3/4 的進度，請問可以請款嗎？",
    "請問發票上的抬頭要怎麼寫？統編 12345678。",
    "電話 02-1234-5678，請問怎麼去？",
    "三年前我在這裡當過志工。",
    "請多保重，祝 平安",
    "12/3 那天我也在場，真的很感動。",
    "The event last Friday was wonderful.",
    "I was at the market on Friday and thought of you.",
    "Her birthday is 8 December, could she have a card?",
    "We meet every Thursday, would you like to join?",
    "I will send you the form by Friday.",
    "See you tomorrow!",
    "By the way, Friday was lovely.",
    "Our association was founded on 20 December 1998.",
    "Thank you for yesterday, could you share the pictures?",
    "Best regards,\nAmy\n-- \nClosed until 31 December",
    "You may 2 or 3 times have heard this, but could you help?",
    "Our newsletter: concert on 24 December, free entrance.",
    "Date: 8 December 2026",
    "We'll be back from leave on 7 December.",
    "Two weeks ago, on 17 November, we asked for a receipt. Where is it?",
    "我今天匯了 3000 元，再麻煩寄收據。",
    "我12月1日有捐款，請問收據什麼時候會寄？",
    "I transferred 3000 today, please send a receipt.",
    "The kids broke up for holidays on Friday, when does your class resume?",
    "附件是11/28會議紀錄，請參考。",
    "發票號碼 AB-12345678 日期 2026/12/08",
    "The offer ends Friday! Buy now",
]

WORDS = [
    ("張社工您好，學生今天沒有到校，電話也沒有人接。", "沒有到校"),
    ("這件事很緊急，請回電。", "緊急"),
    ("孩子昨晚沒有回家，我們很擔心。", "沒有回家"),
    ("週末版截稿在即，電話或回信都可以。", None),  # the weekend is the day
    ("截稿在即，方便引用您的話嗎？", "截稿"),
    ("請盡快回覆，謝謝。", "盡快"),
    ("媽媽出了車禍，現在在醫院。", "車禍"),
    ("家裡這星期已經斷糧了。", "斷糧"),
    ("This is urgent: the family has nowhere to sleep.", "urgent"),
    ("Could you call me back asap?", "asap"),
    ("I'm a reporter on deadline, may I quote you?", "deadline"),
    ("He went missing after class.", "went missing"),
    ("阿嬤昨天送醫了，這週不去上課。", "送醫"),
    ("爸爸又打我了，我不敢回家", "又打我"),
    ("I urgently need baby formula.", "urgently"),
]

NO_WORDS = [
    "這件事不緊急，有空再回就好。",
    "不是很急，慢慢來。",
    "請填寫緊急聯絡人的電話。",
    "我們會盡快處理。",
    "想捐款給緊急救援基金，請問帳號？",
    "我是醫院的住院醫師，想當志工。",
    "去年有學生沒有到校，後來都找到了。",
    "我馬上就寄出。",
    "請問有沒有家暴防治的講座？",
    "Nothing urgent, just wanted to say hello.",
    "Please fill in your emergency contact.",
    "We gave to the emergency fund last spring.",
    "There is no deadline, take your time.",
    "We will answer as soon as possible.",
    "I deleted your mail by accident, please send it again.",
    "The deadline is the end of next month.",
]


@pytest.mark.parametrize(("text", "day"), DAYS)
def test_a_day_by_which_they_want_something_is_found(text: str, day: date) -> None:
    assert find_urgency("", text, SENT).named_on == day


@pytest.mark.parametrize("text", NO_DAYS)
def test_a_day_that_asks_nothing_of_us_is_none(text: str) -> None:
    assert find_urgency("", text, SENT).named_on is None


@pytest.mark.parametrize(("text", "word"), WORDS)
def test_a_word_of_urgency_is_found(text: str, word: str | None) -> None:
    assert find_urgency("", text, SENT).word == word


@pytest.mark.parametrize("text", NO_WORDS)
def test_what_only_sounds_urgent_is_not(text: str) -> None:
    assert find_urgency("", text, SENT).word is None


def test_the_earliest_of_several_days_counts() -> None:
    text = "請在12/10前回覆；活動是12/20，請問可以來嗎？"
    assert find_urgency("", text, SENT).named_on == on(12, 10)


def test_the_subject_counts_too() -> None:
    assert find_urgency("緊急：學生沒有到校", "請回電", SENT) == Urgency(None, "緊急")
    assert find_urgency("Reply needed by Friday", "See the file.", SENT).named_on == on(12, 4)


def test_ordinary_mail_is_not_urgent() -> None:
    assert find_urgency("想當志工", "您好，我想幫忙，請問要怎麼報名？", SENT) == NOT_URGENT
    assert find_urgency("", "", SENT) == NOT_URGENT


@pytest.mark.parametrize(
    "text", ["13/45前", "2/30 前請回覆", "請於 99 號前", "31/2/2026前", "0月0日前", "within 99 days?"]
)
def test_days_that_do_not_exist_are_passed_over(text: str) -> None:
    assert find_urgency("", text, SENT).named_on is None


def test_the_vocabulary_is_whole_and_has_a_version() -> None:
    words = load_vocabulary()
    assert {kind for _, kind in (*words.han, *words.latin)} == {"alarm", "hurry", "deadline"}
    assert all(word == word.casefold() for word, _ in words.latin)
    assert current_version().startswith("1.")
