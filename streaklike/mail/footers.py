"""Recognize and remove footers that mailing lists append, in English and Chinese."""

import re
from typing import Final

_MARKS: Final = (
    "______",
    "You received this message",
    "Google 網路論壇",
    "Google 论坛",
    "Google 群",
    "Google群",
    "-=-=-=-",
    "To unsubscribe from this",
    "mailman/listinfo",
    "majordomo",
)
_MAX_FOOTER_LINES: Final = 25
_GROUP: Final = re.compile(
    r"You received this message because you are subscribed to the Google Groups|您[會会]?收到(?:這|此|这).{0,30}(?:因為|因为).{0,40}Google"
    r"|您已訂閱「?Google|You received this message because you are subscribed to the|这封邮件是因为您订阅"
)
_MAJORDOMO: Final = re.compile(r"\s*To unsubscribe from this list: send the line")
_RULE: Final = re.compile(r"_{20,}|-=-=-=-=-[-=]*|-{20,}")
_MAILMAN: Final = re.compile(
    r".*(?:mailing list|郵件列表|邮件列表|電子報名單|通信論壇|通訊論壇|listinfo|To unsubscribe send an email to|Groups\.io Links|退訂|mailman)"
)


def strip_list_footer(text: str) -> tuple[str, str]:
    """Split a text into its content and the list's footer, which may be empty.

    Knows Google Groups, Mailman 2 and 3 and Groups.io. Only the end of the text is examined.
    """
    if not any(mark in text for mark in _MARKS):
        return text, ""
    lines = text.split("\n")
    first = max(0, len(lines) - _MAX_FOOTER_LINES)
    for number in range(first, len(lines)):
        if _starts_footer(lines, number):
            start = number - 1 if number and lines[number - 1].strip() == "--" else number
            return "\n".join(lines[:start]).rstrip(), "\n".join(lines[start:]).strip()
    return text, ""


def _starts_footer(lines: list[str], number: int) -> bool:
    line = lines[number].strip()[:400]
    if _GROUP.match(line) or (
        line.startswith(("您", "You received")) and _GROUP.match(" ".join(lines[number : number + 3])[:400])
    ):
        return True
    if line == "--" and _MAJORDOMO.match(" ".join(lines[number + 1 : number + 4])[:400]):
        return True
    if not _RULE.fullmatch(line):
        return False
    return any(_MAILMAN.match(following[:400]) for following in lines[number + 1 : number + 3])
