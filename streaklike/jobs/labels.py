"""A mailbox's labels, left out and let in again (R11): entry points that own their transactions."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.gmail.auth import TokenVault
from streaklike.gmail.client import GmailClient
from streaklike.gmail.retrying import RetryPolicy
from streaklike.instants import now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.jobs.sync import open_mailbox, share_budgets
from streaklike.people.linking.link import link
from streaklike.settings import Settings, load_secret_key
from streaklike.store.database import Database
from streaklike.store.models import ExcludedLabel, Mailbox, MailboxMessage
from streaklike.store.writing import lock_writer
from streaklike.sync.account import check_address
from streaklike.sync.copy_filters import IS_FROM_FILE
from streaklike.sync.excluded_labels import exclude_label, include_label, list_bearers, list_gmails_labels
from streaklike.sync.labels import (
    LABEL,
    NEVER_LEFT_OUT,
    BadLabel,
    LabelsChanged,
    MailboxLabel,
    as_one_word,
    as_several_words,
    fold_name,
    unpack_labels,
)
from streaklike.sync.proof import prove

QUICKLY: Final = RetryPolicy(attempts=3, throttled_attempts=3, total_seconds=10.0)
"""For whom somebody waits at a page."""


@dataclass(frozen=True, slots=True)
class LabelService:
    """Labels for the pages: Gmail is not asked again for long."""

    database: Database
    settings: Settings

    def list_labels(self, email: str) -> list[MailboxLabel]:
        """What the function of this name gives and raises."""
        return list_labels(self.database, self.settings, email, policy=QUICKLY)

    def change_labels(self, email: str, *, out: Iterable[str], into: Iterable[str]) -> LabelsChanged:
        """What the function of this name does and raises."""
        return change_labels(self.database, self.settings, email, out=out, into=into, policy=QUICKLY)


def list_labels(database: Database, settings: Settings, email: str, **options: Any) -> list[MailboxLabel]:
    """The labels of a mailbox by name: as Gmail lists them (1 unit), and as imported files name them.

    `options` are those of `open_client`. Raises LookupError for an address that is no mailbox of the team, and GmailError.
    """
    mailbox = _get_mailbox(database, email)
    with _opened(settings, mailbox, **options) as gmail:
        return _collect(database, mailbox, gmail)


def change_labels(
    database: Database,
    settings: Settings,
    email: str,
    *,
    out: Iterable[str],
    into: Iterable[str],
    **options: Any,
) -> LabelsChanged:
    """Leave the labels named `out` out and let those named `into` in, at once, over all that is stored.

    Gmail is asked which mail bears a label that is to be left out, so that none of it is fetched. Raises BadLabel, with
    nothing changed, and what `list_labels` does.
    """
    mailbox = _get_mailbox(database, email)
    with _opened(settings, mailbox, **options) as gmail:
        labels = _collect(database, mailbox, gmail)
        leaving = [_pick(labels, mailbox, name) for name in out]
        letting = [_pick(labels, mailbox, name) for name in into]
        if both := [label.name for label in leaving if label in letting]:
            raise BadLabel(f"{both[0]} cannot be left out and let in at once. Nothing was changed.")
        asked = [label.gmail_id for label in leaving if label.gmail_id is not None]
        bearers = list_bearers(gmail, asked) if gmail else {}
    with database.begin() as session:
        lock_writer(session)
        names = {key: label.name for label in leaving for key in label.ids}
        changed = exclude_label(session, mailbox.id, names, bearers)
        changed |= include_label(session, mailbox.id, [key for label in letting for key in label.ids])
        session.flush()
        if changed:
            link(session, changed, now=now_instant())
    refresh_due(database, settings)
    for label in (*leaving, *letting):
        label.is_left_out = label in leaving
    return _sum_up(database, mailbox, labels)


def _get_mailbox(database: Database, email: str) -> Mailbox:
    address = email.strip().lower()
    with database.read() as session:
        mailbox = session.scalar(select(Mailbox).where(Mailbox.email == address))
        known = session.scalars(select(Mailbox.email).order_by(Mailbox.email)).all()
    if mailbox is None:
        raise LookupError(
            f"{address} is no mailbox of the team. Nothing was changed. Mailboxes: {', '.join(known) or 'none yet'}."
        )
    return mailbox


@contextmanager
def _opened(settings: Settings, mailbox: Mailbox, **options: Any) -> Iterator[GmailClient | None]:
    """Gmail, or None for a mailbox that is made of files alone."""
    if mailbox.source != "gmail":
        yield None
        return
    vault = TokenVault(load_secret_key(settings))
    with open_mailbox(mailbox, settings, vault, share_budgets(settings), **options) as client:
        check_address(client, mailbox.email)
        yield client


def _collect(database: Database, mailbox: Mailbox, gmail: GmailClient | None) -> list[MailboxLabel]:
    found: dict[str, MailboxLabel] = {}
    for label in list_gmails_labels(gmail) if gmail else ():
        if label.id not in NEVER_LEFT_OUT:
            found[fold_name(label.name)] = MailboxLabel(label.name, label.id, {label.id})
    with database.read() as session:
        words = _list_words(session, mailbox.id)
        kept = select(ExcludedLabel).where(ExcludedLabel.mailbox_id == mailbox.id)
        rows = session.scalars(kept.order_by(ExcludedLabel.label_id)).all()
    for word in sorted(words):
        name = as_several_words(word)
        found.setdefault(fold_name(name), MailboxLabel(name)).ids.add(word)
    by_gmail_id = {label.gmail_id: label for label in found.values()}
    for row in rows:
        line = by_gmail_id.get(row.label_id) or found.setdefault(fold_name(row.name), MailboxLabel(row.name))
        line.ids.add(row.label_id)
        line.is_left_out |= line.gmail_id in (None, row.label_id)
    for line in found.values():
        line.ids.add(as_one_word(line.name))
    return sorted(found.values(), key=lambda line: fold_name(line.name))


def _list_words(session: Session, mailbox_id: int) -> set[str]:
    """The labels that imported mail files name."""
    of_files = (
        MailboxMessage.mailbox_id == mailbox_id,
        IS_FROM_FILE,
        MailboxMessage.label_ids.is_not(None),
    )
    packed = session.scalars(select(MailboxMessage.label_ids).where(*of_files).distinct())
    return {word for labels in packed for word in unpack_labels(labels)} - NEVER_LEFT_OUT


def _pick(labels: Sequence[MailboxLabel], mailbox: Mailbox, name: str) -> MailboxLabel:
    wanted = fold_name(name)
    if wanted.upper() in NEVER_LEFT_OUT:
        raise BadLabel(
            f"{name} cannot be left out or let in: by it Gmail says where a mail stands. Nothing was changed. "
            "Put a label of your own on what is to stay out."
        )
    for label in labels:
        if wanted in (fold_name(label.name), fold_name(label.gmail_id or label.name)):
            return label
    known = ", ".join(label.name for label in labels) or "none"
    raise BadLabel(f"{mailbox.email} has no label {name!r}. Nothing was changed. Its labels: {known}.")


def _sum_up(database: Database, mailbox: Mailbox, labels: Sequence[MailboxLabel]) -> LabelsChanged:
    still_out = {key for label in labels if label.is_left_out for key in label.ids}
    never_stored = select(MailboxMessage.label_ids).where(
        MailboxMessage.mailbox_id == mailbox.id,
        IS_FROM_FILE,
        MailboxMessage.state == "left_out",
        MailboxMessage.reason == LABEL,
        MailboxMessage.message_id.is_(None),
    )
    with database.read() as session:
        proof = prove(session, mailbox.id)
        to_import = sum(
            still_out.isdisjoint(unpack_labels(packed)) for packed in session.scalars(never_stored)
        )
    return LabelsChanged(labels, proof.left_out.get(LABEL, 0), proof.waiting, to_import)
