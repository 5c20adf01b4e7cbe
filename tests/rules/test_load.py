"""Load and handover through the commands."""

import json

from tests.rules.cli_harness import MEI, WEI, Harness
from tests.rules.test_snoozes import AN, BO, due


def test_the_load_and_a_handover_and_its_way_back(harness: Harness):
    harness.writes(AN, "03-02 09:00", by=WEI)
    answered = harness.asks(AN, "03-16 09:30", to=WEI)
    harness.writes(AN, "03-16 11:30", by=WEI, refs=[answered])
    harness.asks(BO, "03-19 09:30")
    harness.sync()
    harness.run("task", "add", "an@donor.example", "the bus", "--by", MEI, "--due", "2026-03-20")
    load = json.loads(harness.run("load", "--json"))
    lines = {line["user"]: line for line in load["colleagues"]}
    assert (lines[None]["answers_owed"], lines[MEI]["touches_owed"]) == (1, 1)
    assert (lines[WEI]["answers_given"], lines[WEI]["median_hours"]) == (1, 2.0)
    assert [(each["contact"], each["to"]) for each in load["suggestions"]] == [("bo@donor.example", MEI)]
    pack = json.loads(harness.run("user", "handover", MEI, "--json"))
    assert [(item["kind"], item["title"], item["successor"]) for item in pack["items"]] == [
        ("task", "the bus", WEI)
    ]
    assert due(harness, "--of", MEI) == ["the bus"]
    harness.run("user", "handover", MEI, "--to", WEI, "--reason", "leaves")
    assert due(harness, "--of", WEI) == ["the bus"]
    harness.run("user", "handover", MEI, "--undo")
    assert due(harness, "--of", MEI) == ["the bus"]
    harness.run("user", "handover", MEI, "--suggested", "--by", MEI)
    assert due(harness, "--of", WEI) == ["the bus"]
    harness.run("user", "handover", WEI, "--undo", code=3)
