"""What comes back by itself, through the commands: R38's snoozes, reminders, and follow-ups."""

import re

from tests.rules.desk import MEI, WEI, Desk, iso

AN = "An Chen <an@donor.example>"
BO = "Bo Lin <bo@donor.example>"


def mine(desk: Desk, email: str, *options: str) -> list[str]:
    """Who stands in a member's queue."""
    return [
        line["contact"] for line in desk.lines("queue", "--of", email, *options) if line["kind"] == "person"
    ]


def due(desk: Desk, *options: str) -> list[str]:
    return [line["text"] for line in desk.lines("queue", *options) if line["kind"] != "person"]


def test_R38_a_snooze_is_mine_and_ends_when_they_write(desk: Desk):
    asked = desk.asks(AN, "03-16 09:30")
    desk.writes(BO, "03-02 09:00", by=WEI)
    desk.asks(BO, "03-16 09:40", to=WEI)
    desk.sync()
    for address, owner in (("an@donor.example", MEI), ("bo@donor.example", WEI)):
        assert address in {line["contact"] for line in desk.lines("queue")}
        _own(desk, address, owner)
    assert mine(desk, MEI) == ["an@donor.example"]
    desk.run("snooze", "an@donor.example", "--by", MEI, "--until", "next-week")
    assert mine(desk, MEI) == []
    (asleep,) = desk.lines("queue", "--of", MEI, "--section", "snoozed")
    assert asleep["snoozed_until"] == iso("03-23 09:00")
    assert {line["contact"] for line in desk.lines("queue")} == {"an@donor.example", "bo@donor.example"}
    assert mine(desk, WEI) == ["bo@donor.example"]
    assert desk.audit["unaccounted"] == 0
    desk.asks(AN, "03-20 10:30", refs=[asked])
    with desk.at("03-20 11:00"):
        desk.sync()
        assert mine(desk, MEI) == ["an@donor.example"]
        desk.run("snooze", "an@donor.example", "--by", MEI, "--until", "3d")
        assert mine(desk, MEI) == []
    with desk.at("03-23 08:59"):
        assert mine(desk, MEI) == []
    with desk.at("03-23 09:00 +1"):
        assert mine(desk, MEI) == ["an@donor.example"]
        desk.run("snooze", "an@donor.example", "--by", MEI, "--until", "2026-04-01")
        desk.run("snooze", "an@donor.example", "--by", MEI, "--wake")
        assert mine(desk, MEI) == ["an@donor.example"]
        desk.run("snooze", "an@donor.example", "--by", MEI, "--until", "2026-03-01", code=3)


def test_R38_a_short_thanks_wakes_and_a_robot_does_not(desk: Desk):
    asked = desk.asks(AN, "03-16 09:30")
    desk.sync()
    _own(desk, "an@donor.example", MEI)
    desk.run("snooze", "an@donor.example", "--by", MEI, "--until", "2026-04-01")
    desk.asks(AN, "03-20 10:30", headers=["Auto-Submitted: auto-replied"], refs=[asked])
    with desk.at("03-20 11:00"):
        desk.sync()
        assert mine(desk, MEI) == []
    desk.asks(AN, "03-20 11:30", text="Thanks!", refs=[asked])
    with desk.at("03-20 12:00"):
        desk.sync()
        assert mine(desk, MEI) == ["an@donor.example"]


def test_a_reminder_is_seen_by_nobody_else(desk: Desk):
    asked = desk.asks(AN, "03-16 09:30")
    desk.sync()
    add = ("reminder", "add", "an@donor.example", "--by", MEI)
    desk.run(*add, "--at", "2026-03-23", "ask about the bus")
    desk.run("reminder", "add", f"<{asked}>", "--by", MEI, "--at", "2026-03-24", "and the lunch")
    desk.run(*add, "--at", "2026-03-01", "too late", code=3)
    first, second = desk.lines("reminder", "list", "--by", MEI)
    assert (first["text"], first["due_at"], first["contact"]) == (
        "ask about the bus",
        iso("03-23 09:00"),
        "an@donor.example",
    )
    assert second["subject"]
    assert desk.lines("reminder", "list", "--by", WEI) == []
    assert due(desk, "--of", MEI) == []
    with desk.at("03-23 09:30"):
        assert due(desk, "--of", MEI) == ["ask about the bus"]
        assert due(desk) == due(desk, "--of", WEI) == []
        assert "the bus" not in str(desk.timeline("an@donor.example"))
        desk.run("reminder", "done", first["uid"], "--by", WEI, code=3)
        desk.run("reminder", "later", first["uid"], "--by", MEI, "--at", "1d")
        assert due(desk, "--of", MEI) == []
    with desk.at("03-24 09:30"):
        assert sorted(due(desk, "--of", MEI)) == ["and the lunch", "ask about the bus"]
        desk.run("reminder", "done", first["uid"], "--by", MEI)
        assert due(desk, "--of", MEI) == ["and the lunch"]


def test_a_follow_up_comes_due_unless_they_reply(desk: Desk):
    for who in (AN, BO):
        desk.writes(who, "03-20 09:00", id=re.sub(r"\W", "", who) + "@post.example")
    desk.sync()
    for address in ("an@donor.example", "bo@donor.example"):
        desk.run("task", "add", address, "the bus again", "--by", MEI, "--follow-up", "7d")
    desk.run("log", "call", "bo@donor.example", "left a message", "--by", WEI, "--follow-up", "3d")
    desk.asks(AN, "03-21 12:00", refs=[re.sub(r"\W", "", AN) + "@post.example"])
    with desk.at("03-23 09:30"):
        desk.sync()
        assert due(desk, "--of", MEI) == []
        assert due(desk, "--of", WEI) == ["left a message"]
    with desk.at("03-27 09:30"):
        (line,) = [line for line in desk.lines("queue", "--of", MEI) if line["kind"] == "follow_up"]
        assert (line["contact"], line["text"]) == ("bo@donor.example", "the bus again")
        assert due(desk) == ["left a message", "the bus again"]
    desk.run("task", "add", "an@donor.example", "x", "--by", MEI, code=2)
    desk.run("task", "add", "an@donor.example", "x", "--by", MEI, "--follow-up", "soon", code=3)


def _own(desk: Desk, address: str, email: str) -> None:
    from streaklike.instants import now_instant
    from streaklike.people.contacts import get_contact, set_owner
    from streaklike.settings import Settings
    from streaklike.store.database import open_database
    from streaklike.store.models import User

    database = open_database(Settings().resolved_database_url)
    with database.begin() as session:
        owner = session.query(User).filter_by(email=email).one()
        set_owner(session, get_contact(session, address), owner, by=owner, now=now_instant())
    database.close()
