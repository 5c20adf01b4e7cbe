"""What comes back by itself, through the commands: R38's snoozes, reminders, and follow-ups."""

import re

from tests.rules.cli_harness import MEI, WEI, Harness, iso

AN = "An Chen <an@donor.example>"
BO = "Bo Lin <bo@donor.example>"


def mine(harness: Harness, email: str, *options: str) -> list[str]:
    """Who stands in a member's queue."""
    return [
        line["contact"]
        for line in harness.lines("queue", "--of", email, *options)
        if line["kind"] == "person"
    ]


def due(harness: Harness, *options: str) -> list[str]:
    return [line["text"] for line in harness.lines("queue", *options) if line["kind"] != "person"]


def test_R38_a_snooze_is_mine_and_ends_when_they_write(harness: Harness):
    asked = harness.asks(AN, "03-16 09:30")
    harness.writes(BO, "03-02 09:00", by=WEI)
    harness.asks(BO, "03-16 09:40", to=WEI)
    harness.sync()
    for address, owner in (("an@donor.example", MEI), ("bo@donor.example", WEI)):
        assert address in {line["contact"] for line in harness.lines("queue")}
        _own(harness, address, owner)
    assert mine(harness, MEI) == ["an@donor.example"]
    harness.run("snooze", "an@donor.example", "--by", MEI, "--until", "next-week")
    assert mine(harness, MEI) == []
    (asleep,) = harness.lines("queue", "--of", MEI, "--section", "snoozed")
    assert asleep["snoozed_until"] == iso("03-23 09:00")
    assert {line["contact"] for line in harness.lines("queue")} == {"an@donor.example", "bo@donor.example"}
    assert mine(harness, WEI) == ["bo@donor.example"]
    assert harness.audit["unaccounted"] == 0
    harness.asks(AN, "03-20 10:30", refs=[asked])
    with harness.at("03-20 11:00"):
        harness.sync()
        assert mine(harness, MEI) == ["an@donor.example"]
        harness.run("snooze", "an@donor.example", "--by", MEI, "--until", "3d")
        assert mine(harness, MEI) == []
    with harness.at("03-23 08:59"):
        assert mine(harness, MEI) == []
    with harness.at("03-23 09:00 +1"):
        assert mine(harness, MEI) == ["an@donor.example"]
        harness.run("snooze", "an@donor.example", "--by", MEI, "--until", "2026-04-01")
        harness.run("snooze", "an@donor.example", "--by", MEI, "--wake")
        assert mine(harness, MEI) == ["an@donor.example"]
        harness.run("snooze", "an@donor.example", "--by", MEI, "--until", "2026-03-01", code=3)


def test_R38_a_short_thanks_wakes_and_a_robot_does_not(harness: Harness):
    asked = harness.asks(AN, "03-16 09:30")
    harness.sync()
    _own(harness, "an@donor.example", MEI)
    harness.run("snooze", "an@donor.example", "--by", MEI, "--until", "2026-04-01")
    harness.asks(AN, "03-20 10:30", headers=["Auto-Submitted: auto-replied"], refs=[asked])
    with harness.at("03-20 11:00"):
        harness.sync()
        assert mine(harness, MEI) == []
    harness.asks(AN, "03-20 11:30", text="Thanks!", refs=[asked])
    with harness.at("03-20 12:00"):
        harness.sync()
        assert mine(harness, MEI) == ["an@donor.example"]


def test_a_reminder_is_seen_by_nobody_else(harness: Harness):
    asked = harness.asks(AN, "03-16 09:30")
    harness.sync()
    add = ("reminder", "add", "an@donor.example", "--by", MEI)
    harness.run(*add, "--at", "2026-03-23", "ask about the bus")
    harness.run("reminder", "add", f"<{asked}>", "--by", MEI, "--at", "2026-03-24", "and the lunch")
    harness.run(*add, "--at", "2026-03-01", "too late", code=3)
    first, second = harness.lines("reminder", "list", "--by", MEI)
    assert (first["text"], first["due_at"], first["contact"]) == (
        "ask about the bus",
        iso("03-23 09:00"),
        "an@donor.example",
    )
    assert second["subject"]
    assert harness.lines("reminder", "list", "--by", WEI) == []
    assert due(harness, "--of", MEI) == []
    with harness.at("03-23 09:30"):
        assert due(harness, "--of", MEI) == ["ask about the bus"]
        assert due(harness) == due(harness, "--of", WEI) == []
        assert "the bus" not in str(harness.timeline("an@donor.example"))
        harness.run("reminder", "done", first["uid"], "--by", WEI, code=3)
        harness.run("reminder", "later", first["uid"], "--by", MEI, "--at", "1d")
        assert due(harness, "--of", MEI) == []
    with harness.at("03-24 09:30"):
        assert sorted(due(harness, "--of", MEI)) == ["and the lunch", "ask about the bus"]
        harness.run("reminder", "done", first["uid"], "--by", MEI)
        assert due(harness, "--of", MEI) == ["and the lunch"]


def test_a_follow_up_comes_due_unless_they_reply(harness: Harness):
    for who in (AN, BO):
        harness.writes(who, "03-20 09:00", id=re.sub(r"\W", "", who) + "@post.example")
    harness.sync()
    for address in ("an@donor.example", "bo@donor.example"):
        harness.run("task", "add", address, "the bus again", "--by", MEI, "--follow-up", "7d")
    harness.run("log", "call", "bo@donor.example", "left a message", "--by", WEI, "--follow-up", "3d")
    harness.asks(AN, "03-21 12:00", refs=[re.sub(r"\W", "", AN) + "@post.example"])
    with harness.at("03-23 09:30"):
        harness.sync()
        assert due(harness, "--of", MEI) == []
        assert due(harness, "--of", WEI) == ["left a message"]
    with harness.at("03-27 09:30"):
        (line,) = [line for line in harness.lines("queue", "--of", MEI) if line["kind"] == "follow_up"]
        assert (line["contact"], line["text"]) == ("bo@donor.example", "the bus again")
        assert due(harness) == ["left a message", "the bus again"]
    harness.run("task", "add", "an@donor.example", "x", "--by", MEI, code=2)
    harness.run("task", "add", "an@donor.example", "x", "--by", MEI, "--follow-up", "soon", code=3)


def _own(harness: Harness, address: str, email: str) -> None:
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
