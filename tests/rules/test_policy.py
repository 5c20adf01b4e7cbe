"""R48, R50 and R51 through the commands: thresholds edited, as of past instants, taken back."""

import json

from tests.rules.cli_harness import MEI, WEI, Harness

DONOR = "donor@example.org"


def prepare(harness: Harness) -> None:
    harness.run("user", "add", MEI, "--name", "Mei", "--role", "admin")
    for day in (2, 10, 18):
        harness.writes(DONOR, f"03-{day:02} 09:00")
    harness.sync()


def values(harness: Harness, *options: str) -> dict[tuple[str, str], tuple]:
    rows = json.loads(harness.run("policy", *options, "--json"))["policy"]
    return {(row["key"], row.get("name", "")): (row["value"], row["source"]) for row in rows}


def test_R48_R51_a_threshold_is_set_told_undone_and_known_of_every_instant(harness: Harness):
    prepare(harness)
    assert harness.reasons(DONOR) == ["budget"]
    with harness.at("03-20 12:00"):
        harness.run("policy", "set", "budget_limit", "4", "--by", MEI)
        harness._flags.clear()
        assert harness.reasons(DONOR) == []
        assert harness.reasons(DONOR, "03-20 11:00") == ["budget"]
        assert values(harness)["budget_limit", ""] == (4, "team")
        assert values(harness)["asks_limit", ""] == (2, "default")
    with harness.at("03-20 13:00"):
        harness.run("policy", "set", "budget_limit", "3", "--contact", DONOR, "--by", MEI)
        harness._flags.clear()
        assert harness.reasons(DONOR) == ["budget"]
        assert values(harness, "--contact", DONOR)["budget_limit", ""] == (3, "person")
        harness.run("policy", "set", "budget_limit", "9", "--tier", "a", "--by", MEI)
        harness.run("policy", "set", "stalled_days", "5", "--stage", "donor", "--by", MEI, code=3)
        harness.run("policy", "unset", "budget_limit", "--contact", DONOR, "--by", MEI)
    history = harness.lines("policy", "history")
    assert [line["changes"][0]["to"] for line in history] == [None, 9, 3, 4]
    assert {line["by"] for line in history} == {MEI}
    with harness.at("03-20 14:00"):
        harness.run("policy", "undo", history[-1]["uid"], "--by", MEI)
        harness._flags.clear()
        assert harness.reasons(DONOR) == ["budget"]
        assert harness.reasons(DONOR, "03-20 12:30") == []


def test_R48_only_admins_edit_and_what_cannot_be_is_refused(harness: Harness):
    prepare(harness)
    harness.run("user", "add", WEI, "--name", "Wei", "--role", "member")
    harness.run("policy", "set", "budget_limit", "4", "--by", WEI, code=3)
    assert "no admin" in harness.loaded
    harness.run("policy", "set", "maximum_days", "10", "--tier", "A", "--by", MEI, code=3)
    assert "past the maximum" in harness.loaded
    harness.run("policy", "set", "budget_days", "0", "--by", MEI, code=3)
    assert harness.lines("policy", "history") == []


def test_a_preset_is_shown_with_its_reasons_and_set_as_one(harness: Harness):
    prepare(harness)
    shown = json.loads(harness.run("policy", "preset", "volunteers", "--json"))
    assert all(value["why"] for value in shown["values"])
    harness.run("policy", "preset", "volunteers", "--by", MEI)
    assert values(harness)["budget_limit", ""] == (6, "team")
    (line,) = harness.lines("policy", "history")
    assert line["preset"] == "volunteers"


def test_R51_a_change_is_tried_on_the_past_and_changes_nothing(harness: Harness):
    prepare(harness)
    found = json.loads(
        harness.run("policy", "replay", "budget_limit=2", "asks_limit=5", "--months", "1", "--json")
    )
    (row,) = [row for row in found["reasons"] if row["reason"] == "budget"]
    assert (row["as_it_was"]["flags"], row["with_this_change"]["flags"]) == (1, 1)
    found = json.loads(harness.run("policy", "replay", "budget_limit=4", "--json"))
    assert [each["contact"] for each in found["no_longer_flagged"]] == [DONOR]
    assert found["newly_flagged"] == []
    assert "no longer flagged: 1" in harness.run("policy", "replay", "budget_limit=4").lower()
    harness.run("policy", "replay", "budget_limit", code=2)
    assert harness.lines("policy", "history") == []
    assert harness.reasons(DONOR) == ["budget"]
