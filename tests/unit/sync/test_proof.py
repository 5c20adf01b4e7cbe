"""What is counted of a mailbox, by an index alone, is what Gmail would list (Q2)."""

from itertools import product

from sqlalchemy import func, insert, select

from streaklike.store.database import Database
from streaklike.store.models import MailboxMessage
from streaklike.sync.directory import ensure_mailbox
from streaklike.sync.proof import LISTABLE, is_waiting, prove

REASONS = ("internal", "draft", "chat", "spam", "trash", "set_aside", "label")


def test_Q2_each_copy_that_gmail_lists_is_counted_once(database: Database):
    kinds = [
        *product(["listed", "stored"], [False, True], [None]),
        *product(["left_out"], [False, True], REASONS),
    ]
    with database.begin() as session:
        mailbox = ensure_mailbox(session, "mei@ngo.example", now=1)
        rows = [
            {
                "mailbox_id": mailbox.id,
                "gmail_id": f"{beginning}{number}-{copy}",
                "thread_id": "t",
                "state": state,
                "is_hidden": is_hidden,
                "reason": reason,
            }
            for number, (state, is_hidden, reason) in enumerate(kinds)
            for copy in range(number + 1)
            for beginning in ("", "mbox-", "offer-")
        ]
        session.execute(insert(MailboxMessage), rows)
    with database.read() as session:
        proof = prove(session, mailbox.id)
        own = MailboxMessage.gmail_id.not_like("%-%-%")
        listed = session.scalar(select(func.count()).where(own, LISTABLE))
        assert proof.messages_total + proof.waiting + sum(proof.left_out.values()) == listed
        stored = kinds.index(("stored", False, None)) + 1
        assert (proof.messages_total, proof.waiting) == (stored, 1 + 2)
        hidden = {reason: kinds.index(("left_out", True, reason)) + 1 for reason in REASONS}
        shown = {reason: kinds.index(("left_out", False, reason)) + 1 for reason in REASONS}
        assert proof.left_out["draft"] == hidden["draft"] + shown["draft"]
        assert proof.left_out["internal"] == shown["internal"]
        assert proof.left_out["label"] == hidden["label"] + shown["label"] + hidden["internal"]
        assert not {"spam", "trash"} & proof.left_out.keys()
        assert is_waiting(session, mailbox.id)
