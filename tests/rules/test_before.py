"""R59 and R13, through the commands: what is from before we began, and mail whose sender could not be read."""

import json

from tests.rules.cli_harness import MEI, NOW, WEI, Harness, letter, t

AN, BO, CHU, DAO = "an@donor.example", "bo@donor.example", "chu@donor.example", "dao@donor.example"


def listed(harness: Harness, section: str = "") -> list[tuple[str, str]]:
    """Who stands in which section of the queue."""
    options = ["--section", section] if section else []
    return sorted(
        (row["section"], row["contact"])
        for row in harness.lines("queue", *options)
        if row["kind"] == "person"
    )


def test_R59_a_first_sync_sets_old_debts_apart_until_somebody_deals_with_them(harness: Harness):
    old = harness.asks(AN, "2024-05-02 09:00")
    harness.asks(BO, "2024-05-03 09:00")
    harness.asks(CHU, "03-10 09:00")  # ten days before the first read
    both = harness.asks(DAO, "2024-05-04 09:00", to=[MEI, WEI], boxes=[MEI, WEI])
    harness.sync()
    before = [("before", AN), ("before", BO), ("before", DAO)]
    assert listed(harness) == [*before, ("needs_us", CHU)]
    assert listed(harness, "before") == before
    assert listed(harness, "needs_us") == [("needs_us", CHU)]
    assert [harness.state(who) for who in (AN, BO, CHU, DAO)] == ["needs_reply"] * 4
    assert (harness.audit["open_unassigned"], harness.audit["unaccounted"]) == (4, 0)
    assert [harness.reasons(who) for who in (AN, BO, DAO)] == [[], [], []]
    assert harness.reasons(CHU) == ["unanswered"]
    assert harness.reasons(AN, "03-20 09:59") == ["unanswered"]  # before the first read there was no section
    assert DAO not in harness.run("digest", MEI)

    harness.run("conversation", "take", f"<{old}>", "--by", MEI)
    assert listed(harness, "before") == [("before", BO), ("before", DAO)]
    assert ("needs_us", AN) in listed(harness)
    harness.asks(DAO, "03-20 09:30", refs=[both])
    harness.sync()
    assert ("needs_us", DAO) in listed(harness)
    assert harness.audit["open_owned"] == 1

    closed = harness.run("conversation", "close-before", "--by", WEI, "--reason", "too old", "--json")
    assert json.loads(closed) == {"version": 1, "people": 1, "conversations": 1}
    harness.sync()
    assert (listed(harness, "before"), harness.state(BO)) == ([], "quiet")
    assert (harness.audit["closed"], harness.audit["unaccounted"]) == (1, 0)
    harness.run("conversation", "close-before", "--by", WEI, "--reason", " ", code=3)


def test_R59_a_file_has_no_first_read_and_reading_its_mailbox_by_api_has(harness: Harness):
    mail = letter(AN, MEI, at=t("2024-05-02 09:00"), id="old@donor.example")
    file = harness.file("old.mbox", b"From x Thu May  2 01:00:00 2024\n" + mail + b"\n\n")
    harness.run("import", "mbox", file, "--mailbox", "lin@ngo.example")
    assert listed(harness) == [("needs_us", AN)]
    harness.arrives(mail, t("2024-05-02 09:00"), MEI)
    harness.sync()
    assert listed(harness) == [("before", AN)]
    with harness.at("2026-12-01 09:00"):  # it never moves: mail that came later waits as ever
        harness.asks(BO, "03-21 09:00")
        harness.sync()
        assert listed(harness) == [("before", AN), ("needs_us", BO)]


def test_R59_the_number_of_days_is_the_policys(harness: Harness):
    harness.asks(AN, "01-25 09:00")  # 54 days before the first read
    harness.sync()
    assert listed(harness) == [("needs_us", AN)]
    harness.run("user", "add", MEI, "--role", "admin")
    harness.run("policy", "set", "before_days", "30", "--by", MEI)
    assert listed(harness) == [("before", AN)]


def test_R13_mail_of_an_unknown_sender_stands_in_the_queue_until_it_is_closed(harness: Harness):
    harness.arrives(letter("Somebody", MEI, "Who am I?", at=NOW - 1, id="who@post.example"), NOW - 1)
    harness.sync()
    (row,) = harness.lines("queue")
    assert (row["section"], row["message_id"], row["owner"]) == ("unknown_sender", "who@post.example", None)
    assert (harness.audit["open_unassigned"], harness.audit["unaccounted"]) == (1, 0)
    harness.run("conversation", "take", "who@post.example", "--by", WEI)
    assert harness.lines("queue", "--section", "unknown_sender")[0]["owner"] == WEI
    assert [len(harness.lines("queue", "--of", who)) for who in (MEI, WEI)] == [0, 1]
    harness.sync()
    assert harness.audit["open_owned"] == 1
    harness.run("conversation", "close", "who@post.example", "--by", WEI, "--reason", "spam")
    harness.sync()
    assert harness.lines("queue") == []
    assert (harness.audit["closed"], harness.audit["unaccounted"]) == (1, 0)
