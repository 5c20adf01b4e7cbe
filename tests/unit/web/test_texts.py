"""Two languages, both complete: keys, placeholders, templates that say nothing by themselves, and who gets which."""

import re
import string
from html.parser import HTMLParser
from pathlib import Path

import pytest

from streaklike.cadence.queries.queue import SECTIONS
from streaklike.digest.deliver import STATES
from streaklike.digest.schedule import KINDS
from streaklike.people.errors import PeopleError
from streaklike.web import errors
from streaklike.web.digest import REASONS as STOPS
from streaklike.web.team import GMAILS_OWN
from streaklike.web.texts import choose_locale, load_catalogue
from streaklike.wording.reasons import REASONS
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import World

ROOT = Path(__file__).parents[3] / "streaklike"
TEMPLATES = sorted([*ROOT.glob("web/templates/*.html"), *ROOT.glob("companion/templates/*.html")])
UNTRANSLATED = {
    "streaklike",
    "· streaklike",
    "中文",
    "English",
    "streaklike sign-in-link you@example.org",
}
"""The program's own name and command, and the languages' names, which stand in their own language."""


GMAILS_REFUSALS = (
    "access_denied",
    "authorization_revoked",
    "bad_credentials",
    "gmail_unavailable",
    "rate_limited",
)
"""What a page that asks Gmail may have to say."""


def placeholders(entry: object) -> set[str]:
    texts = [entry] if isinstance(entry, str) else list(entry.values())
    return {name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts():
    zh, en = load_catalogue("zh").entries, load_catalogue("en").entries
    assert set(zh) == set(en)


def test_a_text_says_the_same_numbers_in_both_languages():
    zh, en = load_catalogue("zh").entries, load_catalogue("en").entries
    differing = {key for key in en if placeholders(zh[key]) != placeholders(en[key])}
    assert differing == {
        "time.date",
        "time.date_with_year",
    }  # a month has a name in English and a number in Chinese


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words += [data.strip()] if re.search(r"\w", data) else []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.words += [
            value.strip()
            for name, value in attrs
            if name in {"aria-label", "placeholder", "title", "alt"} and value and re.search(r"\w", value)
        ]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_take_every_word_from_the_catalogue(path: Path):
    source = re.sub(r"{% block body_class %}.*?{% endblock %}", "", path.read_text("utf-8"))
    source = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL)
    parser = _Words()
    parser.feed(source)
    assert set(parser.words) - UNTRANSLATED - {"j", "k", "v", "t", "z", "r", "d", "n", "x", "u", "?"} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_texts_that_templates_name_are_there(path: Path):
    known = load_catalogue("en").entries
    for key in re.findall(r"""\bt\(\s*["']([\w.]+)["']\s*[,)]""", path.read_text("utf-8")):
        assert key in known


def test_texts_whose_names_are_put_together_are_there():
    known = load_catalogue("en").entries
    wanted = [f"queue.kind.{section}" for section in SECTIONS]
    wanted += [f"flag.short.{reason}" for reason in REASONS] + [f"why.{reason}" for reason in REASONS]
    wanted += [f"state.{state}" for state in ("needs_reply", "awaiting_reply", "quiet")]
    wanted += [f"tier.{tier}" for tier in ("A", "B", "C", "none")]
    wanted += [f"digest.kinds.{kind}" for kind in KINDS] + [f"digest.reasons.{each}" for each in STOPS]
    wanted += [f"label.gmail.{each}" for each in GMAILS_OWN]
    wanted += [f"refused.{name}" for name in GMAILS_REFUSALS]
    wanted += [f"team.{part}.{stall}" for part in ("stall", "do") for stall in ("reconnect", "error", "late")]
    wanted += [f"digest.states.{state}" for state in STATES]
    wanted += [f"class.{kind}" for kind in ("automatic", "bulk", "bounce", "calendar", "receipt")]
    wanted += [
        f"error.{kind}.{part}"
        for kind in (*errors.KINDS.values(), "stale", "broken", "full", "gone")
        for part in ("what", "safe", "do", "button")
    ]
    assert [key for key in wanted if key not in known] == []


def test_every_refusal_can_be_explained():
    from streaklike.boxes.errors import BoxError
    from streaklike.web.actions import refusal_key

    known = load_catalogue("en").entries
    explained = [*PeopleError.__subclasses__(), *BoxError.__subclasses__()]
    unexplained = {kind.__name__ for kind in explained if refusal_key(kind("")) == "refused.refused"}
    assert unexplained == {
        "PipelineNotFound",
        "MergeRefused",
        "NotMerged",
        "UnknownKind",
    }  # no page can ask for these
    assert "refused.refused" in known


def test_plurals_follow_the_number():
    en, zh = load_catalogue("en"), load_catalogue("zh")
    assert en("why.budget", count=1, n=1, limit=3.0) == "1 mail from us in 1 day, limit 3"
    assert en("why.budget", count=5, n=9, limit=3.0) == "5 mails from us in 9 days, limit 3"
    assert zh("why.budget", count=5, n=9, limit=2.5) == "9 天內寄了 5 封，上限 2.5"


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        (["zh-TW", "en"], "zh"),
        (["zh-Hant-TW"], "zh"),
        (["zh"], "zh"),
        (["en-GB", "zh-TW"], "en"),
        (["fr", "zh-TW", "en"], "zh"),
        (["fr"], "en"),
        ([], "en"),
    ],
)
def test_any_chinese_reader_gets_chinese(accepted: list[str], locale: str):
    assert choose_locale(accepted) == locale


def test_a_stranger_reads_the_browsers_language(app, world: World):
    assert (
        'lang="zh-Hant-TW"'
        in Reader(app, **{"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.8"}).get("/sign-in").text
    )
    assert 'lang="en"' in Reader(app, **{"Accept-Language": "de"}).get("/sign-in").text


def test_the_switch_is_kept_in_the_profile(app, world: World, mei: Reader):
    assert 'lang="zh-Hant-TW"' in mei.get("/").text
    mei.post("/preferences", {"language": "en", "next": "/people"})
    assert 'lang="en"' in mei.get("/").text
    elsewhere = Reader(app, **{"Accept-Language": "zh-TW"}).sign_in(world.mei)
    assert 'lang="en"' in elsewhere.get("/").text


def test_the_theme_is_kept_in_the_browser(mei: Reader):
    assert 'data-theme="auto"' in mei.get("/").text
    mei.post("/preferences", {"theme": "dark"})
    assert 'data-theme="dark"' in mei.get("/").text
    mei.post("/preferences", {"theme": "no-such-thing"})
    assert 'data-theme="dark"' in mei.get("/").text
