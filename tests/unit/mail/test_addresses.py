"""Address keys, lists and kinds."""

import pytest

from streaklike.mail.addresses import (
    address_key,
    address_kind,
    is_public_domain,
    parse_address_list,
    suggest_fold,
)


def listed(header: str) -> list[tuple[str, str]]:
    return [(person.name, person.key) for person in parse_address_list(header)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("WANG@NGO.org.example", "wang@ngo.org.example"),
        ("  wang@ngo.org.example\n", "wang@ngo.org.example"),
        ("<wang@ngo.example.>", "wang@ngo.example"),
        ("wang@例子.example", "wang@xn--fsqu00a.example"),
        ("wang@XN--FSQU00A.example", "wang@xn--fsqu00a.example"),
        ("ｗａｎｇ＠ngo．example", "wang@ngo.example"),
        ('"wang"@ngo.example', "wang@ngo.example"),
        ('"wang li"@ngo.example', '"wang li"@ngo.example'),
        ("no address", "no address"),
        ("", ""),
    ],
)
def test_R1_key_is_lower_trimmed_idna(text: str, key: str) -> None:
    assert address_key(text) == key


def test_R2_dots_are_ignored_for_gmail_alone() -> None:
    assert address_key("W.a.n.g@googlemail.com") == address_key("wang@gmail.com") == "wang@gmail.com"
    assert address_key("w.ang@ngo.example") == "w.ang@ngo.example"


def test_R3_tags_fold_for_gmail_and_are_suggested_elsewhere() -> None:
    assert address_key("mei+news@gmail.com") == "mei@gmail.com"
    assert address_key("+@gmail.com") == "+@gmail.com"
    assert address_key("mei+news@ngo.example") == "mei+news@ngo.example"
    assert suggest_fold("mei+news@ngo.example") == "mei@ngo.example"
    assert suggest_fold("mei@ngo.example") is None
    assert suggest_fold("+news@ngo.example") is None


def test_R3_the_tag_stays_visible() -> None:
    (person,) = parse_address_list("Mei <mei+news@gmail.com>")
    assert (person.shown, person.key) == ("mei+news@gmail.com", "mei@gmail.com")


@pytest.mark.parametrize(
    "header",
    [
        "=?utf-8?Q?FooCorp=2C=20Inc.?= <a@b.example>",
        "=?utf-8?Q?FooCorp,_Inc.?= <a@b.example>",
        '"FooCorp, Inc." <a@b.example>',
        "FooCorp, Inc. <a@b.example>",
        '"=?utf-8?Q?FooCorp=2C=20Inc.?=" <a@b.example>',
    ],
)
def test_R6_a_comma_in_a_name_parts_nothing(header: str) -> None:
    assert listed(header) == [("FooCorp, Inc.", "a@b.example")]
    assert listed(f"c@d.example, {header}, Ben <e@f.example>") == [
        ("", "c@d.example"),
        ("FooCorp, Inc.", "a@b.example"),
        ("Ben", "e@f.example"),
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ("Undisclosed recipients:;", []),
        ("undisclosed-recipients:;, Ben <ben@donor.example>", [("Ben", "ben@donor.example")]),
        (
            "Team: a@b.example, Ben <c@d.example>;, e@f.example",
            [("", "a@b.example"), ("Ben", "c@d.example"), ("", "e@f.example")],
        ),
        ("a@b.example; Ben <c@d.example>", [("", "a@b.example"), ("Ben", "c@d.example")]),
        ("ben@donor.example (Ben Chen)", [("Ben Chen", "ben@donor.example")]),
        ("王小明 (志工) <a@b.example>", [("王小明 (志工)", "a@b.example")]),
        ("Ben Chen ben@donor.example", [("Ben Chen", "ben@donor.example")]),
        ("<@relay,@relay2:c@d.example>", [("", "c@d.example")]),
        ('"a \\"b\\" c" <a@b.example>', [('a "b" c', "a@b.example")]),
        ("A&amp;B <a@b.example>", [("A&amp;B", "a@b.example")]),
        ("mailto:a@b.example", [("", "a@b.example")]),
        ("'a@b.example' <a@b.example>", [("'a@b.example'", "a@b.example")]),
        ("Ben <a@b.example> Ann <c@d.example>", [("Ben", "a@b.example"), ("Ann", "c@d.example")]),
        ("\x00Be\x07n\x1b <a@b.example>", [("Ben", "a@b.example")]),
        ("\u202eneB <a@b.example>", [("neB", "a@b.example")]),
        ('"john doe"@b.example', [("", '"john doe"@b.example')]),
    ],
)
def test_R6_lists_of_every_form(header: str, expected: list[tuple[str, str]]) -> None:
    assert listed(header) == expected


@pytest.mark.parametrize(
    "broken",
    [
        "<broken",
        "@@@",
        "<>",
        '"open <a@b.example>',
        "((((",
        "a@",
        "@b.example",
        "=?utf-8?B?",
        "<<>>",
        ",,,,",
        "x" * 400 + "@y",
    ],
)
def test_R6_a_malformed_list_loses_no_wellformed_member(broken: str) -> None:
    keys = [key for _, key in listed(f"{broken}, Ben <ben@donor.example>, ann@donor.example")]
    assert keys[-2:] == ["ben@donor.example", "ann@donor.example"]


def test_R6_a_member_hidden_in_an_encoded_word_is_found() -> None:
    header = "=?utf-8?B?546L5bCP5piOIDx3YW5nQG5nby5leGFtcGxlPg==?=, b@c.example"
    assert listed(header) == [("王小明", "wang@ngo.example"), ("", "b@c.example")]


@pytest.mark.parametrize("name", ["王小明", "やまだ たろう", "김민수", "王 小明", "司馬 相如"])
@pytest.mark.parametrize("charset", ["utf-8", "big5", "gb18030", "iso-2022-jp", "euc-kr"])
def test_R6_R8_names_decode_and_keep_their_order(name: str, charset: str) -> None:
    import base64

    try:
        payload = base64.b64encode(name.encode(charset)).decode()
    except UnicodeEncodeError:
        pytest.skip(f"{name} is not in {charset}")
    assert listed(f"=?{charset}?B?{payload}?= <a@b.example>") == [(name, "a@b.example")]


@pytest.mark.parametrize(
    "key",
    [
        "no-reply@x.example",
        "noreply@x.example",
        "do-not-reply@x.example",
        "donotreply@x.example",
        "drive-shares-dm-noreply@google.com",
        "noreply+12@x.example",
        "mailer-daemon@x.example",
        "postmaster@x.example",
        "notification@x.example",
        "notifications@x.example",
        "calendar-notification@google.com",
        "calendar@x.example",
        "bounce+123@x.example",
        "bounces@x.example",
        "volunteers-request@x.example",
        "volunteers-bounces@x.example",
        "abc@group.calendar.google.com",
    ],
)
def test_R10_machines_are_never_contacted(key: str) -> None:
    assert address_kind(key) == "machine"


def test_R10_role_list_and_person() -> None:
    for local in ("info", "help", "hello", "contact", "service", "support", "office", "admin", "sales"):
        assert address_kind(f"{local}@donor.example") == "role"
    assert address_kind("team@googlegroups.com") == "list"
    assert address_kind("volunteers@lists.ngo.example") == "list"
    for local in (
        "ben",
        "list-chen",
        "reply",
        "noreen",
        "botany",
        "otto",
        "rooted",
        "helper",
        "notified",
        "ben+noreply",
    ):
        assert address_kind(f"{local}@donor.example") == "person"


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com",
        "googlemail.com",
        "yahoo.com",
        "yahoo.com.tw",
        "Yahoo.co.jp",
        "hotmail.com",
        "outlook.com",
        "live.com",
        "hotmail.co.uk",
        "msn.com",
        "hinet.net",
        "ms1.hinet.net",
        "icloud.com",
        "qq.com",
        "163.com",
        "pchome.com.tw",
        "seed.net.tw",
        "proton.me",
        "gmx.de",
        "web.de",
        "mail.ru",
        "naver.com",
    ],
)
def test_R12_public_domains_can_never_be_the_teams(domain: str) -> None:
    assert is_public_domain(domain)


@pytest.mark.parametrize(
    "domain", ["ngo.example", "gmail.com.example", "mygmail.com", "yahoo.ngo.example", "org.tw", ""]
)
def test_R12_other_domains_can(domain: str) -> None:
    assert not is_public_domain(domain)


def test_R12_a_domain_may_end_with_its_dot() -> None:
    assert is_public_domain(" Gmail.com. ")
    assert not is_public_domain("ngo.example.")


BEN = ("Ben", "ben@x.example")


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ("Team: Ben <ben@x.example>;", [BEN]),
        ("Team: Ben ben@x.example", [BEN]),
        ("undisclosed-recipients:;, Ben <ben@x.example>", [BEN]),
        ('"b@old.example, Ben" <ben@x.example>', [("b@old.example, Ben", "ben@x.example")]),
        ("Re: Ben <ben@x.example>", [("Re: Ben", "ben@x.example")]),
        ("ann@x.example,ben@x.example", [("", "ann@x.example"), ("", "ben@x.example")]),
        ('Ann" <ann@x.example>, "Ben" <ben@x.example>', [("Ann", "ann@x.example"), BEN]),
        ('"Ben, b@old.example" <ben@x.example>', [("Ben, b@old.example", "ben@x.example")]),
        ('"Ben, b@old.example" "B" <ben@x.example>', [("Ben, b@old.example B", "ben@x.example")]),
        ('"Ben \\\\ Co" <ben@x.example>', [("Ben \\ Co", "ben@x.example")]),
        ('Ben "B" Chen <ben@x.example>', [("Ben B Chen", "ben@x.example")]),
        ("Xavier X <x@x.example>", [("Xavier X", "x@x.example")]),
        ("=?utf-8?B?5p6X5bCP5piO5p6X5bCP5piO?=, Ben <ben@x.example>", [("林小明林小明, Ben", "ben@x.example")]),
        ("=?utf-8?B?IuWwj+aYjiI=?= <ben@x.example>", [("小明", "ben@x.example")]),
        ("x" * 500 + ", Ben <ben@x.example>", [BEN]),
        ("x" * 150 + ", Ben <ben@x.example>", [("x" * 150 + ", Ben", "ben@x.example")]),
        ("junk, ben@x.example", [("", "ben@x.example")]),
        ("ben@x.example ben@x.example", [("", "ben@x.example")] * 2),
        ("Ben ben@x.example ann@x.example", [BEN, ("", "ann@x.example")]),
        ("ben@x.example(Ben)", [BEN]),
        ("<ben @x.example>", [("", "ben@x.example")]),
        ("<'ben@x.example'>", [("", "ben@x.example")]),
        ("<@a.example:@b.example:ben@x.example>", [("", "ben@x.example")]),
        ("<ben\x00@x.example>", [("", "ben@x.example")]),
        ("ben@", []),
        ("<ben@..>", []),
        ('"a"@' + "x" * 400 + ".example", []),
    ],
)  # fmt: skip
def test_R6_odd_lists_give_each_well_formed_member(value: str, members: list[tuple[str, str]]) -> None:
    assert listed(value) == members


def test_R6_a_bare_comma_in_a_name_parts_nothing_however_late_it_comes() -> None:
    many = ", ".join(f"member{number}@x.example" for number in range(150))
    found = listed(f"{many}, Chen, Ben <ben@x.example>")
    assert (len(found), found[-1]) == (151, ("Chen, Ben", "ben@x.example"))


def test_R3_the_whole_tag_is_folded() -> None:
    assert suggest_fold("ben+a+b@x.example") == "ben@x.example"


def test_R6_an_address_is_shown_without_the_spaces_inside_it() -> None:
    (member,) = parse_address_list("Ben <ben @x.example>")
    assert member.shown == "ben@x.example"
    (quoted,) = parse_address_list('"ben chen"@x.example')
    assert quoted.shown == '"ben chen"@x.example'


def test_R1_a_domain_is_read_as_browsers_read_it() -> None:
    assert address_key("wang@例\u00ad子.example") == "wang@xn--fsqu00a.example"
