"""R60, from Gmail to the commands: whose consent a mailbox takes."""

import json

from tests.rules.desk import MEI, WEI, Desk, letter, t

NEW = "mei.lin@ngo.example"


def test_R60_the_wrong_account_is_refused_and_a_renamed_one_keeps_its_rows(desk: Desk):
    desk.arrives(letter("An <an@donor.example>", at=t("03-02 09:00")), t("03-02 09:00"))
    desk.arrives(letter("Bo <bo@donor.example>", WEI, at=t("03-02 10:00")), t("03-02 10:00"), WEI)
    desk.sync()
    before = desk.run("dump")
    weis = desk.file("weis.json", json.dumps(desk.accounts[WEI].credentials()))
    desk.run("mailbox", "add", MEI, "--credentials", weis, code=6)
    assert f"streaklike mailbox connect {WEI}" in desk.talk
    desk.sync()
    assert desk.run("dump") == before

    desk.server.rename_account(MEI, NEW)
    desk.run("sync", "--verify", code=6)
    desk.run("mailbox", "rename", MEI, NEW)
    desk.run("sync", "--verify")
    assert desk.run("dump").replace(NEW, MEI).count('"kind":"copy"') == before.count('"kind":"copy"')
    assert [line["mailbox"] for line in json.loads(desk.run("status", "--json"))] == [NEW, WEI]
