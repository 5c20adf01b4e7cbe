"""R11: labels left out, where Gmail fails, is late, or knows them no longer."""

import pytest
from sqlalchemy import func, select

from gmail_emulator import Fault
from streaklike.gmail.errors import GmailError
from streaklike.store.models import MailboxMessage, Message
from tests.integration.sync_helpers import AN, MEI, WEI, Team, at, mime


def count_messages(team: Team) -> int:
    with team.database.read() as session:
        return session.scalar(select(func.count()).select_from(Message)) or 0


@pytest.mark.parametrize(
    "fault",
    [
        {"call": "labels.list", "status": 503, "times": 99},
        {"call": "labels.list", "body": b"{}"},
        {"call": "messages.list", "status": 403, "times": 99},
    ],
)
@pytest.mark.usefixtures("quick_retries")
def test_R11_where_gmail_fails_nothing_is_changed(team: Team, fault: dict):
    account = team.connect(MEI)
    label = account.add_label("Private")
    account.deliver(mime(AN, [MEI]), at=at(0), label_ids=["INBOX", label])
    team.sync()
    before = team.dump()
    team.server.faults.add(Fault(**fault))
    with pytest.raises(GmailError):
        team.change_labels(MEI, is_left_out=True)
    team.server.faults.clear()
    assert team.dump() == before


def test_R11_a_thread_that_comes_whole_leaves_no_text_of_what_is_left_out(team: Team):
    account = team.connect(MEI)
    label = account.add_label("Private")
    team.change_labels(MEI, is_left_out=True)
    refs: list[str] = []
    for number in range(4):
        mail = mime(AN, [MEI], "Matter", f"Words {number}", minute=number, message_id=str(number), refs=refs)
        account.deliver(mail, at=at(number), label_ids=["INBOX", label] if number == 1 else ["INBOX"])
        refs.append(str(number))
    report = team.sync_one()
    assert (account.calls["threads.get"], report.left_out, report.complete) == (1, {"label": 1}, True)
    assert count_messages(team) == 3


def test_R11_a_label_deleted_in_gmail_is_left_out_no_longer(team: Team):
    account = team.connect(MEI)
    label = account.add_label("Private")
    account.deliver(mime(AN, [MEI]), at=at(0), label_ids=["INBOX", label])
    team.sync()
    before = team.dump()
    team.change_labels(MEI, is_left_out=True)
    account.delete_label(label)
    account.expire_history()
    report = team.sync_one()
    assert (report.messages_total, report.left_out, report.complete) == (1, {}, True)
    assert [line for line in before if '"copy"' not in line] == [
        line for line in team.dump() if '"copy"' not in line and "left_out_label" not in line
    ]


@pytest.mark.usefixtures("quick_retries")
def test_R11_a_first_sync_under_way_goes_on_without_what_is_left_out_meanwhile(team: Team):
    account = team.connect(MEI)
    label = account.add_label("Private")
    for number in range(6):
        mail = mime(AN, [MEI], f"Matter {number}", f"Words {number}", minute=number)
        account.deliver(mail, at=at(number), label_ids=["INBOX", label] if number % 2 else ["INBOX"])
    team.server.faults.add(Fault(call="messages.get", status=503, times=99, skip=2))
    assert team.sync_one().error is not None
    team.change_labels(MEI, is_left_out=True)
    team.server.faults.clear()
    report = team.sync_one()
    assert (report.messages_total, report.left_out, report.complete) == (3, {"label": 3}, True)


def test_R11_R13_internal_mail_left_out_is_not_read_again_but_where_the_team_shrank(team: Team):
    account = team.connect(MEI)
    label = account.add_label("Private")
    account.deliver(mime(WEI, [MEI], "Lunch?"), at=at(0), label_ids=["INBOX", label])
    team.sync()
    team.change_labels(MEI, is_left_out=True)
    assert team.sync_one().left_out == {"label": 1}
    team.settings = team.settings.model_copy(update={"team_domains": ("other.example",)})
    report = team.sync_one()
    assert (report.left_out, report.complete) == ({"label": 1}, True)
    fetched = account.calls["messages.get"]
    team.change_labels(MEI, is_left_out=False)
    report = team.sync_one()
    assert (report.messages_total, report.left_out) == (1, {})
    assert account.calls["messages.get"] == fetched + 1
    with team.database.read() as session:
        assert session.scalars(select(MailboxMessage.state)).all() == ["stored"]
