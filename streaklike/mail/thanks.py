"""Recognize short thanks (R37): mail that says thank you or noted, and needs no answer."""

import re
import unicodedata
from typing import Final

MAX_THANKS_LENGTH: Final = 60
_MAX_NAME_HAN: Final = 3
_MAX_NAME_WORDS: Final = 2

_THANKS: Final = re.compile(
    r"謝謝|谢谢|感謝|感谢|感恩|多謝|多谢|謝啦|謝了|三克油|辛苦|收到|了解|瞭解|知道了|明白|沒問題|没问题|太好了|太棒了"
    r"|好的|好喔|好哦|好唷|ありがとう(?:ございます|ございました)?|承知(?:しました|いたしました)|감사합니다|고맙습니다"
    r"|(?<![a-z])(?:thanks?(?: ?you)?|thx|ty|got it|gotcha|noted|received|understood|(?:much )?appreciated?|will do|great"
    r"|perfect|wonderful|cheers|ok|okay|no problem|danke|vielen dank|merci|gracias|obrigad[oa])(?![a-z])"
)
_HAN_FILLER: Final = re.compile(
    r"非常|十分|萬分|万分|真的|真是|再次|已經|已经|你們|你们|大家|各位|我們|我们|老師|老师|先生|小姐|女士|夥伴|团队|團隊"
    r"|回覆|回复|告知|通知|提醒|分享|協助|协助|幫忙|帮忙|來信|来信|信件|資訊|资讯|資料|资料|郵件|邮件|說明|说明|支持"
    r"|關心|关心|用心|安排|確認|确认|親愛的|亲爱的|您好|你好|敬上|祝好|順心|平安|喜樂|不客氣|不客气|請放心|请放心"
    r"|[了囉喔哦唷啊呀啦耶嗯您你妳的很我]"
)
_LATIN_FILLER: Final = re.compile(
    r"(?<![a-z])(?:dear|hi|hello|hey|so|very|much|a lot|lots|again|all|everyone|team|for|the|your?|this|that|it|and|to|of"
    r"|in|with|many|quick|kind|prompt|e?-?mail|message|note|reply|response|update|info(?:rmation)?|help|support|sharing"
    r"|letting|me|us|know|i|we|is|well|best|kindest|warm|warmest|regards|wishes|sincerely|yours|love|xo+|really|sure|just"
    r"|yes|yep|ms|mr|mrs|dr)(?![a-z])"
)
_WANTS: Final = re.compile(
    r"[嗎吗呢請请問问麻煩烦能否何誰谁哪幾几怎想但不沒没退可若另會会要去來来再也還还]|取消|什麼|什么"
    r"|(?<![a-z])(?:but|however|can|could|will|would|should|may|please|when|where|what|who|why|how|which|if|also|cancel|stop"
    r"|unsubscribe|not|no|don'?t|need|want|send|call|attached|tomorrow|still)(?![a-z])|\d{3}"
)
_SIGNATURE: Final = re.compile(
    r"^(?:-- ?$|[^\S\n]{0,20}(?:sent (?:from|via) |get outlook for|從我的.{0,20}傳送|从我的.{0,20}发送|發自我的|发自我的|傳送自|发送自))",
    re.IGNORECASE | re.MULTILINE,
)
_CONTACT_LINE: Final = re.compile(
    r"\d[\d\s()#+-]{5,30}\d|https?://|www\.|[^\s@]@[^\s@]{1,64}\.|(?:地址|電話|手機|tel)\s?:"
)


def is_thanks(text: str) -> bool:
    """Whether the new text of a mail, without its signature, is only a short thank-you (R37).

    At most 60 characters, and no question, number, request or promise: only courtesies and a name beside the
    words of thanks.
    """
    if len(text) > 600:
        return False
    said = _without_signature(unicodedata.normalize("NFKC", text).casefold())
    if len(said) > MAX_THANKS_LENGTH or "?" in said or not _THANKS.search(said):
        return False
    rest = _THANKS.sub(" ", said)
    rest = _LATIN_FILLER.sub(" ", _HAN_FILLER.sub(" ", rest))
    if _WANTS.search(rest):
        return False
    letters = [char for char in rest if char.isalpha()]
    han = sum(not char.isascii() for char in letters)
    words = re.findall(r"[a-z][a-z'’-]*", rest)
    return han <= _MAX_NAME_HAN and len(words) <= _MAX_NAME_WORDS


def _without_signature(text: str) -> str:
    found = _SIGNATURE.search(text)
    said = (text[: found.start()] if found else text).strip()
    first, gap, rest = said.partition("\n\n")
    if gap and _CONTACT_LINE.search(rest) and "?" not in rest:
        return first.strip()
    return said
