"""The table of event kinds, role by role: generated from its rows, through the functions that write and undo (Q24)."""

import ast
import uuid
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import streaklike
from streaklike.boxes.errors import CannotUndo
from streaklike.boxes.undo import UNDO_BY_KIND, undo
from streaklike.people.access import change_role
from streaklike.people.errors import BadValue, LastAdmin, NotAllowed, NotAnAdmin, UnknownKind
from streaklike.people.event_kinds import RULES, EventKind, Who, check_may_undo
from streaklike.people.events import record_event, undo_event
from streaklike.store.database import Database
from streaklike.store.models import Event, User

T0 = 1_800_000_000_000
CAST = ("nobody", "viewer", "author", "other", "admin", "disabled", "disabled_admin")
WRITERS = {"author", "other", "admin"}


def build_cast(session: Session) -> dict[str, User | None]:
    roles = {"viewer": "viewer", "author": "member", "other": "member", "admin": "admin"}
    roles |= {"disabled": "member", "disabled_admin": "admin"}
    cast: dict[str, User | None] = {"nobody": None}
    for name, role in roles.items():
        cast[name] = User(email=f"{name}@ngo.example", name=name, role=role, created_at=0)
        session.add(cast[name])
    for name in ("disabled", "disabled_admin"):
        cast[name].disabled_at = T0
    session.flush()
    return cast


def expected(who: Who, by_operator: bool) -> set[str]:
    """What each level means, written down a second time. The event's author and subject is `author`."""
    may = {
        Who.NOBODY: set(),
        Who.AUTHOR: {"author"},
        Who.AUTHOR_OR_ADMIN: {"author", "admin"},
        Who.SUBJECT_OR_ADMIN: {"author", "admin"},
        Who.ANYBODY: WRITERS | {"viewer"},
        Who.MEMBER: WRITERS,
        Who.ADMIN: {"admin"},
    }[who]
    return may | ({"nobody"} if by_operator and who is not Who.NOBODY else set())


def as_stored(kind: EventKind) -> tuple[str, dict[str, str]]:
    """The kind and facts by which an event of this row is stored."""
    if kind is EventKind.RETUNING:
        return "policy", {"dismissal": "d1"}
    return kind.value, {"from": "author@ngo.example"} if kind is EventKind.HANDOVER else {}


def count_events(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Event)) or 0


def does(session: Session, kind: EventKind, by: User | None) -> bool:
    """Whether this member can record an event of this kind; where not, nothing is written."""
    stored, data = as_stored(kind)
    before = count_events(session)
    try:
        with session.begin_nested():
            record_event(session, stored, at=T0, now=T0, author_id=by.id if by else None, data=data)
    except NotAllowed:
        assert count_events(session) == before
        return False
    return True


def undoes(session: Session, kind: EventKind, author: User, by: User | None) -> bool:
    """Whether this member can undo the author's event of this kind, by either way; where not, nothing is written."""
    stored, data = as_stored(kind)
    event = Event(uid=uuid.uuid4().hex, kind=stored, at=T0, logged_at=T0, author_id=author.id, data=data)
    session.add(event)
    session.flush()
    before = count_events(session)
    try:
        with session.begin_nested():
            undo_event(session, event, by=by, now=T0 + 1)
    except NotAllowed:
        with pytest.raises((NotAllowed, CannotUndo)):
            undo(session, event, by=by, now=T0 + 1)
        assert count_events(session) == before
        return False
    return True


def test_Q24_each_kind_is_done_by_whom_the_table_says(database: Database):
    with database.begin() as session:
        cast = build_cast(session)
        found = {kind: {name for name in CAST if does(session, kind, cast[name])} for kind in EventKind}
    assert found == {kind: expected(rule.do, rule.by_operator) for kind, rule in RULES.items()}


def test_Q24_each_kind_is_undone_by_whom_the_table_says(database: Database):
    with database.begin() as session:
        cast = build_cast(session)
        author = cast["author"]
        found = {
            kind: {name for name in CAST if undoes(session, kind, author, cast[name])} for kind in EventKind
        }
    assert found == {kind: expected(rule.undo, rule.by_operator) for kind, rule in RULES.items()}


def test_every_kind_has_a_row_and_every_row_that_may_be_undone_a_way_back():
    assert set(RULES) == set(EventKind)
    undoable = {as_stored(kind)[0] for kind, rule in RULES.items() if rule.undo is not Who.NOBODY}
    assert undoable - set(UNDO_BY_KIND) == {"forward"}  # by `forward return`, which undoes its event itself
    assert set(UNDO_BY_KIND) <= undoable


def test_every_kind_that_the_code_writes_has_a_row():
    """Every literal passed as an event's kind, anywhere in the house."""
    found = set()
    for path in Path(streaklike.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("record_event", "_record"):
                literals = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                found |= {
                    value
                    for value in literals
                    if isinstance(value, str) and path.parts[-2] in ("boxes", "people")
                }
    did = {"created", "renamed", "closed", "reopened", "contact_added", "contact_removed"}
    did |= {"conversation_added", "conversation_removed"}  # deeds on a box are all of kind `box`
    assert len(found) > 20
    assert found - did <= {kind.value for kind in EventKind}


def test_a_kind_without_a_row_is_not_recorded(database: Database):
    with database.begin() as session:
        admin = build_cast(session)["admin"]
        with pytest.raises(UnknownKind):
            record_event(session, "made_up", at=T0, now=T0, author_id=admin.id)
        assert count_events(session) == 0


def test_Q27_a_role_is_changed_by_an_admin_and_comes_back(database: Database):
    with database.begin() as session:
        cast = build_cast(session)
        admin, other = cast["admin"], cast["other"]
        event = change_role(session, other, "viewer", by=admin, now=T0)
        assert event is not None
        assert event.data == {"user": "other@ngo.example", "role": "viewer", "was": "member"}
        assert change_role(session, other, "viewer", by=admin, now=T0) is None
        with pytest.raises(NotAnAdmin):
            check_may_undo(event, cast["author"])
        with pytest.raises(NotAnAdmin):
            change_role(session, other, "admin", by=other, now=T0)
        with pytest.raises(BadValue):
            change_role(session, other, "queen", by=admin, now=T0)
        undo(session, event, by=admin, now=T0 + 1)
        assert other.role == "member"


def test_Q27_the_last_admin_is_not_demoted_nor_by_undo(database: Database):
    with database.begin() as session:
        cast = build_cast(session)
        admin, other = cast["admin"], cast["other"]
        with pytest.raises(LastAdmin):
            change_role(session, admin, "member", by=admin, now=T0)
        promoted = change_role(session, other, "admin", by=admin, now=T0)
        change_role(session, admin, "member", by=other, now=T0 + 1)
        with pytest.raises(LastAdmin), session.begin_nested():
            undo(session, promoted, by=other, now=T0 + 2)
        session.refresh(other)
        assert other.role == "admin"
