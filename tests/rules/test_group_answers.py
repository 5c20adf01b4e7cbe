"""R35, R36: a reply of ours to the team's own group alone is suggested as the answer, and one click takes it."""

from contextlib import closing

import pytest
from sqlalchemy import select

from streaklike.instants import now_instant
from streaklike.people.marks import accept_group_answer
from streaklike.settings import Settings
from streaklike.store.database import open_database
from streaklike.store.models import Contact, Conversation, Message
from streaklike.wording.evidence import GROUP_REPLY, load_evidence
from tests.rules.cli_harness import MEI, WEI, Harness, t

LIN = "lin@donor.example"
GROUP = "helpers@ngo.example"
CARRIED = ["List-Id: <helpers.ngo.example>", f"List-Post: <mailto:{GROUP}>", "Precedence: list"]


def suggested(harness: Harness) -> str | None:
    (flag,) = harness.flags(LIN)
    return flag["suggested_answer"]


def test_R35_R36_a_reply_to_the_teams_own_group_alone_is_suggested(harness: Harness):
    asked = harness.asks(LIN, "03-02 09:00", to=GROUP, headers=CARRIED)
    harness.sync()
    assert (harness.state(LIN), suggested(harness)) == ("needs_reply", None)
    harness.writes(WEI, "03-02 10:00", refs=[asked], seen_by=[WEI])
    harness.sync()
    assert suggested(harness) is None, "a colleague alone"
    answer = harness.writes(GROUP, "03-02 11:00", refs=[asked], seen_by=[WEI])
    harness.writes(GROUP, "03-02 12:00", by=WEI, refs=[asked])
    harness.sync()
    assert (harness.state(LIN), suggested(harness)) == ("needs_reply", answer)
    assert harness.audit["open_unassigned"] == 1
    account = harness.box(MEI)
    account.trash(next(one.id for one in account.messages.values() if answer.encode() in one.mime))
    harness.sync()
    assert suggested(harness) not in (answer, None)


def test_R35_R36_a_reply_to_the_group_is_taken_by_one_deed(harness: Harness):
    answer = harness.writes(GROUP, "03-02 11:00", refs=["first@post.example"])
    harness.asks(LIN, "03-02 09:00", to=GROUP, headers=CARRIED, id="first@post.example", boxes=[WEI])
    harness.sync()
    assert suggested(harness) == answer
    with closing(open_database(Settings().database_url)) as database, database.begin() as session:
        evidence = load_evidence(session, [answer])[answer]
        assert (evidence.kind, evidence.at, evidence.by) == (GROUP_REPLY, t("03-02 11:00"), "mei")
        contact = session.scalars(select(Contact)).one()
        conversation = session.scalars(select(Conversation)).one()
        facts = {"rfc_id": answer, "at": evidence.at, "by": None, "now": now_instant()}
        accept_group_answer(session, contact, conversation, **facts)
        assert session.scalars(select(Message.rfc_id)).all() == ["first@post.example"]
    harness.sync()
    assert (harness.state(LIN), harness.flags(LIN), harness.audit["answered"]) == ("quiet", [], 1)


@pytest.mark.parametrize("to", ["else@ngo.example", MEI])
def test_R35_internal_mail_that_did_not_go_to_their_group_is_no_answer(harness: Harness, to: str):
    asked = harness.asks(LIN, "03-02 09:00", to=GROUP, headers=CARRIED)
    harness.writes(to, "03-02 11:00", by=WEI, refs=[asked], seen_by=[MEI])
    harness.writes(GROUP, "03-02 12:00", by=WEI, refs=["other@post.example"])
    harness.sync()
    assert suggested(harness) is None


def test_R35_a_reply_to_the_group_and_to_somebody_else_is_suggested_too(harness: Harness):
    asked = harness.asks(LIN, "03-02 09:00", to=GROUP, headers=CARRIED, subject="Boots")
    answer = harness.writes(["bo@donor.example", GROUP], "03-02 11:00", refs=[asked], subject="Re: Boots")
    harness.sync()
    assert (harness.state(LIN), suggested(harness)) == ("needs_reply", answer)
