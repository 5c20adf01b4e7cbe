"""Dump the database in a canonical form: one JSON object per line, natural keys, fixed order.

It contains no local ids or ingest times, so equal content gives equal bytes on any database. Computed state
that depends on the time of evaluation (contact status, flags) is omitted, as is mail in trash and spam (R14).
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from streaklike.store.models import (
    Address,
    Body,
    Box,
    BoxContact,
    BoxConversation,
    BoxOwner,
    Contact,
    Conversation,
    DigestDelivery,
    DigestSetting,
    Event,
    ExcludedLabel,
    FollowUp,
    ForwardOffer,
    Mailbox,
    MailboxMessage,
    Message,
    Participant,
    Pipeline,
    Reminder,
    Setting,
    Stage,
    Task,
    TeamAddress,
    TeamDomain,
    User,
)
from streaklike.store.writing import in_chunks

Row = dict[str, Any]


def iter_dump(session: Session) -> Iterator[str]:
    """Yield the dump's lines without newlines."""
    keys = _Keys(session)
    for kind, make in (
        ("user", _users),
        ("team", _team),
        ("mailbox", _mailboxes),
        ("left_out_label", _left_out_labels),
        ("digest_setting", _digest_settings),
        ("digest", _digests),
        ("address", _addresses),
        ("contact", _contacts),
        ("copy", _copies),
        ("forward_offer", _offers),
        ("pipeline", _pipelines),
        ("box", _boxes),
        ("task", _tasks),
        ("reminder", _reminders),
        ("follow_up", _follow_ups),
        ("event", _events),
    ):
        yield from _sorted_lines(kind, make(session, keys))
    yield from _messages(session, keys)
    yield from _sorted_lines("conversation", _conversations(session, keys))


def _line(kind: str, row: Row) -> str:
    return json.dumps({"kind": kind, **row}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _sorted_lines(kind: str, rows: Iterable[Row]) -> Iterator[str]:
    return iter(sorted(_line(kind, row) for row in rows))


class _Keys:
    """Natural keys of rows that other rows refer to."""

    def __init__(self, session: Session) -> None:
        self.user = dict(session.execute(select(User.id, User.email)).all())
        self.mailbox = dict(session.execute(select(Mailbox.id, Mailbox.email)).all())
        self.address = dict(session.execute(select(Address.id, Address.key)).all())
        own: defaultdict[int, list[str]] = defaultdict(list)
        for contact_id, key in session.execute(
            select(Address.contact_id, Address.key)
            .where(Address.contact_id.is_not(None))
            .order_by(Address.id)
        ):
            own[contact_id or 0].append(key)
        self.contact = {contact_id: min(keys) for contact_id, keys in own.items()}
        self.contact_addresses = {contact_id: sorted(keys) for contact_id, keys in own.items()}
        self.box = dict(session.execute(select(Box.id, Box.name)).all())
        self.stage = {
            stage_id: f"{pipeline}/{stage}"
            for stage_id, pipeline, stage in session.execute(
                select(Stage.id, Pipeline.key, Stage.key).join(Pipeline, Stage.pipeline_id == Pipeline.id)
            )
        }
        self.conversation = _conversation_keys(session)


def _conversation_keys(session: Session) -> dict[int, str]:
    """Key each conversation by the Message-ID of its first message."""
    first: dict[int, tuple[int, str]] = {}
    rows = session.execute(select(Message.conversation_id, Message.at, Message.rfc_id).where(Message.is_live))
    for conversation_id, at, rfc_id in rows:
        if conversation_id is None:
            continue
        if conversation_id not in first or (at, rfc_id) < first[conversation_id]:
            first[conversation_id] = (at, rfc_id)
    return {conversation_id: rfc_id for conversation_id, (_, rfc_id) in first.items()}


def _users(session: Session, _keys: _Keys) -> Iterator[Row]:
    for user in session.scalars(select(User)):
        yield {
            "email": user.email,
            "name": user.name,
            "role": user.role,
            "locale": user.locale,
            "timezone": user.timezone,
            "is_disabled": user.disabled_at is not None,
        }


def _team(session: Session, keys: _Keys) -> Iterator[Row]:
    for address in session.scalars(select(TeamAddress)):
        yield {"address": address.key, "user": keys.user[address.user_id]}
    for domain in session.scalars(select(TeamDomain.domain)):
        yield {"domain": domain}
    for setting in session.scalars(select(Setting).where(Setting.name != "touch_words")):
        yield {"setting": setting.name, "value": setting.value}


def _mailboxes(session: Session, keys: _Keys) -> Iterator[Row]:
    for mailbox in session.scalars(select(Mailbox)):
        yield {"email": mailbox.email, "user": keys.user[mailbox.user_id], "source": mailbox.source}


def _left_out_labels(session: Session, keys: _Keys) -> Iterator[Row]:
    for label in session.scalars(select(ExcludedLabel)):
        yield {"mailbox": keys.mailbox[label.mailbox_id], "label": label.label_id, "name": label.name}


def _digest_settings(session: Session, keys: _Keys) -> Iterator[Row]:
    for setting in session.scalars(select(DigestSetting)):
        yield {
            "user": keys.user[setting.user_id],
            "hour": setting.hour,
            "language": setting.language,
            "is_paused": setting.paused_at is not None,
        }


def _digests(session: Session, keys: _Keys) -> Iterator[Row]:
    names = ("kind", "day", "state", "reason", "message_id")
    for delivery in session.scalars(select(DigestDelivery)):
        row = {name: getattr(delivery, name) for name in names}
        row["digest"] = row.pop("kind")
        yield {"user": keys.user[delivery.user_id], **row}


def _addresses(session: Session, keys: _Keys) -> Iterator[Row]:
    live = select(Participant.address_id).join(Message).where(Message.is_live)
    for address in session.scalars(
        select(Address).where(or_(Address.contact_id.is_not(None), Address.id.in_(live)))
    ):
        yield {
            "key": address.key,
            "side": address.side,
            "address_kind": address.kind,
            "contact": keys.contact.get(address.contact_id or 0),
            "bad_at": address.bad_at,
        }


def _contacts(session: Session, keys: _Keys) -> Iterator[Row]:
    for contact in session.scalars(select(Contact)):
        yield {
            "addresses": keys.contact_addresses.get(contact.id, []),
            "contact_kind": contact.kind,
            "name": contact.name,
            "given_name": contact.given_name,
            "is_manual": contact.is_manual,
            "since_at": None if contact.is_manual else contact.since_at,
            "merged_into": keys.contact.get(contact.merged_into_id or 0),
            "tier": contact.tier,
            "do_not_contact_until": contact.do_not_contact_until,
            "do_not_contact_reason": contact.do_not_contact_reason,
            "owner": keys.user.get(contact.owner_id or 0),
        }


def _copies(session: Session, keys: _Keys) -> Iterator[Row]:
    shown = and_(MailboxMessage.is_hidden.is_(False), MailboxMessage.state == "stored") | and_(
        MailboxMessage.state == "left_out", MailboxMessage.reason.not_in(("trash", "spam"))
    )
    rows = session.execute(
        select(
            MailboxMessage.mailbox_id, MailboxMessage.gmail_id, MailboxMessage.thread_id, MailboxMessage.state, MailboxMessage.reason, MailboxMessage.label_ids, MailboxMessage.at,
            MailboxMessage.is_hidden, MailboxMessage.rfc_id.label("internal_id"), MailboxMessage.refs, MailboxMessage.group_keys, Message.rfc_id, Message.fingerprint,
        )
        .outerjoin(Message, MailboxMessage.message_id == Message.id)
        .where(shown)
    )  # fmt: skip
    for row in rows:
        # For mail that a label excludes only its existence is content, not what was known of it before.
        by_label = row.is_hidden and row.reason in ("label", "internal")
        yield {
            "mailbox": keys.mailbox[row.mailbox_id],
            "gmail_id": row.gmail_id,
            "thread_id": row.thread_id,
            "state": row.state,
            "reason": "label" if by_label else row.reason,
            "label_ids": "" if by_label else row.label_ids or "",
            "at": row.at if row.state == "stored" else None,
            "message": [row.rfc_id, row.fingerprint] if row.rfc_id and not by_label else None,
            "ids": [row.internal_id, row.refs, row.group_keys] if row.internal_id and not by_label else None,
        }


def _offers(session: Session, keys: _Keys) -> Iterator[Row]:
    of_copy = and_(
        MailboxMessage.mailbox_id == ForwardOffer.mailbox_id, MailboxMessage.gmail_id == ForwardOffer.gmail_id
    )
    for offer in session.scalars(
        select(ForwardOffer).outerjoin(MailboxMessage, of_copy).where(MailboxMessage.is_hidden.is_not(True))
    ):
        yield {
            "mailbox": keys.mailbox[offer.mailbox_id],
            "gmail_id": offer.gmail_id,
            "at": offer.at,
            "forwarded_by": offer.forwarded_by,
            "original": [
                offer.original_name, offer.original_key, offer.original_dated, offer.original_subject,
            ],
        }  # fmt: skip


def _pipelines(session: Session, _keys: _Keys) -> Iterator[Row]:
    for pipeline in session.scalars(select(Pipeline)):
        stages = [
            [s.key, s.name_zh, s.name_en, s.allowed_days, s.is_final, s.tier]
            for s in sorted(pipeline.stages, key=lambda stage: stage.position)
        ]
        yield {"key": pipeline.key, "names": [pipeline.name_zh, pipeline.name_en], "stages": stages}


def _many(session: Session, left: Any, right: Any, name: Callable[[int], str | None]) -> dict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for box_id, other in session.execute(select(left, right)):
        found[box_id].append(name(other) or "")
    return {box_id: sorted(values) for box_id, values in found.items()}


def _boxes(session: Session, keys: _Keys) -> Iterator[Row]:
    owners: defaultdict[int, list[str]] = defaultdict(list)
    in_order = select(BoxOwner.box_id, BoxOwner.user_id).order_by(BoxOwner.position, BoxOwner.user_id)
    for box_id, user_id in session.execute(in_order):
        owners[box_id].append(keys.user.get(user_id) or "")
    contacts = _many(session, BoxContact.box_id, BoxContact.contact_id, keys.contact.get)
    conversations = _many(
        session, BoxConversation.box_id, BoxConversation.conversation_id, keys.conversation.get
    )
    order: dict[int, int] = {}
    for stage_id in keys.stage:
        ids = session.scalars(select(Box.id).where(Box.stage_id == stage_id).order_by(Box.rank, Box.id))
        order.update({box_id: place for place, box_id in enumerate(ids)})
    for box in session.scalars(select(Box)):
        yield {
            "name": box.name,
            "stage": keys.stage[box.stage_id],
            "place": order[box.id],
            "owners": owners.get(box.id, []),
            "contacts": contacts.get(box.id, []),
            "conversations": conversations.get(box.id, []),
            "is_closed": box.closed_at is not None,
        }


def _tasks(session: Session, keys: _Keys) -> Iterator[Row]:
    for task in session.scalars(select(Task)):
        yield {
            "text": task.text,
            "due_at": task.due_at,
            "contact": keys.contact.get(task.contact_id or 0),
            "box": keys.box.get(task.box_id or 0),
            "owner": keys.user.get(task.owner_id or 0),
            "is_done": task.done_at is not None,
        }


def _reminders(session: Session, keys: _Keys) -> Iterator[Row]:
    for reminder in session.scalars(select(Reminder)):
        yield {
            "user": keys.user[reminder.user_id],
            "text": reminder.text,
            "due_at": reminder.due_at,
            "contact": keys.contact.get(reminder.contact_id or 0),
            "box": keys.box.get(reminder.box_id or 0),
            "message": reminder.message,
            "is_done": reminder.done_at is not None,
        }


def _follow_ups(session: Session, keys: _Keys) -> Iterator[Row]:
    for follow_up in session.scalars(select(FollowUp)):
        yield {
            "text": follow_up.text,
            "due_at": follow_up.due_at,
            "contact": keys.contact.get(follow_up.contact_id),
            "message": follow_up.message,
            "since_at": follow_up.since_at,
            "owner": keys.user.get(follow_up.owner_id or 0),
            "is_done": follow_up.done_at is not None,
        }


LOCAL_FACTS = frozenset(
    {"after", "before", "box", "dismissal", "follow_up", "handover", "reminder", "task", "uid", "undoes"}
)
"""Names in an event's data whose values are random uids."""


def _events(session: Session, keys: _Keys) -> Iterator[Row]:
    for event in session.scalars(select(Event)):
        yield {
            "at": event.at if event.at != event.logged_at else None,
            "event": event.kind,
            "contact": keys.contact.get(event.contact_id or 0),
            "box": keys.box.get(event.box_id or 0),
            "conversation": keys.conversation.get(event.conversation_id or 0),
            "author": keys.user.get(event.author_id or 0),
            "text": event.text,
            "data": {name: value for name, value in event.data.items() if name not in LOCAL_FACTS},
            "is_undone": event.undone_by_id is not None,
            "answer": event.answer,
        }


def _messages(session: Session, keys: _Keys) -> Iterator[str]:
    order = sorted(
        session.execute(select(Message.rfc_id, Message.fingerprint, Message.id).where(Message.is_live))
    )
    for chunk in in_chunks([message_id for *_, message_id in order]):
        people: defaultdict[int, list[list[str | None]]] = defaultdict(list)
        for p in session.execute(
            select(
                Participant.message_id,
                Participant.role,
                Participant.address_id,
                Participant.name,
                Participant.shown,
            ).where(Participant.message_id.in_(chunk))
        ):
            people[p.message_id].append([p.role, keys.address[p.address_id], p.name, p.shown])
        messages = {m.id: m for m in session.scalars(select(Message).where(Message.id.in_(chunk)))}
        bodies = {
            body.message_id: body for body in session.scalars(select(Body).where(Body.message_id.in_(chunk)))
        }
        for message_id in chunk:
            row = _message(messages[message_id], people[message_id], keys)
            yield _line(
                "message", {**row, "text": bodies[message_id].text, "quoted": bodies[message_id].quoted}
            )
        # Release each chunk's objects, so that memory stays constant.
        session.expunge_all()


def _message(m: Message, people: list[list[str | None]], keys: _Keys) -> Row:
    names = (
        "rfc_id", "fingerprint", "at", "dated_at", "direction", "own_kind", "answer", "subject", "refs",
        "is_thanks", "is_invitation", "is_addressed", "bounce_of", "bounce_status", "details",
    )  # fmt: skip
    return {
        **{name: getattr(m, name) for name in names},
        "class": m.kind,
        "touch_class": m.touch_class if m.direction == "outbound" else None,
        "refusal": m.refusal if m.direction == "inbound" else None,
        "people": sorted(people, key=lambda person: [part or "" for part in person]),
        "author": keys.address.get(m.author_id or 0),
        "channel": keys.address.get(m.channel_id or 0),
        "conversation": keys.conversation.get(m.conversation_id or 0),
    }


def _conversations(session: Session, keys: _Keys) -> Iterator[Row]:
    for conversation in session.scalars(select(Conversation)):
        if conversation.id not in keys.conversation and conversation.owner_id is None:
            continue  # all its mail is in the trash (R14); the row only reserves the id
        yield {
            "key": keys.conversation.get(conversation.id),
            "subject": conversation.subject,
            "first_at": conversation.first_at,
            "last_at": conversation.last_at,
            "linked_to": keys.conversation.get(conversation.linked_to_id or 0),
            "owner": keys.user.get(conversation.owner_id or 0),
            "reply_state": conversation.reply_state,
            "needs_reply_at": conversation.needs_reply_at,
        }
