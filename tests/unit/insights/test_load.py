"""Fair load and handover: ties, counts, suggestions, and the way there and back."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.boxes.errors import BadText, OwnerHasLeft
from streaklike.boxes.follow_ups import add_follow_up
from streaklike.boxes.handover import OwnedItem, hand_over, list_holdings, list_received
from streaklike.boxes.lifecycle import create_box
from streaklike.boxes.owners import list_owner_emails
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.boxes.tasks import add_task
from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.evaluate.refresh import refresh
from streaklike.cadence.queries.flag_views import list_flags
from streaklike.insights.handover import build_pack, count_left, suggested_parts
from streaklike.insights.load import measure_load
from streaklike.insights.ties import list_ties
from streaklike.instants import DAY, HOUR, to_datetime
from streaklike.people.contacts import get_contact, set_owner
from streaklike.people.errors import UserHasLeft
from streaklike.people.marks import assign_conversation
from streaklike.store.database import Database
from streaklike.store.models import Box, Contact, ContactStatus, Conversation, Task, User
from tests.factories import AN, BO, MEI, T0, WEI, PostOffice

LIN = "Lin <lin@ngo.example>"
LOOKER = "Board <board@ngo.example>"
NOW = T0 + 400 * DAY


class Team:
    """Mei, Wei and Lin write; An knows Wei best and Mei second, Bo knows Lin. Both wait."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.office = office = PostOffice(session)
        for person, role in ((MEI, "admin"), (WEI, "member"), (LIN, "member"), (LOOKER, "viewer")):
            office.user(person, role=role)
        for number in range(9):
            office.post(MEI, to=[AN], at=T0 + number * HOUR)  # over a year ago
        for number in range(2):
            office.post(MEI, to=[AN], at=NOW - (100 + number) * DAY)
        for number in range(3):
            office.post(WEI, to=[AN], at=NOW - (200 + number) * DAY)
        office.post(AN, to=[WEI, LOOKER], at=NOW - 90 * DAY, kind="automatic")
        office.post(LIN, to=[BO], at=NOW - 50 * DAY)
        self.an_asks = office.post(AN, to=[MEI], at=NOW - 3 * DAY)
        self.bo_asks = office.post(BO, to=[LIN], at=NOW - 2 * DAY)
        office.link()
        refresh(session, now=NOW)
        self.mei, self.wei, self.lin, self.looker = (
            self.user(name) for name in ("mei", "wei", "lin", "board")
        )
        self.an, self.bo = (get_contact(session, f"{name}@donor.example") for name in ("an", "bo"))

    def user(self, name: str) -> User:
        return self.session.scalars(select(User).where(User.email == f"{name}@ngo.example")).one()

    def waiting(self, contact: Contact) -> Conversation:
        contact_status = self.session.get_one(ContactStatus, contact.id)
        return self.session.get_one(Conversation, contact_status.waiting_conversation_id)

    def fill(self) -> None:
        """Mei looks after An, what waits with An, a box with Wei, a task and a follow-up."""
        ensure_start_pipelines(self.session)
        set_owner(self.session, self.an, self.mei, by=self.mei, now=NOW)
        assign_conversation(self.session, self.waiting(self.an), self.mei, by=self.mei, now=NOW)
        create_box(self.session, "supporters", "donor", name="An's gift", contacts=[self.an], owners=[self.mei, self.wei], by=self.mei, now=NOW)  # fmt: skip
        zone = to_datetime(NOW).tzinfo
        add_task(self.session, text="send the report", due_on=to_datetime(NOW).date(), zone=zone, contact=self.an, by=self.mei, now=NOW)  # type: ignore[arg-type]  # fmt: skip
        add_follow_up(self.session, contact=self.an, due_at=NOW + DAY, since_at=NOW, by=self.mei, now=NOW)
        refresh(self.session, now=NOW)


@pytest.fixture
def team(database: Database):
    with database.begin() as session:
        yield Team(session)


def test_a_tie_is_a_years_human_mail_and_the_newest_breaks_it(team: Team):
    ties = list_ties(team.session, [team.an.id, team.bo.id], now=NOW)
    assert [(tie.user_id, tie.mails) for tie in ties[team.an.id]] == [(team.mei.id, 3), (team.wei.id, 3)]
    assert [(tie.user_id, tie.mails) for tie in ties[team.bo.id]] == [(team.lin.id, 2)]
    team.office.post(WEI, to=[AN], at=NOW - DAY)
    team.office.link()
    assert [tie.user_id for tie in list_ties(team.session, [team.an.id], now=NOW)[team.an.id]] == [
        team.wei.id,
        team.mei.id,
    ]


def test_bcc_makes_no_tie(team: Team):
    before = list_ties(team.session, [team.bo.id], now=NOW)
    for number in range(5):
        team.office.post(WEI, to=[AN], bcc=[BO], at=NOW - (10 + number) * HOUR)
    team.office.link()
    assert list_ties(team.session, [team.bo.id], now=NOW) == before


def test_the_load_counts_who_waits_what_is_due_and_how_fast_answers_came(team: Team):
    team.fill()
    team.office.post(LIN, to=[BO], at=NOW - 2 * DAY + HOUR, refs=[team.bo_asks])
    team.office.link()
    refresh(team.session, now=NOW)
    load = measure_load(team.session, now=NOW)
    lines = {line.email: line for line in load.colleagues}
    assert set(lines) == {"mei@ngo.example", "wei@ngo.example", "lin@ngo.example"}
    mei = lines["mei@ngo.example"]
    assert (mei.answers, mei.oldest_at, mei.touches, mei.pace) == (1, NOW - 3 * DAY, 2, None)
    pace = lines["lin@ngo.example"].pace
    assert pace
    assert (pace.answers, pace.raw_ms) == (1, HOUR)


def test_who_waits_for_nobody_is_suggested_to_whom_they_know_best(team: Team):
    load = measure_load(team.session, now=NOW)
    assert (load.colleagues[0].user_id, load.colleagues[0].answers) == (0, 2)
    assert [(each.address, each.to_name, each.mails) for each in load.suggestions] == [
        ("an@donor.example", team.mei.name, 3),
        ("bo@donor.example", team.lin.name, 2),
    ]


def test_nobody_is_suggested_away_from_whom_they_know_best(team: Team):
    team.fill()
    assign_conversation(team.session, team.waiting(team.bo), team.mei, by=team.mei, now=NOW)
    load = measure_load(team.session, now=NOW)
    assert [each.address for each in load.suggestions] == ["bo@donor.example"]


def test_a_pack_holds_all_with_the_last_word_and_a_successor(team: Team):
    team.fill()
    pack = build_pack(team.session, team.mei, now=NOW)
    assert [item.holding.kind for item in pack.items] == [
        "person",
        "conversation",
        "box",
        "task",
        "follow_up",
    ]
    assert {item.successor.email for item in pack.items if item.successor} == {"wei@ngo.example"}
    assert {item.contact_id for item in pack.items} == {team.an.id}
    assert pack.items[0].last_at == NOW - 3 * DAY
    assert {user.email for user in pack.successors} == {"wei@ngo.example", "lin@ngo.example"}


def test_all_is_handed_over_seen_by_the_new_owner_and_taken_back(team: Team):
    team.fill()
    team.lin.role = "admin"  # who hands over what is another's
    pack = build_pack(team.session, team.mei, now=NOW)
    before = list_holdings(team.session, team.mei.id)
    event = hand_over(
        team.session, suggested_parts(pack), source=team.mei, reason="leaves in May", by=team.lin, now=NOW + 1
    )
    assert event
    assert list_holdings(team.session, team.mei.id) == []
    assert team.an.owner_id == team.wei.id
    box = team.session.scalars(select(Box)).one()
    assert list_owner_emails(team.session, box) == ["wei@ngo.example"]
    (news,) = list_received(team.session, team.wei, now=NOW + 2)
    assert (news.by, news.reason, news.count) == (team.lin.name, "leaves in May", 5)
    assert list_received(team.session, team.mei, now=NOW + 2) == []
    undo(team.session, event, by=team.lin, now=NOW + 3)
    assert list_holdings(team.session, team.mei.id) == before
    assert list_owner_emails(team.session, box) == ["mei@ngo.example", "wei@ngo.example"]
    assert list_received(team.session, team.wei, now=NOW + 4) == []


def test_what_was_given_on_since_stays_when_a_handover_is_taken_back(team: Team):
    team.fill()
    pack = build_pack(team.session, team.mei, now=NOW)
    event = hand_over(
        team.session, suggested_parts(pack), source=team.mei, reason="x", by=team.mei, now=NOW + 1
    )
    assert event
    set_owner(team.session, team.an, team.lin, by=team.wei, now=NOW + 2)
    undo(team.session, event, by=team.mei, now=NOW + 3)
    assert team.an.owner_id == team.lin.id
    assert len(list_holdings(team.session, team.mei.id)) == 4


def test_a_handover_says_why_and_goes_to_nobody_who_has_left(team: Team):
    team.fill()
    holdings = list_holdings(team.session, team.mei.id)
    with pytest.raises(BadText):
        hand_over(team.session, [(holdings[0], team.wei)], source=team.mei, reason=" ", by=None, now=NOW)
    team.session.execute(update(User).where(User.id == team.wei.id).values(disabled_at=NOW))
    team.session.expire_all()
    for holding in holdings[:2]:
        with pytest.raises(UserHasLeft):
            hand_over(team.session, [(holding, team.wei)], source=team.mei, reason="x", by=None, now=NOW)
    with pytest.raises(OwnerHasLeft):
        hand_over(team.session, [(holdings[3], team.wei)], source=team.mei, reason="x", by=None, now=NOW)
    assert (
        hand_over(team.session, [(holdings[0], team.mei)], source=None, reason="x", by=None, now=NOW) is None
    )
    assert holdings[0] == OwnedItem("person", team.an.id)


def test_nothing_stays_with_a_leaver_unnoticed(team: Team):
    team.fill()
    assert count_left(team.session) == []
    team.session.execute(update(User).where(User.id == team.mei.id).values(disabled_at=NOW))
    team.session.expire_all()
    assert [(user.email, count) for user, count in count_left(team.session)] == [("mei@ngo.example", 5)]
    load = measure_load(team.session, now=NOW)
    assert [line.has_left for line in load.colleagues if line.email == "mei@ngo.example"] == [True]
    # An's box is Wei's too: with Mei gone, Wei is responsible (R58), and nobody need be suggested.
    assert "an@donor.example" not in {each.address for each in load.suggestions}
    assert next(line.answers for line in load.colleagues if line.email == "wei@ngo.example") == 1


def test_R51_a_past_flag_names_whose_the_task_was_then(team: Team):
    team.fill()
    task = team.session.scalars(select(Task)).one()
    late = task.due_at + DAY
    refresh(team.session, now=late)
    (flag,) = [flag for flag in list_flags(team.session, now=late) if flag.reason == "promise_overdue"]
    assert flag.owner == "mei@ngo.example"
    hand_over(
        team.session,
        [(OwnedItem("task", task.id), team.lin)],
        source=team.mei,
        reason="x",
        by=team.mei,
        now=late + HOUR,
    )
    refresh(team.session, now=late + 2 * HOUR)

    def owners(at: int) -> list[str | None]:
        return [flag.owner for flag in flags_as_of(team.session, at=at) if flag.reason == "promise_overdue"]

    assert owners(late) == ["mei@ngo.example"]
    assert owners(late + 2 * HOUR) == ["lin@ngo.example"]
