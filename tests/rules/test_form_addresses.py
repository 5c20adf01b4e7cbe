"""R53: an address that the team names as a website's form; what is stored of it follows, and undoing puts all back."""

import json

from tests.rules.desk import MEI, WEI, Desk, iso

FORM = "relay@formservice.example"
CHEN = "chen@donor.example"


def submits(desk: Desk, who: str, at: str, **facts) -> str:
    """A visitor fills in the form."""
    return desk.asks(f"Forms <{FORM}>", at, headers=[f"Reply-To: {who}"], **facts)


def name_form(desk: Desk, *arguments: str, code: int = 0) -> None:
    desk.run("user", "add", MEI, "--role", "admin")
    desk.run("form", *arguments, "--by", MEI, code=code)
    desk.sync()


def content(desk: Desk) -> list[dict]:
    lines = [json.loads(line) for line in desk.run("dump").splitlines()]
    return [line for line in lines if line["kind"] not in ("event", "user") and "setting" not in line]


def test_R53_R11_an_address_named_later_credits_the_visitors_of_stored_mail(desk: Desk):
    submits(desk, f"陳小姐 <{CHEN}>", "03-02 09:00", subject="聯絡表單")
    submits(desk, "lin@donor.example", "03-02 10:00", subject="聯絡表單")
    submits(desk, "desk@lists.partner.example", "03-02 11:00", subject="Digest of a list")
    desk.sync()
    assert set(desk.people) == {FORM}
    before = content(desk)
    name_form(desk, "add", FORM.upper())
    assert [each["address"] for each in desk.lines("form", "list")] == [FORM]
    assert desk.people[CHEN]["kind"] == desk.people["lin@donor.example"]["kind"] == "candidate"
    entry = desk.only(CHEN)
    assert (entry["is_by_form"], entry["from"], entry["direction"]) == (True, CHEN, "inbound")
    assert desk.people[CHEN]["name"] == "陳小姐"
    assert (desk.state(CHEN), desk.state(FORM)) == ("needs_reply", "needs_reply")
    assert len(desk.timeline(FORM)) == 1
    assert desk.only(CHEN)["conversation"] != desk.only("lin@donor.example")["conversation"]
    assert desk.audit["open_unassigned"] == 3
    submits(desk, "ma@donor.example", "03-03 09:00", subject="聯絡表單")
    desk.sync()
    assert desk.only("ma@donor.example")["is_by_form"]
    account = desk.box(MEI)
    account.delete(next(each.id for each in account.messages.values() if b"ma@donor" in each.mime))
    name_form(desk, "remove", FORM)
    assert set(desk.people) == {FORM}
    assert content(desk) == before


def test_R53_named_before_or_after_the_mail_is_the_same(desk: Desk):
    name_form(desk, "add", FORM)
    submits(desk, f"陳小姐 <{CHEN}>", "03-02 09:00", subject="Auto", text="可以報名嗎？")
    desk.sync()
    known = content(desk)
    name_form(desk, "remove", FORM)
    assert CHEN not in desk.people
    name_form(desk, "add", FORM)
    assert content(desk) == known


def test_R53_a_member_s_address_and_what_is_no_address_are_no_form(desk: Desk):
    name_form(desk, "add", WEI, code=3)
    name_form(desk, "add", "nonsense", code=3)
    desk.run("form", "add", FORM, "--by", WEI, code=3)
    assert desk.lines("form", "list") == []


def test_R53_R46_a_reply_to_renames_nobody_and_renews_no_budget(desk: Desk):
    first = desk.asks(f"陳太太 <{CHEN}>", "03-01 09:00")
    desk.writes(CHEN, "03-01 10:00", refs=[first])
    for day in ("02", "04", "06"):
        desk.writes(CHEN, f"03-{day} 10:00")
    asked = desk.asks("Site <www@ngo.example>", "03-09 09:00", headers=[f"Reply-To: Somebody Else <{CHEN}>"])
    desk.sync()
    assert desk.state(CHEN) == "needs_reply"
    assert desk.people[CHEN]["name"] == "陳太太"
    assert "budget" in desk.reasons(CHEN)
    flag = next(flag for flag in desk.flags(CHEN) if flag["reason"] == "unanswered")
    assert (flag["evidence"], flag["since"]) == ([asked], iso("03-11 09:00"))
    desk.writes(CHEN, "03-10 10:00", refs=[asked])
    desk.sync()
    assert desk.people[CHEN]["touches_28d"] == 3, "an answer is no touch"
    desk.asks(CHEN, "03-10 11:00")
    desk.sync()
    assert "budget" not in desk.reasons(CHEN)
