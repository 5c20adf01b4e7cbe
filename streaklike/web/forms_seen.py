"""Every form says what its author saw; where that has changed since, nothing is done (`boxes.versions`).

SEEN names, for each action, the facts that its author decided by; NEVER_STALE the actions for which there are none, and
why. `check` compares before any view runs, so that no view can forget it.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from streaklike.boxes import versions
from streaklike.boxes.versions import GONE, Facts
from streaklike.cadence.editing.policy_changes import with_requested_changes
from streaklike.cadence.evaluate.refresh import refresh_people
from streaklike.people.finding import root_of
from streaklike.store.models import Contact
from streaklike.web.policy import read_requested_changes
from streaklike.web.requests import SAFE_METHODS, whole_number

FIELD: Final = "seen"


class GuardMissing(BadRequest):
    """A form without its key, or without what its author saw: none of our pages makes one."""


class StaleForm(Exception):
    """The state has changed since the form's author saw it; `changed` names the facts, `used` a key that was used up."""

    def __init__(self, changed: Collection[str]) -> None:
        super().__init__(", ".join(sorted(changed)))
        self.changed = frozenset(changed)


class SeenVersion(NamedTuple):
    """Which facts an action rests on: the kind of thing, the argument that names it, and the names of the facts."""

    kind: str
    argument: str
    names: tuple[str, ...]


PERSON: Final = ("person", "contact_id")

SEEN: Final[Mapping[str, SeenVersion]] = {
    # Taking what a colleague took, or what waits no more.
    "actions.take": SeenVersion(*PERSON, ("waiting", "answerer")),
    "actions.owner": SeenVersion(*PERSON, ("owner", "answerer")),
    "load.hand_person_over": SeenVersion(*PERSON, ("waiting", "answerer")),
    "before.take": SeenVersion("conversation", "conversation_id", ("waiting", "answerer")),
    "before.close": SeenVersion("conversation", "conversation_id", ("inbound", "waiting", "answerer")),
    # What closes, hides or answers whatever they wrote up to now, read or not.
    "actions.no_reply_needed": SeenVersion(*PERSON, ("inbound", "waiting", "answerer")),
    "actions.take_answer": SeenVersion(*PERSON, ("inbound", "waiting")),
    "actions.log_entry": SeenVersion(*PERSON, ("inbound",)),
    "actions.dismiss": SeenVersion(*PERSON, ("inbound", "flag")),
    "later.snooze": SeenVersion(*PERSON, ("inbound",)),
    "later.follow_up": SeenVersion(*PERSON, ("inbound",)),
    "later.follow_up_conversation": SeenVersion(*PERSON, ("inbound",)),
    # What replaces a value.
    "actions.tier": SeenVersion(*PERSON, ("tier",)),
    "actions.do_not_contact": SeenVersion(*PERSON, ("inbound", "stop")),
    "touches.decide": SeenVersion(*PERSON, ("inbound", "stop", "decision")),
    "touches.correct": SeenVersion("touch", "message", ("class",)),
    "board.move": SeenVersion("box", "uid", ("place", "closed")),
    "actions.task_done": SeenVersion("task", "uid", ("done",)),
    "later.follow_up_done": SeenVersion("follow_up", "uid", ("done",)),
    "later.follow_up_later": SeenVersion("follow_up", "uid", ("done", "due")),
    "later.reminder_done": SeenVersion("reminder", "uid", ("done",)),
    "later.reminder_later": SeenVersion("reminder", "uid", ("done", "due")),
    "load.give": SeenVersion("pack", "user_id", ("given",)),
    "policy.save": SeenVersion("policy", "", ("values",)),
    "access.disable": SeenVersion("member", "user_id", ("access", "role")),
    "access.enable": SeenVersion("member", "user_id", ("access", "role")),
    "access.role": SeenVersion("member", "user_id", ("access", "role")),
}

NEVER_STALE: Final[Mapping[str, str]] = {
    "actions.add": "makes somebody a contact; who is one stays as they are",
    "actions.add_stranger": "makes an address a contact; who is one stays as they are",
    "actions.task": "adds a task of its own beside whatever else was promised",
    "actions.undo": "undo refuses by itself what was undone, and what something newer rests on",
    "before.close_all": "closes what stands in the section still; what was taken or written since is left alone",
    "later.wake": "ends the reader's own snooze, which nobody else can change",
    "later.remind": "adds the reader's own date, and changes nothing of anybody's",
    "forwards.accept": "names the state it wants; what was accepted before stays as it is",
    "forwards.revert": "names the state it wants; what is not accepted is refused",
    "form_addresses.add": "names the state it wants for one address",
    "form_addresses.remove": "names the state it wants for one address",
    "team.change": "names the state it wants for one label",
    "digest.save": "the reader's own settings, all of them on the form",
    "set_aside.retry": "names the state it wants: that what is set aside is tried again",
    "policy.ask": "asks what a change would do and changes nothing; the same question asked twice is one",
    "sessions.end": "ends one of the reader's own sessions; one that has ended stays so",
    "sessions.end_others": "ends the reader's other sessions, whichever there are",
    "account.sign_out": "ends the reader's own session",
}
"""Actions whose author decides by nothing that can change meanwhile, with the reason. Routes open to whoever asks change
nothing of the team's."""

Loader = Callable[[Session, Collection[Any]], Mapping[Any, Facts]]
LOADERS: Final[Mapping[str, Loader]] = {
    "person": versions.load_people,
    "conversation": versions.load_conversations,
    "box": versions.load_boxes,
    "task": versions.load_tasks,
    "follow_up": versions.load_follow_ups,
    "reminder": versions.load_reminders,
    "touch": versions.load_touches,
    "pack": versions.load_packs,
    "member": versions.load_members,
}


def init_app(app: Flask) -> None:
    """Compare before each view; give templates `seen(endpoint, …)`."""
    app.before_request(check)
    app.jinja_env.globals["seen"] = seen


def seen(endpoint: str, /, **arguments: Any) -> str:
    """The version that a form to this endpoint carries; `arguments` are its path's, and the fields that it rests on."""
    facts = _find_facts(SEEN[endpoint], arguments)
    return "" if facts is None else versions.write_version(facts, SEEN[endpoint].names, now=g.now)


def prefetch(kind: str, keys: Collection[Any]) -> None:
    """Load the facts of all that a page shows at once, so that its forms need no statement each."""
    cache = g.setdefault("seen_facts", {})
    missing = [key for key in dict.fromkeys(keys) if (kind, key) not in cache]
    if missing:
        cache.update({(kind, key): facts for key, facts in LOADERS[kind](g.session, missing).items()})


def check() -> None:
    """Raise StaleForm where the state has changed since the form's author saw it, GuardMissing where it does not say."""
    watched = SEEN.get(request.endpoint or "")
    if watched is None or request.method in SAFE_METHODS:
        return
    sent = request.form.get(FIELD)
    if sent is None:
        raise GuardMissing
    arguments = {**request.form.to_dict(), **(request.view_args or {})}
    facts = _find_facts(watched, arguments, is_fresh=True)
    if facts is None:
        return  # it is not there: the view says so
    changed = versions.list_changed(versions.read_version(sent), facts, watched.names)
    if changed:
        raise StaleForm(changed)


def list_gone(endpoint: str, arguments: Mapping[str, Any]) -> set[str]:
    """The facts by which the action has nothing left to be done on."""
    facts = _find_facts(SEEN[endpoint], arguments)
    return {name for name in SEEN[endpoint].names if facts is None or facts.get(name) == GONE}


def _find_facts(
    watched: SeenVersion, arguments: Mapping[str, Any], *, is_fresh: bool = False
) -> Facts | None:
    if watched.kind == "policy":
        _, changes = with_requested_changes(g.session, read_requested_changes(arguments))
        return {"values": versions.digest([(change.place, change.before) for change in changes])}
    key = arguments.get(watched.argument, "")
    if watched.kind == "person":
        key = _find_root(key)
        if key and is_fresh:
            refresh_people(g.session, [key], now=g.now, team_zone=current_app.config["TIMEZONE"])
    prefetch(watched.kind, [key])
    facts = g.seen_facts.get((watched.kind, key))
    return None if facts is None else {**facts, **_by_argument(watched.kind, facts, arguments)}


def _find_root(contact_id: int) -> int | None:
    if ("person", contact_id) in g.get("seen_facts", {}):
        return contact_id
    contact = g.session.get(Contact, contact_id)
    return None if contact is None else int(root_of(g.session, contact).id)


def _by_argument(kind: str, facts: Facts, arguments: Mapping[str, Any]) -> Facts:
    """The facts that depend on which flag, column or thing the form is about."""
    if kind == "person" and "flag" in arguments:
        since_at = whole_number(str(arguments.get("since_at"))) or 0
        flag = versions.name_flag(arguments["flag"], arguments.get("flag_reason", ""), since_at)
        return {"flag": "1" if flag in facts["flags"].split(" ") else GONE}
    if kind == "box":
        return {"place": facts["owners" if arguments.get("by") == "owner" else "stage"]}
    if kind == "pack":
        item = arguments.get("item")
        return {"given": facts["pack"] if not item else "1" if item in facts["held"].split(" ") else GONE}
    return {}
