"""Load and handover through the commands."""

import json

from tests.rules.desk import MEI, WEI, Desk
from tests.rules.test_snoozes import AN, BO, due


def test_the_load_and_a_handover_and_its_way_back(desk: Desk):
    desk.writes(AN, "03-02 09:00", by=WEI)
    answered = desk.asks(AN, "03-16 09:30", to=WEI)
    desk.writes(AN, "03-16 11:30", by=WEI, refs=[answered])
    desk.asks(BO, "03-19 09:30")
    desk.sync()
    desk.run("task", "add", "an@donor.example", "the bus", "--by", MEI, "--due", "2026-03-20")
    load = json.loads(desk.run("load", "--json"))
    lines = {line["user"]: line for line in load["colleagues"]}
    assert (lines[None]["answers_owed"], lines[MEI]["touches_owed"]) == (1, 1)
    assert (lines[WEI]["answers_given"], lines[WEI]["median_hours"]) == (1, 2.0)
    assert [(each["contact"], each["to"]) for each in load["suggestions"]] == [("bo@donor.example", MEI)]
    pack = json.loads(desk.run("user", "handover", MEI, "--json"))
    assert [(item["kind"], item["title"], item["successor"]) for item in pack["items"]] == [
        ("task", "the bus", WEI)
    ]
    assert due(desk, "--of", MEI) == ["the bus"]
    desk.run("user", "handover", MEI, "--to", WEI, "--reason", "leaves")
    assert due(desk, "--of", WEI) == ["the bus"]
    desk.run("user", "handover", MEI, "--undo")
    assert due(desk, "--of", MEI) == ["the bus"]
    desk.run("user", "handover", MEI, "--suggested", "--by", MEI)
    assert due(desk, "--of", WEI) == ["the bus"]
    desk.run("user", "handover", WEI, "--undo", code=3)
