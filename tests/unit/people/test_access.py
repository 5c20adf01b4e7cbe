"""Access is taken and given by admins, and one admin always stays (Q27)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.errors import CannotUndo
from streaklike.boxes.undo import undo
from streaklike.people.access import disable_member, enable_member
from streaklike.people.errors import LastAdmin, NotAnAdmin
from streaklike.store.database import Database
from streaklike.store.models import User

T0 = 1_800_000_000_000


def member(session: Session, name: str, role: str = "member") -> User:
    user = User(email=f"{name}@ngo.example", name=name, role=role, created_at=0)
    session.add(user)
    session.flush()
    return user


def test_Q27_an_admin_takes_access_and_it_comes_back_by_undo(database: Database):
    with database.begin() as session:
        mei, wei = member(session, "mei", "admin"), member(session, "wei")
        event = disable_member(session, wei, by=mei, now=T0)
        assert event is not None
        assert wei.disabled_at == T0
        assert event.data == {"user": "wei@ngo.example", "did": "disabled"}
        assert disable_member(session, wei, by=mei, now=T0 + 1) is None
        undo(session, event, by=mei, now=T0 + 2)
        assert wei.disabled_at is None
        assert enable_member(session, wei, by=mei, now=T0 + 3) is None


def test_Q27_nobody_but_an_admin_says_who_has_access(database: Database):
    with database.begin() as session:
        mei, wei = member(session, "mei", "admin"), member(session, "wei")
        gone = member(session, "gone", "admin")
        event = disable_member(session, gone, by=mei, now=T0)
        assert event is not None
        for by in (wei, gone):
            with pytest.raises(NotAnAdmin):
                disable_member(session, mei, by=by, now=T0)
            with pytest.raises(NotAnAdmin):
                enable_member(session, gone, by=by, now=T0)
        for by in (wei, None):
            with pytest.raises(NotAnAdmin), session.begin_nested():
                undo(session, event, by=by, now=T0)
        assert gone.disabled_at == T0


def test_the_last_admin_keeps_access(database: Database):
    with database.begin() as session:
        mei, wei = member(session, "mei", "admin"), member(session, "wei", "admin")
        disable_member(session, wei, by=mei, now=T0)
        with pytest.raises(LastAdmin, match="last admin"):
            disable_member(session, mei, by=mei, now=T0)
        back = enable_member(session, wei, by=mei, now=T0 + 1)
        assert back is not None
        assert back.data == {"user": "wei@ngo.example", "did": "enabled"}
        assert disable_member(session, mei, by=wei, now=T0 + 2) is not None
        with pytest.raises(LastAdmin), session.begin_nested():
            undo(session, back, by=wei, now=T0 + 3)
        assert [user.email for user in session.scalars(select(User).where(User.disabled_at.is_(None)))] == [
            "wei@ngo.example"
        ]


def test_what_was_said_since_about_the_same_member_comes_first(database: Database):
    with database.begin() as session:
        mei, wei, an = member(session, "mei", "admin"), member(session, "wei"), member(session, "an")
        first = disable_member(session, wei, by=mei, now=T0)
        other = disable_member(session, an, by=mei, now=T0 + 1)
        enable_member(session, wei, by=mei, now=T0 + 2)
        assert first is not None
        assert other is not None
        with pytest.raises(CannotUndo):
            undo(session, first, by=mei, now=T0 + 3)
        undo(session, other, by=mei, now=T0 + 4)
        assert an.disabled_at is None
