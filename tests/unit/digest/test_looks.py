"""How a digest is said: HTML and text alike, small, without anything from elsewhere, with nothing of a stranger's obeyed."""

import json
import re
import string
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest

from streaklike.cadence.queries.audit import Audit
from streaklike.cadence.queries.dead_addresses import DeadAddress
from streaklike.cadence.queries.due import FOLLOW_UP, REMINDER, TASK, Due
from streaklike.cadence.queries.thanks_due import ThankDue
from streaklike.digest.compose import Digest, compose, compose_week, make_localizer, plain
from streaklike.digest.errors import BadSender
from streaklike.digest.facts import Daily, DigestPerson, StageMove, Thanks, Weekly
from streaklike.digest.links import (
    Links,
    Take,
    is_pause_token,
    is_take_token,
    make_message_id,
    read_pause_token,
    read_take_token,
    sign_pause,
    sign_take,
)
from streaklike.digest.message import build_message, parse_sender
from streaklike.digest.render import MOST_BYTES, render_html, render_text, to_json
from streaklike.insights.load import AnswerPace, ColleagueLoad
from streaklike.instants import DAY, HOUR, MINUTE
from streaklike.people.refusals import Proposal
from streaklike.wording.freshness import Freshness
from streaklike.wording.reasons import REASONS, Reason
from streaklike.wording.texts import load_texts
from tests.unit.digest.conftest import Make
from tests.unit.web.web_fixtures import NOW, World

LOCALES = ("en", "zh")
KINDS = ("daily", "weekly")
DEAD = DeadAddress(1, "An", "an@donor.example", NOW - DAY, is_owed=True, other=None)
PAYLOADS = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(2)>",
    "</td></tr></table></body><svg onload=alert(3)>",
    "</title><style>*{display:none}</style>",
    "{{ 7*7 }} {% raw %} ${7*7} %s {0} {n}",
    "javascript:alert(4)",
    "&lt;b&gt; &#x3c;script&#x3e;",
    "name\r\nBcc: everybody@evil.example\r\n\r\nhello",
    "gnp.\u202egnp\u202c \u2066x\u2069 \u200b\ufeff \x00\x1b[31m",
    "\ud800 lone",
    "Ｆｕｌｌ　ｗｉｄｔｈ「」『』",
    "😀👩‍👩‍👧‍👦" * 20,
    "a" * 5_000,
    "中" * 5_000,
    " \t\n ",
)


def due(kind: str, payload: str) -> Due:
    return Due(kind, "u", payload, NOW - DAY, 1, payload, payload, payload, "x", payload, 1, payload)


def hostile(payload: str, *, people: int = 40) -> Daily:
    reasons = (
        Reason("unanswered", {"count": 24, "limit": 16}, NOW - DAY),
        *(Reason(each, {"count": 3, "limit": 3, "n": 4}) for each in REASONS if each != "unanswered"),
    )
    crowd = tuple(DigestPerson(number, payload, payload, reasons, payload) for number in range(people))
    return Daily(
        now=NOW,
        waiting=crowd,
        promises=tuple(due(TASK, payload) for _ in range(people)),
        reminders=tuple(due(kind, payload) for kind in (REMINDER, FOLLOW_UP) for _ in range(people)),
        back=tuple(DigestPerson(number, payload, payload, (), is_back=True) for number in range(people)),
        thanks=tuple(
            Thanks(
                ThankDue(number, payload, "g", NOW - 3 * DAY, NOW - DAY, payload, payload), number % 2 == 0
            )
            for number in range(people)
        ),
        refusals=tuple(Proposal(number, payload, payload, NOW, payload, payload) for number in range(people)),
        dealt=tuple(replace(each, dead=DEAD) for each in crowd),
        too_much=crowd,
        forgotten=crowd,
        gone_quiet=crowd,
        dead=tuple(
            DigestPerson(
                number, payload, payload, (), dead=DeadAddress(number, payload, payload, NOW, True, payload)
            )
            for number in range(people)
        ),
        moved=tuple(
            StageMove(
                payload,
                {"zh": payload, "en": payload},
                {"zh": payload, "en": payload},
                NOW,
                payload,
                "/board/x",
            )
            for _ in range(people)
        ),
        unassigned=crowd,
        unassigned_total=3 * people,
        audit=Audit(123_456, 1, 1, 1, 1, 1),
        freshness=Freshness("behind", 4, 5, NOW - 3 * MINUTE),
    )


def hostile_week(payload: str) -> Weekly:
    crowd = hostile(payload).waiting
    pace = AnswerPace(7, 3 * HOUR, HOUR)
    loads = tuple(
        ColleagueLoad(number, payload, payload, number % 2 == 0, 3, NOW - DAY, 2, pace) for number in range(9)
    )
    audit = Audit(12, 1, 1, 1, 1, 1)
    return Weekly(NOW, NOW - 7 * DAY, NOW, loads, pace, 4, crowd, crowd, audit, Freshness("fresh", 5, 5, NOW))


def localizer(locale: str, *, url: str = "https://crm.ngo.example", is_admin: bool = False):
    links = Links(
        url,
        sign_pause("secret", 1, "mei@ngo.example"),
        lambda *what: sign_take("secret", Take(1, *what, NOW), "m@x.example"),
    )
    return make_localizer(locale, zone=ZoneInfo("Asia/Taipei"), now=NOW, links=links, is_admin=is_admin)


def said(payload: str, locale: str, kind: str) -> Digest:
    if kind == "weekly":
        return compose_week(hostile_week(payload), localizer(locale))
    return compose(hostile(payload), localizer(locale))


class Page(HTMLParser):
    """What a reader sees, and what a mail program would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in ("style", "title"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside and data.strip("\xa0 \n·"):
            self.words.append(" ".join(data.split()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_Q22_hostile_names_and_subjects_stay_text_in_a_digest(payload: str, locale: str, kind: str):
    digest = said(payload, locale, kind)
    page = Page(render_html(digest))
    harmless = Page(render_html(said("harmless", locale, kind)))
    assert page.tags == harmless.tags, "no tag more and none less"
    assert [each[:2] for each in page.attributes] == [each[:2] for each in harmless.attributes]
    assert {"script", "img", "svg", "iframe", "link", "object", "form"}.isdisjoint(page.tags)
    shown = plain(payload)
    if shown:
        assert shown in page.words
    text = render_text(digest)
    assert len(text.splitlines()) == len(render_text(said("harmless", locale, kind)).splitlines())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert payload not in digest.subject or not payload.strip()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("payload", ["&<>\"'" * 1_000, "中" * 5_000])
def test_the_largest_digest_stays_below_what_gmail_clips(payload: str, locale: str, kind: str):
    digest = said(payload, locale, kind)
    assert len(render_html(digest).encode()) < MOST_BYTES
    assert len(build(digest).as_bytes()) < 2 * MOST_BYTES


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", LOCALES)
def test_the_text_says_the_same_as_the_html(world: World, make: Make, locale: str, kind: str):
    for digest in (make("mei", locale=locale, kind=kind), said("王 <b>", locale, kind)):
        page, text = Page(render_html(digest)), render_text(digest)
        lines = [line.strip().removeprefix("* ").removeprefix("! ") for line in text.splitlines()]
        urls = [value for tag, name, value in page.attributes if (tag, name) == ("a", "href")]
        in_text = re.findall(r"https://\S+", text)
        assert in_text == urls, "each link, in the same order"
        words = [re.sub(r":? ?https://\S+$", "", line) for line in lines]
        words = [re.sub(r" \(\d+\)$", "", word) for word in words if word not in ("", "--")]
        numbers = {str(section.total) for section in digest.sections}
        assert words == [word for word in page.words if word not in numbers]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", LOCALES)
def test_nothing_is_loaded_and_nothing_runs(locale: str, kind: str):
    html = render_html(said("harmless", locale, kind))
    page = Page(html)
    assert {"script", "img", "link", "iframe", "video", "object", "embed", "form", "base"}.isdisjoint(
        page.tags
    )
    assert {name for _, name, _ in page.attributes}.isdisjoint(
        {"src", "srcset", "background", "onclick", "onload"}
    )
    assert "url(" not in html
    assert "@import" not in html
    assert all(
        urlsplit(value).netloc == "crm.ngo.example" for tag, name, value in page.attributes if name == "href"
    )


def test_each_language_has_its_tag_and_its_quotes(world: World, make: Make):
    assert '<html lang="zh-Hant-TW"' in render_html(make(locale="zh"))
    assert '<html lang="en"' in render_html(make(locale="en"))
    assert "「我想當志工」" in render_text(make("wei", locale="zh"))
    assert "“我想當志工”" in render_text(make("wei", locale="en"))


def test_both_languages_of_the_mail_have_the_same_texts():
    zh, en = (load_texts(each, "streaklike.digest").entries for each in ("zh", "en"))
    assert set(zh) == set(en)

    def asked(entry: object) -> set[str]:
        texts = [entry] if isinstance(entry, str) else list(entry.values())
        return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}

    assert {key for key in en if asked(zh[key]) != asked(en[key])} == {"time.date", "time.date_with_year"}


def test_the_subject_counts_and_is_one_line(world: World, make: Make):
    assert make(locale="en").subject == "1 waits for you, 1 had too much · 18 Nov"
    assert make(locale="zh").subject == "1 人等您回覆、1 人聯絡太多｜11 月 18 日"


def test_plain_is_one_line_of_bounded_length():
    assert plain(" a\r\n b\t\u202ec ") == "a b c"
    assert len(plain("x" * 500)) == 90
    assert plain("x" * 500).endswith("…")
    assert plain("王小明") == "王小明"


def test_as_json_it_is_one_document(world: World, make: Make):
    value = json.loads(json.dumps(to_json(make())))
    assert value["kind"] == "daily"
    assert [section["key"] for section in value["sections"]] == ["waiting", "too_much"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", LOCALES)
def test_without_a_public_address_nothing_leads_anywhere_and_an_admin_is_told_why(locale: str, kind: str):
    say = compose_week if kind == "weekly" else compose
    facts = hostile_week("x") if kind == "weekly" else hostile("x")
    for is_admin in (True, False):
        digest = say(facts, localizer(locale, url="", is_admin=is_admin))
        mail = build(digest)
        for text in (render_html(digest), render_text(digest)):
            assert "href=" not in text
            assert "://" not in re.sub(r'xmlns="[^"]*"', "", text)
            assert "127.0.0.1" not in text
            assert ("STREAKLIKE_PUBLIC_URL" in text) == is_admin
        assert mail["List-Unsubscribe"] is None


# The mail


def build(digest: Digest, *, name: str = "林小美", sender: str = "streaklike <digest@ngo.example>"):
    return build_message(
        digest,
        sender=sender,
        name=name,
        to="mei@ngo.example",
        message_id="digest.daily.2026-11-18.abc@ngo.example",
        now=NOW,
        zone=ZoneInfo("Asia/Taipei"),
    )


def test_the_mail_bears_what_a_machine_wants_to_know():
    mail = message_from_bytes(build(said("x", "zh", "daily")).as_bytes(), policy=default)
    assert mail["Message-ID"] == "<digest.daily.2026-11-18.abc@ngo.example>"
    assert mail["List-Unsubscribe"].startswith("<https://crm.ngo.example/digest/pause/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.isoformat() == "2026-11-18T10:00:00+08:00"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text == render_text(said("x", "zh", "daily"))


@pytest.mark.parametrize("locale", LOCALES)
def test_no_line_of_the_mail_is_longer_than_a_server_takes(locale: str):
    for line in build(said("中a" * 3_000, locale, "daily")).as_bytes().split(b"\r\n"):
        assert len(line) <= 998
    assert b"\r\nList-Unsubscribe: <https://" in build(said("x", locale, "daily")).as_bytes()


@pytest.mark.parametrize("name", ["evil\r\nBcc: a@b.example", 'a "quoted" <x@y.example>, b', "王小明", ""])
def test_a_members_name_puts_no_header_into_the_mail(name: str):
    mail = message_from_bytes(build(said("x", "en", "daily"), name=name).as_bytes(), policy=default)
    assert [each.addr_spec for each in mail["To"].addresses] == ["mei@ngo.example"]
    assert mail["Bcc"] is None


@pytest.mark.parametrize("sender", ["", "nobody", "a@b@c", "a b@c.example", "小@ngo.example"])
def test_a_sender_that_is_none_is_told(sender: str):
    with pytest.raises(BadSender, match="STREAKLIKE_MAIL_FROM"):
        parse_sender(sender)


# Links and names that we signed


def test_a_pause_link_speaks_of_one_member_alone():
    token = sign_pause("secret", 7, "mei@ngo.example")
    assert read_pause_token(token) == 7
    assert is_pause_token("secret", token, 7, "mei@ngo.example")
    assert not is_pause_token("another", token, 7, "mei@ngo.example")
    assert not is_pause_token("secret", token, 8, "mei@ngo.example")
    assert not is_pause_token("secret", token, 7, "wei@ngo.example"), "a number given anew is another member"


def test_a_take_link_names_member_person_and_what_waits_and_is_no_pause_link():
    take = Take(7, 8, 9, NOW, NOW + 7 * DAY)
    token = sign_take("secret", take, "mei@ngo.example")
    assert read_take_token(token) == take
    assert is_take_token("secret", token, take, "mei@ngo.example")
    assert not is_take_token("another", token, take, "mei@ngo.example")
    assert not is_take_token("secret", token, take, "wei@ngo.example")
    for name in Take._fields:
        assert not is_take_token("secret", token, take._replace(**{name: 1}), "mei@ngo.example")
    assert read_pause_token(token) is None
    assert read_take_token(sign_pause("secret", 7, "mei@ngo.example")) is None


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", "=" * 40, "A" * 5_000, "../../x", "A" * 37 + "\n"])
def test_what_is_no_token_speaks_of_nobody(token: str):
    user_id = read_pause_token(token)
    assert user_id is None or not is_pause_token("secret", token, user_id, "mei@ngo.example")


def test_a_message_id_is_always_the_same_and_not_to_be_guessed():
    asked = {"email": "mei@ngo.example", "kind": "daily", "day": "2026-11-18", "domain": "ngo.example"}
    one = make_message_id("secret", **asked)
    assert one == make_message_id("secret", **asked)
    assert one.startswith("digest.daily.2026-11-18.")
    others = {
        make_message_id("other", **asked),
        *(make_message_id("secret", **{**asked, key: "x"}) for key in ("email", "kind", "day")),
    }
    assert one not in others
    assert len(others) == 4
