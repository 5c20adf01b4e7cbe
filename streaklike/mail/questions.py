"""Whether our message asks for an answer: a question or request in its new part (R25). Pure.

"If you have questions, write to us" and "how are you?" are courtesies; thanks and receipts ask nothing.
"""

import re
import unicodedata
from typing import Final

VERSION: Final = "1"
"""Increase when the result changes, so that open mail is evaluated again."""

LOOKED_AT: Final = 2_000
"""How many characters of a text are examined."""

_LINK: Final = re.compile(r"https?://\S{1,300}")
_SENTENCE: Final = re.compile(r"(?:[^。!?\n.]|\.(?!\s|$))+[!?]?")
_COURTESY: Final = re.compile(
    r"(?:如有|有任何|若有|如果有|倘有|有什麼|有其他)[^,]{0,6}(?:問題|疑問|需要|疑慮)|近來可好|最近好嗎|您好嗎|你好嗎|都好嗎|還好嗎|不客氣"
    r"|\bif (?:you have|there are|there is) (?:any|further|more) |\bany questions\b|\bhow are (?:you|things)\b|\bhow is everything\b"
    r"|\bplease (?:accept|feel free|do not hesitate|don't hesitate|find|note|see|give my|give our|take care|enjoy|be assured)\b"
)
_ASKS: Final = re.compile(
    r"[嗎吗]|請問|请问|請您?(?:回覆|回复|回信|告知|告訴|提供|確認|確定|填|寄|給|簽|幫|協助|留|選|決定|聯絡|聯繫|讓我們知道)|麻煩|麻烦|能否|可否|是否|可不可以|能不能"
    r"|方不方便|願不願意|拜託|懇請|盼(?:您|請)|等您(?:的)?(?:回|消息)|期待您的(?:回|答)|何時|什麼時候|哪一?[天個位]|幾點|邀請您"
    r"|\b(?:please|kindly|(?:could|can|would|will|may) (?:you|we|i)|let (?:me|us) know"
    r"|look(?:ing)? forward to (?:your|hearing)|we (?:need|would need) your|invite you)\b"
)


def asks_for_reply(text: str) -> bool:
    """Whether the new text of our message contains a sentence that asks for an answer."""
    said = text[:LOOKED_AT].partition("\n-- \n")[0].partition("\n--\n")[0]
    plain = _LINK.sub(" ", unicodedata.normalize("NFKC", said).casefold().replace("\u2019", "'"))
    return any(_asks(found[0]) for found in _SENTENCE.finditer(plain))


def _asks(sentence: str) -> bool:
    if _COURTESY.search(sentence):
        return False
    return sentence.endswith("?") or _ASKS.search(sentence) is not None
