"""Tells a database what the dice threw, by the same verbs and the same linking as ever; names things as the dice do."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from streaklike.boxes.lifecycle import (
    add_box_contact,
    close_box,
    create_box,
    remove_box_contact,
    reopen_box,
)
from streaklike.boxes.movement import move_box
from streaklike.boxes.notes import log, log_gift
from streaklike.boxes.pipelines import ensure_start_pipelines
from streaklike.boxes.tasks import add_task, complete_task
from streaklike.cadence.calendar.work_calendar import save_calendar
from streaklike.jobs.first_read import keep_first_read
from streaklike.people.contacts import (
    add_contact,
    dismiss_flag,
    find_contact,
    mark_no_reply_needed,
    reopen_conversation,
    set_do_not_contact,
    set_tier,
)
from streaklike.store.models import Box, Contact, Conversation, Mailbox, Message, Stage, Task, User
from tests.factories import PostOffice
from tests.reference import history as facts
from tests.reference.random_team import STAGE_TIERS
from tests.reference.working_time import day_of

TAIPEI = ZoneInfo("Asia/Taipei")
DOMAIN = "year.example"
DAEMON = "mailer-daemon@mx.example"


class Teller:
    """`names` gives the dice's name for a Message-ID or uid."""

    def __init__(self, session: Session, colleagues: Sequence[str], now: int) -> None:
        self.office = PostOffice(session, now=now)
        self.colleagues = colleagues
        self.names: dict[str, str] = {}
        self._uids: dict[str, str] = {}
        self._firsts: dict[str, str] = {}
        self._days_off: list[str] = []
        for colleague in colleagues:
            self.office.mailbox(colleague)
        ensure_start_pipelines(session)
        for key, tier in STAGE_TIERS.items():
            session.execute(update(Stage).where(Stage.key == key).values(tier=tier))

    @property
    def session(self) -> Session:
        return self.office.session

    def tell(self, fact: facts.Fact) -> bool:
        """Write the fact down as of `known_at`, mail unlinked; whether it could be: of a stranger nothing is logged."""
        if not isinstance(fact, facts.Mail | facts.Bounce):
            self.link(fact.known_at)
        match fact:
            case facts.Mail():
                self._post(fact)
            case facts.Bounce():
                self._return(fact)
            case facts.Mark():
                return self._mark(fact)
            case facts.BoxIn():
                self._put(fact)
            case facts.BoxClosed():
                self._close(fact)
            case facts.FirstRead():
                mailbox = self.office.mailbox(self.colleagues[fact.number])
                keep_first_read(self.session, self.session.get_one(Mailbox, mailbox), now=fact.at)
            case facts.DayOff():
                self._days_off.append(fact.day.isoformat())
                save_calendar(self.session, {"days_off": self._days_off})
            case facts.TaskDone():
                return self._complete(fact)
            case _:
                return self._tell_of_person(fact)
        return True

    def link(self, now: int) -> None:
        """Link what was posted."""
        if self.office._unlinked:
            self.office.now = now
            self.office.link()

    # Mail

    def _post(self, mail: facts.Mail) -> None:
        ours = self.colleagues[int(mail.id[1:]) % len(self.colleagues)]
        to, cc = list(mail.to), list(mail.cc)
        if not mail.is_ours:
            (to if mail.colleagues_in_to else cc).append(ours)
        rfc_id = f"{mail.id}@{DOMAIN}"
        first = self._firsts.setdefault(mail.conversation, rfc_id)
        self.names[rfc_id] = mail.id
        self.office.now = mail.known_at
        self.office.post(
            mail.sender,
            to,
            cc=cc,
            bcc=mail.bcc,
            at=mail.at,
            subject=f"Matter {mail.conversation}",
            refs=[] if first == rfc_id else [first],
            seen_by=[mail.sender if mail.is_ours else ours],
            rfc_id=rfc_id,
            kind="calendar" if mail.kind == "invitation" else mail.kind,
            is_invitation=mail.kind == "invitation",
            is_thanks=mail.is_thanks,
            touch_class=mail.touch_class,
        )

    def _return(self, bounce: facts.Bounce) -> None:
        self.office.now = bounce.known_at
        self.office.post(
            DAEMON,
            [self.colleagues[0]],
            at=bounce.at,
            subject=f"Undelivered {bounce.id}",
            rfc_id=f"{bounce.id}@{DOMAIN}",
            kind="bounce",
            failed=[bounce.person],
            bounce_of=f"{bounce.of}@{DOMAIN}",
            bounce_status="5.1.1",
        )

    # Deeds

    def _user(self, email: str) -> User:
        return self.session.scalars(select(User).where(User.email == email)).one()

    def _box(self, name: str) -> Box:
        return self.session.scalars(select(Box).where(Box.uid == self._uids[name])).one()

    def _name(self, name: str, uid: str) -> None:
        self.names[uid] = name
        self._uids[name] = uid

    def _conversation(self, name: str) -> Conversation:
        return self.session.scalars(
            select(Conversation)
            .join(Message, Message.conversation_id == Conversation.id)
            .where(Message.rfc_id == self._firsts[name])
        ).one()

    def _mark(self, mark: facts.Mark) -> bool:
        if mark.conversation not in self._firsts:
            return False
        conversation = self._conversation(mark.conversation)
        if mark.is_open:
            reopen_conversation(self.session, conversation, by=None, now=mark.at)
        else:
            mark_no_reply_needed(self.session, conversation, by=None, reason="done", now=mark.at)
        return True

    def _complete(self, done: facts.TaskDone) -> bool:
        if done.id not in self._uids:
            return False
        task = self.session.scalars(select(Task).where(Task.uid == self._uids[done.id])).one()
        complete_task(self.session, task, by=None, now=done.at)
        return True

    def _put(self, move: facts.BoxIn) -> None:
        stage = self.session.scalars(select(Stage).where(Stage.key == move.stage)).one()
        if move.box in self._uids:
            move_box(self.session, self._box(move.box), to_stage=stage, by=None, now=move.at)
            return
        box = create_box(self.session, stage.pipeline, stage, name=f"About {move.box}", by=None, now=move.at)
        self._name(move.box, box.uid)

    def _close(self, change: facts.BoxClosed) -> None:
        close = close_box if change.is_closed else reopen_box
        close(self.session, self._box(change.box), by=None, now=change.at)

    def _tell_of_person(self, fact: facts.Fact) -> bool:
        session = self.session
        if isinstance(fact, facts.ByHand):
            add_contact(session, fact.person, by=None, now=fact.at)
            return True
        if isinstance(fact, facts.Task) and fact.box is not None:
            self._promise(fact, None, self._box(fact.box))
            return True
        contact = find_contact(session, str(fact.person))
        if contact is None:
            return False
        match fact:
            case facts.Logged():
                self._log(fact, contact)
            case facts.Gift():
                gift = log_gift(
                    session, contact=contact, amount="1200", by=None, at=fact.at, now=fact.known_at
                )
                self._name(fact.id, gift.uid)
            case facts.Task():
                self._promise(fact, contact, None)
            case facts.TierSet():
                set_tier(session, contact, fact.tier, by=None, now=fact.at)
            case facts.LeaveAlone():
                set_do_not_contact(session, contact, until=fact.until, reason="asked", by=None, now=fact.at)
            case facts.BoxPerson():
                change = add_box_contact if fact.is_in else remove_box_contact
                change(session, self._box(fact.box), contact, by=None, now=fact.at)
            case facts.Dismissed():
                self._dismiss(fact, contact)
        return True

    def _log(self, fact: facts.Logged, contact: Contact) -> None:
        event = log(
            self.session,
            fact.kind,
            contact=contact,
            by=self._user(fact.by),
            at=fact.at,
            now=fact.known_at,
            text="We spoke",
            clears=fact.clears,
            direction="outbound" if fact.is_ours else "inbound",
            wants_reply=fact.wants if not fact.is_ours and fact.kind in ("call", "message") else None,
        )
        self._name(fact.id, event.uid)

    def _promise(self, fact: facts.Task, contact: Contact | None, box: Box | None) -> None:
        due_on: date = day_of(fact.due_at)
        task = add_task(
            self.session,
            text="Send it",
            due_on=due_on,
            zone=TAIPEI,
            contact=contact,
            box=box,
            by=None,
            now=fact.at,
        )
        assert task.due_at == fact.due_at
        self._name(fact.id, task.uid)

    def _dismiss(self, fact: facts.Dismissed, contact: Contact) -> None:
        dismiss_flag(
            self.session,
            contact,
            flag=fact.flag,
            reason=fact.reason,
            since_at=fact.since,
            because="not so",
            by=None,
            now=fact.at,
        )
