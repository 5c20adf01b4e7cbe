"""One person: who they are, how things stand, and everything that was said, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from streaklike.boxes.responsible import find_responsible
from streaklike.cadence.editing.policy_changes import own_values
from streaklike.cadence.queries.dead_addresses import list_dead_addresses
from streaklike.cadence.queries.due import list_about
from streaklike.cadence.queries.flag_views import list_flags
from streaklike.cadence.queries.thanks_due import list_thanks_due
from streaklike.insights.rhythm import load_rhythm
from streaklike.people.clocks import last_by_class
from streaklike.people.contacts import TIERS
from streaklike.people.refusals import list_proposals
from streaklike.people.snoozes import list_snooze_ends
from streaklike.people.timeline import list_timeline
from streaklike.people.touch_classes import explain_touches
from streaklike.store.models import (
    Address,
    Box,
    BoxContact,
    Contact,
    ContactStatus,
    Mailbox,
    Pipeline,
    Stage,
    Task,
    User,
)
from streaklike.web.forms_seen import prefetch
from streaklike.web.forwards import list_shown
from streaklike.web.queue_rows import list_suggested
from streaklike.web.requests import whole_number
from streaklike.wording.evidence import keys_of, load_evidence

PAGE = 30
LONG_TEXT = 700
"""Mail longer than this shows its beginning, and the rest on demand."""
QUIET_STATUS = {
    "reply_state": "quiet",
    "touches_28d": 0.0,
    "budget_used": 0.0,
    "budget_limit": 3.0,
    "before_count": 0,
}

blueprint = Blueprint("person", __name__)


@dataclass(frozen=True, slots=True)
class ShownBudget:
    """R45's budget as the page shows it."""

    used: float
    limit: float
    frees_at: int | None

    @property
    def is_full(self) -> bool:
        return self.used >= self.limit


@blueprint.get("/people/<int:contact_id>")
def page(contact_id: int) -> str | Response:
    """The person's page; `?before=` is the cursor of older entries, `?hidden=1` shows bulk mail too."""
    contact = g.session.get(Contact, contact_id)
    if contact is None:
        abort(404)
    if contact.root_id not in {None, contact.id}:
        return redirect(url_for("person.page", contact_id=contact.root_id))
    is_showing_hidden = request.args.get("hidden") == "1"
    before = whole_number(request.args.get("before"))
    entries = list_timeline(
        g.session, contact.id, include_hidden=is_showing_hidden, before=before, limit=PAGE
    )
    contact_status = g.session.get(ContactStatus, contact.id) or ContactStatus(
        contact_id=contact.id, **QUIET_STATUS
    )
    ids = list(g.session.scalars(select(Contact.id).where(Contact.root_id == contact.id))) or [contact.id]
    addresses = list_addresses(g.session, ids)
    outbound = [entry.message_id for entry in entries if entry.touch_class and entry.message_id]
    prefetch("touch", outbound)
    flags = sorted(
        list_flags(g.session, now=g.now, contact_id=contact.id, team_zone=current_app.config["TIMEZONE"]),
        key=lambda flag: flag.since,
    )
    evidence = load_evidence(g.session, {key for flag in flags for key in keys_of(flag)})
    return render_template(
        "person.html",
        classes=explain_touches(g.session, outbound),
        clocks_at=last_by_class(g.session, ids),
        proposal=next(iter(list_proposals(g.session, now=g.now, contact_id=contact.id)), None),
        dead=list_dead_addresses(g.session, now=g.now, contact_id=contact.id),
        thanks=next(iter(list_thanks_due(g.session, now=g.now, contact_id=contact.id)), None),
        contact=contact,
        name=contact.given_name or contact.name,
        addresses=addresses,
        offers=list_shown(g.session, [address.key for address in addresses]),
        contact_status=contact_status,
        budget=ShownBudget(
            contact_status.budget_used, contact_status.budget_limit, contact_status.budget_frees_at
        ),
        toucher=g.session.get(User, contact_status.last_touch_user_id or 0),
        owner=find_responsible(g.session, contact),
        members=list_members(g.session),
        flags=flags,
        answers=list_suggested(flags, evidence),
        boxes=list_boxes(g.session, ids),
        rhythm=load_rhythm(g.session, contact.id, now=g.now),
        own=own_values(g.session, contact),
        tasks=list_tasks(g.session, ids),
        coming=list_about(g.session, ids, viewer_id=g.member.id, now=g.now),
        asleep_until=list_snooze_ends(g.session, g.member.id, now=g.now).get(contact.id),
        tiers=TIERS,
        entries=entries,
        names=names_by_email(g.session),
        stages=stage_names(g.session, g.locale),
        older=entries[-1].at if len(entries) >= PAGE else None,
        before=before,
        is_showing_hidden=is_showing_hidden,
        long_text=LONG_TEXT,
    )


def list_addresses(session: Session, contact_ids: Sequence[int]) -> list[Address]:
    """The addresses of a person and of those merged into them."""
    query = select(Address).where(Address.contact_id.in_(contact_ids)).order_by(Address.key)
    return list(session.scalars(query))


def list_members(session: Session) -> list[User]:
    """The colleagues who can own something."""
    query = select(User).where(User.disabled_at.is_(None), User.role != "viewer").order_by(User.name)
    return list(session.scalars(query))


def list_boxes(session: Session, contact_ids: Sequence[int]) -> list[Any]:
    """The person's boxes with stage and pipeline, open ones first."""
    about_them = select(BoxContact.box_id).where(BoxContact.contact_id.in_(contact_ids))
    query = (
        select(Box.uid, Box.name, Box.closed_at, Stage.name_zh, Stage.name_en, Pipeline.key)
        .join(Stage, Stage.id == Box.stage_id)
        .join(Pipeline, Pipeline.id == Box.pipeline_id)
        .where(Box.id.in_(about_them))
        .order_by(Box.closed_at.is_not(None), Box.stage_since_at.desc(), Box.uid)
    )
    return list(session.execute(query))


def list_tasks(session: Session, contact_ids: Sequence[int]) -> list[Task]:
    """What is promised and not done, to the person or on a box of theirs."""
    about_them = select(BoxContact.box_id).where(BoxContact.contact_id.in_(contact_ids))
    query = (
        select(Task)
        .where(Task.done_at.is_(None), Task.contact_id.in_(contact_ids) | Task.box_id.in_(about_them))
        .order_by(Task.due_at, Task.uid)
    )
    return list(session.scalars(query))


def names_by_email(session: Session) -> dict[str, str]:
    """The colleagues' names by their own emails and by their mailboxes'."""
    own = select(User.email, User.name)
    mailboxes = select(Mailbox.email, User.name).join(User, User.id == Mailbox.user_id)
    return {email: name for query in (mailboxes, own) for email, name in session.execute(query)}


def stage_names(session: Session, locale: str) -> dict[str, str]:
    """The stages' names by key, in the reader's language."""
    name = Stage.name_zh if locale == "zh" else Stage.name_en
    return dict(session.execute(select(Stage.key, name)).all())
