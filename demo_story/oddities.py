"""Mail as it really comes: old charsets, wrong labels, broken heads, plus tags, capitals, hidden recipients."""

from dataclasses import replace
from datetime import date

from demo_story import mime
from demo_story.cast import BY_KEY
from demo_story.hours import at_time
from demo_story.model import Party
from demo_story.stage import Scenario, answer, ask, build_stranger


def send_oddities(stage: Scenario) -> None:
    """Every odd kind of mail, each answered where it asks for an answer."""
    _send_charsets(stage)
    _send_wrong_labels(stage)
    _send_html_only(stage)
    _send_future_date(stage)
    _send_broken_heads(stage)
    _send_addresses(stage)
    _send_cc_and_bcc(stage)


def _send_charsets(stage: Scenario) -> None:
    for number, (name, address, charset, subject, text) in enumerate(
        (
            ("陳添財", "tientsai@oldmail.example", "big5", "捐款收據地址", "您好，收據請寄到新地址，謝謝。陳添財"),
            ("刘晓东", "xiaodong@mainland.example", "gb18030", "关于志愿者报名", "您好，我在台北读书，想参加河岸清扫，请问外地学生可以报名吗？"),
            ("松本 明", "akira@kawa.example", "iso-2022-jp", "見学のお礼", "先日はありがとうございました。写真をお送りしますので、ご住所を教えてください。"),
            ("黃正雄", "chenghsiung@oldmail.example", "big5", "志工背心尺寸", "我要 XL，謝謝。請問什麼時候發？"),
        )
    ):  # fmt: skip
        person = build_stranger(name, address, language="ja" if charset == "iso-2022-jp" else "zh")
        letter = ask(stage, person, 300 - 37 * number, (subject, text), charset=charset)
        answer(stage, letter, "收到您的來信，已經處理好了，謝謝您。\n\n志豪")


def _send_wrong_labels(stage: Scenario) -> None:
    """Bytes of one charset under the name of another, or of none: the mail must not be lost (R6)."""
    for number, (address, charset, label) in enumerate(
        (("aming@oldmail.example", "big5", "utf-8"), ("afang@oldmail.example", "utf-8", "big5"), ("ahua@oldmail.example", "big5", ""))
    ):  # fmt: skip
        person = build_stranger(("阿明", "阿芳", "阿華")[number], address, segment="volunteer")
        text = "您好，請問下次清掃是什麼時候？我想帶家人一起去。"
        body = mime.text_part("plain", text, charset, label=label)
        letter = ask(stage, person, 210 - 23 * number, ("下次清掃時間", text), to="volunteers", body=body)
        answer(stage, letter, "您好，下次是第二個星期六上午八點半，歡迎全家一起來。\n\n雅婷", by="volunteers")


def _send_html_only(stage: Scenario) -> None:
    person = build_stranger("謝千惠", "chienhui.hsieh@post.example", look="html")
    letter = ask(
        stage,
        person,
        140,
        ("教室粉刷", "您好，我們油漆行可以贊助教室粉刷，請問牆面大約幾坪？"),
        to="programmes",
    )
    answer(stage, letter, "太感謝了！大約三十坪，週五可以來看現場嗎？\n\n承翰", by="programmes")


def _send_future_date(stage: Scenario) -> None:
    """A clock that is wrong by decades: internalDate counts, the Date header is shown (R20)."""
    person = build_stranger("賴金水", "chinshui.lai@hinet.example")
    dated = at_time(date(2099, 1, 1), 12)
    letter = ask(
        stage,
        person,
        57,
        ("電腦時間壞了", "您好，我的電腦時間好像怪怪的，不知道信有沒有收到？想問收據的事。"),
        dated=dated,
    )
    answer(stage, letter, "有收到，收據這週寄出，請放心。\n\n志豪")


def _send_broken_heads(stage: Scenario) -> None:
    """No Message-ID; and one Message-ID on two different mails (R19)."""
    nameless = build_stranger("潘啟明", "chiming.pan@oldmail.example")
    letter = ask(stage, nameless, 88, ("捐發票", "您好，有一箱發票要捐，請問寄到哪裡？"), message_id="")
    answer(stage, letter, "請寄到溪洲街 12 號，謝謝您！\n\n志豪", headers=())
    first = build_stranger("羅世賢", "shihhsien.lo@oldmail.example")
    one = ask(
        stage,
        first,
        76,
        ("捐款", "您好，上個月的捐款收據可以改寄電子檔嗎？"),
        message_id="same-id-0001@oldmail.example",
    )
    answer(stage, one, "可以，已經改好了。\n\n志豪")
    again = replace(first, key=f"{first.key}-2")
    two = ask(
        stage,
        again,
        69,
        ("另外一件事", "您好，另外想問可以捐舊衣嗎？"),
        message_id="same-id-0001@oldmail.example",
    )
    answer(stage, two, "舊衣目前不收，謝謝您想到我們。\n\n志豪")


def _send_addresses(stage: Scenario) -> None:
    """Plus tags, capitals, a role address, an address in Cc alone, a hidden recipient (R1 to R3, R10, R22, R34)."""
    tagged = build_stranger("吳若瑜", "joyu.wu+riverbank@mail.example")
    letter = ask(stage, tagged, 51, ("電子報訂閱", "您好，請問電子報可以改寄到這個信箱嗎？"), to="programmes")
    answer(stage, letter, "可以，已經改好了。\n\n承翰", by="programmes")
    loud = build_stranger("周育誠", "YUCHENG.CHOU@HINET.EXAMPLE")
    letter = ask(stage, loud, 45, ("會員證", "您好，志工證遺失，可以補發嗎？"), to="volunteers")
    answer(stage, letter, "可以，下次來教室領。\n\n雅婷", by="volunteers")
    role = build_stranger("暖屋頂基金會", "info@warmroof.example", segment="partner")
    letter = ask(stage, role, 41, ("年報交換", "您好，想與貴會交換年報，請問寄到哪裡？"), to="director")
    answer(stage, letter, "謝謝，請寄到溪洲街 12 號，我們的也寄出了。\n\n怡君", by="director")


def _send_cc_and_bcc(stage: Scenario) -> None:
    writer = build_stranger("鍾宗翰", "tsunghan.chung@welfare.gov.example", segment="partner")
    known = ask(
        stage,
        writer,
        92,
        ("聯繫會報場地", "張社工您好，下次會報想借貴會的教室，二十人，可以嗎？"),
        to="cases",
    )
    answer(stage, known, "可以，那天下午教室是空的。\n\n美玲", by="cases")
    stage.post.send(
        at=stage.day(34, 14),
        author=writer,
        to=(Party("暖屋頂基金會", "info@warmroof.example"),),
        cc=(BY_KEY["cases"].party,),
        subject="聯繫會報紀錄",
        text="會議紀錄如下，副本給與會單位參考，不用回覆。",
        thread="odd-cc",
        kind="cc_only",
    )
    hidden = build_stranger("呂文雄", "wenhsiung.lu@donor.example")
    first = ask(stage, hidden, 62, ("請不要公開我的名字", "您好，捐款徵信請用「無名氏」，謝謝。"))
    answer(stage, first, "好的，已經改為無名氏。\n\n志豪")
    stage.post.send(
        at=stage.day(33, 11),
        author=BY_KEY["director"],
        to=(Party("高崇文", "chungwen.kao@xizhou.gov.example"),),
        bcc=(hidden.party,),
        subject="教室整修進度",
        text="里長您好，整修預計下個月開工，期間陪讀班移到活動中心。\n\n怡君",
        thread="odd-bcc",
        kind="bcc",
    )
