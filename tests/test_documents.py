"""The documents say what the code does: their words, tables, commands and links are looked up."""

import re
from pathlib import Path

import pytest

from streaklike.store.models import Base

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
TEXTS = [ROOT / "streaklike/web/texts/zh.toml", ROOT / "streaklike/wording/texts/zh.toml"]


def test_every_chinese_word_of_the_glossary_stands_on_a_page():
    shown = "".join(path.read_text("utf-8") for path in TEXTS)
    rows = re.findall(
        r"^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE
    )
    words = {
        word: one for word, chinese in rows if chinese not in {"–", "中文"} for one in chinese.split("、")
    }
    assert len(words) > 40
    assert {word: one for word, one in words.items() if one not in shown} == {}


PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
GUIDES = [
    DOCS / name for name in ("contributing.md", "glossary.md", "data-model.md", "deploy.md", "commands.md")
]
PATH = re.compile(r"(?<![\w/])((?:streaklike|tests|docs)/[\w./-]*\w|(?:streaklike|tests)/)")


@pytest.mark.parametrize("document", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(document: Path):
    targets = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text("utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("guide", [path for path in GUIDES if path.exists()], ids=lambda path: path.stem)
def test_every_file_that_a_guide_names_is_there(guide: Path):
    named = PATH.findall(guide.read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_make_target_and_every_test_that_a_guide_names_is_there():
    said = "".join(page.read_text("utf-8") for page in PAGES if page.name != "CHANGELOG.md")
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"`make (\w+)", said)) <= set(targets)
    guides = "".join(page.read_text("utf-8") for page in GUIDES if page.exists())
    tests = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for name in re.findall(r"`(test_\w+)`", guides):
        assert f"def {name}(" in tests, name


def test_the_data_model_names_every_table_and_every_key():
    """Where this fails after a change of the models: docs/data-model.md has a picture and a table to bring up to date."""
    page = (DOCS / "data-model.md").read_text("utf-8")
    picture = page.partition("```mermaid\n")[2].partition("```")[0]
    keys = [
        (table.name, key.column.table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        for key in column.foreign_keys
    ]
    assert set(re.findall(r"^    (\w+)$", picture, re.MULTILINE)) == set(Base.metadata.tables)
    assert set(re.findall(r"^  (\w+) --> (\w+)$", picture, re.MULTILINE)) == {
        (source, target) for source, target, _ in keys if target != "user"
    }
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \|(?: `(\w+)`)? \|$", page, re.MULTILINE)
    assert {name for name, _ in rows} == set(Base.metadata.tables)
    assert {row for row in rows if row[1]} == {
        (source, column) for source, target, column in keys if target == "user"
    }
