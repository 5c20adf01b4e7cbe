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
