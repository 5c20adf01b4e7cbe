"""The answer to an action on a state that has changed: nothing was done, who did what meanwhile, and the action again."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from flask import Flask, g, render_template, request
from sqlalchemy import ColumnElement, or_, select

from streaklike.boxes.versions import LOADED_AT, read_version
from streaklike.instants import MINUTE
from streaklike.people.access import KINDS as MEMBER_KINDS
from streaklike.people.event_kinds import PRIVATE_KINDS
from streaklike.people.finding import root_of
from streaklike.people.timeline import list_timeline
from streaklike.store.models import Box, Contact, Event, FollowUp, Stage, Task, User
from streaklike.web.account import local_path
from streaklike.web.form_keys import NOT_CONTENT
from streaklike.web.forms_seen import FIELD, SEEN, StaleForm, list_gone
from streaklike.web.requests import whole_number
from streaklike.wording.times import ago, full

MOST = 5
OVERLAP = MINUTE
"""An event bears the instant at which its request began; a page made while that request waited did not show it yet."""

KINDS_OF: Final = {
    "waiting": ("no_reply_needed", "answered_elsewhere", "reopened"),
    "answerer": ("owner",),
    "owner": ("owner",),
    "place": ("stage", "owner"),
    "closed": ("box",),
    "tier": ("tier",),
    "stop": ("do_not_contact", "merge"),
    "decision": ("do_not_contact", "refusal_declined"),
    "flag": ("dismissed", "policy"),
    "done": ("task_done", "follow_up_done", "task", "follow_up"),
    "due": ("follow_up_later",),
    "class": ("touch_class",),
    "role": ("role",),
    "access": ("access",),
    "values": ("policy",),
    "given": ("owner", "task_owner", "follow_up_owner", "task_done", "follow_up_done"),
}
"""By fact, the kinds of event that change it."""

LABELS: Final = {
    "actions.take": "queue.take",
    "actions.owner": "stale.do.owner",
    "actions.no_reply_needed": "queue.no_reply",
    "actions.take_answer": "queue.take_answer",
    "before.take": "queue.take",
    "before.close": "queue.no_reply",
    "actions.log_entry": "person.log",
    "actions.dismiss": "queue.dismiss",
    "actions.tier": "stale.do.tier",
    "actions.do_not_contact": "stale.do.stop",
    "touches.decide": "stale.do.refusal",
    "board.move": "stale.do.move",
    "later.snooze": "later.snooze",
    "policy.save": "policy.apply",
    "access.role": "team.change_role",
    "access.disable": "team.disable",
    "access.enable": "team.enable",
}
"""What the action is called, where its page has a short word for it."""


class Meanwhile(NamedTuple):
    """Something that happened since the page was made: a sentence, and what was written."""

    sentence: str
    title: str = ""
    text: str = ""


def init_app(app: Flask) -> None:
    """Answer StaleForm with a page of its own."""
    app.register_error_handler(StaleForm, show)


def show(error: StaleForm) -> tuple[str, int]:
    """The page, as 409 Conflict: its transaction is rolled back."""
    endpoint = request.endpoint or ""
    arguments = {**request.form.to_dict(), **(request.view_args or {})}
    is_used = "used" in error.changed
    is_gone = endpoint in SEEN and bool(list_gone(endpoint, arguments))
    happened = [Meanwhile(g.t("stale.used"))] if is_used else _list_meanwhile(error.changed)
    kept = [pair for pair in request.form.items(multi=True) if pair[0] not in {*NOT_CONTENT, FIELD, "next"}]
    g.back = local_path(request.form.get("next", ""))  # this very path takes no GET
    return render_template(
        "stale.html",
        happened=happened or [Meanwhile(g.t("stale.changed"))],
        is_gone=is_gone,
        action=request.path,
        label=g.t(LABELS.get(endpoint, "stale.do.this")),
        kept=kept,
        typed=[value for name, value in kept if name == "text" and value.strip()],
        endpoint=endpoint if endpoint in SEEN else None,
        arguments=arguments,
        back=g.back,
    ), 409


def _list_meanwhile(changed: frozenset[str]) -> list[Meanwhile]:
    seen = read_version(request.form.get(FIELD, ""))
    since = (whole_number(seen.get(LOADED_AT)) or g.now) - OVERLAP
    kinds = {kind for name in changed for kind in KINDS_OF.get(name, ())}
    mail = _list_mail(changed, seen, since) if "contact_id" in (request.view_args or {}) else []
    return [*mail, *_list_actions(kinds, since)][:MOST]


def _list_mail(changed: frozenset[str], seen: dict[str, str], since: int) -> list[Meanwhile]:
    """Their mail that the author had not read, and ours by which what waited was answered; the newest first."""
    contact = _get_person()
    if contact is None or not changed & {"inbound", "waiting"}:
        return []
    read_up_to = whole_number(seen.get("inbound")) if "inbound" in changed else None
    found = []
    for entry in list_timeline(g.session, contact.id, limit=30):
        if entry.kind != "email" or entry.mail_class != "human":
            continue
        is_theirs = entry.direction == "inbound" and entry.at > (since if read_up_to is None else read_up_to)
        is_ours = entry.direction == "outbound" and entry.at > since and "waiting" in changed
        if is_theirs or is_ours:
            name = _name_of(entry.author) if is_ours else (entry.sender.name if entry.sender else "")
            when = full(g.t, entry.at, g.now, g.zone)
            sentence = g.t("stale.wrote", name=name or entry.author or "", when=when)
            found.append(Meanwhile(sentence, entry.subject, entry.text[:400]))
    return found


def _name_of(email: str | None) -> str:
    return g.session.scalar(select(User.name).where(User.email == (email or ""))) or email or ""


def _list_actions(kinds: set[str], since: int) -> list[Meanwhile]:
    about = _about()
    if not kinds or about is None:
        return []
    events = g.session.scalars(
        select(Event)
        .where(about, Event.logged_at >= since, Event.kind.in_(kinds | {"undo"}))
        .where(Event.kind.not_in(PRIVATE_KINDS), Event.undone_by_id.is_(None))
        .order_by(Event.id.desc())
        .limit(MOST)
    )
    return [Meanwhile(_tell(event)) for event in events]


def _about() -> ColumnElement[bool] | None:
    """Which events are about what the form is about."""
    watched = SEEN.get(request.endpoint or "")
    kind = watched.kind if watched else ""
    uid = (request.view_args or {}).get("uid")
    if kind == "person":
        return _about_person()
    return {
        "box": Event.box_id.in_(select(Box.id).where(Box.uid == uid)),
        "task": Event.task_id.in_(select(Task.id).where(Task.uid == uid)),
        "follow_up": Event.contact_id.in_(select(FollowUp.contact_id).where(FollowUp.uid == uid)),
        "member": Event.kind.in_(MEMBER_KINDS),
        "policy": Event.contact_id.is_(None),
        "touch": Event.id > 0,
        "pack": Event.id > 0,
    }.get(kind)


def _about_person() -> ColumnElement[bool] | None:
    contact = _get_person()
    if contact is None:
        return None
    parts = select(Contact.id).where(or_(Contact.id == contact.id, Contact.root_id == contact.id))
    seen = read_version(request.form.get(FIELD, ""))
    waiting = whole_number(seen.get("waiting")) or 0
    return or_(Event.contact_id.in_(parts), Event.conversation_id.in_({waiting, _waiting_now(contact)}))


def _get_person() -> Contact | None:
    contact = g.session.get(Contact, (request.view_args or {})["contact_id"])
    return None if contact is None else root_of(g.session, contact)


def _waiting_now(contact: Contact) -> int:
    facts = g.get("seen_facts", {}).get(("person", contact.id), {})
    return whole_number(facts.get("waiting")) or 0


def _tell(event: Event) -> str:
    author = g.session.get(User, event.author_id) if event.author_id is not None else None
    by = g.t("policy.nobody") if author is None else author.name
    if author is not None and author.id == g.member.id:
        by = g.t("stale.you")
    when = ago(g.t, event.at, g.now, g.zone)
    if "owners" in event.data:
        owners: Sequence[str] = event.data["owners"]
        if author is not None and list(owners) == [author.email]:
            return str(g.t("stale.taken", by=by, ago=when))
        names = g.t("list.comma").join(_name_of(email) for email in owners)
        return str(g.t("stale.given" if owners else "stale.unowned", by=by, to=names, ago=when))
    return str(g.t("stale.did", by=by, what=_what(event), ago=when))


def _what(event: Event) -> str:
    label, data = str(g.t(f"event.{event.kind}")), event.data
    if event.kind == "stage":
        name = Stage.name_zh if g.locale == "zh" else Stage.name_en
        return f"{label} → {g.session.scalar(select(name).where(Stage.key == data['to']).limit(1)) or data['to']}"
    if event.kind == "role":
        return f"{_name_of(data['user'])} → {g.t('role.' + data['role'])}"
    if event.kind == "access":
        what = g.t("team.disable" if data["did"] == "disabled" else "team.enable")
        return f"{_name_of(data['user'])}: {what}"
    more = data["reason"] if event.kind == "no_reply_needed" else data.get("tier") or event.text
    return f"{label}: {more}" if more else label
