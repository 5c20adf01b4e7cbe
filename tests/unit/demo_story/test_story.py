"""The story holds all that the product does, is believable in its numbers, and is the same for the same seed."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.policy import SMTP

import pytest

from demo_story import Story, build_story
from demo_story.cases import read_cases
from demo_story.hours import at_time, is_work_day, local
from demo_story.mime import deliveries_of
from demo_story.quoting import own_text
from demo_story.scripts import all_scripts
from streaklike.instants import DAY
from streaklike.mail.mime import parse_mime
from streaklike.mail.understand import Understood, understand

TODAY = date(2026, 11, 20)
ADDRESS = re.compile(rb"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+[A-Za-z0-9]")
KINDS = {
    "human", "internal", "internal_aside", "internal_forward", "mailing", "newsletter", "newsletter_in", "notice",
    "automatic", "automatic_by_subject", "bounce", "delay", "receipt", "invitation", "calendar_answer", "spam", "chat",
    "draft", "trash", "one_sided_trash", "long_thread", "group", "list_of_others", "outbound_many", "changed_subject",
    "forward_from_outside", "cc_only", "bcc",
}  # fmt: skip
SITUATIONS = {
    "two-colleagues", "volunteer-waiting", "journalist-waiting", "lapsed-donor", "promised-proposal", "stalled-case",
    "leave-me-alone", "in-mourning", "ask-after-gift", "asked-twice", "pressed-volunteer", "collision-volunteer",
    "candidates-waiting", "two-addresses", "same-name", "bounced-first-mail", "one-of-two-answered",
    "answered-inside-only", "answered-elsewhere", "fresh-questions",
}  # fmt: skip


@pytest.fixture(scope="module")
def story() -> Story:
    return build_story(TODAY)


@pytest.fixture(scope="module")
def small() -> Story:
    return build_story(TODAY, scale=0.1)


@pytest.fixture(scope="module")
def read(story: Story) -> list[tuple[str, Understood]]:
    """Every copy as mail/ understands it, with the story's own word for its kind."""
    return [
        (letter.kind, understand(parse_mime(copy.mime)))
        for letter in story.letters
        for copy in deliveries_of(letter, story)
    ]


def test_numbers_are_those_of_a_small_organisation(story: Story) -> None:
    assert len(story.colleagues) == 6
    assert 380 <= len(story.people) <= 440
    assert 3_700 <= len(story.letters) <= 4_500
    languages = Counter(letter.language for letter in story.letters)
    assert 0.18 <= languages["en"] / len(story.letters) <= 0.30
    assert languages["zh"] > 2 * languages["en"]
    assert languages["ja"] >= 15


def test_it_renders_to_a_believable_size() -> None:
    assert sum(len(copy.mime) for copy in build_story(TODAY).deliveries) > 1_000_000


@pytest.mark.parametrize("size", ["story", "small"])
def test_every_kind_of_mail_and_every_situation_is_there(size: str, request: pytest.FixtureRequest) -> None:
    story = request.getfixturevalue(size)
    assert {letter.kind for letter in story.letters} == KINDS
    assert set(story.situations) >= SITUATIONS
    addresses = {letter.author.address for letter in story.letters} | {
        party.address for letter in story.letters for party in letter.to
    }
    for situation in story.situations.values():
        assert set(situation.addresses) <= addresses, situation.key


def test_there_are_over_sixty_scripts_of_one_to_six_turns() -> None:
    scripts = all_scripts()
    assert len(scripts) >= 60
    assert len({script.key for script in scripts}) == len(scripts)
    assert all(1 <= len(script.turns) <= 6 for script in scripts)
    assert len(read_cases()) >= 25


def test_the_same_seed_gives_the_same_bytes(small: Story) -> None:
    again = build_story(TODAY, scale=0.1)
    assert list(again.deliveries) == list(small.deliveries)
    assert list(build_story(TODAY, seed=8, scale=0.1).deliveries) != list(small.deliveries)


def test_an_instant_later_in_the_day_only_adds_mail() -> None:
    morning = build_story(at_time(TODAY, 9), scale=0.1)
    evening = build_story(at_time(TODAY, 20), scale=0.1)
    texts = {(letter.at, letter.author, letter.text) for letter in evening.letters}
    assert {(letter.at, letter.author, letter.text) for letter in morning.letters} <= texts
    assert max(letter.at for letter in morning.letters) <= at_time(TODAY, 9)


def test_all_addresses_are_examples(story: Story) -> None:
    for copy in story.deliveries:
        for address in ADDRESS.findall(copy.mime):
            assert address.lower().endswith(b".example"), address


def test_every_copy_parses_and_no_blank_is_left_open(story: Story) -> None:
    for copy in story.deliveries:
        message = message_from_bytes(copy.mime, policy=SMTP)
        assert not message.defects
        assert message["Date"]
        assert b"\n" not in copy.mime.replace(b"\r\n", b"")
    for letter in story.letters:
        assert not re.search(r"\{\w+\}|\[\[|\]\]", letter.text + letter.subject), letter.text


def test_R20_all_mail_is_past_and_one_date_header_lies_in_2099(story: Story) -> None:
    assert all(story.now - 560 * DAY < letter.at <= story.now for letter in story.letters)
    wrong = [letter for letter in story.letters if letter.dated is not None]
    assert [local(letter.dated or 0).year for letter in wrong] == [2099]


def test_R13_internal_mail_reaches_nobody_outside(story: Story) -> None:
    inside = f"@{story.domain}"
    for letter in story.letters:
        if letter.kind.startswith("internal") or letter.kind == "chat":
            parties = (letter.author, *letter.to, *letter.cc, *letter.bcc)
            assert all(party.address.endswith(inside) for party in parties)
            assert all(witness.mailbox.endswith(inside) for witness in letter.witnesses)


def test_R16_copies_of_one_mail_share_its_id_and_a_reader_s_copy_hides_bcc(story: Story) -> None:
    shared = 0
    for letter in story.letters:
        copies = [message_from_bytes(copy.mime) for copy in deliveries_of(letter, story)]
        assert {copy["Message-ID"] for copy in copies} == {
            f"<{letter.message_id}>" if letter.message_id else None
        }
        shared += len(copies) > 1
        for copy, witness in zip(copies, letter.witnesses, strict=True):
            assert (copy["Bcc"] is not None) == (bool(letter.bcc) and "SENT" in witness.label_ids)
    assert shared > 400


def test_R14_a_colleague_s_mail_is_sent_from_their_own_mailbox_alone(story: Story) -> None:
    emails = {colleague.email for colleague in story.colleagues}
    for letter in story.letters:
        sent = [witness.mailbox for witness in letter.witnesses if "SENT" in witness.label_ids]
        if letter.author.address in emails and letter.kind not in {"chat", "draft"}:
            assert sent == [letter.author.address]
        else:
            assert not sent


def test_R25_the_new_part_is_told_from_the_quote_in_every_program_s_form(story: Story) -> None:
    looks = Counter[tuple[str, str]]()
    for letter in story.letters[::4]:
        if letter.kind == "human":
            for copy in deliveries_of(letter, story):
                said = understand(parse_mime(copy.mime)).text
                written = own_text(
                    replace(letter, look="plain")
                )  # without the line that a mobile client adds
                assert "".join(said.split()) == "".join(written.split())
                looks[letter.look, letter.language] += 1
    assert {
        ("gmail", "zh"),
        ("outlook", "zh"),
        ("apple", "zh"),
        ("plain", "zh"),
        ("gmail", "en"),
        ("outlook", "en"),
    } <= {*looks}


def test_kinds_are_understood_as_they_were_meant(read: list[tuple[str, Understood]]) -> None:
    meant = {
        "automatic": "automatic", "notice": "automatic", "bounce": "bounce", "delay": "bounce", "receipt": "receipt",
        "invitation": "calendar", "calendar_answer": "calendar", "newsletter": "bulk", "newsletter_in": "bulk",
        "list_of_others": "bulk", "long_thread": "human", "forward_from_outside": "human",
    }  # fmt: skip
    for kind, understood in read:
        if kind in meant:
            assert understood.kind == meant[kind], (kind, understood.subject)
        assert understood.is_subject_automatic == (kind == "automatic_by_subject")
    statuses = {understood.bounce.status for _, understood in read if understood.bounce is not None}
    assert statuses == {"5.1.1", "4.4.1"}


def test_R15_group_mail_names_the_person_behind_the_group(story: Story) -> None:
    carried = 0
    for letter in story.letters:
        for copy, witness in zip(deliveries_of(letter, story), letter.witnesses, strict=True):
            if witness.is_via_group:
                understood = understand(parse_mime(copy.mime))
                assert understood.author is not None
                assert understood.author.key == letter.author.address.lower()
                assert understood.channel is not None
                assert understood.channel.key == story.group.address
                carried += 1
    assert carried > 100


def test_R6_no_charset_loses_a_mail(story: Story) -> None:
    charsets = {letter.charset for letter in story.letters}
    assert charsets == {"utf-8", "big5", "gb18030", "iso-2022-jp"}
    odd = [letter for letter in story.letters if letter.body is not None and letter.subject == "下次清掃時間"]
    assert len(odd) == 3
    for letter in (*odd, *(letter for letter in story.letters if letter.charset != "utf-8")):
        for copy in deliveries_of(letter, story):
            assert understand(parse_mime(copy.mime)).text == letter.text


def test_R18_R19_ids_are_distinct_but_for_one_missing_and_one_used_twice(story: Story) -> None:
    ids = Counter(letter.message_id for letter in story.letters)
    assert ids[""] == 1
    assert [(key, count) for key, count in ids.items() if count > 1] == [("same-id-0001@oldmail.example", 2)]


def test_R23_one_thread_is_longer_than_gmail_keeps_together(story: Story) -> None:
    assert (
        max(Counter(letter.thread for letter in story.letters if letter.kind == "long_thread").values()) > 100
    )


def test_R22_a_newsletter_goes_to_hundreds_in_bcc(story: Story) -> None:
    newsletters = [letter for letter in story.letters if letter.kind == "newsletter"]
    assert len(newsletters) >= 14
    assert len(newsletters[-1].bcc) > 150


def test_most_conversations_end_answered(story: Story) -> None:
    """The last mail of a thread is ours, but for the few whom the situations leave waiting."""
    emails = {colleague.email for colleague in story.colleagues}
    last = {letter.thread: letter for letter in story.letters if letter.kind == "human"}
    waiting = [
        letter
        for letter in last.values()
        if letter.author.address not in emails and letter.message_id not in story.thanked
    ]
    assert 12 <= len(waiting) <= 40
    assert len(last) > 900


def test_weekends_are_quieter(story: Story) -> None:
    days = Counter(local(letter.at).weekday() for letter in story.letters if letter.kind == "human")
    assert max(days[5], days[6]) < 0.6 * min(days[day] for day in range(5))
    ours = {colleague.email for colleague in story.colleagues}
    everyday = [
        letter
        for letter in story.letters
        if letter.kind == "human" and letter.author.address in ours and letter.thread.startswith("p")
    ]
    assert all(
        is_work_day(local(letter.at).date()) and 9 <= local(letter.at).hour < 19
        for letter in everyday
        if letter.thread[1:4].isdigit()
    )


def test_addresses_come_in_capitals_and_with_a_plus(story: Story) -> None:
    authors = {letter.author.address for letter in story.letters}
    assert any(address.isupper() for address in authors)
    assert any("+" in address for address in authors)
