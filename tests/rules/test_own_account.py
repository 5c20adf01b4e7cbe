"""R60, from Gmail to the commands: whose consent a mailbox takes."""

import json

from tests.rules.cli_harness import MEI, WEI, Harness, letter, t

NEW = "mei.lin@ngo.example"


def test_R60_the_wrong_account_is_refused_and_a_renamed_one_keeps_its_rows(harness: Harness):
    harness.arrives(letter("An <an@donor.example>", at=t("03-02 09:00")), t("03-02 09:00"))
    harness.arrives(letter("Bo <bo@donor.example>", WEI, at=t("03-02 10:00")), t("03-02 10:00"), WEI)
    harness.sync()
    before = harness.run("dump")
    weis = harness.file("weis.json", json.dumps(harness.accounts[WEI].credentials()))
    harness.run("mailbox", "add", MEI, "--credentials", weis, code=6)
    assert f"streaklike mailbox connect {WEI}" in harness.loaded
    harness.sync()
    assert harness.run("dump") == before

    harness.server.rename_account(MEI, NEW)
    harness.run("sync", "--verify", code=6)
    harness.run("mailbox", "rename", MEI, NEW)
    harness.run("sync", "--verify")
    assert harness.run("dump").replace(NEW, MEI).count('"kind":"copy"') == before.count('"kind":"copy"')
    assert [line["mailbox"] for line in json.loads(harness.run("status", "--json"))] == [NEW, WEI]
