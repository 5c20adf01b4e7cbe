"""R53: an address that the team names as a website's form; what is stored of it follows, and undoing puts all back."""

import json

from tests.rules.cli_harness import MEI, WEI, Harness, iso

FORM = "relay@formservice.example"
CHEN = "chen@donor.example"


def submits(harness: Harness, who: str, at: str, **facts) -> str:
    """A visitor fills in the form."""
    return harness.asks(f"Forms <{FORM}>", at, headers=[f"Reply-To: {who}"], **facts)


def name_form(harness: Harness, *arguments: str, code: int = 0) -> None:
    harness.run("user", "add", MEI, "--role", "admin")
    harness.run("form", *arguments, "--by", MEI, code=code)
    harness.sync()


def content(harness: Harness) -> list[dict]:
    lines = [json.loads(line) for line in harness.run("dump").splitlines()]
    return [line for line in lines if line["kind"] not in ("event", "user") and "setting" not in line]


def test_R53_R11_an_address_named_later_credits_the_visitors_of_stored_mail(harness: Harness):
    submits(harness, f"陳小姐 <{CHEN}>", "03-02 09:00", subject="聯絡表單")
    submits(harness, "lin@donor.example", "03-02 10:00", subject="聯絡表單")
    submits(harness, "desk@lists.partner.example", "03-02 11:00", subject="Digest of a list")
    harness.sync()
    assert set(harness.people) == {FORM}
    before = content(harness)
    name_form(harness, "add", FORM.upper())
    assert [each["address"] for each in harness.lines("form", "list")] == [FORM]
    assert harness.people[CHEN]["kind"] == harness.people["lin@donor.example"]["kind"] == "candidate"
    entry = harness.only(CHEN)
    assert (entry["is_by_form"], entry["from"], entry["direction"]) == (True, CHEN, "inbound")
    assert harness.people[CHEN]["name"] == "陳小姐"
    assert (harness.state(CHEN), harness.state(FORM)) == ("needs_reply", "needs_reply")
    assert len(harness.timeline(FORM)) == 1
    assert harness.only(CHEN)["conversation"] != harness.only("lin@donor.example")["conversation"]
    assert harness.audit["open_unassigned"] == 3
    submits(harness, "ma@donor.example", "03-03 09:00", subject="聯絡表單")
    harness.sync()
    assert harness.only("ma@donor.example")["is_by_form"]
    account = harness.box(MEI)
    account.delete(next(each.id for each in account.messages.values() if b"ma@donor" in each.mime))
    name_form(harness, "remove", FORM)
    assert set(harness.people) == {FORM}
    assert content(harness) == before


def test_R53_named_before_or_after_the_mail_is_the_same(harness: Harness):
    name_form(harness, "add", FORM)
    submits(harness, f"陳小姐 <{CHEN}>", "03-02 09:00", subject="Auto", text="可以報名嗎？")
    harness.sync()
    known = content(harness)
    name_form(harness, "remove", FORM)
    assert CHEN not in harness.people
    name_form(harness, "add", FORM)
    assert content(harness) == known


def test_R53_a_member_s_address_and_what_is_no_address_are_no_form(harness: Harness):
    name_form(harness, "add", WEI, code=3)
    name_form(harness, "add", "nonsense", code=3)
    harness.run("form", "add", FORM, "--by", WEI, code=3)
    assert harness.lines("form", "list") == []


def test_R53_R46_a_reply_to_renames_nobody_and_renews_no_budget(harness: Harness):
    first = harness.asks(f"陳太太 <{CHEN}>", "03-01 09:00")
    harness.writes(CHEN, "03-01 10:00", refs=[first])
    for day in ("02", "04", "06"):
        harness.writes(CHEN, f"03-{day} 10:00")
    asked = harness.asks(
        "Site <www@ngo.example>", "03-09 09:00", headers=[f"Reply-To: Somebody Else <{CHEN}>"]
    )
    harness.sync()
    assert harness.state(CHEN) == "needs_reply"
    assert harness.people[CHEN]["name"] == "陳太太"
    assert "budget" in harness.reasons(CHEN)
    flag = next(flag for flag in harness.flags(CHEN) if flag["reason"] == "unanswered")
    assert (flag["evidence"], flag["since"]) == ([asked], iso("03-11 09:00"))
    harness.writes(CHEN, "03-10 10:00", refs=[asked])
    harness.sync()
    assert harness.people[CHEN]["touches_28d"] == 3, "an answer is no touch"
    harness.asks(CHEN, "03-10 11:00")
    harness.sync()
    assert "budget" not in harness.reasons(CHEN)
