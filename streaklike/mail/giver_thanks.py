"""Whether our message contains a sentence that thanks a donor (R52), independent of its touch class."""

import re
from collections.abc import Iterator
from typing import Final

VERSION: Final = "1"
"""Increase when the result changes, so that stored mail is classified again."""

LOOKED_AT: Final = 2_000
"""How many characters of a text are examined."""

_END: Final = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_THANKS: Final = re.compile(
    r"感謝|感谢|謝謝|谢谢|多謝|多谢|致謝|致谢|銘謝|謝意|谢意|感恩|感激"
    r"|\b(?:thank(?:s| you|ed|ing|ful)?|grateful(?:ly)?|gratitude|appreciat(?:e|ed|es|ion|ive))\b",
    re.IGNORECASE,
)
_GIFT: Final = re.compile(
    r"捐|贈|赠|善款|愛心|爱心|支持|贊助|赞助|奉獻|奉献|慷慨|善心|善舉|善举|認養|认养|物資|物资|禮物|礼物|心意|匯款|汇款"
    r"|資助|资助|款項|款项"
    r"|\b(?:gifts?|giving|donat\w{1,6}|contribut\w{1,6}|generos\w{1,4}|generous(?:ly)?|support(?:ing|ed)?|kindness"
    r"|sponsor\w{0,5}|pledges?|goods)\b",
    re.IGNORECASE,
)
_NOT_YET: Final = re.compile(
    r"若|如果|如蒙|不勝感激|不胜感激|先謝|先谢|希望您|能否|是否"
    r"|\b(?:if|would|could|can you|in advance|hope|please)\b",
    re.IGNORECASE,
)
"""Conditions, requests and thanks in advance: not thanks for a gift."""
_BARE: Final = re.compile(
    r"(?:真的|非常|十分|很|衷心|再次|萬分|由衷|誠摯|[,，\s])*(?:感謝|感谢|謝謝|谢谢|多謝|多谢)(?:您|你|妳|你們|您們|大家|[,，\s])*"
    r"|(?:thank you|many thanks|thanks)(?: (?:so|very) much| again| indeed| a lot)*",
    re.IGNORECASE,
)


def thanks_a_giver(subject: str, text: str) -> bool:
    """Whether a sentence of the subject or new text gives thanks for a gift.

    Thanks without an object count only if more text follows; at the end of a mail they are a courtesy.
    """
    said = text[:LOOKED_AT].partition("\n-- \n")[0].partition("\n--\n")[0]
    sentences = list(_sentences(f"{subject}\n{said}"))
    return any(
        _thanks_for_a_gift(sentence) or (number < len(sentences) - 1 and bool(_BARE.fullmatch(sentence)))
        for number, sentence in enumerate(sentences)
    )


def _sentences(said: str) -> Iterator[str]:
    for part in _END.split(said):
        sentence = part.strip(" \t\r~～…,，")
        if sentence:
            yield sentence


def _thanks_for_a_gift(sentence: str) -> bool:
    return bool(_THANKS.search(sentence) and _GIFT.search(sentence) and not _NOT_YET.search(sentence))
