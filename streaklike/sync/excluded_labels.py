"""Labels that a member excludes from their mailbox, and the messages that carry them (R11)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from streaklike.gmail.errors import GmailUnavailable
from streaklike.gmail.types import GmailId, Label, Listed
from streaklike.store.in_values import in_values
from streaklike.store.models import ExcludedLabel, MailboxMessage
from streaklike.store.writing import in_chunks, insert_missing
from streaklike.sync.copy_filters import FROM_GMAIL
from streaklike.sync.directory import load_excluded
from streaklike.sync.ingest import Ingested
from streaklike.sync.internal_ids import find_around
from streaklike.sync.labels import (
    LABEL,
    NONE_LEFT_OUT,
    SENT,
    UNLISTED,
    hiding_reason,
    pack_labels,
    state_under,
    unpack_labels,
)
from streaklike.sync.origins import FROM_FILE
from streaklike.sync.pages import Gmail, Reader, SyncStep, list_page
from streaklike.sync.proof import counting

Bearers = Mapping[str, Sequence[Listed]]
"""Every message that Gmail lists under a label, by label id."""


def list_bearers(gmail: Gmail, label_ids: Iterable[str]) -> dict[str, list[Listed]]:
    """List the messages under each label, without spam and trash. Costs 5 quota units per 500 messages."""
    bearers: dict[str, list[Listed]] = {}
    for label_id in label_ids:
        rows = bearers.setdefault(label_id, [])
        token: str | None = None
        while True:
            page = list_page(gmail, token, label_id=label_id)
            rows += page.rows
            token = page.next_token
            if token is None:
                break
    return bearers


def list_gmails_labels(gmail: Gmail) -> tuple[Label, ...]:
    """Return the mailbox's labels. Costs 1 quota unit.

    Raises GmailUnavailable if the response lacks the system labels that every mailbox has.
    """
    labels = gmail.list_labels()
    if not any(label.id == SENT for label in labels):
        raise GmailUnavailable("Gmail's list of labels came without its own labels. Try again in a minute.")
    return labels


def iter_label_steps(gmail: Gmail, mailbox_id: int, read: Reader) -> Iterator[SyncStep]:
    """Before a listing, ask which messages carry the excluded labels, because a listing has no labels.

    Thus excluded mail is not fetched, and changes of these labels in the meantime are picked up.
    """
    with read() as session:
        left_out = load_excluded(session, mailbox_id)
    if left_out:
        known = {label.id for label in list_gmails_labels(gmail)}
        bearers = {**dict.fromkeys(left_out, ()), **list_bearers(gmail, sorted(left_out & known))}
        yield SyncStep(lambda session: Ingested(learn_bearers(session, mailbox_id, bearers)))


def learn_bearers(session: Session, mailbox_id: int, bearers: Bearers) -> set[int]:
    """Store which messages carry these labels, as listed by Gmail. Returns ids of affected messages."""
    borne: dict[GmailId, set[str]] = {}
    rows = {row.id: row for listed in bearers.values() for row in listed}
    for label_id, listed in bearers.items():
        for row in listed:
            borne.setdefault(row.id, set()).add(label_id)
    with counting(session, mailbox_id, borne):
        _insert_unknown(session, mailbox_id, [(row, borne[key]) for key, row in rows.items()])
        changed: dict[GmailId, frozenset[str]] = {}
        for chunk in in_chunks(borne):
            found = session.execute(
                select(MailboxMessage.gmail_id, MailboxMessage.label_ids).where(
                    MailboxMessage.mailbox_id == mailbox_id,
                    in_values(session, MailboxMessage.gmail_id, chunk),
                    or_(MailboxMessage.label_ids.is_not(None), MailboxMessage.message_id.is_(None)),
                )
            )
            for gmail_id, packed in found:
                key = GmailId(gmail_id)
                changed[key] = (unpack_labels(packed) - bearers.keys()) | borne[key]
        for gmail_id, labels in _list_bearing(session, mailbox_id, bearers, FROM_GMAIL).items():
            if gmail_id not in borne and hiding_reason(labels) not in UNLISTED:
                changed[gmail_id] = labels - bearers.keys()
        return relabel(session, mailbox_id, changed)


def _insert_unknown(session: Session, mailbox_id: int, rows: Iterable[tuple[Listed, set[str]]]) -> None:
    values: list[dict[str, Any]] = [
        {
            "mailbox_id": mailbox_id,
            "gmail_id": row.id,
            "thread_id": row.thread_id,
            "state": "left_out",
            "reason": LABEL,
            "label_ids": pack_labels(labels),
            "is_sent": False,
            "is_hidden": True,
            "round": 0,
            "position": 0,
        }
        for row, labels in rows
    ]
    insert_missing(session, MailboxMessage, values)


def exclude_label(session: Session, mailbox_id: int, names: Mapping[str, str], bearers: Bearers) -> set[int]:
    """Exclude these labels, given as id to name. Returns ids of affected messages.

    `bearers` is what Gmail lists under each label, if it was asked.
    """
    insert_missing(
        session,
        ExcludedLabel,
        [{"mailbox_id": mailbox_id, "label_id": key, "name": name} for key, name in names.items()],
    )
    changed = learn_bearers(session, mailbox_id, bearers)
    return changed | relabel(session, mailbox_id, _list_bearing(session, mailbox_id, names))


def include_label(session: Session, mailbox_id: int, label_ids: Collection[str]) -> set[int]:
    """Stop excluding these labels. Returns ids of affected messages.

    Stored messages become visible again. Others are marked to be fetched by the next sync; those from an
    imported file stay excluded until the file is imported again.
    """
    session.execute(
        delete(ExcludedLabel).where(
            ExcludedLabel.mailbox_id == mailbox_id, ExcludedLabel.label_id.in_(label_ids)
        )
    )
    return relabel(session, mailbox_id, _list_bearing(session, mailbox_id, label_ids))


def _list_bearing(
    session: Session, mailbox_id: int, label_ids: Iterable[str], *conditions: Any
) -> dict[GmailId, frozenset[str]]:
    """Map the known messages with any of these labels to all their labels."""
    wanted = frozenset(label_ids)
    if not wanted:
        return {}
    # LIKE matches substrings of the packed labels; the exact comparison is done below.
    like = or_(*(MailboxMessage.label_ids.contains(label_id, autoescape=True) for label_id in wanted))
    rows = session.execute(
        select(MailboxMessage.gmail_id, MailboxMessage.label_ids).where(
            MailboxMessage.mailbox_id == mailbox_id, like, *conditions
        )
    )
    found = {GmailId(gmail_id): unpack_labels(packed) for gmail_id, packed in rows}
    return {gmail_id: labels for gmail_id, labels in found.items() if not wanted.isdisjoint(labels)}


def relabel(session: Session, mailbox_id: int, labels: Mapping[GmailId, frozenset[str]]) -> set[int]:
    """Write labels and the resulting state. Returns ids of messages whose direction or visibility may change."""
    left_out = load_excluded(session, mailbox_id) if labels else NONE_LEFT_OUT
    changed: set[int] = set()
    changed_rfc_ids: set[str] = set()
    for chunk in in_chunks(labels):
        rows = session.execute(
            select(
                MailboxMessage.gmail_id,
                MailboxMessage.message_id,
                MailboxMessage.is_sent,
                MailboxMessage.is_hidden,
                MailboxMessage.reason,
                MailboxMessage.rfc_id,
            ).where(
                MailboxMessage.mailbox_id == mailbox_id, in_values(session, MailboxMessage.gmail_id, chunk)
            )
        ).all()
        updates = []
        for gmail_id, message_id, was_sent, was_hidden, reason, rfc_id in rows:
            row = _relabelled(
                gmail_id, labels[GmailId(gmail_id)], left_out, message_id=message_id, was=reason
            )
            if message_id is not None and (row["is_sent"], row["is_hidden"]) != (was_sent, was_hidden):
                changed.add(message_id)
            if rfc_id and (row["reason"], row["is_hidden"]) != (reason, was_hidden):
                changed_rfc_ids.add(rfc_id)
            updates.append(row)
        if updates:
            session.connection().execute(_RELABEL, [{"b_mailbox": mailbox_id, **row} for row in updates])
    return changed | find_around(session, changed_rfc_ids)


def _relabelled(
    gmail_id: str,
    names: frozenset[str],
    left_out: frozenset[str],
    *,
    message_id: int | None,
    was: str | None,
) -> dict[str, Any]:
    new_state = state_under(names, left_out, is_stored=message_id is not None, was=was)
    is_wanted = new_state.state == "listed"
    if is_wanted and gmail_id.startswith(FROM_FILE):
        new_state, is_wanted = new_state._replace(state="left_out", reason=LABEL, is_hidden=True), False
    return {
        "b_id": gmail_id,
        "label_ids": None if is_wanted else pack_labels(names),
        "is_sent": SENT in names and not is_wanted,
        "state": new_state.state,
        "reason": new_state.reason,
        "is_hidden": new_state.is_hidden,
    }


_RELABEL = (
    update(MailboxMessage)
    .where(MailboxMessage.mailbox_id == bindparam("b_mailbox"), MailboxMessage.gmail_id == bindparam("b_id"))
    .values({name: bindparam(name) for name in ("label_ids", "is_sent", "is_hidden", "state", "reason")})
)
