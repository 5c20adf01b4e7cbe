"""Recognize mail systems as senders (R30): by From's address or name, or by an empty return path."""

import re
from enum import Enum
from typing import Final

from streaklike.mail.addresses import address_kind
from streaklike.mail.headers import Headers
from streaklike.mail.message import Correspondent


class Origin(Enum):
    """Whether a mail system sent it: SYSTEM by its address or name, PERHAPS by weaker signs, or OTHER."""

    SYSTEM = 1
    PERHAPS = 2
    OTHER = 3


_LOCAL: Final = re.compile(
    r"(?:mail(?:er|delivery)?[-_.]?daemon|m?daemon|postmaster|postoffice|mail[-_.]?(?:system|admin|master)"
    r"|mail[-_.]?delivery[-_.]?(?:sub)?(?:system|service)?|mail[-_.]?administrator|microsoftexchange[0-9a-f]{32})(?:[+=].*)?",
    re.DOTALL,
)
_NAME: Final = re.compile(
    r"mailer[-_ ]?daemon|mail deliver[a-z]* (?:sub)?(?:system|service)|postmaster|internet mail delivery|mail delivery"
)
_OFFICE: Final = re.compile(
    r"(?:mail|system|e-?mail) administrator|system attendant|mail (?:system|server|service)|系統管理|系统管理|郵件系統|邮件系统|郵件伺服器|邮件服务器|郵件管理|邮件管理|郵件主機|郵局系統"
    r"|メール(?:配信|サーバ|管理)|システム管理|메일 ?(?:시스템|서버|관리)|administrat(?:eur|or del|ore di) s[iy]st|systemadministrator"
)
_MAX_FROM: Final = 400


def is_mail_system(key: str) -> bool:
    """Whether mail systems use the address with this key, such as mailer-daemon@ or postmaster@."""
    return _LOCAL.fullmatch(key.rpartition("@")[0]) is not None


def find_origin(headers: Headers, sender: Correspondent | None) -> Origin:
    """Whether a mail system sent this message. `sender` is the parsed From, None if it holds no address."""
    if sender is not None and is_mail_system(sender.key):
        return Origin.SYSTEM
    name = (sender.name if sender is not None else headers.text("from", limit=_MAX_FROM)).lower()
    if _NAME.search(name):
        return Origin.SYSTEM
    if sender is None and "from" in headers and not name.strip("<>\"' "):
        return Origin.SYSTEM
    is_empty_path = "return-path" in headers and headers.get("return-path").strip() in {"", "<>"}
    is_machine = sender is not None and address_kind(sender.key) == "machine"
    return Origin.PERHAPS if is_empty_path or is_machine or _OFFICE.search(name) else Origin.OTHER
