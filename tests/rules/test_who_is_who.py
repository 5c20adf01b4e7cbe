"""R1 to R11, from Gmail to the commands: who is who."""

import base64

from tests.rules.cli_harness import MEI, WEI, Harness, letter, t


def word(text: str, charset: str, label: str = "") -> str:
    return f"=?{label or charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def fill(harness: Harness) -> None:
    # R1, R2, R3
    harness.asks("Wang@R1.EXAMPLE", "03-02 09:00")
    harness.writes(" wang@r1.example ", "03-02 10:00")
    harness.asks("x@bücher.example", "03-02 09:00")
    harness.writes("x@xn--bcher-kva.example", "03-02 10:00")
    harness.asks("R.Two.Lin@googlemail.com", "03-02 09:00")
    harness.writes("rtwolin@gmail.com", "03-02 10:00")
    harness.asks("r.two@work.example", "03-02 09:00")
    harness.asks("rtwo@work.example", "03-02 09:01")
    harness.asks("r3lin+news@gmail.com", "03-02 09:00")
    harness.asks("r3lin@gmail.com", "03-02 09:01")
    harness.asks("r3+news@work.example", "03-02 09:00")
    harness.asks("r3@work.example", "03-02 09:01")
    # R5
    harness.asks("陳怡君 <r5a@donor.example>", "03-02 09:00")
    harness.asks("陳怡君 <r5b@donor.example>", "03-02 09:01")
    # R6
    comma = "=?utf-8?Q?FooCorp=2C=20Inc.?= <r6a@donor.example>, =?utf-8?Q?Bar=2C_?= =?utf-8?Q?Co=2E?= <r6b@donor.example>"
    harness.writes(comma, "03-02 10:00")
    for name, charset, label, text in CHARSETS:
        harness.arrives(
            letter(
                f"{word(text, charset, label)} <r6-{name}@donor.example>",
                subject=word(text, charset, label),
                text=f"{text}\n".encode(charset),
                content_type=f"text/plain; charset={label or charset}",
                at=t("03-02 09:00"),
            ),
            t("03-02 09:00"),
        )
    harness.arrives(
        letter(
            "r6-wrong@donor.example", text="我想報名".encode(), content_type="text/plain; charset=iso-8859-7x"
        ),
        t("03-02 09:00"),
    )
    # R7, R8
    harness.asks("An Chen <r7@donor.example>", "03-02 09:00")
    harness.asks("陳安 <r7@donor.example>", "03-03 09:00")
    harness.asks('"r7@donor.example" <r7@donor.example>', "03-04 09:00")
    harness.asks("Ben (via Google Drive) <drive-shares-noreply@google.com>", "03-02 09:00")
    harness.asks("歐陽 娜娜 <r8a@donor.example>", "03-02 09:00")
    harness.asks("r8b@donor.example", "03-02 09:00")
    harness.asks("スズキ <r8c@donor.example>", "03-02 09:00")
    harness.asks("김민준 <r8d@donor.example>", "03-02 09:00")
    # R9
    harness.writes("r9-we@donor.example", "03-02 10:00")
    asked = harness.asks("r9-they@donor.example", "03-02 09:00")
    harness.writes("r9-they@donor.example", "03-02 10:00", refs=[asked])
    harness.asks("r9-nobody@donor.example", "03-02 09:00")
    # A chain: D wrote with C, C with B, B with A; only A is ever answered, and last.
    harness.asks("r9-d@donor.example", "03-02 09:00", to=[MEI, "r9-c@donor.example"])
    harness.asks("r9-c@donor.example", "03-02 10:00", cc=["r9-b@donor.example"])
    asked = harness.asks("r9-b@donor.example", "03-03 09:00", cc=["r9-a@donor.example"])
    harness.writes("r9-a@donor.example", "03-09 10:00", refs=[asked])
    # A newsletter and an automatic reply spread nothing.
    harness.asks(
        "r9-a@donor.example", "03-10 09:00", cc=["r9-bulk@donor.example"], headers=["Precedence: bulk"]
    )
    harness.asks("r9-loop1@donor.example", "03-02 09:00", cc=["r9-loop2@donor.example"])
    harness.asks("r9-loop2@donor.example", "03-02 10:00", cc=["r9-loop1@donor.example"])
    # R10
    for machine in MACHINES:
        harness.asks(machine, "03-02 09:00", cc=["r9-we@donor.example"])
        harness.writes(machine, "03-02 10:00")
    harness.writes("info@r10.example", "03-02 10:00")
    harness.asks("hello@r10.example", "03-02 09:00")


CHARSETS = [
    ("big5", "big5", "", "志工報名"),
    ("cp950", "cp950", "Big5", "裏面有碁石恒粧銹嫺"),
    ("gb2312", "gb18030", "GB2312", "镕基的朱喆"),
    ("gb18030", "gb18030", "", "㐂志願者報名"),
    ("jis", "iso2022_jp", "ISO-2022-JP", "お問い合わせ"),
    ("euckr", "euc-kr", "EUC-KR", "자원봉사 신청"),
    ("utf8", "utf-8", "UTF-8", "想參加🌊淨灘"),
]
MACHINES = [
    "no-reply@r10.example",
    "noreply@r10.example",
    "mailer-daemon@r10.example",
    "postmaster@r10.example",
    "notification@r10.example",
    "notifications@r10.example",
    "calendar-notification@google.com",
    "do-not-reply@r10.example",
]


def test_R1_one_key_whatever_the_case_and_the_alphabet(world: Harness):
    assert len(world.timeline("WANG@r1.example ")) == 2
    assert world.people["wang@r1.example"]["addresses"] == ["wang@r1.example"]
    assert len(world.timeline("x@BÜCHER.example")) == 2


def test_R2_dots_count_but_for_gmail(world: Harness):
    assert len(world.timeline("rtwo.lin@gmail.com")) == 2
    assert [len(world.timeline(each)) for each in ("r.two@work.example", "rtwo@work.example")] == [1, 1]


def test_R3_tags_fold_for_gmail_alone_and_stay_visible(world: Harness):
    tagged, plain = world.timeline("r3lin@gmail.com")
    assert (tagged["from"], plain["from"]) == ("r3lin+news@gmail.com", "r3lin@gmail.com")
    assert len(world.timeline("r3+news@work.example")) == 1
    assert world.people["r3+news@work.example"]["id"] != world.people["r3@work.example"]["id"]


def test_R5_namesakes_stay_two(world: Harness):
    assert world.people["r5a@donor.example"]["id"] != world.people["r5b@donor.example"]["id"]


def test_R6_a_list_is_split_before_its_words_are_decoded(world: Harness):
    assert world.people["r6a@donor.example"]["name"] == "FooCorp, Inc."
    assert world.people["r6b@donor.example"]["name"] == "Bar, Co."


def test_R6_every_charset_is_read(world: Harness):
    for name, _, _, text in CHARSETS:
        entry = world.only(f"r6-{name}@donor.example")
        assert (entry["subject"], entry["text"], entry["from_name"]) == (text, text, text), name


def test_R6_a_wrong_charset_loses_nothing(world: Harness):
    assert world.only("r6-wrong@donor.example")["text"] == "我想報名"


def test_R7_the_newest_name_that_a_person_typed(world: Harness):
    assert world.people["r7@donor.example"]["name"] == "陳安"
    assert not any("Ben" in person["name"] for person in world.people.values())


def test_R8_names_of_every_script_stay_whole(world: Harness):
    names = [world.people[f"r8{each}@donor.example"]["name"] for each in "abcd"]
    assert names == ["歐陽 娜娜", "", "スズキ", "김민준"]


def test_R9_whom_we_wrote_to_or_answered_is_a_contact_and_others_are_candidates(world: Harness):
    kinds = {each: world.people[f"r9-{each}@donor.example"]["kind"] for each in ("we", "they", "nobody")}
    assert kinds == {"we": "contact", "they": "contact", "nobody": "candidate"}
    assert len(world.timeline("r9-nobody@donor.example")) == 1


def test_R9_contacts_spread_along_shared_mail_to_the_end_of_the_chain(world: Harness):
    assert {world.people[f"r9-{each}@donor.example"]["kind"] for each in "abcd"} == {"contact"}
    assert "r9-bulk@donor.example" not in world.people
    assert {world.people[f"r9-loop{n}@donor.example"]["kind"] for n in (1,)} == {"candidate"}


def test_R10_machines_are_never_contacts_and_roles_may_be(world: Harness):
    assert not set(MACHINES) & set(world.people)
    assert (world.people["info@r10.example"]["kind"], world.people["hello@r10.example"]["kind"]) == (
        "contact",
        "candidate",
    )


def test_R9_a_candidate_becomes_a_contact_by_one_command(harness: Harness):
    harness.asks("an@donor.example", "03-02 09:00")
    harness.sync()
    harness.run("contact", "set", "an@donor.example", "--tier", "B")
    harness.sync()
    assert (harness.people["an@donor.example"]["kind"], harness.people["an@donor.example"]["tier"]) == (
        "contact",
        "B",
    )


def test_R4_merged_and_parted_again_both_are_as_they_were(harness: Harness):
    asked = harness.asks("an@donor.example", "03-02 09:00", subject="A gift")
    harness.writes("an@home.example", "03-03 09:00", refs=[asked], subject="Re: A gift")
    harness.sync()
    before = [harness.run("timeline", each, "--json") for each in ("an@donor.example", "an@home.example")]
    state = harness.run("contacts", "--json"), harness.run("flags", "--json"), harness.run("audit", "--json")
    harness.run("contact", "merge", "an@donor.example", "an@home.example")
    assert len(harness.timeline("an@home.example")) >= 2
    harness.asks("an@home.example", "03-04 09:00")
    harness.sync()
    assert len([entry for entry in harness.timeline("an@donor.example") if entry["kind"] == "email"]) == 3
    assert harness.state("an@donor.example") == "needs_reply"
    harness.box(MEI).trash(max(harness.box(MEI).messages))
    harness.sync()
    harness.run("contact", "unmerge", "an@home.example")
    assert [
        harness.run("timeline", each, "--json") for each in ("an@donor.example", "an@home.example")
    ] == before
    assert (
        harness.run("contacts", "--json"),
        harness.run("flags", "--json"),
        harness.run("audit", "--json"),
    ) == state


def test_R10_R21_an_address_found_to_be_a_list_later_is_no_contact_either_way(harness: Harness):
    listed = [
        "List-Id: Friends <friends.r10.example>",
        "List-Post: <mailto:friends@r10.example>",
    ]
    harness.writes("friends@r10.example", "03-02 10:00")
    harness.sync()
    harness.asks("an@donor.example", "03-03 09:00", to="friends@r10.example", headers=listed)
    harness.sync()
    assert "friends@r10.example" not in harness.people


def test_R11_a_contact_added_later_has_the_mail_that_is_stored(harness: Harness):
    harness.writes(["an@donor.example"], "03-02 10:00", cc=["lin@donor.example"])
    harness.asks("chu@donor.example", "03-02 09:00", cc=["dao@donor.example"])
    harness.sync()
    assert "dao@donor.example" not in harness.people
    harness.run("contact", "set", "dao@donor.example", "--tier", "none")
    harness.sync()
    assert harness.people["dao@donor.example"]["kind"] == "contact"
    assert [entry["from"] for entry in harness.timeline("dao@donor.example") if entry["kind"] == "email"] == [
        "chu@donor.example"
    ]
    assert harness.people["chu@donor.example"]["kind"] == "contact"


def test_R11_R12_a_domain_switched_on_later_takes_its_people_inside(harness: Harness, monkeypatch):
    harness.asks("chen@field.ngo.example", "03-02 09:00")
    harness.asks("an@donor.example", "03-02 09:00", to=[WEI, "chen@field.ngo.example"], boxes=[WEI])
    harness.sync()
    assert "chen@field.ngo.example" in harness.people
    monkeypatch.setenv("STREAKLIKE_TEAM_DOMAINS", "ngo.example,field.ngo.example")
    harness.sync()
    assert "chen@field.ngo.example" not in harness.people
    assert harness.audit["inbound_human"] == 1
    monkeypatch.setenv("STREAKLIKE_TEAM_DOMAINS", "ngo.example")
    harness.sync()
    assert len(harness.timeline("chen@field.ngo.example")) == 2
    assert harness.audit["inbound_human"] == 2
