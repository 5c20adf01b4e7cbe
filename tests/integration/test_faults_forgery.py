"""Q26, R14: nothing that a stranger can write makes a mail count as our answer."""

from email.message import EmailMessage

import pytest
from sqlalchemy import select

from streaklike.people.finding import get_contact
from streaklike.store.models import ContactStatus, Message
from tests.integration.sync_helpers import AN, BO, MEI, WEI, Team, at, mime

FORGERIES: dict[str, dict[str, str]] = {
    "From a member": {"From": MEI},
    "From a member by name": {"From": f'"Mei" <{MEI}>'},
    "From in other case": {"From": "MEI@NGO.EXAMPLE"},
    "From a colleague without a mailbox": {"From": "boss@ngo.example"},
    "Sender a member": {"Sender": MEI},
    "Reply-To a member": {"Reply-To": MEI},
    "Return-Path a member": {"From": MEI, "Return-Path": f"<{MEI}>"},
    "Resent by a member": {"From": MEI, "Resent-From": MEI},
    "Gmail's label header of an export": {"From": MEI, "X-Gmail-Labels": "Sent,SENT,寄件備份"},
    "two authors": {"From": f"{MEI}, an@donor.example"},
    "a list's original sender": {
        "From": "'Mei' via Help <help@ngo.example>",
        "X-Original-From": MEI,
        "X-Original-Sender": MEI,
        "Reply-To": MEI,
        "List-Id": "<help.ngo.example>",
    },
    "Received and signed as ours": {
        "From": MEI,
        "Received": "from mail.ngo.example (authenticated)",
        "Authentication-Results": "mx.google.com; dkim=pass header.i=@ngo.example; spf=pass",
        "X-Google-Original-From": MEI,
    },
}
assert len(FORGERIES) == 12


def forge(headers: dict[str, str]) -> bytes:
    """An answer to An's question, to An, as if it were ours; a stranger sent Mei the copy."""
    message = EmailMessage()
    message["From"] = headers.get("From", BO)
    message["To"], message["Cc"], message["Subject"] = AN, WEI, "Re: River"
    message["Message-ID"], message["In-Reply-To"] = "<forged@mx.example>", "<ask@mx.example>"
    message["References"] = "<ask@mx.example>"
    for name, value in headers.items():
        if name != "From":
            message[name] = value
    message.set_content("Dear An, we have answered you.")
    return message.as_bytes()


@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("place", ["INBOX", "archive"])
def test_Q26_a_forged_answer_counts_for_nothing(team: Team, name: str, place: str):
    account = team.connect(MEI)
    account.deliver(mime(AN, [MEI], "River", "May I help?", message_id="ask"), at=at(0))
    labels = ("INBOX", "UNREAD") if place == "INBOX" else ()
    account.deliver(forge(FORGERIES[name]), label_ids=labels, at=at(60))
    assert team.sync_one().complete
    with team.database.read() as session:
        outbound = session.scalars(select(Message.rfc_id).where(Message.direction == "outbound")).all()
        assert outbound == []
        ask = session.scalars(select(Message).where(Message.rfc_id == "ask@mx.example")).one()
        assert ask.answer == "open"
        contact_status = session.get_one(ContactStatus, get_contact(session, "an@donor.example").id)
        assert (contact_status.reply_state, contact_status.touches_28d) == ("needs_reply", 0)
        assert contact_status.last_outbound_at is None


def test_Q26_the_sent_label_alone_makes_it_ours(team: Team):
    """The same mail, but Gmail says that Mei sent it."""
    account = team.connect(MEI)
    account.deliver(mime(AN, [MEI], "River", "May I help?", message_id="ask"), at=at(0))
    account.deliver(forge({"From": MEI}), label_ids=("SENT",), at=at(60))
    team.sync()
    with team.database.read() as session:
        contact_status = session.get_one(ContactStatus, get_contact(session, "an@donor.example").id)
        assert contact_status.reply_state == "awaiting_reply"
