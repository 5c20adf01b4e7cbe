"""R41 to R51, from Gmail to the commands: over-contacted and ignored."""

import json

import pytest

from tests.rules.cli_harness import MEI, WEI, Harness, iso, letter, t

AN, BO, CHU = "an@donor.example", "bo@donor.example", "chu@donor.example"


def fill(harness: Harness) -> None:
    # R41, R42: asked on a Friday, a public holiday (28 February) or in the night.
    harness.asks("r41@donor.example", "03-06 16:30")
    harness.asks("r41-night@donor.example", "03-06 18:00")
    harness.asks("r42@donor.example", "2025-09-26 09:00")
    harness.asks("r42-makeup@donor.example", "2025-02-07 09:00")
    # R44
    for name, minutes in (("burst", (0, 5, 10)), ("apart", (0, 10.1, 21))):
        for minute in minutes:
            harness.writes(f"r44-{name}@donor.example", f"03-10 09:00 +{minute}")
    for who in (MEI, WEI):
        harness.writes("r44-two@donor.example", "03-10 09:00", by=who)
    for name, at in (("week", "03-09 09:00"), ("late", "03-09 09:01")):
        asked = harness.asks(f"r44-{name}@donor.example", "03-02 09:00")
        harness.writes(f"r44-{name}@donor.example", at, refs=[asked])
    asked = harness.asks("r44-second@donor.example", "03-02 09:00")
    harness.writes("r44-second@donor.example", "03-02 10:00", refs=[asked])
    harness.writes("r44-second@donor.example", "03-03 10:00", by=WEI, refs=[asked])
    asked = harness.asks("r44-info@donor.example", "03-02 09:00", to=BO, cc=MEI)
    harness.writes("r44-info@donor.example", "03-03 09:00", refs=[asked])
    asked = harness.asks("r44-whole@donor.example", "03-02 09:00")
    reply = harness.writes("r44-whole@donor.example", "03-02 10:00", refs=[asked])
    harness.writes("r44-whole@donor.example", "03-02 10:04", refs=[reply])
    harness.writes(BO, "03-10 09:00", cc="r44-cc@donor.example")
    # R46 budget: three in 28 days, of two colleagues and in two conversations; none after their mail in a third.
    for name, days, last in (
        ("three", (2, 10, 18), None),
        ("two", (2, 18), None),
        ("wrote", (2, 10, 18), "03-11 09:00"),
    ):
        for number, day in enumerate(days):
            harness.writes(f"r46-{name}@donor.example", f"03-{day:02} 09:00", by=(MEI, WEI)[number % 2])
        if last:
            harness.asks(f"r46-{name}@donor.example", last, to=BO, cc=MEI)
    # R46 collision: 72 h sharp, a minute more, one conversation, and ended by their word.
    for name, second, kind in (
        ("72", "03-18 09:00", ""),
        ("more", "03-18 09:01", ""),
        ("same", "03-16 09:00", "same"),
        ("word", "03-16 09:00", "word"),
        ("between", "03-16 09:00", "between"),
    ):
        who = f"r46c-{name}@donor.example"
        first = harness.writes(who, "03-15 09:00")
        refs, subject = ([first], {"subject": "Re: one"}) if kind == "same" else ([], {})
        harness.writes(who, second, by=WEI, refs=refs, **subject)
        if kind == "word":
            harness.asks(who, "03-17 09:00")
        if kind == "between":
            harness.asks(who, "03-15 12:00")
    # R47
    harness.asks("r47@donor.example", "03-02 09:00", cc="r47-bystander@donor.example")
    harness.writes("r47-known@donor.example", "03-01 08:00")


def test_R41_R42_working_time_skips_nights_weekends_and_holidays(world: Harness):
    """16 h from Friday 16:30 are over on Tuesday 16:30; from the night on Tuesday at closing."""
    assert world.flags("r41@donor.example")[0]["since"] == iso("03-10 16:30")
    assert world.flags("r41-night@donor.example")[0]["since"] == iso("03-11 09:00")
    before_we_began = "2025-12-01 09:00"  # by today they are debts from before the first read (R59)
    # Friday 26 September; Monday the 29th is off, so that Tuesday's closing is sharp.
    assert world.flags("r42@donor.example", before_we_began)[0]["since"] == iso("2025-10-01 09:00")
    # Friday 7 February; Saturday the 8th is a work day.
    assert world.flags("r42-makeup@donor.example", before_we_began)[0]["since"] == iso("2025-02-10 09:00")


def test_R43_times_are_utc_whatever_the_zone(world: Harness, monkeypatch: pytest.MonkeyPatch):
    before = world.run("dump"), world.run("timeline", "r47@donor.example", "--json")
    assert world.only("r47@donor.example")["at"] == "2026-03-02T01:00:00Z"
    monkeypatch.setenv("STREAKLIKE_TIMEZONE", "America/New_York")
    assert (world.run("dump"), world.run("timeline", "r47@donor.example", "--json")) == before


def touches(world: Harness, name: str) -> float:
    return world.people[f"r44-{name}@donor.example"]["touches_28d"]


def test_R44_several_within_ten_minutes_are_one(world: Harness):
    assert (touches(world, "burst"), touches(world, "apart"), touches(world, "two")) == (1, 3, 2)


def test_R44_the_first_reply_within_a_week_is_no_touch(world: Harness):
    assert (touches(world, "week"), touches(world, "late"), touches(world, "info")) == (0, 1, 0)
    assert (touches(world, "second"), touches(world, "whole"), touches(world, "cc")) == (1, 1, 0)


def test_R46_budget_stands_from_the_touch_that_crossed_it(world: Harness):
    flag = next(flag for flag in world.flags("r46-three@donor.example") if flag["reason"] == "budget")
    assert (flag["since"], flag["lapses_at"]) == (iso("03-18 09:00"), iso("03-30 09:00"))
    assert (flag["flag"], flag["count"], flag["limit"], len(flag["evidence"])) == ("over_contacted", 3, 3, 3)
    assert "budget" not in world.reasons("r46-two@donor.example") + world.reasons("r46-wrote@donor.example")


def test_R46_budget_lapses_as_one_turns_28_days_old(world: Harness):
    assert "budget" in world.reasons("r46-three@donor.example", "03-30 08:59")
    assert "budget" not in world.reasons("r46-three@donor.example", "03-30 09:00")
    assert "budget" not in world.reasons("r46-three@donor.example", "03-18 08:59")


def test_R46_collision_of_two_colleagues_within_72_hours(world: Harness):
    (flag,) = world.flags("r46c-72@donor.example")
    assert (flag["reason"], flag["since"], flag["lapses_at"]) == (
        "collision",
        iso("03-18 09:00"),
        iso("03-25 09:00"),
    )
    assert len(flag["evidence"]) == 2
    for name in ("more", "same", "word"):
        assert "collision" not in world.reasons(f"r46c-{name}@donor.example"), name
    assert "collision" in world.reasons("r46c-word@donor.example", "03-17 08:59")
    assert "collision" in world.reasons("r46c-between@donor.example")
    assert "collision" in world.reasons("r46c-72@donor.example", "03-25 08:59")
    assert "collision" not in world.reasons("r46c-72@donor.example", "03-25 09:00")


def test_R47_unanswered_sharp_is_not_over(world: Harness):
    assert world.reasons("r47@donor.example", "03-03 17:00") == []
    assert world.reasons("r47@donor.example", "03-04 09:00 +0.001") == ["unanswered"]
    (flag,) = world.flags("r47@donor.example", "03-04 10:00")
    assert (flag["count"], flag["limit"], flag["unit"]) == (17, 16, "hours")
    assert world.flags("r47-bystander@donor.example", "03-04 10:00") == []


def test_R47_never_contacted_lapsed_promise_and_a_task_ahead(harness: Harness):
    with harness.at("03-02 09:00"):
        harness.sync()
        harness.run("contact", "set", AN, "--tier", "A")
        harness.run("contact", "set", BO, "--tier", "none")
        harness.run("contact", "set", CHU, "--tier", "none")
        harness.run("log", "meeting", CHU, "--by", MEI, "At the river")
        harness.run("task", "add", AN, "--by", MEI, "--due", "2026-03-20", "Send the leaflet")
    assert harness.reasons(AN, "03-16 08:59") == harness.reasons(BO, "03-16 08:59") == []
    assert harness.reasons(BO, "03-16 09:01") == ["never_contacted"]
    assert harness.reasons(CHU, "03-16 09:01") == []
    assert harness.reasons(AN, "03-20 23:59") == ["never_contacted"]
    assert "promise_overdue" in harness.reasons(AN, "03-21 00:01")


def test_R48_lapsed_by_tier_from_the_last_touch(harness: Harness):
    harness.writes(AN, "02-02 09:00")
    harness.sync()
    with harness.at("02-03 09:00"):
        harness.run("contact", "set", AN, "--tier", "A")
    assert harness.reasons(AN, "02-23 09:00") == []
    assert harness.reasons(AN, "02-23 09:01") == ["lapsed"]
    (flag,) = harness.flags(AN, "02-23 10:00")
    assert (flag["limit"], flag["unit"], len(flag["evidence"])) == (21, "days", 1)
    assert harness.reasons(AN, "02-03 08:00") == []
    with harness.at("03-01 09:00"):
        harness.run("contact", "set", AN, "--tier", "none")
    harness.sync()
    assert harness.reasons(AN) == []
    harness._flags.clear()
    assert harness.reasons(AN, "02-24 09:01") == ["lapsed"]


def test_R49_do_not_contact_outranks_every_flag_that_asks_us_to_write(harness: Harness):
    harness.asks(AN, "03-02 09:00")
    for who in (BO, CHU):
        for day in (16, 17, 18):
            harness.writes(who, f"03-{day} 09:00", by=(MEI, WEI)[day % 2])
    harness.sync()
    assert harness.reasons(AN) == ["unanswered"]
    with harness.at("03-19 09:00"):
        harness.run("contact", "set", AN, "--do-not-contact-until", "2026-03-25", "--reason", "asked us")
        harness.run("contact", "set", BO, "--do-not-contact-until", "never", "--reason", "asked us")
        harness.run("contact", "set", AN, "--tier", "A")
    harness.sync()
    assert harness.reasons(AN) == []
    assert harness.reasons(BO) == harness.reasons(CHU) == ["budget", "collision"]
    assert harness.reasons(AN, "03-19 08:59") == ["unanswered"]
    assert "unanswered" in harness.reasons(AN, "03-26 00:01")
    harness.run("contact", "set", AN, "--do-not-contact-until", "clear")
    harness.sync()
    assert "unanswered" in harness.reasons(AN)


def test_R45_every_colleague_and_channel_counts_in_one_budget(harness: Harness):
    harness.writes(AN, "03-02 09:00")
    harness.writes(AN, "03-06 09:00", by=WEI)
    harness.sync()
    assert harness.reasons(AN) == []
    harness.run("log", "call", AN, "--by", MEI, "--at", "2026-03-12T10:00:00+08:00", "We talked")
    harness.sync()
    (flag,) = harness.flags(AN)
    assert (flag["reason"], flag["since"], flag["count"]) == ("budget", iso("03-12 10:00"), 3)


def test_R50_every_flag_tells_its_rule_numbers_and_mail(world: Harness):
    lines = [flag for each in world.people for flag in world.flags(each)]
    assert {flag["reason"] for flag in lines} >= {"budget", "collision", "unanswered"}
    for flag in lines:
        assert flag["since"] is not None
        assert flag["count"] >= flag["limit"] or flag["reason"] == "collision"
        assert flag["evidence"]
        known = {entry["message_id"] for entry in world.timeline(flag["contact"])}
        assert set(flag["evidence"]) <= known


STEPS = (
    "03-03 12:00",
    "03-04 12:00",
    "03-05 09:20",
    "03-07 12:00",
    "03-12 12:00",
    "03-16 12:00",
    "03-19 12:00",
)


def live_through(harness: Harness) -> dict[str, list[dict]]:
    """A month lived step by step: what `flags` said at each, synced then."""
    said = {}
    post = {
        "03-02 09:00": lambda at: harness.asks(AN, at, to=[MEI, BO], id="l1@x.example"),
        "03-02 10:00": lambda at: harness.writes(CHU, at, subject="Boats", id="l2@x.example"),
        "03-03 10:00": lambda at: harness.writes(CHU, at, by=WEI, subject="Boots", id="l3@x.example"),
        "03-04 11:00": lambda at: harness.writes(CHU, at, subject="Bats", id="l4@x.example"),
        "03-05 09:00": lambda at: [
            harness.writes(f"many{n}@donor.example", at, text="Same words") for n in range(6)
        ],
        "03-05 09:30": lambda at: [
            harness.writes(f"many{n}@donor.example", at, text="Same words") for n in range(6, 12)
        ],
        "03-07 10:00": lambda at: harness.asks(
            CHU, at, subject="Re: Boats", refs=["l2@x.example", "l3@x.example"], id="l5@x.example"
        ),
        "03-10 10:00": lambda at: harness.writes(AN, at, refs=["l1@x.example"], id="l6@x.example"),
        "03-10 10:05": lambda at: harness.arrives(bounced(AN, "l6@x.example"), t(at)),
        "03-14 10:00": lambda at: harness.asks(BO, at, refs=["l6@x.example"]),
    }
    waiting = sorted(post)
    for step in STEPS:
        while waiting and waiting[0] < step:
            at = waiting.pop(0)
            post[at](at)
        with harness.at(step):
            harness.sync()
            if step == STEPS[3]:
                harness.run("contact", "set", AN, "--tier", "A")
            if step == STEPS[4]:
                harness.run("task", "add", CHU, "--by", MEI, "--due", "2026-03-15", "Call")
            if step == STEPS[5]:
                harness.run("contact", "set", BO, "--do-not-contact-until", "never", "--reason", "asked")
            said[step] = harness.lines("flags")
    return said


def bounced(failed: str, returned: str) -> bytes:
    text = (
        "--b\nContent-Type: text/plain\n\nNo such user.\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {failed}\nAction: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{returned}>\n\n--b--\n"
    )
    return letter(
        "mailer-daemon@mx.example",
        text=text,
        content_type="multipart/report; report-type=delivery-status; boundary=b",
    )


def test_R51_as_of_an_instant_is_what_was_said_then(harness: Harness):
    said = live_through(harness)
    assert {flag["reason"] for flags in said.values() for flag in flags} >= {
        "budget", "collision", "unanswered", "promise_overdue",
    }  # fmt: skip
    for step in STEPS:
        as_of = harness.lines("flags", "--as-of", iso(step))
        assert [_plain(flag) for flag in as_of] == [_plain(flag) for flag in said[step]], step


def _plain(flag: dict) -> str:
    """The flag without the row's number of its conversation."""
    return json.dumps({**flag, "conversation_id": None, "count": round(flag["count"], 0)}, sort_keys=True)


@pytest.mark.parametrize("text", ["2026-02-30", "yesterday"])
def test_R51_an_instant_that_cannot_be_read_is_asked_again(harness: Harness, text: str):
    harness.run("flags", "--as-of", text, "--json", code=2)


def test_R51_a_day_without_its_time_begins_at_midnight_in_the_teams_zone(harness: Harness):
    midnight = harness.run("flags", "--as-of", "2026-03-02T00:00:00+08:00", "--json")
    assert harness.run("flags", "--as-of", "2026-03-02", "--json") == midnight
