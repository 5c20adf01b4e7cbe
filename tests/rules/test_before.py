"""R59 and R13, through the commands: what is from before we began, and mail whose sender could not be read."""

import json

from tests.rules.desk import MEI, NOW, WEI, Desk, letter, t

AN, BO, CHU, DAO = "an@donor.example", "bo@donor.example", "chu@donor.example", "dao@donor.example"


def listed(desk: Desk, section: str = "") -> list[tuple[str, str]]:
    """Who stands in which section of the queue."""
    options = ["--section", section] if section else []
    return sorted(
        (row["section"], row["contact"]) for row in desk.lines("queue", *options) if row["kind"] == "person"
    )


def test_R59_a_first_sync_sets_old_debts_apart_until_somebody_deals_with_them(desk: Desk):
    old = desk.asks(AN, "2024-05-02 09:00")
    desk.asks(BO, "2024-05-03 09:00")
    desk.asks(CHU, "03-10 09:00")  # ten days before the first read
    both = desk.asks(DAO, "2024-05-04 09:00", to=[MEI, WEI], boxes=[MEI, WEI])
    desk.sync()
    before = [("before", AN), ("before", BO), ("before", DAO)]
    assert listed(desk) == [*before, ("needs_us", CHU)]
    assert listed(desk, "before") == before
    assert listed(desk, "needs_us") == [("needs_us", CHU)]
    assert [desk.state(who) for who in (AN, BO, CHU, DAO)] == ["needs_reply"] * 4
    assert (desk.audit["open_unassigned"], desk.audit["unaccounted"]) == (4, 0)
    assert [desk.reasons(who) for who in (AN, BO, DAO)] == [[], [], []]
    assert desk.reasons(CHU) == ["unanswered"]
    assert desk.reasons(AN, "03-20 09:59") == ["unanswered"]  # before the first read there was no section
    assert DAO not in desk.run("digest", MEI)

    desk.run("conversation", "take", f"<{old}>", "--by", MEI)
    assert listed(desk, "before") == [("before", BO), ("before", DAO)]
    assert ("needs_us", AN) in listed(desk)
    desk.asks(DAO, "03-20 09:30", refs=[both])
    desk.sync()
    assert ("needs_us", DAO) in listed(desk)
    assert desk.audit["open_owned"] == 1

    closed = desk.run("conversation", "close-before", "--by", WEI, "--reason", "too old", "--json")
    assert json.loads(closed) == {"people": 1, "conversations": 1}
    desk.sync()
    assert (listed(desk, "before"), desk.state(BO)) == ([], "quiet")
    assert (desk.audit["closed"], desk.audit["unaccounted"]) == (1, 0)
    desk.run("conversation", "close-before", "--by", WEI, "--reason", " ", code=3)


def test_R59_a_file_has_no_first_read_and_reading_its_mailbox_by_api_has(desk: Desk):
    mail = letter(AN, MEI, at=t("2024-05-02 09:00"), id="old@donor.example")
    file = desk.file("old.mbox", b"From x Thu May  2 01:00:00 2024\n" + mail + b"\n\n")
    desk.run("import", "mbox", file, "--mailbox", "lin@ngo.example")
    assert listed(desk) == [("needs_us", AN)]
    desk.arrives(mail, t("2024-05-02 09:00"), MEI)
    desk.sync()
    assert listed(desk) == [("before", AN)]
    with desk.at("2026-12-01 09:00"):  # it never moves: mail that came later waits as ever
        desk.asks(BO, "03-21 09:00")
        desk.sync()
        assert listed(desk) == [("before", AN), ("needs_us", BO)]


def test_R59_the_number_of_days_is_the_policys(desk: Desk):
    desk.asks(AN, "01-25 09:00")  # 54 days before the first read
    desk.sync()
    assert listed(desk) == [("needs_us", AN)]
    desk.run("user", "add", MEI, "--role", "admin")
    desk.run("policy", "set", "before_days", "30", "--by", MEI)
    assert listed(desk) == [("before", AN)]


def test_R13_mail_of_an_unknown_sender_stands_in_the_queue_until_it_is_closed(desk: Desk):
    desk.arrives(letter("Somebody", MEI, "Who am I?", at=NOW - 1, id="who@post.example"), NOW - 1)
    desk.sync()
    (row,) = desk.lines("queue")
    assert (row["section"], row["message_id"], row["owner"]) == ("unknown_sender", "who@post.example", None)
    assert (desk.audit["open_unassigned"], desk.audit["unaccounted"]) == (1, 0)
    desk.run("conversation", "take", "who@post.example", "--by", WEI)
    assert desk.lines("queue", "--section", "unknown_sender")[0]["owner"] == WEI
    assert [len(desk.lines("queue", "--of", who)) for who in (MEI, WEI)] == [0, 1]
    desk.sync()
    assert desk.audit["open_owned"] == 1
    desk.run("conversation", "close", "who@post.example", "--by", WEI, "--reason", "spam")
    desk.sync()
    assert desk.lines("queue") == []
    assert (desk.audit["closed"], desk.audit["unaccounted"]) == (1, 0)
