"""R11 from the pages: a member leaves a label of their mailbox out and lets it in again; nobody else may."""

import re
from typing import NamedTuple

import pytest
from flask import Flask
from sqlalchemy import select, update

from gmail_emulator import Fault
from streaklike.app import create_app
from streaklike.store.models import Mailbox, User
from tests.integration.sync_helpers import AN, MEI, WEI, Team, at, mime
from tests.unit.web.conftest import Reader


class Office(NamedTuple):
    """Mei's mailbox with a label on one of its mails, Wei's, and the app."""

    app: Flask
    mailboxes: dict[str, int]
    users: dict[str, int]

    def reader(self, email: str) -> Reader:
        return Reader(self.app).sign_in(self.users[email])


@pytest.fixture
def office(team: Team) -> Office:
    account = team.connect(MEI)
    label = account.add_label("家 <私人>")
    account.deliver(mime(AN, [MEI], "Boat", minute=1), at=at(1), label_ids=["INBOX", label])
    account.deliver(mime(AN, [MEI], "Bank", minute=2), at=at(2), label_ids=["INBOX"])
    team.connect(WEI)
    team.sync()
    app = create_app(team.settings, team.database)
    with team.database.read() as session:
        mailboxes = dict(session.execute(select(Mailbox.email, Mailbox.id)).all())
        users = dict(session.execute(select(User.email, User.id)).all())
    return Office(app, mailboxes, users)


def give_role(team: Team, email: str, role: str) -> None:
    with team.database.begin() as session:
        session.execute(update(User).where(User.email == email).values(role=role))


def subjects(reader: Reader) -> set[str]:
    person = re.search(r'href="(/people/\d+)"', reader.get("/people").text)
    return set(re.findall("Boat|Bank", reader.get(person[1]).text if person else ""))


def test_R11_a_member_leaves_a_label_out_and_lets_it_in_again(team: Team, office: Office):
    give_role(team, MEI, "member")
    mei = office.reader(MEI)
    path = f"/mailboxes/{office.mailboxes[MEI]}/labels"
    assert "家 &lt;私人&gt;" in mei.get(path).text
    told = mei.post(path, {"out": "家 <私人>", "next": path}, follow_redirects=True).text
    assert "家 &lt;私人&gt;」已不列入；共有 1 封信" in told
    assert 'name="into" value="家 &lt;私人&gt;"' in told
    assert subjects(mei) == {"Bank"}
    assert "1 個不列入" in mei.get("/team").text
    told = mei.post(path, {"into": "家 <私人>", "next": path}, follow_redirects=True).text
    assert "已重新列入" in told
    assert subjects(mei) == {"Bank", "Boat"}


def test_R11_another_members_labels_are_not_there_but_for_an_admin(team: Team, office: Office):
    give_role(team, MEI, "admin")
    give_role(team, WEI, "member")
    wei, path = office.reader(WEI), f"/mailboxes/{office.mailboxes[MEI]}/labels"
    before = team.dump()
    assert (wei.get(path).status_code, wei.post(path, {"out": "家 <私人>"}).status_code) == (404, 404)
    assert path not in wei.get("/team").text
    assert team.dump() == before
    assert office.reader(MEI).get(f"/mailboxes/{office.mailboxes[WEI]}/labels").status_code == 200


def test_R11_a_viewer_sees_their_labels_and_changes_none(team: Team, office: Office):
    give_role(team, MEI, "viewer")
    mei, path = office.reader(MEI), f"/mailboxes/{office.mailboxes[MEI]}/labels"
    text = mei.get(path).text
    assert "家 &lt;私人&gt;" in text
    assert 'name="out"' not in text
    before = team.dump()
    assert mei.post(path, {"out": "家 <私人>"}).status_code == 403
    assert team.dump() == before


@pytest.mark.usefixtures("quick_retries")
def test_R11_where_gmail_fails_the_page_says_so_and_shows_what_is_out(team: Team, office: Office):
    give_role(team, MEI, "member")
    mei, path = office.reader(MEI), f"/mailboxes/{office.mailboxes[MEI]}/labels"
    mei.post(path, {"out": "家 <私人>"})
    team.server.faults.add(Fault(call="labels.list", status=503, times=99))
    before = team.dump()
    text = mei.get(path).text
    assert "現在連不上 Gmail" in text
    assert "家 &lt;私人&gt;" in text
    told = mei.post(path, {"into": "家 <私人>", "next": path}, follow_redirects=True)
    assert "現在連不上 Gmail" in told.text
    assert team.dump() == before


def test_R11_what_no_label_bears_is_refused(team: Team, office: Office):
    mei, path = office.reader(MEI), f"/mailboxes/{office.mailboxes[MEI]}/labels"
    before = team.dump()
    for name in ("nowhere", "INBOX"):
        told = mei.post(path, {"out": name, "next": path}, follow_redirects=True).text
        assert "沒有這個標籤" in told
    assert team.dump() == before
