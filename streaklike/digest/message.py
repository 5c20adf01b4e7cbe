"""A digest as a mail: both parts, and the headers by which it can be known, answered by no machine, and stopped."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Final
from zoneinfo import ZoneInfo

from streaklike.digest.compose import Digest
from streaklike.digest.errors import BadSender
from streaklike.digest.render import render_html, render_text
from streaklike.instants import to_datetime

MARK_HEADER: Final = "X-Streaklike-Digest"
UNFOLDED: Final = SMTP.clone(max_line_length=900)
"""One line a header: not every mail program reads a link that was folded."""


def parse_sender(text: str) -> tuple[str, str]:
    """Name and address of who sends digests, from `streaklike <digest@ngo.example>` or a bare address.

    Raises BadSender.
    """
    name, address = parseaddr(text)
    if address.count("@") != 1 or not address.isascii() or any(sign.isspace() for sign in address):
        raise BadSender(
            f"STREAKLIKE_MAIL_FROM is {text!r}, which is no mail address. Give one such as digest@ngo.example."
        )
    return name or "streaklike", address


def build_message(
    digest: Digest, *, sender: str, name: str, to: str, message_id: str, now: int, zone: ZoneInfo
) -> EmailMessage:
    """The whole mail. `sender` is who sends it, `name` the member it goes to; `message_id` comes without brackets."""
    from_name, address = parse_sender(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(from_name, addr_spec=address)
    message["To"] = Address(_one_line(name), addr_spec=to)
    message["Subject"] = digest.subject
    message["Date"] = format_datetime(to_datetime(now).astimezone(zone))
    message["Message-ID"] = f"<{message_id}>"
    if digest.pause.url:
        message["List-Unsubscribe"] = f"<{digest.pause.url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message[MARK_HEADER] = digest.kind
    message["Content-Language"] = digest.tag
    message.set_content(render_text(digest), cte="base64")
    message.add_alternative(render_html(digest), subtype="html", cte="base64")
    message.policy = UNFOLDED
    return message


def _one_line(name: str) -> str:
    return " ".join(name.split())
