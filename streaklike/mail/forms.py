"""Recognize mail that a website form sent for a visitor (R53), who appears in Reply-To only."""

import re
from typing import Final

from streaklike.mail.addresses import address_kind, parse_address_list
from streaklike.mail.headers import Headers
from streaklike.mail.message import Correspondent

_MAX_READ: Final = 2_000
_KINDS: Final = frozenset({"human", "automatic"})
_NO_FORM: Final = re.compile(
    r"收據|收据|發票|发票|訂單|订单|付款|捐款證明|分享|共用|共享|簽署|签署|簽名|签名|邀請|邀请|行事曆|日曆|会议|會議"
    r"|\b(?:receipts?|invoices?|orders?|payments?|shared?|sharing|sign(?:ed|ature|ing)?|docusign|invit(?:e|ed|ation)|calendar|meeting)\b",
    re.IGNORECASE,
)


def find_visitor(headers: Headers, *, kind: str, sender: Correspondent | None) -> Correspondent | None:
    """Return the only person in Reply-To for whom a form may have sent this mail, or None (R53).

    Whether the sender is a form is decided by the caller, who knows the team.
    """
    if kind not in _KINDS or sender is None or "reply-to" not in headers:
        return None
    people = parse_address_list(headers.get("reply-to")[:_MAX_READ])
    if len(people) != 1 or people[0].key == sender.key:
        return None
    return people[0] if address_kind(people[0].key) in {"person", "role"} else None


def is_foreign_form(visitor: Correspondent, sender: Correspondent, *, subject: str, text: str) -> bool:
    """Whether mail from a third party's machine is nevertheless a form's (R53).

    Its Reply-To has another domain, the text contains that address, and nothing indicates a receipt, share,
    signature request or calendar.
    """
    if address_kind(sender.key) != "machine":
        return False
    is_elsewhere = visitor.key.rpartition("@")[2] != sender.key.rpartition("@")[2]
    is_named = visitor.shown.lower() in text.lower() or visitor.key in text.lower()
    return is_elsewhere and is_named and not _NO_FORM.search(subject) and not _NO_FORM.search(text[:4_000])
