"""Subjects: their topic without prefixes (R24), and signs of automatic replies (R28)."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_SUBJECT_LENGTH: Final = 1_000

_REPLY_WORDS: Final = r"re|aw|antw(?:ort)?|sv|vs|res|rif|odp|ynt|bls|rcv|回覆|回復|回复|答复|答覆|回信|回應|回應郵件|返信|답장|회신|отв(?:ет)?"
_FORWARD_WORDS: Final = (
    r"fwd?|forward|wg|tr|enc|rv|vb|vl|pd|ilt|trs|doorst|轉寄|转寄|轉發|转发|轉傳|转传|轉送|転送|전달|пересл"
)
_COUNT: Final = r"(?:\s?[\[(（]\d{1,3}[\])）]|\^\d{1,3})?"
_TAG: Final = r"\[[^\[\]]{1,80}\]|【[^【】]{1,80}】"
_REPLY: Final = re.compile(rf"\s?(?:{_REPLY_WORDS}){_COUNT}\s?:")
_FORWARD: Final = re.compile(rf"\s?(?:{_FORWARD_WORDS}){_COUNT}\s?:")
_LEAD: Final = re.compile(rf"\s?(?:(?:{_REPLY_WORDS}|{_FORWARD_WORDS}){_COUNT}\s?:|{_TAG})\s?")
_LEADING_TAGS: Final = re.compile(rf"(?:\s?(?:{_TAG}))+\s?")


def _folded(subject: str) -> str:
    cut = subject[:MAX_SUBJECT_LENGTH]
    if not cut.isascii():
        cut = unicodedata.normalize("NFKC", cut)
    return " ".join(cut.casefold().split())[:MAX_SUBJECT_LENGTH]


@lru_cache(maxsize=1_024)
def base_subject(subject: str) -> str:
    """Normalize a subject for comparison (R24): remove any run of reply and forward prefixes and leading
    tags.

    NFKC, which includes the full-width colon, case folded, white space collapsed. A subject of tags only
    keeps the last one.
    """
    folded = _folded(subject)
    at = 0
    while found := _LEAD.match(folded, at):
        if found.end() == len(folded) and not found[0].rstrip().endswith(":"):
            break
        at = found.end()
    return folded[at:].strip()


def is_reply_subject(subject: str) -> bool:
    """Whether the first prefix of a subject, after its tags, is a reply prefix."""
    return _starts_with(_REPLY, subject)


def is_forward_subject(subject: str) -> bool:
    """Whether the first prefix of a subject, after its tags, is a forward prefix."""
    return _starts_with(_FORWARD, subject)


def _starts_with(prefix: re.Pattern[str], subject: str) -> bool:
    folded = _folded(subject[:300])
    tags = _LEADING_TAGS.match(folded)
    return prefix.match(folded, tags.end() if tags else 0) is not None


_AUTOMATIC_HAN: Final = (
    r"(?:系統)?(?:自動|自动)(?:的)?(?:回覆|回復|回复|答覆|答复|回信|回應|返信|応答|應答)(?:信件|邮件|郵件|訊息|消息|通知|信)?"
    r"|(?:目前)?(?:人)?不在(?:辦公室|办公室|公司)(?:自動回覆|自动回复|通知)?|外出(?:自動回覆|自动回复|自動答覆|自动答复|通知|中)"
    r"|(?:休假|請假|请假|公出|出差)(?:中|通知|自動回覆|自动回复)|不在(?:通知|のお知らせ|のため)|부재\s?중(?:\s?알림)?|자동\s?(?:회신|응답|답장)"
)
_AUTOMATIC_LATIN: Final = (
    r"auto(?:matic|matische|mated)?[\s-]?(?:reply|response|answer|antwort|reponse|respond(?:er)?)(?: message)?"
    r"|(?:i ?a?'?m |currently |i am currently |away - )?out[\s-]of[\s-](?:the[\s-])?office(?! hour| polic| setting)"
    r"|out of town|ooo|away from (?:the office|my (?:desk|mail|email))|vacation (?:reply|message|notice)|on vacation"
    r"|on (?:annual |maternity |parental |sick )?leave|abwesenheits(?:notiz|meldung|nachricht)|(?:automatische )?abwesenheit"
    r"|reponse automatique|réponse automatique|absence du bureau|respuesta automatica|respuesta automática"
    r"|fuera de (?:la )?oficina|resposta automatica|resposta automática|risposta automatica|fuori sede"
    r"|automatisch antwoord|afwezig(?:heidsbericht)?|autosvar|automatiskt svar|автоответ"
)
_AUTOMATIC: Final = re.compile(
    rf"(?:(?:{_AUTOMATIC_HAN})(?![^\W\d_])|(?:{_AUTOMATIC_LATIN})(?!\w)|auto:)"
    rf"|[\[(【<「](?:{_AUTOMATIC_HAN}|{_AUTOMATIC_LATIN})[\])】>」]"
)
_AUTOMATIC_TAIL: Final = re.compile(rf"[\[(【「-]\s?(?:{_AUTOMATIC_HAN}|{_AUTOMATIC_LATIN})\s?[\])】」]?$")


@lru_cache(maxsize=1_024)
def looks_automatic(subject: str) -> bool:
    """Whether a subject is typical of automatic replies (R28's list): at its start, or as a mark at its end.

    A subject that only mentions them (`請問自動回覆怎麼設定`) is not.
    """
    folded = _folded(subject[:400])
    return _AUTOMATIC.match(folded) is not None or _AUTOMATIC_TAIL.search(folded[-60:]) is not None
