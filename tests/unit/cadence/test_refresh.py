"""From stored mail to standings, flags and answers, on both databases."""

import random

import pytest
from sqlalchemy import delete, select, update

from streaklike.boxes.lifecycle import add_box_conversation, create_box
from streaklike.boxes.notes import log, log_gift
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.boxes.tasks import add_task
from streaklike.boxes.undo import undo
from streaklike.cadence.evaluate.refresh import refresh, refresh_all
from streaklike.cadence.policy.policy import save_policy
from streaklike.cadence.queries.audit import Audit, audit
from streaklike.instants import DAY, HOUR, to_datetime
from streaklike.people.contacts import add_contact, set_do_not_contact, set_owner, set_tier
from streaklike.people.events import mark_due
from streaklike.people.marks import (
    assign_conversation,
    dismiss_flag,
    mark_no_reply_needed,
    reopen_conversation,
)
from streaklike.people.merging import merge, unmerge
from streaklike.store.database import Database
from streaklike.store.models import Contact, ContactStatus, Conversation, Event, Flag, Message, Task
from tests.factories import AN, BO, CHU, DAEMON, DAO, MEI, ROBOT, T0, WEI, PostOffice
from tests.unit.cadence.cadence_fixtures import (
    answer_of,
    conversation_of,
    flags_of,
    member,
    person,
    reasons_of,
    snapshot,
    status_of,
)

WEEK = T0 + 7 * DAY


def test_R33_R39_a_question_and_its_answer(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        office.link()
        contact_status = status_of(session, AN, now=T0 + HOUR)
        assert (contact_status.reply_state, contact_status.waiting_since_at) == ("needs_reply", T0)
        assert answer_of(session, asked) == "open"
        assert conversation_of(session, asked).reply_state == "needs_reply"
        assert conversation_of(session, asked).needs_reply_at == T0
        office.post(MEI, to=[AN], at=T0 + HOUR, refs=[asked])
        office.link()
        contact_status = status_of(session, AN, now=T0 + HOUR)
        assert (contact_status.reply_state, contact_status.waiting_since_at) == ("awaiting_reply", None)
        assert (contact_status.last_inbound_at, contact_status.last_outbound_at) == (T0, T0 + HOUR)
        assert (contact_status.last_touch_direction, contact_status.last_touch_user_id) == (
            "outbound",
            member(session, MEI).id,
        )
        assert answer_of(session, asked) == "answered"
        assert conversation_of(session, asked).reply_state == "awaiting_reply"


def test_R14_a_forged_sender_answers_nothing(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        office.post(MEI, to=[AN, WEI], at=T0 + HOUR, refs=[asked], seen_by=[WEI])
        office.link()
        contact_status = status_of(session, AN, now=T0 + DAY)
        assert (contact_status.reply_state, contact_status.last_outbound_at, contact_status.touches_28d) == (
            "needs_reply",
            None,
            0,
        )
        assert answer_of(session, asked) == "open"


def test_R14_what_goes_to_the_trash_counts_no_more_and_comes_back(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        reply = office.post(MEI, to=[AN], at=T0 + HOUR, refs=[asked])
        office.link()
        assert status_of(session, AN, now=WEEK).reply_state == "awaiting_reply"
        office.trash(reply)
        office.link()
        assert status_of(session, AN, now=WEEK).reply_state == "needs_reply"
        assert answer_of(session, asked) == "open"
        office.untrash(reply)
        office.link()
        assert status_of(session, AN, now=WEEK).reply_state == "awaiting_reply"


def test_R16_one_message_in_two_mailboxes_is_one_touch(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN, WEI], at=T0, seen_by=[MEI, WEI])
        office.link()
        assert status_of(session, AN, now=WEEK).touches_28d == 1


def test_R22_who_stands_in_bcc_owes_nothing_and_was_written_to(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN], bcc=[BO], at=T0)
        office.link()
        contact_status = status_of(session, BO, now=WEEK)
        assert (contact_status.reply_state, contact_status.last_outbound_at, contact_status.touches_28d) == (
            "quiet",
            T0,
            0,
        )


@pytest.mark.parametrize("kind", ["automatic", "bulk", "receipt", "calendar"])
def test_R29_R31_R32_machines_stop_no_clock(database: Database, kind: str) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        office.post(MEI, to=[AN], at=T0 + HOUR, refs=[asked], kind=kind)
        theirs = office.post(BO, to=[MEI], at=T0, kind=kind)
        office.post(MEI, to=[BO], at=T0 - DAY)
        office.link()
        contact_status = status_of(session, AN, now=T0 + DAY)
        assert (contact_status.reply_state, contact_status.waiting_since_at) == ("needs_reply", T0)
        assert status_of(session, BO, now=T0 + DAY).reply_state == "awaiting_reply"
        assert answer_of(session, theirs) is None


def test_R30_a_bounce_undoes_the_touch_and_leaves_the_state_as_it_was(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        reply = office.post(MEI, to=[AN], at=T0 + HOUR, refs=[asked])
        more = office.post(MEI, to=[AN], at=T0 + 2 * HOUR, refs=[reply])
        office.link()
        assert status_of(session, AN, now=WEEK).touches_28d == 1
        for lost in (reply, more):
            office.post(
                DAEMON,
                to=[MEI],
                at=T0 + 3 * HOUR,
                kind="bounce",
                failed=[AN],
                bounce_of=lost,
                bounce_status="5.1.1",
            )
        office.link()
        contact_status = status_of(session, AN, now=WEEK)
        assert (contact_status.reply_state, contact_status.touches_28d, contact_status.last_outbound_at) == (
            "needs_reply",
            0,
            None,
        )
        assert answer_of(session, asked) == "open"


def test_R30_R33_where_nothing_of_ours_arrived_nobody_owes_though_it_seemed_so_before(
    database: Database,
) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, to=[AN], at=T0)
        office.link()
        assert status_of(session, AN, now=WEEK).reply_state == "awaiting_reply"
        assert conversation_of(session, sent).reply_state == "awaiting_reply"
        office.post(
            DAEMON,
            to=[MEI],
            at=T0 + HOUR,
            kind="bounce",
            failed=[AN],
            bounce_of=sent,
            bounce_status="5.1.1",
        )
        office.link()
        assert status_of(session, AN, now=WEEK).reply_state == "quiet"
        session.expire_all()
        assert conversation_of(session, sent).reply_state == "quiet"


def test_R30_a_bounce_that_names_no_message_returns_the_last_to_that_address(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN], at=T0)
        office.post(MEI, to=[AN, BO], at=T0 + DAY)
        office.post(DAEMON, to=[MEI], at=T0 + DAY + HOUR, kind="bounce", failed=[AN], bounce_status="5.0.0")
        office.link()
        assert status_of(session, AN, now=WEEK).last_outbound_at == T0
        assert status_of(session, BO, now=WEEK).last_outbound_at == T0 + DAY


def test_R30_R34_who_stands_in_cc_owes_nothing_though_to_was_returned(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, to=[AN], cc=[BO], at=T0)
        office.post(
            DAEMON, to=[MEI], at=T0 + HOUR, kind="bounce", failed=[AN], bounce_of=sent, bounce_status="5.1.1"
        )
        office.link()
        assert status_of(session, BO, now=WEEK).reply_state == "quiet"


def test_R30_a_delay_changes_nothing(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, to=[AN], at=T0)
        office.post(
            DAEMON, to=[MEI], at=T0 + HOUR, kind="bounce", failed=[AN], bounce_of=sent, bounce_status="4.4.7"
        )
        office.link()
        assert status_of(session, AN, now=WEEK).touches_28d == 1


def test_R30_a_bounce_belongs_to_the_address_that_failed(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, to=[AN, BO], at=T0)
        office.post(
            DAEMON, to=[MEI], at=T0 + HOUR, kind="bounce", failed=[AN], bounce_of=sent, bounce_status="5.1.1"
        )
        office.link()
        assert status_of(session, AN, now=WEEK).reply_state == "quiet"
        assert status_of(session, BO, now=WEEK).reply_state == "awaiting_reply"
        assert conversation_of(session, sent).reply_state == "awaiting_reply"


def test_R34_cc_alone_is_for_information(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        aside = office.post(AN, to=[BO], cc=[MEI], at=T0)
        office.link()
        assert status_of(session, AN, now=WEEK).reply_state == "quiet"
        assert answer_of(session, aside) == "for_information"


def test_R34_our_mail_to_a_colleague_with_the_person_in_cc_asks_nothing_of_them(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[WEI], cc=[AN], at=T0)
        office.post(MEI, cc=[BO], at=T0)
        office.link()
        assert status_of(session, AN, now=WEEK).reply_state == "quiet"
        assert status_of(session, BO, now=WEEK).reply_state == "awaiting_reply"


def test_R35_a_reply_to_one_of_two_askers(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, to=[MEI], cc=[BO], at=T0)
        second = office.post(BO, to=[MEI], cc=[AN], at=T0 + HOUR, refs=[first])
        office.post(MEI, to=[AN], at=T0 + 2 * HOUR, refs=[second])
        office.link()
        refresh(session, now=WEEK)
        assert (answer_of(session, first), answer_of(session, second)) == ("answered", "open")
        assert [flag.evidence for flag in flags_of(session, BO, now=WEEK)] != []
        assert reasons_of(session, AN, now=WEEK) == []


def test_R36_a_logged_call_answers_and_undoing_it_asks_again(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        office.link()
        call = log(
            session,
            "call",
            contact=person(session, AN),
            by=member(session, MEI),
            at=T0 + HOUR,
            now=WEEK,
            text="Spoke",
        )
        contact_status = status_of(session, AN, now=WEEK)
        assert (contact_status.reply_state, contact_status.touches_28d, contact_status.last_touch_at) == (
            "quiet",
            1,
            T0 + HOUR,
        )
        assert answer_of(session, asked) == "answered"
        undo(session, call, by=None, now=WEEK)
        assert status_of(session, AN, now=WEEK).reply_state == "needs_reply"
        log(session, "note", contact=person(session, AN), by=None, at=T0 + HOUR, now=WEEK, text="Hm")
        assert status_of(session, AN, now=WEEK).reply_state == "needs_reply"


def test_R37_no_reply_needed_until_their_next_mail(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        office.link()
        mark_no_reply_needed(
            session, conversation_of(session, asked), by=None, reason="settled by phone", now=T0 + HOUR
        )
        assert status_of(session, AN, now=WEEK).reply_state == "quiet"
        assert answer_of(session, asked) == "closed"
        reopen_conversation(session, conversation_of(session, asked), by=None, now=T0 + 2 * HOUR)
        assert status_of(session, AN, now=WEEK).reply_state == "needs_reply"
        mark_no_reply_needed(
            session, conversation_of(session, asked), by=None, reason="spam", now=T0 + 3 * HOUR
        )
        office.post(AN, to=[MEI], at=T0 + DAY, refs=[asked])
        office.link()
        contact_status = status_of(session, AN, now=WEEK)
        assert (contact_status.reply_state, contact_status.waiting_since_at) == ("needs_reply", T0 + DAY)


def test_R39_every_inbound_human_mail_is_accounted_for(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        ensure_start_pipelines(session)
        assert audit(session) == Audit(0, 0, 0, 0, 0, 0)
        answered = office.post(AN, to=[MEI], at=T0)
        office.post(MEI, to=[AN], at=T0 + HOUR, refs=[answered])
        office.post(BO, to=[MEI], at=T0)  # a candidate's, nobody's
        taken = office.post(CHU, to=[MEI], at=T0)
        boxed = office.post(DAO, to=[MEI], at=T0)
        cared_for = office.post(AN, to=[WEI], at=T0 + DAY, subject="Another matter")
        closed = office.post(BO, to=[MEI], at=T0 + DAY, subject="Hm")
        office.post(ROBOT, to=[MEI], at=T0)
        office.post(CHU, to=[AN], cc=[MEI], at=T0 + DAY)
        office.post(CHU, to=[MEI], at=T0, kind="automatic")
        trashed = office.post(CHU, to=[MEI], at=T0 + DAY)
        office.trash(trashed)
        office.link()
        assign_conversation(session, conversation_of(session, taken), member(session, MEI), by=None, now=WEEK)
        box = create_box(
            session, "cases", "new", name="Dao", owners=[member(session, WEI)], by=None, now=WEEK
        )
        add_box_conversation(session, box, conversation_of(session, boxed), by=None, now=WEEK)
        set_owner(session, person(session, AN), member(session, MEI), by=None, now=WEEK)
        mark_no_reply_needed(session, conversation_of(session, closed), by=None, reason="no", now=WEEK)
        before = audit(session)
        assert before.unaccounted + before.for_information == before.inbound_human == 8
        refresh(session, now=WEEK)
        assert audit(session) == Audit(8, 1, 3, 1, 1, 2)
        assert audit(session).unaccounted == 0
        assert answer_of(session, cared_for) == "open"


def test_R39_mail_dated_ahead_of_our_clock_is_accounted_for_and_counts_when_its_time_comes(
    database: Database,
) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        ahead = office.post(AN, to=[MEI], at=T0 + HOUR)
        office.link()
        contact_status = status_of(session, AN, now=T0)
        assert (contact_status.reply_state, contact_status.due_at) == ("quiet", T0 + HOUR)
        assert (answer_of(session, ahead), audit(session).unaccounted) == ("open", 0)
        assert status_of(session, AN, now=T0 + HOUR).reply_state == "needs_reply"


def test_R44_a_shared_address_is_the_one_in_whose_mailbox_it_was_sent(database: Database) -> None:
    team = "Team <team@ngo.example>"
    with database.begin() as session:
        office = PostOffice(session)
        office.post(team, to=[AN], at=T0, seen_by=[MEI], labels=["SENT"])
        office.post(team, to=[AN], at=T0 + HOUR, seen_by=[WEI], labels=["SENT"], subject="Other")
        office.link()
        assert reasons_of(session, AN, now=T0 + DAY) == ["collision"]
        assert status_of(session, AN, now=T0 + DAY).last_touch_user_id == member(session, WEI).id


def test_R45_budget_across_colleagues_with_its_evidence(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        sent = [
            office.post(who, to=[AN], at=T0 + n * 4 * DAY, subject=f"S{n}")
            for n, who in enumerate((MEI, WEI, MEI))
        ]
        office.link()
        (flag,) = flags_of(session, AN, now=T0 + 9 * DAY)
        assert (flag.flag, flag.reason, flag.contact, flag.owner) == (
            "over_contacted",
            "budget",
            "an@donor.example",
            "mei@ngo.example",
        )
        assert flag.evidence == tuple(
            session.scalars(select(Message.rfc_id).where(Message.id.in_(sent)).order_by(Message.at))
        )
        assert (flag.since, flag.lapses_at, flag.count) == (T0 + 8 * DAY, T0 + 28 * DAY, 3)
        assert session.get_one(ContactStatus, person(session, AN).id).budget_frees_at == T0 + 28 * DAY


def test_R46_asks_and_gifts_from_what_was_classed_and_logged(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN], at=T0 + DAY, touch_class="ask")
        office.post(MEI, to=[AN], at=T0 + 5 * DAY, touch_class="ask")
        office.link()
        log_gift(session, contact=person(session, AN), amount="1200", by=None, at=T0, now=T0)
        assert reasons_of(session, AN, now=WEEK) == ["ask_after_gift", "asks"]


def test_R47_tasks_tiers_and_do_not_contact(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN], at=T0)
        office.link()
        an, mei = person(session, AN), member(session, MEI)
        set_tier(session, an, "A", by=mei, now=T0)
        now = T0 + 30 * DAY
        assert reasons_of(session, AN, now=now) == ["lapsed"]
        add_task(
            session,
            text="Call",
            due_on=to_datetime(now + 2 * DAY).date(),
            zone=office_zone(),
            contact=an,
            by=mei,
            now=now,
        )
        assert reasons_of(session, AN, now=now) == []
        assert reasons_of(session, AN, now=now + 4 * DAY) == ["lapsed", "promise_overdue"]
        promise = flags_of(session, AN, now=now + 4 * DAY)[1]
        assert promise.evidence == (session.scalars(select(Task.uid)).one(),)
        set_do_not_contact(session, an, until=now + 60 * DAY, reason="asked us", by=mei, now=now)
        assert reasons_of(session, AN, now=now + 4 * DAY) == []
        assert reasons_of(session, AN, now=now + 60 * DAY) == ["lapsed", "promise_overdue"]


def office_zone():
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Taipei")


def test_R47_time_alone_brings_a_flag_at_its_deadline(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)
        office.link()
        assert reasons_of(session, AN, now=T0 + HOUR) == []
        due_at = session.get_one(ContactStatus, person(session, AN).id).due_at
        assert due_at is not None
        assert refresh(session, now=due_at - 1) == 0
        assert refresh(session, now=due_at) == 1
        assert reasons_of(session, AN, now=due_at) == ["unanswered"]


def test_R47_a_contact_by_hand_to_whom_nobody_wrote(database: Database) -> None:
    with database.begin() as session:
        PostOffice(session)
        add_contact(session, "lin@member.example", by=None, now=T0)
        assert reasons_of(session, "lin@member.example", now=T0 + 13 * DAY) == []
        assert reasons_of(session, "lin@member.example", now=T0 + 14 * DAY) == ["never_contacted"]


def test_R50_a_dismissed_flag_stays_away(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)
        office.link()
        (flag,) = flags_of(session, AN, now=WEEK)
        dismissal = dismiss_flag(
            session,
            person(session, AN),
            flag=flag.flag,
            reason=flag.reason,
            since_at=flag.since,
            because="met",
            by=None,
            now=WEEK,
        )
        assert flags_of(session, AN, now=WEEK) == []
        undo(session, dismissal, by=None, now=WEEK + 1)
        assert flags_of(session, AN, now=WEEK + 1)[0].since == flag.since


def test_R50_a_growing_number_is_read_as_of_now_and_stored_as_of_since(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(AN, to=[MEI], at=T0)
        office.link()
        assert flags_of(session, AN, now=T0 + 3 * DAY + 4 * HOUR)[0].count == 28
        assert session.scalars(select(Flag.count)).one() == 16


def test_R4_a_merge_makes_one_person_and_unmerging_two(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        office.post(MEI, to=[AN], at=T0 + HOUR, refs=[asked])
        for n in (1, 4):
            office.post(MEI, to=[BO], at=T0 + n * DAY, subject=f"S{n}")
        office.link()
        refresh(session, now=WEEK)
        before = snapshot(session)
        an, bo = person(session, AN), person(session, BO)
        merge(session, an, bo, by=None, now=WEEK)
        contact_status = status_of(session, AN, now=WEEK)
        assert (contact_status.touches_28d, contact_status.last_inbound_at) == (2, T0)
        assert session.get(ContactStatus, bo.id) is None
        unmerge(session, bo, by=None, now=WEEK)
        refresh(session, now=WEEK)
        assert snapshot(session) == before


def test_a_standing_left_behind_by_a_merge_is_dropped(database: Database) -> None:
    with database.begin() as session:
        session.add(Contact(id=1, kind="contact", root_id=1, created_at=T0, since_at=T0))
        session.flush()
        session.add(Contact(id=2, kind="contact", root_id=1, merged_into_id=1, created_at=T0, since_at=T0))
        session.flush()
        session.add(ContactStatus(contact_id=2, due_at=0))
        session.flush()
        assert refresh_all(session, now=T0) == 1
        assert list(session.scalars(select(ContactStatus.contact_id))) == [1]


def test_R33_computed_from_nothing_it_comes_out_the_same_and_again_changes_nothing(
    database: Database,
) -> None:
    with database.begin() as session:
        _busy_month(PostOffice(session))
        refresh(session, now=WEEK)
        first = snapshot(session)
        assert refresh(session, now=WEEK) == 0
        flag_ids = list(session.scalars(select(Flag.id).order_by(Flag.id)))
        assert refresh_all(session, now=WEEK) > 0
        assert snapshot(session) == first
        assert list(session.scalars(select(Flag.id).order_by(Flag.id))) == flag_ids
        session.execute(update(Message).values(answer=None))
        for row in session.scalars(select(Flag)):
            session.delete(row)
        refresh_all(session, now=WEEK)
        assert snapshot(session) == first


@pytest.mark.parametrize("seed", range(4))
def test_R21_any_order_of_arrival_and_of_refreshing_gives_the_same(database: Database, seed: int) -> None:
    with database.begin() as session:
        ids = _busy_month(PostOffice(session), link=False)
        office = PostOffice(session)
        rng = random.Random(seed)
        rng.shuffle(ids)
        if seed == 0:
            office.link(*ids)
        for number, message_id in enumerate(ids if seed else ()):
            office.link(message_id)
            if rng.random() < 0.3:
                refresh(session, now=T0 + number * HOUR)
        refresh_all(session, now=WEEK)
        after = snapshot(session)
        office.link(*ids)
        refresh_all(session, now=WEEK)
        assert snapshot(session) == after
        facts = [(row[0], row[1], row[3]) for row in after if row[0] == "flag"]
        assert sorted(
            {
                reason
                for _, _, shown in facts
                for reason in ("budget", "unanswered", "collision")
                if repr(reason) in shown
            }
        ) == [
            "budget",
            "collision",
            "unanswered",
        ]
        assert audit(session).unaccounted == 0


@pytest.mark.parametrize(("held", "many", "chunk"), [(1, 1, 1), (1, 2, 3), (8, 1, 1), (999, 1, 2)])
def test_R21_in_parts_of_any_size_everybody_comes_out_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch, held: int, many: int, chunk: int
) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        ids = _busy_month(office)
        office.post(ROBOT, to=[MEI], at=T0)
        closed = office.post(DAO, to=[MEI], at=T0 + DAY, subject="Closed")
        called = office.post(CHU, to=[WEI], at=T0 + DAY, subject="Called")
        later = office.post(AN, to=[MEI], at=WEEK + DAY, subject="Later")
        office.link()
        resolved = conversation_of(session, closed)
        mark_no_reply_needed(session, resolved, by=None, reason="settled by phone", now=T0 + 2 * DAY)
        log(
            session,
            "call",
            contact=person(session, CHU),
            by=member(session, WEI),
            at=T0 + 2 * DAY,
            now=WEEK,
            text="Spoke",
        )
        refresh_all(session, now=WEEK)
        at_once = snapshot(session)
        answers = {each: answer_of(session, each) for each in (*ids, closed, called, later)}
        session.execute(delete(Flag))
        session.execute(delete(ContactStatus))
        session.execute(update(Message).values(answer=None))
        session.execute(update(Conversation).values(reply_state="quiet", needs_reply_at=None))
        for name, size in (("HELD", held), ("MANY", many), ("CHUNK", chunk)):
            monkeypatch.setattr(f"streaklike.cadence.evaluate.refresh.{name}", size)
        refresh_all(session, now=WEEK)
        assert snapshot(session) == at_once
        assert {each: answer_of(session, each) for each in answers} == answers
        assert {"open", "answered", "closed", "for_information"} <= set(answers.values())
        assert audit(session).unaccounted == 0


def _busy_month(office: PostOffice, *, link: bool = True) -> list[int]:
    """Questions, replies, bursts, a bounce, a collision, all within a week; the ids of the messages."""
    post = office.post
    asked = post(AN, to=[MEI], cc=[BO], at=T0)
    reply = post(MEI, to=[AN], at=T0 + HOUR, refs=[asked])
    later = post(BO, to=[MEI], cc=[AN], at=T0 + 2 * HOUR, refs=[reply])
    aside = post(CHU, to=[DAO], cc=[WEI], at=T0)
    lost = post(WEI, to=[DAO], at=T0 + 3 * HOUR)
    bounce = post(
        DAEMON, to=[WEI], at=T0 + 4 * HOUR, kind="bounce", failed=[DAO], bounce_of=lost, bounce_status="5.1.1"
    )
    burst = [post(MEI, to=[CHU], at=T0 + n * 60_000, subject=f"B{n}") for n in range(3)]
    more = [
        post(who, to=[CHU], at=T0 + n * DAY, subject=f"C{n}")
        for n, who in enumerate((WEI, MEI, WEI), start=1)
    ]
    same_time = [post(AN, to=[WEI], at=T0 + DAY, subject="X"), post(WEI, to=[AN], at=T0 + DAY, subject="X")]
    if link:
        office.link()
    return [asked, reply, later, aside, lost, bounce, *burst, *more, *same_time]


def test_R48_an_edited_policy_evaluates_everybody_again(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        office.post(MEI, to=[AN], at=T0)
        office.link()
        assert reasons_of(session, AN, now=WEEK) == []
        save_policy(session, {"budget_limit": 1})
        assert reasons_of(session, AN, now=WEEK) == ["budget"]


def test_refreshing_a_few_at_a_time(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        for number in range(5):
            office.post(f"p{number}@donor.example", to=[MEI], at=T0)
        office.link()
        assert [refresh(session, now=WEEK, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_R47_a_box_too_long_in_its_stage_flags_its_people(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        ensure_start_pipelines(session)
        office.post(MEI, to=[AN], at=T0)
        office.user(WEI)
        office.link()
        box = create_box(
            session,
            "cases",
            "new",
            name="A case",
            contacts=[person(session, AN)],
            owners=[member(session, WEI)],
            by=None,
            now=T0,
        )
        flags = [flag for flag in flags_of(session, AN, now=T0 + 100 * DAY) if flag.reason == "stalled"]
        assert [(flag.box, flag.box_name, flag.owner) for flag in flags] == [
            (box.uid, "A case", "wei@ngo.example")
        ]
        assert session.scalars(select(Event.kind)).all() == ["box"]


def test_R30_a_bounce_in_the_trash_counts_no_more(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        sent = office.post(MEI, to=[AN], at=T0)
        bounce = office.post(
            DAEMON, to=[MEI], at=T0 + HOUR, kind="bounce", failed=[AN], bounce_of=sent, bounce_status="5.1.1"
        )
        office.link()
        assert status_of(session, AN, now=WEEK).touches_28d == 0
        office.trash(bounce)
        office.link()
        assert status_of(session, AN, now=WEEK).touches_28d == 1


def test_R36_a_call_with_somebody_else_there_is_seen_whoever_is_evaluated(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(AN, to=[MEI], cc=[BO], at=T0)
        second = office.post(BO, to=[MEI], cc=[AN], at=T0 + HOUR, refs=[first])
        office.link()
        log(session, "call", contact=person(session, BO), by=None, at=T0 + DAY, now=T0 + DAY, text="Spoke")
        refresh(session, now=WEEK)
        for who in (AN, BO):
            mark_due(session, [person(session, who).id])
            refresh(session, now=WEEK)
            assert (answer_of(session, first), answer_of(session, second)) == ("open", "answered")
            assert conversation_of(session, first).needs_reply_at == T0


def test_R51_a_bystander_is_due_when_mail_dated_ahead_comes_to_count(database: Database) -> None:
    with database.begin() as session:
        office = PostOffice(session)
        first = office.post(MEI, to=[AN], cc=[BO], at=T0)
        office.post(MEI, to=[BO], at=T0 + 2 * HOUR, refs=[first])
        office.link()
        contact_status = status_of(session, BO, now=T0 + HOUR)
        assert (contact_status.reply_state, contact_status.due_at) == ("quiet", T0 + 2 * HOUR)
        assert status_of(session, BO, now=T0 + 2 * HOUR).reply_state == "awaiting_reply"
