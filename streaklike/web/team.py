"""The team: who is in it, how fresh each mailbox is (Q11), and the labels that a mailbox leaves out (R11)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from flask import Blueprint, abort, current_app, g, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from streaklike.gmail.errors import BadCredentials, GmailError
from streaklike.store.models import ExcludedLabel, Mailbox, User
from streaklike.sync.form_addresses import load_form_addresses
from streaklike.sync.health import MailboxHealth, measure_health
from streaklike.sync.labels import LabelsChanged, MailboxLabel
from streaklike.sync.quarantine import count_quarantined
from streaklike.web.actions import done, refusal_key
from streaklike.web.forms_seen import prefetch
from streaklike.web.requests import between_transactions

GMAILS_OWN = frozenset(
    {
        "CATEGORY_FORUMS",
        "CATEGORY_PERSONAL",
        "CATEGORY_PROMOTIONS",
        "CATEGORY_SOCIAL",
        "CATEGORY_UPDATES",
        "IMPORTANT",
        "STARRED",
    }
)
"""Labels that every mailbox has, which Gmail itself shows by other names."""

blueprint = Blueprint("team", __name__)


class LabelEditor(Protocol):
    """Who lists and changes a mailbox's labels, in transactions of their own."""

    def list_labels(self, email: str) -> Sequence[MailboxLabel]:
        """The labels by name. Raises GmailError and BadCredentials."""

    def change_labels(self, email: str, *, out: Collection[str], into: Collection[str]) -> LabelsChanged:
        """Leave labels out and let others in. Raises BadLabel, and what `list_labels` does."""


@dataclass(frozen=True, slots=True)
class ShownMailbox:
    """A mailbox on the page: how it stands, how many of its labels are left out and of its mails set aside,
    and whether the reader may see which.
    """

    id: int
    health: MailboxHealth
    labels_out: int
    set_aside: int
    is_open: bool


@blueprint.get("/team")
def page() -> str:
    """The members, each with their mailboxes, and at the end who has left."""
    users = g.session.scalars(select(User).order_by(User.disabled_at.is_not(None), User.name, User.id)).all()
    prefetch("member", [user.id for user in users])
    return render_template(
        "team.html",
        users=users,
        mailboxes=list_mailboxes(g.session),
        form_addresses=sorted(load_form_addresses(g.session)),
    )


def list_mailboxes(session: Session) -> dict[int, list[ShownMailbox]]:
    """The mailboxes by the member whose they are."""
    health = {each.email: each for each in measure_health(session, now=g.now)}
    counted = select(ExcludedLabel.mailbox_id, func.count(func.distinct(ExcludedLabel.name)))
    out = dict(session.execute(counted.group_by(ExcludedLabel.mailbox_id)).all())
    aside = count_quarantined(session)
    found: dict[int, list[ShownMailbox]] = {}
    for mailbox in session.scalars(select(Mailbox).order_by(Mailbox.email)):
        shown = ShownMailbox(
            mailbox.id,
            health[mailbox.email],
            out.get(mailbox.id, 0),
            aside.get(mailbox.id, 0),
            is_open_to_reader(mailbox),
        )
        found.setdefault(mailbox.user_id, []).append(shown)
    return found


def is_open_to_reader(mailbox: Mailbox) -> bool:
    """Whether the reader may see the mailbox's labels and change what is left out: their own, and an admin all."""
    return bool(g.member.role == "admin" or mailbox.user_id == g.member.id)


@blueprint.get("/mailboxes/<int:mailbox_id>/labels")
def labels(mailbox_id: int) -> str:
    """A mailbox's labels; where Gmail does not give them, those that are left out, and what to do."""
    mailbox = get_mailbox(mailbox_id)
    trouble = None
    try:
        with between_transactions():
            found = _editor().list_labels(mailbox.email)
    except (GmailError, BadCredentials) as error:
        trouble = refusal_key(error)
        names = select(ExcludedLabel.name).where(ExcludedLabel.mailbox_id == mailbox_id)
        found = [MailboxLabel(name, is_left_out=True) for name in sorted(set(g.session.scalars(names)))]
    return render_template(
        "labels.html", mailbox=mailbox, labels=found, trouble=trouble, gmails_own=GMAILS_OWN
    )


@blueprint.post("/mailboxes/<int:mailbox_id>/labels")
def change(mailbox_id: int) -> Response:
    """Leave the label of the form's `out` out, or let that of `into` in again."""
    mailbox = get_mailbox(mailbox_id)
    out, into = request.form.getlist("out")[:1], request.form.getlist("into")[:1]
    with between_transactions():
        changed = _editor().change_labels(mailbox.email, out=out, into=into)
    if out:
        return done("label_out", name=_name_label(out[0]), n=changed.left_out)
    key = "label_in_import" if changed.to_import else "label_in_fetch" if changed.to_fetch else "label_in"
    return done(key, name=_name_label("".join(into)), n=changed.to_import or changed.to_fetch)


def _name_label(name: str) -> str:
    return str(g.t(f"label.gmail.{name}")) if name in GMAILS_OWN else name


def get_mailbox(mailbox_id: int) -> Mailbox:
    """Another member's mailbox is not there, as one that never was (Q24)."""
    mailbox: Mailbox | None = g.session.get(Mailbox, mailbox_id)
    if mailbox is None or not is_open_to_reader(mailbox):
        abort(404)
    g.session.expunge(mailbox)
    return mailbox


def _editor() -> LabelEditor:
    editor: LabelEditor = current_app.extensions["labels"]
    return editor
