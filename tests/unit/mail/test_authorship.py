"""Who wrote a message that a group or list carried."""

import pytest

from streaklike.mail.authorship import find_authorship
from streaklike.mail.headers import Headers

GROUP = (
    ("To", "window@ngo.example"),
    ("List-ID", "<window.ngo.example>"),
    ("List-Post", "<https://groups.google.com/a/ngo.example/group/window/post>, <mailto:window@ngo.example>"),
    ("Mailing-list", "list window@ngo.example; contact window+owners@ngo.example"),
)


def find(*pairs: tuple[str, str]) -> tuple[str, str, str]:
    by = find_authorship(Headers(pairs))
    assert by.author is not None
    return by.author.name, by.author.key, by.channel.key if by.channel else ""


def test_R15_group_mail_is_by_the_person_that_reply_to_and_original_from_agree_on() -> None:
    by = find_authorship(
        Headers(
            (
                ("From", "\"'王小明' via 志工窗口\" <window@ngo.example>"),
                ("Reply-To", "王小明 <wang@donor.example>"),
                ("X-Original-From", "王小明 <Wang@donor.example>"),
                ("X-Original-Sender", "other@donor.example"),
                *GROUP,
            )
        )
    )
    assert by.author is not None
    assert by.sender is not None
    assert by.channel is not None
    assert (by.author.name, by.author.key) == ("王小明", "wang@donor.example")
    assert by.sender.key == "window@ngo.example"
    assert (by.channel.key, by.channel.name) == ("window@ngo.example", "志工窗口")
    assert by.list_id == "window.ngo.example"


def test_R15_else_by_the_original_sender_with_the_name_before_via() -> None:
    assert find(
        ("From", "'Ben Chen' via Volunteers <window@ngo.example>"),
        ("Reply-To", "window@ngo.example"),
        ("X-Original-From", "Ben Chen <ben@donor.example>"),
        ("X-Original-Sender", "ben@donor.example"),
        *GROUP,
    ) == ("Ben Chen", "ben@donor.example", "window@ngo.example")
    assert find(
        ("From", "'Ben Chen' via Volunteers <window@ngo.example>"),
        ("X-Original-Sender", "ben@donor.example"),
        *GROUP,
    ) == ("Ben Chen", "ben@donor.example", "window@ngo.example")


def test_R15_group_mail_without_list_headers_is_known_by_its_form() -> None:
    assert find(
        ("From", "'王小明' via 志工窗口 <window@ngo.example>"),
        ("To", "window@ngo.example"),
        ("Reply-To", "wang@donor.example"),
        ("X-Original-From", "王小明 <wang@donor.example>"),
    ) == ("王小明", "wang@donor.example", "window@ngo.example")


def test_R15_group_mail_that_kept_its_from() -> None:
    assert find(
        ("From", "Ben <ben@donor.example>"), ("X-Original-Sender", "bounce@relay.example"), *GROUP
    ) == ("Ben", "ben@donor.example", "window@ngo.example")


def test_R15_mailman_with_a_rewritten_from() -> None:
    mailman = (
        ("To", "vol@lists.ngo.example"),
        ("List-Id", '"志工 vol" <vol.lists.ngo.example>'),
        ("List-Post", "<mailto:vol@lists.ngo.example>"),
        ("X-BeenThere", "vol@lists.ngo.example"),
    )
    rewritten = ("From", "Ben Chen via Vol <vol@lists.ngo.example>")
    expected = ("Ben Chen", "ben@donor.example", "vol@lists.ngo.example")
    assert find(rewritten, ("Reply-To", "Ben Chen <ben@donor.example>"), *mailman) == expected
    assert (
        find(rewritten, ("Reply-To", "vol@lists.ngo.example, Ben Chen <ben@donor.example>"), *mailman)
        == expected
    )
    assert (
        find(
            rewritten, ("Reply-To", "vol@lists.ngo.example"), ("Cc", "Ben Chen <ben@donor.example>"), *mailman
        )
        == expected
    )
    assert find(("From", "Ben <ben@donor.example>"), *mailman) == (
        "Ben",
        "ben@donor.example",
        "vol@lists.ngo.example",
    )
    assert find(rewritten, *mailman)[1] == "vol@lists.ngo.example"


@pytest.mark.parametrize(
    ("headers", "channel"),
    [
        ((("List-Id", "Vol <vol.ngo.example>"),), "vol@ngo.example"),
        ((("List-Id", "vol.ngo.example"),), "vol@ngo.example"),
        ((("List-Id", "<a.b.ngo.example>"), ("To", "a.b@ngo.example")), "a.b@ngo.example"),
        ((("X-BeenThere", "vol@ngo.example"),), "vol@ngo.example"),
        ((("List-Id", "Vol"),), ""),
        ((("List-Unsubscribe", "<mailto:x@y.example>"),), ""),
        ((), ""),
    ],
)
def test_R15_the_list_is_the_channel(headers: tuple[tuple[str, str], ...], channel: str) -> None:
    assert find(("From", "Ben <ben@donor.example>"), *headers)[2] == channel


def test_R15_an_ordinary_mail_may_not_put_anothers_name_into_these_headers() -> None:
    assert find(
        ("From", "Ben <ben@donor.example>"),
        ("Reply-To", "Mei <mei@ngo.example>"),
        ("X-Original-From", "Mei <mei@ngo.example>"),
        ("X-Original-Sender", "mei@ngo.example"),
    ) == ("Ben", "ben@donor.example", "")


def test_R8_a_missing_author_blocks_nothing() -> None:
    assert find_authorship(Headers(())).author is None
    assert find_authorship(Headers((("From", "nobody at all"), *GROUP))).author is None


@pytest.mark.parametrize(
    ("headers", "author"),
    [
        ((("X-Original-From", "Ben <ben@donor.example>"),), "ben@donor.example"),
        ((("X-Original-Sender", "ben@donor.example"),), "ben@donor.example"),
        ((("X-Original-Sender", "bounce@relay.example"),), "bounce@relay.example"),
        ((), "bounce@relay.example"),
        ((("Reply-To", "Ann <ann@donor.example>"),), "bounce@relay.example"),
    ],
)
def test_R15_a_list_that_writes_from_another_address_of_its_own(
    headers: tuple[tuple[str, str], ...], author: str
) -> None:
    assert find(("From", "'Ben' via Vol <bounce@relay.example>"), *headers, *GROUP)[1] == author


def test_R15_a_name_with_via_alone_lets_nobody_name_another() -> None:
    forged = find_authorship(
        Headers((("From", "Ben via Meet <events@meet.example>"), ("Reply-To", "Mei <mei@ngo.example>")))
    )
    assert forged.author is not None
    assert (forged.author.key, forged.channel, forged.list_id) == ("events@meet.example", None, "")


def test_R15_a_group_without_list_headers_that_names_the_sender_alone() -> None:
    assert find(
        ("From", "'Ben' via Vol <window@ngo.example>"), ("X-Original-Sender", "ben@donor.example")
    ) == ("Ben", "ben@donor.example", "window@ngo.example")


def test_R15_whom_a_list_copies_is_its_author_only_by_the_name() -> None:
    rewritten = (("From", "Ben via Vol <window@ngo.example>"), ("Reply-To", "window@ngo.example"))
    assert find(*rewritten, ("Cc", "Ann <ann@donor.example>"), *GROUP)[1] == "window@ngo.example"
    assert find(*rewritten, ("Cc", "Ann <a@x.example>, Ben <b@x.example>"), *GROUP)[1] == "b@x.example"


def test_R15_the_name_is_that_of_the_same_address() -> None:
    from_both = ("X-Original-From", "Ann <ann@donor.example>, 王小明 <wang@donor.example>")
    rewritten = ("From", "window@ngo.example")
    reply_to = ("Reply-To", "wang@donor.example")
    assert find(rewritten, reply_to, from_both, *GROUP)[:2] == ("王小明", "wang@donor.example")
    assert find(rewritten, reply_to, *GROUP)[:2] == ("", "wang@donor.example")


def test_R15_what_a_list_says_of_itself_stays_whoever_wrote() -> None:
    for sender in ("nobody at all", "Ben <ben@donor.example>"):
        by = find_authorship(Headers((("From", sender), *GROUP)))
        assert by.channel is not None
        assert (by.channel.key, by.list_id) == ("window@ngo.example", "window.ngo.example")
        assert by.sender == by.author


@pytest.mark.parametrize(
    ("headers", "channel"),
    [
        ((("List-Post", "<mailto:vol@ngo.example?subject=x>"),), "vol@ngo.example"),
        ((("Mailing-list", "list vol@ngo.example; contact x@ngo.example"),), "vol@ngo.example"),
        ((("List-Post", "<mailto:vol@ngo.example>"), ("X-BeenThere", "x@ngo.example")), "vol@ngo.example"),
        ((("List-Post", "<mailto:vol@ngo.example>"), ("List-Id", "<a.b.example>")), "vol@ngo.example"),
        ((("List-Id", "<a.b.ngo.example>"), ("Cc", "a.b@ngo.example")), "a.b@ngo.example"),
        ((("List-Id", "<vol.local>"),), ""),
        ((("List-Id", "<vol@lists.ngo.example>"),), ""),
        ((("List-Id", ""),), ""),
        ((("Mailing-list", "contact x@ngo.example"),), ""),
    ],
)
def test_R15_where_a_list_names_its_address(headers: tuple[tuple[str, str], ...], channel: str) -> None:
    assert find(("From", "Ben <ben@donor.example>"), *headers)[2] == channel


@pytest.mark.parametrize(
    ("list_id", "name"),
    [
        ('"志工 vol" <vol.ngo.example>', "志工 vol"),
        ("=?utf-8?B?5b+X5bel?= <vol.ngo.example>", "志工"),
        ("<vol.ngo.example>", "Vol Team"),
        ("vol.ngo.example", "Vol Team"),
    ],
)
def test_R15_a_channel_has_its_lists_name_else_what_stands_after_via(list_id: str, name: str) -> None:
    rewritten = ("From", "Ben via Vol Team <vol@ngo.example>")
    by = find_authorship(Headers((rewritten, ("List-Id", list_id), ("Reply-To", "ben@donor.example"))))
    assert by.channel is not None
    assert (by.channel.key, by.channel.name, by.list_id) == ("vol@ngo.example", name, "vol.ngo.example")


def test_R15_a_rewritten_name_without_via_gives_the_channel_none() -> None:
    by = find_authorship(Headers((("From", "Ben <vol@ngo.example>"), ("List-Id", "<vol.ngo.example>"))))
    assert by.channel is not None
    assert (by.channel.key, by.channel.name) == ("vol@ngo.example", "")


def test_R15_a_list_that_wrote_itself_into_from_is_known_by_its_id() -> None:
    rewritten = ("From", "'Ben' via Vol <a.b@ngo.example>")
    named = find(rewritten, ("List-Id", "<a.b.ngo.example>"), ("Reply-To", "ben@donor.example"))
    assert named == ("Ben", "ben@donor.example", "a.b@ngo.example")
