"""A team's mailboxes as a state machine: whatever happens in them and to their sync, in any order, ends the same.

The model is plain: which mail each mailbox holds, with which labels and which people on it.
"""

import itertools
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from gmail_emulator import Account, Fault, GmailServer
from streaklike.gmail.calling import CallTiming
from streaklike.gmail.client import open_client
from streaklike.gmail.retrying import RetryPolicy
from streaklike.store.database import Database, open_database
from streaklike.store.models import Contact, ContactStatus, Mailbox, MailboxMessage
from streaklike.sync import fetch, full
from tests.integration.sync_helpers import MEI, WEI, Team, at, mime

LIN = "lin@gmail.com"
MEMBERS = (MEI, WEI, LIN)
"""Lin's address is a public one: until the mailbox is connected, Lin is an outsider."""

OUTSIDERS = ("an@donor.example", "bo@donor.example", "cy@press.example", LIN)
HIDDEN = frozenset({"TRASH", "SPAM", "DRAFT", "CHAT"})
PRIVATE = "Label_1"
MEANT = HIDDEN | {"SENT"}
FORWARD = (
    "看一下\n\n---------- Forwarded message ---------\n寄件者： Di <di@donor.example>\n"
    "Date: 2026年1月5日 週一 下午3:04\nSubject: 捐款收據\nTo: <mei@ngo.example>\n\n請問收據何時寄出？\n"
)

some = st.integers(min_value=0, max_value=10_000)
people = st.sampled_from(OUTSIDERS)
members = st.sampled_from(MEMBERS)


seeds = itertools.count(1)
"""Each server its own: tokens of an earlier one at the same port must not open this one's mailboxes."""


class Killed(BaseException):
    """The process is gone, as far as the sync can tell."""


@dataclass(slots=True)
class Mail:
    """A mail in one mailbox: who stands on it, and its message id for those who reply."""

    people: frozenset[str]
    ref: str
    labels: set[str] = field(default_factory=set)


def fault_free(**options: object) -> CallTiming:
    return CallTiming(sleep=lambda _seconds: None, **options)


@contextmanager
def killed_at(commit: int, *, is_after: bool) -> Iterator[None]:
    """Have the sync die before (or after) its n-th commit."""
    commits = itertools.count(1)

    def die(*_arguments: object) -> None:
        if next(commits) == commit:
            raise Killed

    name = "after_commit" if is_after else "before_commit"
    event.listen(Session, name, die)
    try:
        with suppress(Killed):
            yield
    finally:
        event.remove(Session, name, die)


def mask_labels(line: str) -> str:
    """A dumped copy with the labels that mean something: a comparison by ids tells nothing of the others."""
    row = json.loads(line)
    if row["kind"] == "copy":
        row["label_ids"] = " ".join(name for name in row["label_ids"].split() if name in MEANT)
    return json.dumps(row, ensure_ascii=False, sort_keys=True)


def standings(database: Database) -> set[tuple[object, ...]]:
    """What cadence makes of the mail, by the people's names."""
    with database.read() as session:
        rows = session.execute(
            select(
                Contact.name,
                Contact.kind,
                ContactStatus.reply_state,
                ContactStatus.waiting_since_at,
                ContactStatus.last_inbound_at,
                ContactStatus.last_outbound_at,
                ContactStatus.touches_28d,
                ContactStatus.budget_used,
            ).join(ContactStatus, ContactStatus.contact_id == Contact.id)
        )
        return {tuple(row) for row in rows}


class SyncMachine(RuleBasedStateMachine):
    """Rules are what happens in the mailboxes, at Google, and to us; `teardown` lets it come to rest and compares."""

    make_url: Callable[[], str]

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.folder = Path(tempfile.mkdtemp(prefix="machine"))
        self.server: GmailServer | None = None
        self.held: dict[str, dict[str, Mail]] = {}
        self.drafts: list[tuple[str, str, str]] = []
        self.refs: list[str] = []
        self.count = itertools.count(1)
        self.has_expired = False
        self.left_out: set[str] = set()

    @initialize(
        page_size=st.sampled_from([1, 2, 3, 500]),
        is_ids_only=st.booleans(),
        page_messages=st.sampled_from([1, 3, 200]),
        batch=st.sampled_from([1, 2, 400]),
    )
    def begin(self, page_size: int, is_ids_only: bool, page_messages: int, batch: int) -> None:
        self.patch.setattr(fetch, "PAGE_MESSAGES", page_messages)
        self.patch.setattr(full, "BATCH_MESSAGES", batch)
        self.patch.setattr(full, "HEAD_START_MESSAGES", batch)
        list_size = max(page_size, 2)
        quick = partial(open_client, timing=fault_free(), policy=RetryPolicy(attempts=3))

        def open_paging(*arguments: object, **options: object) -> object:
            client = quick(*arguments, **options)
            list_messages = client.list_messages
            client.list_messages = partial(list_messages, max_results=list_size)
            return client

        self.patch.setattr("streaklike.jobs.sync.open_client", open_paging)
        self.server = GmailServer(
            units_per_minute=0,
            history_page_size=page_size,
            history_ids_only=is_ids_only,
            seed=next(seeds),
        ).start()
        self.url = self.make_url()
        self.team = Team(open_database(self.url), self.url, self.folder, self.server)
        self.accounts: dict[str, Account] = {}
        self.connect(MEI)

    def connect(self, email: str) -> None:
        self.accounts[email] = self.team.connect(email)
        self.accounts[email].add_label("Private")
        self.held[email] = {}

    # What happens in the mailboxes

    def post(self, source: bytes, people_on_it: set[str], labels: dict[str, set[str]], minute: int) -> None:
        ref = f"{minute}@mx.example"
        for email, names in labels.items():
            if email in self.accounts:
                gmail_id = self.accounts[email].deliver(source, label_ids=sorted(names), at=at(minute))
                self.held[email][gmail_id] = Mail(frozenset(people_on_it), ref, set(names))
        self.refs.append(ref.partition("@")[0])

    def reply_to(self, choice: int) -> list[str]:
        """The message that is replied to, or none."""
        picked = [None, *self.refs][choice % (len(self.refs) + 1)]
        return [] if picked is None else [picked]

    @rule(who=people, to=members, cc=st.none() | members, reply=some, order=st.integers(0, 1))
    def arrives(self, who: str, to: str, cc: str | None, reply: int, order: int) -> None:
        number = next(self.count)
        minute = 1000 + (number if order else -number)
        refs = self.reply_to(reply)
        source = mime(
            who,
            [to],
            f"{'Re: ' if refs else ''}Matter",
            f"Text {number}",
            minute=minute,
            cc=[cc] if cc else [],
            message_id=str(minute),
            refs=refs,
        )
        everyone = {to, cc or to} - {who}
        self.post(source, {who, to, cc or to}, {email: {"INBOX", "UNREAD"} for email in everyone}, minute)

    @rule(by=members, to=people, bcc=st.none() | people, reply=some, with_colleague=st.booleans())
    def is_sent(self, by: str, to: str, bcc: str | None, reply: int, with_colleague: bool) -> None:
        """Bcc only where nobody else of ours holds the mail: who was told is not forgotten with the sender's copy."""
        number = next(self.count)
        refs = self.reply_to(reply)
        bcc = None if with_colleague or to == LIN else bcc
        cc = [next(member for member in MEMBERS if member not in (by, to))] if with_colleague else []
        source = mime(
            by,
            [to],
            f"{'Re: ' if refs else ''}Matter",
            f"Our text {number}",
            minute=1000 + number,
            cc=cc,
            bcc=[bcc] if bcc else [],
            message_id=str(1000 + number),
            refs=refs,
        )
        minute = 1000 + number
        seen = {by, to, *cc}
        self.post(source, seen | ({bcc} if bcc else set()), {by: {"SENT"}}, minute)
        plain = mime(
            by,
            [to],
            f"{'Re: ' if refs else ''}Matter",
            f"Our text {number}",
            minute=minute,
            cc=cc,
            message_id=str(minute),
            refs=refs,
        )
        self.post(plain, seen, {email: {"INBOX"} for email in {to, *cc} - {by}}, minute)

    @rule(is_forward=st.booleans())
    def colleagues_write(self, is_forward: bool) -> None:
        minute = 1000 + next(self.count)
        subject, text = ("Fwd: 捐款收據", FORWARD) if is_forward else ("Lunch?", "At noon?")
        source = mime(MEI, [WEI], subject, text, minute=minute, message_id=str(minute))
        self.post(source, {MEI, WEI}, {MEI: {"SENT"}, WEI: {"INBOX"}}, minute)

    def pick(self, choice: int) -> tuple[str, str] | None:
        """One mail of all mailboxes', drafts aside."""
        drafts = {gmail_id for _, _, gmail_id in self.drafts}
        every = [(email, i) for email, mails in self.held.items() for i in mails if i not in drafts]
        return every[choice % len(every)] if every else None

    def relabel(self, choice: int, plus: set[str], minus: set[str]) -> None:
        picked = self.pick(choice)
        if picked is not None:
            email, gmail_id = picked
            self.accounts[email].label(gmail_id, add=sorted(plus), remove=sorted(minus))
            labels = self.held[email][gmail_id].labels
            labels |= plus
            labels -= minus

    @rule(choice=some, name=st.sampled_from(["STARRED", "IMPORTANT"]), is_off=st.booleans())
    def is_labelled(self, choice: int, name: str, is_off: bool) -> None:
        self.relabel(choice, set() if is_off else {name}, {name, "UNREAD"} if is_off else set())

    @rule(choice=some, is_off=st.booleans())
    def is_made_private(self, choice: int, is_off: bool) -> None:
        self.relabel(choice, set() if is_off else {PRIVATE}, {PRIVATE} if is_off else set())

    @rule(choice=some)
    def is_archived(self, choice: int) -> None:
        self.relabel(choice, set(), {"INBOX", "UNREAD"})

    @rule(choice=some, where=st.sampled_from(["TRASH", "SPAM"]))
    def is_thrown_away(self, choice: int, where: str) -> None:
        self.relabel(choice, {where}, {"INBOX"})

    @rule(choice=some, to_inbox=st.booleans())
    def comes_back(self, choice: int, to_inbox: bool) -> None:
        self.relabel(choice, {"INBOX"} if to_inbox else set(), {"TRASH", "SPAM"})

    @rule(choice=some)
    def is_deleted(self, choice: int) -> None:
        picked = self.pick(choice)
        if picked is not None:
            email, gmail_id = picked
            self.accounts[email].delete(gmail_id)
            del self.held[email][gmail_id]

    @rule(to=people, reply=some)
    def is_drafted(self, to: str, reply: int) -> None:
        number = next(self.count)
        source = mime(
            MEI,
            [to],
            "Matter",
            f"Draft {number}",
            minute=number,
            message_id=f"d{number}",
            refs=self.reply_to(reply),
        )
        draft_id = self.accounts[MEI].draft(source)
        self.keep_draft(draft_id, self.accounts[MEI].drafts[draft_id], to)

    def keep_draft(self, draft_id: str, gmail_id: str, to: str) -> None:
        self.held[MEI][gmail_id] = Mail(frozenset({MEI, to}), "", {"DRAFT"})
        self.drafts.append((draft_id, to, gmail_id))

    @precondition(lambda self: self.drafts)
    @rule(choice=some)
    def draft_is_edited(self, choice: int) -> None:
        draft_id, to, old = self.drafts.pop(choice % len(self.drafts))
        del self.held[MEI][old]
        number = next(self.count)
        source = mime(MEI, [to], "Matter", f"Draft {number}", minute=number, message_id=f"d{number}")
        self.keep_draft(draft_id, self.accounts[MEI].edit_draft(draft_id, source), to)

    @precondition(lambda self: self.drafts)
    @rule(choice=some, keeps_id=st.booleans())
    def draft_is_sent(self, choice: int, keeps_id: bool) -> None:
        draft_id, to, old = self.drafts.pop(choice % len(self.drafts))
        del self.held[MEI][old]
        sent = self.accounts[MEI].send_draft(draft_id, keeps_id=keeps_id)
        self.held[MEI][sent] = Mail(frozenset({MEI, to}), "", {"SENT"})

    @rule(email=st.sampled_from([WEI, LIN]))
    def mailbox_is_added(self, email: str) -> None:
        if email not in self.accounts:
            self.connect(email)

    # What happens at Google

    @rule(choice=some)
    def history_expires(self, choice: int) -> None:
        emails = sorted(self.accounts)
        self.accounts[emails[choice % len(emails)]].expire_history()
        self.has_expired = True

    @rule(
        call=st.sampled_from(
            ["", "getProfile", "messages.list", "messages.get", "threads.get", "history.list"]
        ),
        status=st.sampled_from([400, 403, 404, 429, 500, 503]),
        times=st.integers(1, 4),
        skip=st.integers(0, 4),
    )
    def google_refuses(self, call: str, status: int, times: int, skip: int) -> None:
        if status == 404:
            call = call if call in ("messages.get", "threads.get", "history.list") else "messages.get"
        reason = "rateLimitExceeded" if status == 403 and times % 2 else ""
        self.server.faults.add(Fault(call=call, status=status, reason=reason, times=times, skip=skip))

    @rule(
        call=st.sampled_from(["", "messages.list", "messages.get", "threads.get", "history.list"]),
        drop=st.sampled_from(["before", "after", "halfway"]),
        times=st.integers(1, 4),
        skip=st.integers(0, 4),
    )
    def connection_breaks(self, call: str, drop: str, times: int, skip: int) -> None:
        self.server.faults.add(Fault(call=call, drop=drop, times=times, skip=skip))

    @rule(
        call=st.sampled_from(["messages.list", "history.list"]),
        times=st.integers(1, 3),
        skip=st.integers(0, 2),
    )
    def page_is_empty(self, call: str, times: int, skip: int) -> None:
        self.server.faults.add(Fault(call=call, empty_page=True, times=times, skip=skip))

    @rule(
        call=st.sampled_from(["messages.get", "threads.get", "history.list", "messages.list"]),
        body=st.sampled_from(
            [
                b"{}",
                b"[]",
                b"<html>",
                b'{"id":7}',
                b'{"id":"1","threadId":"1"}',
                b'{"messages":[{}]}',
                b'{"history":[{}]}',
            ]
        ),
    )
    def answer_is_nonsense(self, call: str, body: bytes) -> None:
        """Not a listing's end that lacks its content, time and again: that is a true one's very form."""
        if call == "messages.list" and b"messages" not in body:
            body = b"[]"
        self.server.faults.add(Fault(call=call, body=body))

    @rule()
    def faults_end(self) -> None:
        self.server.faults.clear()

    # What happens to us

    @rule(verify=st.booleans())
    def syncs(self, verify: bool) -> None:
        reports = self.team.sync(verify=verify)
        for report in reports:
            if report.complete:
                assert report.error is None
                assert report.messages_total + sum(report.left_out.values()) == report.gmail_total

    @rule(commit=st.integers(1, 12), is_after=st.booleans())
    def sync_is_killed(self, commit: int, is_after: bool) -> None:
        with killed_at(commit, is_after=is_after):
            self.team.sync()

    @rule(choice=some, lets_in=st.booleans())
    def label_is_left_out(self, choice: int, lets_in: bool) -> None:
        """Where Gmail refuses, nothing is changed."""
        email = sorted(self.accounts)[choice % len(self.accounts)]
        with suppress(Exception):
            self.team.change_labels(email, is_left_out=not lets_in)
            (self.left_out.discard if lets_in else self.left_out.add)(email)

    # What must hold

    def teardown(self) -> None:
        try:
            if self.server is not None:
                self.check_at_rest()
                self.team.database.close()
        finally:
            self.patch.undo()
            if self.server is not None:
                self.server.close()
            shutil.rmtree(self.folder)

    def check_at_rest(self) -> None:
        self.server.faults.clear()
        for _ in range(3):
            if all(report.complete for report in self.team.sync()):
                break
        reports = self.team.sync()
        if any("set_aside" in report.left_out for report in reports):  # by nonsense twice in a row
            self.team.sync(verify=True)
            reports = self.team.sync()
        for report in reports:
            assert (report.error, report.complete, report.quota_units) == (None, True, 2), report
            self.check_mailbox(report.mailbox)
        self.check_against_fresh()

    def check_mailbox(self, email: str) -> None:
        inside = {"mei@ngo.example", "wei@ngo.example", *self.accounts}
        hidden = HIDDEN | ({PRIVATE} if email in self.left_out else set())
        shown = {i: mail for i, mail in self.held[email].items() if not mail.labels & hidden}
        expected = {i: mail.labels for i, mail in shown.items() if mail.people - inside}
        with self.team.database.read() as session:
            mailbox_id = session.scalar(select(Mailbox.id).where(Mailbox.email == email))
            rows = session.execute(
                select(MailboxMessage.gmail_id, MailboxMessage.label_ids).where(
                    MailboxMessage.mailbox_id == mailbox_id,
                    MailboxMessage.state == "stored",
                    MailboxMessage.is_hidden.is_(False),
                )
            ).all()
        stored = {gmail_id: set((labels or "").split()) for gmail_id, labels in rows}
        assert stored.keys() == expected.keys(), (email, stored, expected)
        if not self.has_expired:
            assert stored == expected, (email, stored, expected)

    def check_against_fresh(self) -> None:
        """The strongest check: what came bit by bit equals what comes from nothing."""
        url = self.make_url()
        fresh = Team(open_database(url), url, self.folder / "fresh", self.server)
        try:
            for email, account in self.accounts.items():
                fresh.reconnect(email, account)
                if email in self.left_out:
                    fresh.change_labels(email, is_left_out=True)
            assert all(report.complete for report in fresh.sync())
            mask = mask_labels if self.has_expired else str
            ours, theirs = [mask(line) for line in self.team.dump()], [mask(line) for line in fresh.dump()]
            difference = [f"+ {line}" for line in ours if line not in theirs]
            difference += [f"- {line}" for line in theirs if line not in ours]
            assert ours == theirs, "\n".join(difference)
            us, them = standings(self.team.database), standings(fresh.database)
            assert us == them, (us - them, them - us)
        finally:
            fresh.database.close()


def run_machine(make_url: Callable[[], str], *, examples: int, steps: int, is_random: bool = False) -> None:
    """Let the machine run: the same each time, unless `is_random`."""
    machine = type("Machine", (SyncMachine,), {"make_url": staticmethod(make_url)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=not is_random,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
