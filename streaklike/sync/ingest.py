"""Write fetched messages as rows: mailbox messages, messages, participants, addresses.

All queries are set-based and run in the caller's transaction.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from streaklike.gmail.types import GmailId, GmailMessage, ThreadId
from streaklike.mail import reading
from streaklike.mail.addresses import address_kind
from streaklike.mail.message import Correspondent, Forwarded, RawMessage, Understood
from streaklike.mail.team import Team
from streaklike.store.in_values import in_values
from streaklike.store.models import Address, Base, Body, ForwardOffer, MailboxMessage, Message, Participant
from streaklike.store.search_index import drop_messages
from streaklike.store.writing import (
    in_chunks,
    insert_for,
    insert_missing,
    insert_rows,
    lock_writer,
    reserve_ids,
    update_rows,
)
from streaklike.sync.aliases import learn_aliases
from streaklike.sync.digests import DIGEST, find_digests
from streaklike.sync.directory import load_excluded
from streaklike.sync.internal_ids import find_around
from streaklike.sync.labels import LABEL, SENT, CopyState, hiding_reason, pack_labels, state_under
from streaklike.sync.older_readings import UNREAD, drop_participants, find_own, rank_now
from streaklike.sync.origins import FROM_OFFER
from streaklike.sync.renaming import rename_messages
from streaklike.sync.sameness import find_same
from streaklike.sync.touch_words import TeamWords, begin_team_words, touch_columns

Known = tuple[int | None, str, str | None, str | None, str | None, str | None, str | None, int]
"""The stored state of a mailbox message: message id, state, labels, reason; for internal mail its Message-ID,
references and group keys; parser version.
"""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message as fetched and parsed. `understood` is None if it is hidden or could not be parsed.

    `fault` is the error class for which it is quarantined and contains no text of the message.
    """

    gmail_id: GmailId
    thread_id: ThreadId
    label_ids: frozenset[str] | None
    at: int
    understood: Understood | None
    reason: str | None
    fault: str | None = None


@dataclass(slots=True)
class Ingested:
    """Result of writing a page: messages to link and counts.

    `fresh` counts messages new to the mailbox, `doubles` those it had or that occur twice in the page,
    `left_out` the others by reason; together they add up to the page (R55). `added` counts mailbox messages:
    mail imported from a file and now fetched by the API adds one.
    """

    message_ids: set[int] = field(default_factory=set)
    added: int = 0
    fresh: int = 0
    doubles: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def include(self, other: "Ingested") -> None:
        """Add the result of another part of the same page."""
        self.message_ids |= other.message_ids
        self.added += other.added
        self.fresh += other.fresh
        self.doubles += other.doubles
        self.left_out += other.left_out


def understand(raw: RawMessage) -> Understood:
    """As `mail.understand` does, which is loaded with the first mail: a sync that finds nothing new needs none of it."""
    from streaklike.mail.understand import understand  # noqa: PLC0415

    return understand(raw)


def read_message(message: GmailMessage) -> Fetched:
    """Parse a fetched message. A message that cannot be parsed is quarantined instead of raising (Q10)."""
    reason = hiding_reason(message.label_ids or ())
    return _read(message.id, message.thread_id, message.label_ids, message.at, message.raw, reason)


def _read(
    gmail_id: GmailId,
    thread_id: ThreadId,
    label_ids: frozenset[str] | None,
    at: int,
    raw: RawMessage,
    reason: str | None,
) -> Fetched:
    understood, fault = None, None
    if reason is None:
        try:
            understood = understand(raw)
        except (
            MemoryError,
            OSError,
        ):  # a fault of the machine, not of the mail: stop and retry later
            raise
        except Exception as error:  # noqa: BLE001 - whatever a stranger's mail breaks, the mailbox goes on (Q10)
            reason, fault = "set_aside", name_fault(error)
    return Fetched(gmail_id, thread_id, label_ids, at, understood, reason, fault)


def name_fault(error: BaseException) -> str:
    """Name an error and its cause by class names only, which contain no message text."""
    cause = error.__cause__ or getattr(error, "orig", None)
    return type(error).__name__ if cause is None else f"{type(error).__name__}/{type(cause).__name__}"


def apply_fetched(session: Session, mailbox_id: int, team: Team, fetched: Sequence[Fetched]) -> Ingested:
    """Write a page of one mailbox's fetched messages. Idempotent.

    A message parsed by an older `mail.reading` version keeps its id and gets the content of this page. The
    caller must then relink it with `people.linking.anew`, because its old content no longer holds.
    """
    lock_writer(session)
    left_out = load_excluded(session, mailbox_id)
    times = Counter(item.gmail_id for item in fetched)
    fetched = [_under(item, left_out) for item in {item.gmail_id: item for item in fetched}.values()]
    fetched = _without_digests(session, fetched)
    result = Ingested()
    before = _load_copies(session, mailbox_id, [item.gmail_id for item in fetched])
    team = learn_aliases(session, mailbox_id, team, _list_sent_as(fetched))
    fetched = [_credit_visitor(item, team) for item in fetched]
    kept = [
        item
        for item in fetched
        if item.understood
        and (_has_outsider(item.understood, team) or _is_strangers(item.understood, item.label_ids))
    ]
    message_ids = _store_messages(session, team, kept, before)
    rows = []
    for item in fetched:
        message_id = message_ids.get(item.gmail_id)
        old = before.get(item.gmail_id)
        if old and old[0] is not None:
            result.message_ids.add(old[0])
            if item.understood is None:  # not parsed: keep what is stored
                message_id = old[0]
        row = _copy_row(mailbox_id, item, message_id, old, left_out, team)
        if row["state"] == "stored" and (old is None or old[1] != "stored"):
            result.added += 1
        rows.append(row)
    _count(session, mailbox_id, result, rows, times)
    _upsert_copies(session, rows)
    stored = {item.gmail_id for item in kept}
    drop_offers(session, mailbox_id, stored)
    _drop_old_offers(session, mailbox_id, [item.gmail_id for item in fetched if item.understood], before)
    _keep_offers(session, mailbox_id, team, [item for item in fetched if item.gmail_id not in stored])
    result.message_ids.update(message_ids.values())
    result.message_ids |= find_around(session, _list_changed_internal(rows, before))
    return result


def _count(
    session: Session,
    mailbox_id: int,
    result: Ingested,
    rows: Sequence[Mapping[str, Any]],
    times: Mapping[GmailId, int],
) -> None:
    """Count fresh, duplicate and excluded messages of a page. Must run before the rows are written."""
    known: set[int | None] = set()
    stored = [row["message_id"] for row in rows if row["state"] == "stored"]
    for chunk in in_chunks(set(stored)):
        known.update(
            session.scalars(
                select(MailboxMessage.message_id).where(
                    MailboxMessage.mailbox_id == mailbox_id,
                    MailboxMessage.state == "stored",
                    in_values(session, MailboxMessage.message_id, chunk),
                )
            )
        )
    for row in rows:
        if row["state"] == "left_out":
            result.left_out[row["reason"]] += times[row["gmail_id"]]
            continue
        is_double = row["message_id"] in known
        known.add(row["message_id"])
        result.fresh += not is_double
        result.doubles += times[row["gmail_id"]] - (not is_double)


def _under(item: Fetched, left_out: frozenset[str]) -> Fetched:
    """Drop the content of an item that carries an excluded label (R11)."""
    if not left_out or hiding_reason(item.label_ids or (), left_out) != LABEL:
        return item
    return replace(item, understood=None, reason=LABEL)


def _without_digests(session: Session, fetched: Sequence[Fetched]) -> list[Fetched]:
    """Drop the content of items that are our own digests."""
    digests = find_digests(session, (item.understood.rfc_id for item in fetched if item.understood))
    return [
        replace(item, understood=None, reason=DIGEST)
        if item.understood and item.understood.rfc_id in digests
        else item
        for item in fetched
    ]


def _list_sent_as(fetched: Iterable[Fetched]) -> Iterable[str]:
    for item in fetched:
        if SENT in (item.label_ids or ()) and item.understood and item.understood.author:
            yield item.understood.author.key


def _load_copies(session: Session, mailbox_id: int, gmail_ids: Iterable[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for chunk in in_chunks(gmail_ids):
        rows = session.execute(
            select(
                MailboxMessage.gmail_id,
                MailboxMessage.message_id,
                MailboxMessage.state,
                MailboxMessage.label_ids,
                MailboxMessage.reason,
                MailboxMessage.rfc_id,
                MailboxMessage.refs,
                MailboxMessage.group_keys,
                MailboxMessage.read_version,
            ).where(
                MailboxMessage.mailbox_id == mailbox_id, in_values(session, MailboxMessage.gmail_id, chunk)
            )
        )
        found.update({gmail_id: (*facts,) for gmail_id, *facts in rows})  # type: ignore[misc]
    return found


def _copy_row(
    mailbox_id: int,
    item: Fetched,
    message_id: int | None,
    old: Known | None,
    left_out: frozenset[str],
    team: Team,
) -> dict[str, Any]:
    labels = item.label_ids
    packed = pack_labels(labels) if labels is not None else (old[2] if old else None)
    known = packed.split(" ") if packed else ()
    was = "internal" if old is not None and old[3] == "internal" and item.reason == LABEL else item.reason
    new_state = state_under(known, left_out, is_stored=message_id is not None, was=was or "internal")
    return {
        "mailbox_id": mailbox_id,
        "gmail_id": item.gmail_id,
        "thread_id": item.thread_id,
        "message_id": message_id,
        "state": new_state.state,
        "reason": new_state.reason,
        "fault": item.fault if new_state.reason == "set_aside" else None,
        "label_ids": packed,
        "at": item.at,
        "is_sent": SENT in known,
        "is_hidden": new_state.is_hidden,
        "round": 0,
        "position": 0,
        "read_version": _version_of(item, old),
        **_internal_ids(item, new_state, team),
    }


def _version_of(item: Fetched, old: Known | None) -> int:
    """The parser version to store. An item without content was not parsed, so it keeps its old version."""
    is_read = item.understood is not None or item.fault is not None
    return reading.VERSION if is_read or old is None else old[7]


def _internal_ids(item: Fetched, new_state: CopyState, team: Team) -> dict[str, str | None]:
    """R13: keep the ids of internal mail so that conversations stay connected; a hash is no real id and is
    not kept.

    For a sent reply also keep the team groups it went to, because it may answer mail that came through them
    (R35).
    """
    message = item.understood
    if message is None or new_state.reason != "internal" or message.rfc_id.startswith("hash:"):
        return {"rfc_id": None, "refs": None, "group_keys": None}
    is_reply = SENT in (item.label_ids or ()) and bool(message.refs) and message.kind == "human"
    groups = {person.key for person in (*message.to, *message.cc)} - team.addresses if is_reply else ()
    return {
        "rfc_id": message.rfc_id,
        "refs": " ".join(message.refs),
        "group_keys": " ".join(sorted(groups)) or None,
    }


def _list_changed_internal(rows: Iterable[Mapping[str, Any]], before: Mapping[str, Known]) -> set[str]:
    """Return Message-IDs of internal mail that is new, removed or changed: conversations may depend on it."""
    changed_ids: set[str] = set()
    for row in rows:
        old = before.get(row["gmail_id"])
        # The slices of Known: [1:4:2] is (state, reason), [4:7] is (rfc_id, refs, group_keys).
        is_known = old is not None and old[1:4:2] == ("left_out", "internal")
        was = old[4:7] if old is not None and is_known else (None, None, None)
        now = (row["rfc_id"], row["refs"], row["group_keys"])
        if was != now:
            changed_ids.update(rfc_id for rfc_id in (was[0], now[0]) if rfc_id)
    return changed_ids


def _upsert_copies(session: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = insert_for(session, MailboxMessage)
    kept = (
        "thread_id", "message_id", "state", "reason", "fault", "label_ids", "at", "is_sent", "is_hidden", "rfc_id", "refs",
        "group_keys", "read_version",
    )  # fmt: skip
    session.execute(
        insert.on_conflict_do_update(  # type: ignore[attr-defined]
            index_elements=["mailbox_id", "gmail_id"],
            set_={name: insert.excluded[name] for name in kept},  # type: ignore[attr-defined]
        ),
        rows,
    )


def _credit_visitor(item: Fetched, team: Team) -> Fetched:
    """R53: attribute form mail to the visitor in Reply-To, as human mail regardless of its other headers."""
    message = item.understood
    if message is None or message.visitor is None or message.sender is None or SENT in (item.label_ids or ()):
        return item
    if team.is_inside(message.visitor.key) or not team.is_form(
        message.sender.key, is_known_elsewhere=message.is_foreign_form
    ):
        return item
    said = replace(
        message,
        author=message.visitor,
        kind="human",
        is_subject_automatic=False,
        is_by_form=True,
        said_kind=message.kind,
        said_subject_automatic=message.is_subject_automatic,
    )
    return replace(item, understood=said)


def _has_outsider(message: Understood, team: Team) -> bool:
    """R13: mail without an external person is not stored. A bounce counts its failed recipients (R30)."""
    failed = message.bounce.failed if message.bounce else ()
    keys = (*(person.key for person in _people(message)), *failed)
    return any(not team.is_inside(key) for key in keys)


def _is_strangers(message: Understood, label_ids: Collection[str] | None) -> bool:
    """R13: a From without an address belongs to an external sender, unless we sent the message."""
    return message.author is None and SENT not in (label_ids or ())


def _people(message: Understood) -> Iterable[Correspondent]:
    if message.author:
        yield message.author
    yield from message.to
    yield from message.cc
    yield from message.bcc


def _is_addressed(message: Understood, team: Team) -> bool:
    """R34: whether one of us is in To, or To is empty. Otherwise we received a blind copy of someone's mail.

    Mail carried by a list is addressed to us only if To holds one of us or a list of ours (R35).
    """
    if not message.to:
        return message.channel is None
    return any(team.is_inside(person.key) for person in message.to)


def _store_messages(
    session: Session, team: Team, kept: Sequence[Fetched], before: Mapping[str, Known]
) -> dict[GmailId, int]:
    """Write new messages and participants. Returns the message id of each item.

    `before` is the stored state of the page's mailbox messages.
    """
    addresses = _ensure_addresses(session, team, kept)
    team_words = begin_team_words(session)
    identities = {(item.understood.rfc_id, item.understood.fingerprint) for item in kept if item.understood}
    known = _load_messages(session, identities)
    same, twins = find_same(session, (item.understood for item in kept if item.understood), known, addresses)
    existing = {identity: value for identity, value in known.items() if identity in identities} | same
    existing |= find_own(session, kept, twins, before, known=known, found=existing)
    new: dict[tuple[str, str], tuple[dict[str, Any], Understood]] = {}
    better: dict[int, tuple[dict[str, Any], Understood]] = {}
    renewed: set[int] = set()
    for item in kept:
        message = item.understood
        assert message is not None  # noqa: S101 - `kept` holds understood ones alone
        identity = (message.rfc_id, message.fingerprint)
        identity = twins.get(identity, identity)
        row = _message_row(item, message, addresses, team, team_words)
        if identity in existing:
            message_id, rank = existing[identity]
            if rank == UNREAD:
                renewed.add(message_id)
            if message_id in better:
                rank = better[message_id][0]["source_rank"]
            if row["source_rank"] < rank:
                better[message_id] = row, message
        elif identity not in new or row["source_rank"] < new[identity][0]["source_rank"]:
            new[identity] = row, message
    ids = {identity: message_id for identity, (message_id, _) in existing.items()}
    ids.update(_insert_messages(session, new))
    rename_messages(session, {key: row for key, (row, _) in better.items()})
    _replace_messages(session, better, renewed)
    ids.update({identity: ids[twin] for identity, twin in twins.items()})
    by_item = {
        item.gmail_id: ids[item.understood.rfc_id, item.understood.fingerprint]
        for item in kept
        if item.understood
    }
    drop_participants(session, renewed, _find_sent_anew(session, kept, by_item, before))
    _store_participants(session, kept, by_item, addresses)
    return by_item


def _find_sent_anew(
    session: Session, kept: Sequence[Fetched], by_item: Mapping[GmailId, int], before: Mapping[str, Known]
) -> set[int]:
    """Return messages whose Bcc is parsed anew: Bcc is taken only from the sender's own copies (R22)."""
    sent = {
        by_item[item.gmail_id]
        for item in kept
        if SENT in (item.label_ids or ())
        and item.gmail_id in before
        and before[item.gmail_id][7] < reading.VERSION
    }
    if sent:
        read = select(MailboxMessage.message_id).where(
            MailboxMessage.is_sent, MailboxMessage.read_version == reading.VERSION
        )
        for chunk in in_chunks(sorted(sent)):
            sent.difference_update(
                session.scalars(read.where(in_values(session, MailboxMessage.message_id, chunk)))
            )
    return sent


def _load_messages(
    session: Session, identities: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[int, str]]:
    """Load id and rank of messages stored under these Message-IDs, with any fingerprint.

    The rank is UNREAD for a message parsed by an older version.
    """
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for chunk in in_chunks(sorted({rfc_id for rfc_id, _ in identities})):
        rows = session.execute(
            select(Message.rfc_id, Message.fingerprint, Message.id, rank_now()).where(
                in_values(session, Message.rfc_id, chunk)
            )
        )
        found.update({(rfc_id, mark): (message_id, rank) for rfc_id, mark, message_id, rank in rows})
    return found


def _source_rank(item: Fetched, message: Understood) -> str:
    """Rank copies of one message: the sender's own, then not from a list, then by content hash.

    The lowest rank wins, whatever the order of arrival (R21).
    """
    is_sent = SENT in (item.label_ids or ())
    content = "\0".join(
        (
            message.said_kind or message.kind,
            message.subject,
            message.text,
            message.quoted,
            " ".join(message.refs),
            message.list_id,
        )
    )
    digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    return f"{int(not is_sent)}{int(message.channel is not None)}{digest}"


def _message_row(
    item: Fetched, message: Understood, addresses: dict[str, int], team: Team, team_words: TeamWords
) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if message.attachments:
        details["attachments"] = [
            {"filename": a.filename, "mime_type": a.mime_type, "size": a.size, "part_id": a.part_id}
            for a in message.attachments
        ]
    if message.bounce:
        details["failed"] = list(message.bounce.failed)
    if message.is_foreign_list:
        details["foreign_list"] = True
    if message.is_by_form:
        details["by_form"] = True
    if message.visitor is not None and SENT not in (item.label_ids or ()):
        details["visitor"] = _describe_visitor(message, message.visitor)
    if message.list_id:
        details["list_id"] = message.list_id
    if message.forwarded:
        details["forwarded"] = _describe_forwarded(message.forwarded)
    is_sent = SENT in (item.label_ids or ())
    inside = message.author is not None and team.is_inside(message.author.key)
    return {
        "rfc_id": message.rfc_id,
        "fingerprint": message.fingerprint,
        "at": item.at,
        "dated_at": message.dated_at,
        "direction": "outbound" if is_sent else ("internal" if inside else "inbound"),
        "own_kind": message.kind,
        "kind": message.kind,
        "is_live": True,
        "author_id": addresses[message.author.key] if message.author else None,
        "channel_id": addresses[message.channel.key] if message.channel else None,
        "subject": message.subject,
        "base_subject": message.base_subject,
        "refs": " ".join(message.refs),
        "body_hash": message.body_hash,
        "is_thanks": message.is_thanks,
        "is_invitation": message.is_invitation,
        "is_subject_automatic": message.is_subject_automatic,
        "is_addressed": _is_addressed(message, team),
        "is_by_form": message.is_by_form,
        "bounce_of": message.bounce.of_rfc_id if message.bounce else None,
        "bounce_status": message.bounce.status if message.bounce else None,
        "details": json.dumps(details) if details else None,
        "source_rank": _source_rank(item, message),
        "read_version": reading.VERSION,
        **touch_columns(message, team_words, is_ours=is_sent or inside),
    }


def _describe_visitor(message: Understood, visitor: Correspondent) -> dict[str, Any]:
    """Store the visitor named in Reply-To and the message's own kind, so that the team can later mark the
    sender as a form or unmark it (R53).
    """
    return {
        "name": visitor.name,
        "key": visitor.key,
        "shown": None if visitor.shown == visitor.key else visitor.shown,
        "kind": message.said_kind or message.kind,
        "is_subject_automatic": message.said_subject_automatic or message.is_subject_automatic,
        "is_foreign_form": message.is_foreign_form,
    }


def _insert_messages(
    session: Session, new: dict[tuple[str, str], tuple[dict[str, Any], Understood]]
) -> dict[tuple[str, str], int]:
    if not new:
        return {}
    # Ids are reserved beforehand, so that messages and bodies are inserted in bulk without RETURNING.
    ids = dict(zip(new, reserve_ids(session, Base.metadata.tables["message"], len(new)), strict=True))
    names = tuple(next(iter(new.values()))[0])
    rows = [(ids[identity], *row.values()) for identity, (row, _) in new.items()]
    insert_rows(session, Message, ("id", *names), rows)
    _insert_bodies(session, {ids[identity]: said for identity, (_, said) in new.items()})
    return ids


def _insert_bodies(session: Session, said: Mapping[int, Understood]) -> None:
    rows = [(message_id, each.text, each.quoted) for message_id, each in said.items()]
    insert_rows(session, Body, ("message_id", "text", "quoted"), rows)


OF_COPY = (
    "rfc_id",
    "fingerprint",
    "own_kind",
    "channel_id",
    "subject",
    "base_subject",
    "refs",
    "body_hash",
    "is_thanks",
    "is_invitation",
    "is_subject_automatic",
    "is_addressed",
    "is_by_form",
    "bounce_of",
    "bounce_status",
    "details",
    "source_rank",
    "touch_class",
    "touch_words",
    "refusal",
    "read_version",
)
"""Columns whose values come from one copy where the copies of a message differ."""


def _replace_messages(
    session: Session, better: dict[int, tuple[dict[str, Any], Understood]], renewed: Collection[int]
) -> None:
    """Overwrite messages with the content of better copies; for `renewed` ones also author and date."""
    if not better:
        return
    drop_messages(session, better)
    rows = [(key, *(row[name] for name in OF_COPY)) for key, (row, _) in better.items()]
    update_rows(session, Message, ("id", *OF_COPY), rows)
    of_all = [(key, better[key][0]["author_id"], better[key][0]["dated_at"]) for key in sorted(renewed)]
    update_rows(session, Message, ("id", "author_id", "dated_at"), of_all)
    session.execute(delete(Body).where(in_values(session, Body.message_id, better)))
    _insert_bodies(session, {key: said for key, (_, said) in better.items()})


def _ensure_addresses(session: Session, team: Team, kept: Sequence[Fetched]) -> dict[str, int]:
    kinds: dict[str, str] = {}
    for item in kept:
        message = item.understood
        if message is None:
            continue
        for person in _people(message):
            kinds.setdefault(person.key, address_kind(person.key))
        if message.sender:
            kinds.setdefault(message.sender.key, address_kind(message.sender.key))
        for key in message.bounce.failed if message.bounce else ():
            kinds.setdefault(key, address_kind(key))
        if message.channel:
            kinds[message.channel.key] = "list"
    found = load_address_ids(session, kinds)
    missing = [
        {"key": key, "side": "inside" if team.is_inside(key) else "outside", "kind": kind}
        for key, kind in kinds.items()
        if key not in found
    ]
    if missing:
        insert_missing(session, Address, missing)
        found.update(load_address_ids(session, [row["key"] for row in missing]))
    lists = [key for key, kind in kinds.items() if kind == "list"]
    for chunk in in_chunks(lists):
        session.execute(
            update(Address)
            .where(in_values(session, Address.key, chunk), Address.kind != "list")
            .values(kind="list")
        )
    return found


def load_address_ids(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Load the ids of known addresses by key."""
    found: dict[str, int] = {}
    for chunk in in_chunks(keys):
        found.update(
            session.execute(
                select(Address.key, Address.id).where(in_values(session, Address.key, chunk))
            ).all()
        )
    return found


def _store_participants(
    session: Session, kept: Sequence[Fetched], message_ids: dict[GmailId, int], addresses: dict[str, int]
) -> None:
    rows: dict[tuple[int, str, int], tuple[Any, ...]] = {}
    for item in kept:
        message = item.understood
        if message is None:
            continue
        message_id = message_ids[item.gmail_id]
        for role, person in _roles(message, is_sent=SENT in (item.label_ids or ())):
            address_id = addresses[person.key]
            key = (message_id, role, address_id)
            shown = None if person.shown == person.key else person.shown
            rows.setdefault(key, (*key, item.at, person.name, shown))
    names = ("message_id", "role", "address_id", "at", "name", "shown")
    insert_rows(session, Participant, names, list(rows.values()), is_passing_over=True)


def _roles(message: Understood, *, is_sent: bool) -> Iterable[tuple[str, Correspondent]]:
    """Yield participants with their role. Bcc is taken only from the sender's own copy (R22)."""
    if message.author:
        yield "author", message.author
    if message.sender and (message.author is None or message.sender.key != message.author.key):
        yield "from", message.sender
    for person in message.to:
        yield "to", person
    for person in message.cc:
        yield "cc", person
    for person in message.bcc if is_sent else ():
        yield "bcc", person
    for key in message.bounce.failed if message.bounce else ():
        yield "failed", Correspondent("", key, key)


def drop_offers(session: Session, mailbox_id: int, gmail_ids: Collection[GmailId]) -> None:
    """Delete the forward offers of these messages (R17), which are in trash or spam, or no longer internal.

    A message that returns is parsed again.
    """
    for chunk in in_chunks(gmail_ids):
        session.execute(
            delete(ForwardOffer).where(
                ForwardOffer.mailbox_id == mailbox_id, in_values(session, ForwardOffer.gmail_id, chunk)
            )
        )


def _drop_old_offers(
    session: Session, mailbox_id: int, gmail_ids: Collection[GmailId], before: Mapping[str, Known]
) -> None:
    """Delete offers found by older parser versions, except those that somebody accepted."""
    old = {key for key in gmail_ids if key in before and before[key][7] < reading.VERSION}
    if old:
        accepted = {f"{FROM_OFFER}{key}" for key in old}
        for chunk in in_chunks(sorted(accepted)):
            found = select(MailboxMessage.gmail_id).where(
                MailboxMessage.mailbox_id == mailbox_id, in_values(session, MailboxMessage.gmail_id, chunk)
            )
            old -= {GmailId(key.removeprefix(FROM_OFFER)) for key in session.scalars(found)}
    drop_offers(session, mailbox_id, old)


def _describe_forwarded(forwarded: Forwarded) -> dict[str, str]:
    """Serialize a forwarded original for `Message.details`."""
    author = forwarded.author
    return {
        "name": author.name if author else "",
        "address": author.key if author else "",
        "dated": forwarded.dated,
        "subject": forwarded.subject,
    }


def build_offers(
    team: Team,
    mailbox_id: int,
    gmail_id: GmailId,
    at: int | None,
    by: str,
    original: Mapping[str, str] | None,
) -> list[dict[str, Any]]:
    """Build the offer row for an original that an internal address forwarded (R17).

    `original` is as stored in details. Returns an empty list if the original is not external mail.
    """
    if not original or not original["address"] or team.is_inside(original["address"]):
        return []
    return [
        {
            "mailbox_id": mailbox_id,
            "gmail_id": gmail_id,
            "at": at,
            "forwarded_by": by,
            "original_name": original["name"],
            "original_key": original["address"],
            "original_dated": original["dated"],
            "original_subject": original["subject"],
        }
    ]


def _keep_offers(session: Session, mailbox_id: int, team: Team, left_out: Sequence[Fetched]) -> None:
    """R17: external mail that a colleague forwarded manually is kept only as an offer."""
    offers: list[dict[str, Any]] = []
    for item in left_out:
        message = item.understood
        if message is not None and message.forwarded is not None and message.author is not None:
            original = _describe_forwarded(message.forwarded)
            offers += build_offers(team, mailbox_id, item.gmail_id, item.at, message.author.key, original)
    insert_missing(session, ForwardOffer, offers)
