"""A tiny post office: it writes users, mailboxes, addresses, messages, participants and copies as a sync would.

The cast: Mei and Wei work at ngo.example; everybody else is outside.

    with database.begin() as session:
        office = PostOffice(session)
        asked = office.post(AN, to=[MEI], at=T0)
        office.post(MEI, to=[AN], at=T0 + HOUR, refs=[asked])
        office.link()
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from streaklike.instants import parse_instant
from streaklike.mail.refusals import find_refusal
from streaklike.mail.team import Team
from streaklike.store.database import Database
from streaklike.store.models import (
    Address,
    Body,
    Box,
    Mailbox,
    MailboxMessage,
    Message,
    Participant,
    Pipeline,
    Stage,
    TeamAddress,
    TeamDomain,
    User,
)
from streaklike.sync.touch_words import begin_team_words, load_team_words, read_words


class _Discarded(Exception):
    """Rolls a scratch transaction back."""


@contextmanager
def scratch(database: Database) -> Iterator[Session]:
    """A writing transaction whose changes are thrown away at its end."""
    with suppress(_Discarded), database.begin() as session:
        yield session
        raise _Discarded


MEI = "小美 <mei@ngo.example>"
WEI = "阿偉 <wei@ngo.example>"
AN = "An Chen <an@donor.example>"
BO = "Bo Lin <bo@donor.example>"
CHU = "朱小姐 <chu@volunteer.example>"
DAO = "Dao <dao@press.example>"
HELP = "Help desk <help@supplier.example>"
ROBOT = "no-reply@shop.example"
DAEMON = "Mail Delivery Subsystem <mailer-daemon@mx.example>"

T0 = parse_instant("2026-03-02T01:00:00+00:00")
"""A Monday, nine in the morning in Taipei."""

MACHINES = {"no-reply", "noreply", "mailer-daemon", "postmaster", "notification"}
ROLES = {"info", "help", "hello"}
HIDING_LABELS = {"TRASH", "SPAM", "DRAFT", "CHAT"}


def make_box(session: Session) -> Box:
    """A box named Rice in the pipeline `supporters`, which is made with it."""
    stage = Stage(key="new", name_zh="新", name_en="New", position=0)
    pipeline = Pipeline(key="supporters", name_zh="支持者", name_en="Supporters", stages=[stage])
    session.add(pipeline)
    session.flush()
    facts = {"name": "Rice", "created_at": T0, "stage_since_at": T0}
    box = Box(uid="b1", pipeline_id=pipeline.id, stage_id=stage.id, **facts)
    session.add(box)
    session.flush()
    return box


def key_of(person: str) -> str:
    """The key of `Name <address>` or of a bare address."""
    return parseaddr(person)[1].strip().lower()


def name_of(person: str) -> str:
    return parseaddr(person)[0]


def base_of(subject: str) -> str:
    return (
        re.sub(r"^((re|fwd|fw|回覆)\s*[:：]\s*)+", "", subject.strip(), flags=re.IGNORECASE).strip().lower()
    )


class PostOffice:
    """Posts messages into one session. `now` is the instant at which the sync is said to run."""

    def __init__(self, session: Session, *, domains: Iterable[str] = ("ngo.example",), now: int = T0) -> None:
        self.session = session
        self.now = now
        self.team = Team(addresses=frozenset(), domains=frozenset(domains))
        self._mailboxes: dict[str, int] = {}
        self._addresses: dict[str, int] = {}
        self._posted: dict[int, str] = {}
        self._unlinked: list[int] = []
        known = set(session.scalars(select(TeamDomain.domain)))
        begin_team_words(session)
        for domain in sorted(self.team.domains - known):
            session.add(TeamDomain(domain=domain))
        session.flush()

    # People and mailboxes

    def user(self, person: str, *, role: str = "member") -> int:
        """The id of the team member, made where there is none, with their address as one of the team's."""
        key = key_of(person)
        user = self.session.scalar(select(User).where(User.email == key))
        if user is None:
            user = User(email=key, name=name_of(person) or key, role=role, created_at=self.now)
            self.session.add(user)
            self.session.flush()
            self.session.add(TeamAddress(key=key, user_id=user.id))
            self.session.flush()
            self.team = Team(self.team.addresses | {key}, self.team.domains)
        return user.id

    def mailbox(self, person: str) -> int:
        """The id of the member's mailbox, made where there is none."""
        key = key_of(person)
        if key not in self._mailboxes:
            user_id = self.user(person)
            mailbox = self.session.scalar(select(Mailbox).where(Mailbox.email == key))
            if mailbox is None:
                mailbox = Mailbox(email=key, user_id=user_id, state="current", created_at=self.now)
                self.session.add(mailbox)
                self.session.flush()
            self._mailboxes[key] = mailbox.id
        return self._mailboxes[key]

    def address(self, person: str, *, kind: str | None = None) -> int:
        """The id of the address, made where there is none, with its side by the team and its kind by its local part."""
        key = key_of(person)
        if key not in self._addresses:
            found = self.session.scalar(select(Address.id).where(Address.key == key))
            self._addresses[key] = found or self._insert_address(key, kind)
        return self._addresses[key]

    def _insert_address(self, key: str, kind: str | None) -> int:
        local = key.partition("@")[0]
        guess = "machine" if local in MACHINES else "role" if local in ROLES else "person"
        side = "inside" if self.team.is_inside(key) else "outside"
        address = Address(key=key, side=side, kind=kind or guess)
        self.session.add(address)
        self.session.flush()
        return address.id

    # Mail

    def post(
        self,
        sender: str,
        to: Sequence[str] = (),
        *,
        cc: Sequence[str] = (),
        bcc: Sequence[str] = (),
        at: int = T0,
        subject: str = "Hello",
        refs: Sequence[int | str] = (),
        seen_by: Sequence[str] | None = None,
        labels: Sequence[str] = (),
        rfc_id: str | None = None,
        thread: str | None = None,
        kind: str = "human",
        text: str | None = None,
        fingerprint: str | None = None,
        channel: str | None = None,
        failed: Sequence[str] = (),
        bounce_of: int | str | None = None,
        bounce_status: str | None = None,
        is_subject_automatic: bool = False,
        is_foreign_list: bool = False,
        is_thanks: bool = False,
        is_invitation: bool = False,
        details: dict[str, Any] | None = None,
        touch_class: str | None = None,
    ) -> int:
        """Store one message with a copy in each mailbox of `seen_by`, unlinked; its id.

        `seen_by` names members; by itself it is the sender where one of us, else each member among the recipients,
        else Mei. A copy is sent where its mailbox is the sender's. `refs` are message ids or Message-IDs. `thread` is
        Gmail's thread id in every mailbox; by itself the thread of the last ref there, else one of its own.
        Mail of ours is classed by its words as a sync would, unless `touch_class` says what it is for.
        Posting a Message-ID and fingerprint that are there adds copies (and the Bcc people, from the sender's own).
        """
        number = len(self._posted) + 1
        rfc_id = rfc_id or f"{number}.{at}@post.example"
        text = f"Message {rfc_id}" if text is None else text
        fingerprint = fingerprint or hashlib.sha256(f"{key_of(sender)} {text}".encode()).hexdigest()[:16]
        references = [self._rfc_id(ref) for ref in refs]
        witnesses = [key_of(person) for person in (seen_by or self._witnesses(sender, [*to, *cc]))]
        shown_bcc = bcc if key_of(sender) in witnesses else ()
        message_id = self.session.scalar(
            select(Message.id).where(Message.rfc_id == rfc_id, Message.fingerprint == fingerprint)
        )
        if message_id is None:
            facts: dict[str, Any] = dict(details or {})
            if failed:
                facts["failed"] = [key_of(person) for person in failed]
            if is_foreign_list:
                facts["foreign_list"] = True
            author_id = self.address(sender)
            message = Message(
                rfc_id=rfc_id,
                fingerprint=fingerprint,
                at=at,
                dated_at=at,
                direction="inbound",
                own_kind=kind,
                kind=kind,
                author_id=author_id,
                channel_id=self.address(channel) if channel else None,
                subject=subject,
                base_subject=base_of(subject),
                refs=" ".join(references),
                source_rank="",
                body_hash=hashlib.sha256(text.encode()).hexdigest()[:16] if text else "",
                is_thanks=is_thanks,
                is_invitation=is_invitation,
                is_subject_automatic=is_subject_automatic,
                is_addressed=self._is_addressed(to),
                bounce_of=None if bounce_of is None else self._rfc_id(bounce_of),
                bounce_status=bounce_status,
                details=facts or None,
                **self._touch(
                    sender, rfc_id, subject, text, kind, touch_class, is_invitation, bool(references)
                ),
            )
            self.session.add(message)
            self.session.flush()
            message_id = message.id
            self.session.add(Body(message_id=message_id, text=text, quoted=""))
            self._participants(
                message_id, at, [("author", [sender]), ("to", to), ("cc", cc), ("failed", failed)]
            )
        self._participants(message_id, at, [("bcc", shown_bcc)])
        self._posted[message_id] = rfc_id
        for witness in witnesses:
            self._copy(message_id, witness, at, key_of(sender) == witness, references, labels, thread)
        self._unlinked.append(message_id)
        return message_id

    def _touch(
        self,
        sender: str,
        rfc_id: str,
        subject: str,
        text: str,
        kind: str,
        touch_class: str | None,
        is_invitation: bool,
        is_reply: bool,
    ) -> dict[str, Any]:
        if not self.team.is_inside(key_of(sender)):
            return {"refusal": find_refusal(text)}
        words = read_words(subject, text, kind=kind, is_invitation=is_invitation, is_reply=is_reply)
        said = load_team_words(self.session).class_of(rfc_id, words) if words else None
        return {"touch_class": touch_class or said, "touch_words": words}

    def _is_addressed(self, to: Sequence[str]) -> bool:
        return not to or any(self.team.is_inside(key_of(person)) for person in to)

    def _rfc_id(self, ref: int | str) -> str:
        if isinstance(ref, str):
            return ref
        return (
            self._posted.get(ref)
            or self.session.scalars(select(Message.rfc_id).where(Message.id == ref)).one()
        )

    def _witnesses(self, sender: str, recipients: Sequence[str]) -> list[str]:
        if self.team.is_inside(key_of(sender)):
            return [sender]
        return [person for person in recipients if self.team.is_inside(key_of(person))] or [MEI]

    def _participants(self, message_id: int, at: int, roles: list[tuple[str, Sequence[str]]]) -> None:
        rows_known = self.session.execute(
            select(Participant.role, Participant.address_id).where(Participant.message_id == message_id)
        )
        known = {(role, address_id) for role, address_id in rows_known}
        rows = []
        for role, people in roles:
            for person in people:
                address_id = self.address(person)
                if (role, address_id) not in known:
                    known.add((role, address_id))
                    rows.append(
                        {
                            "message_id": message_id,
                            "role": role,
                            "address_id": address_id,
                            "at": at,
                            "name": name_of(person),
                            "shown": None,
                        }
                    )
        if rows:
            self.session.execute(insert(Participant), rows)

    def _copy(
        self,
        message_id: int,
        witness: str,
        at: int,
        is_sent: bool,
        references: list[str],
        labels: Sequence[str],
        thread: str | None,
    ) -> None:
        mailbox_id = self.mailbox(witness)
        gmail_id = f"{message_id:x}"
        label_ids = sorted({*labels, "SENT" if is_sent else "INBOX"})
        if self.session.get(MailboxMessage, (mailbox_id, gmail_id)) is not None:
            return
        copy = MailboxMessage(
            mailbox_id=mailbox_id,
            gmail_id=gmail_id,
            thread_id=thread or self._thread_of(mailbox_id, references) or gmail_id,
            message_id=message_id,
            state="stored",
            label_ids=" ".join(label_ids),
            at=at,
            is_sent="SENT" in label_ids,
            is_hidden=bool(HIDING_LABELS & set(label_ids)),
        )
        self.session.add(copy)
        self.session.flush()

    def _thread_of(self, mailbox_id: int, references: list[str]) -> str | None:
        for reference in reversed(references):
            found = self.session.scalars(
                select(MailboxMessage.thread_id)
                .join(Message, MailboxMessage.message_id == Message.id)
                .where(MailboxMessage.mailbox_id == mailbox_id, Message.rfc_id == reference)
            ).first()
            if found:
                return found
        return None

    # What happens to mail later

    def trash(self, message_id: int, *persons: str) -> None:
        """Put the copies in the trash, of the members named or of all."""
        self._set_hidden(message_id, persons, is_hidden=True)

    def untrash(self, message_id: int, *persons: str) -> None:
        self._set_hidden(message_id, persons, is_hidden=False)

    def delete(self, message_id: int, *persons: str) -> None:
        """Delete the copies for ever, of the members named or of all."""
        self.session.execute(delete(MailboxMessage).where(*self._copies(message_id, persons)))
        self._unlinked.append(message_id)

    def _set_hidden(self, message_id: int, persons: tuple[str, ...], *, is_hidden: bool) -> None:
        for copy in self.session.scalars(select(MailboxMessage).where(*self._copies(message_id, persons))):
            labels = set((copy.label_ids or "").split()) - {"TRASH"}
            copy.label_ids = " ".join(sorted(labels | ({"TRASH"} if is_hidden else set())))
            copy.is_hidden = is_hidden
        self.session.flush()
        self._unlinked.append(message_id)

    def _copies(self, message_id: int, persons: tuple[str, ...]) -> list[Any]:
        conditions = [MailboxMessage.message_id == message_id]
        if persons:
            conditions.append(MailboxMessage.mailbox_id.in_([self.mailbox(person) for person in persons]))
        return conditions

    def link(self, *message_ids: int) -> Any:
        """Link the given messages, or all that were posted or changed since the last time; what changed."""
        from streaklike.people.linking.link import link

        ids = message_ids or tuple(dict.fromkeys(self._unlinked))
        if not message_ids:
            self._unlinked.clear()
        self.session.flush()
        self.session.expire_all()
        return link(self.session, ids, now=self.now)
