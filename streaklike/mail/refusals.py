"""Find requests not to be contacted again, by whole sentences; precision matters more than recall."""

import re
from hashlib import blake2b
from typing import Final

from streaklike.mail.words import beyond_ascii, latin_words

LOOKED_AT: Final = 4_000
"""How many characters of a text are examined."""

_US_ZH: Final = r"(?:給我|寄給我|寄信(?:來|給我)?|寄(?:來|送)?|來信|發信|發送|傳送|傳|聯絡我?|聯繫我?|連絡我?|打擾我?|打電話(?:給我)?|來電|勸募|募款)"
_MAIL_ZH: Final = r"(?:任何|這些|這類|這種|貴會的?|你們的?|您們的?|相關的?|所有的?|電子報|郵件|信件|信|e-?mail|廣告|募款|訊息|簡訊|通知|資訊|刊物|文宣|捐款|電話|會訊)"
_ZH: Final = (
    rf"(?:不要|別|勿|停止)(?:再|繼續)(?:一直)?{_US_ZH}(?!\S{{0,6}}(?:收據|紙本|包裹|物資|禮物|舊|到|去|過來|錯|改))",
    r"(?:請|麻煩)(?:立即|立刻|馬上)?停止(?:寄|發|傳|聯絡|聯繫|連絡|打擾|來電)",
    rf"(?:不想|不希望|不願意?)再(?:收到|接到|被聯絡|被打擾|被聯繫)(?:{_MAIL_ZH}){{0,4}}",
    r"(?:我(?:想|要)|請|麻煩|請幫我|幫我|請替我|希望|請協助|麻煩幫我|麻煩您|請您)(?:立即|立刻|馬上|幫我)?(?:取消訂閱|退訂|取消電子報)",
    r"^(?:取消訂閱|退訂)[。.!！謝了]{0,6}$",
    r"(?:把|將)(?:我|本人|我的(?:資料|信箱|名字|姓名|email|e-mail|地址|電話))(?:從|自)?.{0,14}(?:名單|名冊|通訊錄|聯絡人|資料庫|群組)(?:中|裡|上|內)?(?:移除|刪除|刪掉|拿掉|去除|除名)",
    r"(?:請|麻煩)(?:您|你們|幫我)?(?:從|自)(?:你們的?|您們的?|貴會的?)?(?:寄送|郵寄|聯絡|發信|電子報)?(?:名單|名冊|通訊錄|資料庫)(?:中|裡|上|內)?(?:移除|刪除|刪掉)",
    r"(?:不要|別|請勿|勿)(?:再)?(?:跟|和|與)我(?:聯絡|聯繫|連絡)",
    r"到此為止.{0,6}(?:不要|別|勿)再?(?:聯絡|聯繫|寄)",
)
_WRITE: Final = r"(?:contact|e-?mail|mail|writ|send|call|phon|text|messag|solicit|bother)"
_EN: Final = (
    rf"\b(?:stop|cease|quit) (?:{_WRITE}\w*ing) (?:me|us|my|these|this|to me|to us|any|your|such|so many|newsletters|e-?mails)\b",
    r"(?:please |kindly )(?:stop|cease) (?:these|the|your|all|all these|all your) (?:e-?mails|mails|mailings|letters|newsletters|messages|calls)",
    r"\b(?:do not|don't|never) (?:ever )?(?:contact|e-?mail|mail|write to|write|call|phone|text|message|bother) (?:me|us) (?:again|any ?more|any longer|further|in (?:the )?future|ever)",
    r"(?:please |kindly )(?:do not|don't) (?:contact|e-?mail|mail|write to|call|phone|text|message) (?:me|us)\s*(?:[.!,]|$)",
    r"\b(?:do not|don't) send (?:me|us) (?:any ?(?:more |further |other )?|more |further |these |your )?(?:e-?mails?|mails?|mailings|letters|newsletters?|messages|anything|appeals|requests)(?: (?:again|any ?more|in future|in the future|from you))?\b(?! until| before| to (?:the|my) (?:old|other|work))",
    r"\bunsubscribe (?:me|us)\b",
    r"(?:i(?:'d| would) (?:like|want) to|i want to|i wish to|please let me|how (?:do|can) i) (?:be )?unsubscribed?\b",
    r"^(?:please )?unsubscribe[.!]*$",
    r"\b(?:remove|take|delete|drop) (?:me|us|my (?:name|e-?mail(?: address)?|address|details|data)) (?:off|from) (?:of )?(?:your|the|this|all|any)(?: \w+){0,3} (?:lists?|database|mailings?|newsletters?|records|contacts)",
    r"(?:i|we) (?:no longer|do not|don't) (?:want|wish) to (?:receive|get|hear from|be contacted|be e-?mailed)\b(?! (?:a |the |my )?(?:paper|receipt|printed|gift))",
    r"(?:leave me alone|take me off (?:your|the|this) (?:mailing )?list)\b",
)
_IN_HAN: Final = re.compile("|".join(_ZH))
_IN_LATIN: Final = re.compile("|".join(_EN))
_HINTS_ZH: Final = (
    *("要再", "別再", "勿再", "想再", "望再", "意再", "停止", "訂閱", "退訂", "移除", "去除", "刪", "除名"),
    *("願再", "要繼續", "別繼續", "勿繼續", "拿掉", "我聯", "我連", "取消電子報", "到此為止"),
)
_HINTS_EN: Final = frozenset(
    ("stop", "cease", "quit", "unsubscribe", "unsubscribed", "longer", "not", "don't", "never")
) | {"remove", "take", "delete", "drop", "leave"}
_SENTENCE: Final = re.compile(r"[^。！？!?\n]+?(?:[。！？!?]+|\.(?=\s|$)|\n|$)")
_SUPPOSED: Final = re.compile(
    r"(?:^|[，,；; ])(?:如果|若|假如|if |unless |in case |when |whether )|(?:朋友|先生說|別人|有人)(?:說|問|要)|\b(?:she|he|they|someone|people) (?:said|says|told|asked)|點選|按此|click here|以下連結"
)
VERSION: Final = blake2b(
    f"{_IN_HAN.pattern} {_IN_LATIN.pattern} {_SUPPOSED.pattern} {_HINTS_ZH}".encode(), digest_size=4
).hexdigest()
"""Changes with what counts as a refusal, so that stored mail is evaluated again."""


def find_refusal(text: str) -> str | None:
    """Return the sentence in a mail's new text (R25) that asks us not to write again, or None.

    Conditional sentences ("if you stop writing to me"), reported speech, and link texts of footers do not
    count.
    """
    said = text[:LOOKED_AT]
    if not _may_refuse(_lowered(said)):
        return None
    for found in _SENTENCE.finditer(said):
        lowered = _lowered(found[0].strip())
        if lowered.startswith((">", "＞")):
            continue  # shown as new text in doubt (R25), but it may quote us
        if _may_refuse(lowered) and _refuses(lowered):
            return found[0].strip()[:300]
    return None


def _lowered(text: str) -> str:
    return text.lower().replace("\u2019", "'")


def _may_refuse(lowered: str) -> bool:
    """Cheap check: passes every refusal and rejects most other mail."""
    beyond = beyond_ascii(lowered, "\n")
    words = latin_words(lowered.replace("-", " "))
    return any(hint in beyond for hint in _HINTS_ZH) or not _HINTS_EN.isdisjoint(words)


def _refuses(sentence: str) -> bool:
    is_said = _IN_LATIN.search(sentence) or (not sentence.isascii() and _IN_HAN.search(sentence))
    return bool(is_said) and not _SUPPOSED.search(sentence)
