"""The documents say what the code does: their words, tables, commands and links are looked up."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from streaklike.cli.main import cli
from streaklike.settings import Settings
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
BLOCK = re.compile(r"^ *```(?:\w+)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
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


SPOKEN = [*ROOT.glob("README*.md"), *DOCS.glob("*.md")]
"""Documents whose commands and settings must be those of the program."""


def list_commands(command: click.Command = cli, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    """Every command that can be run, by its words."""
    if not isinstance(command, click.Group):
        return {" ".join(path): command}
    context = click.Context(command)
    found = {}
    for name in command.list_commands(context):
        under = command.get_command(context, name)
        assert under
        found.update(list_commands(under, (*path, name)))
    return found


def code_lines(text: str) -> list[str]:
    return "\n".join(BLOCK.findall(text)).splitlines()


def without_blocks(text: str) -> str:
    return BLOCK.sub("", text)


def links_of(text: str) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", text)


def options_of(command: click.Command) -> set[str]:
    return {"--help", *(opt for each in command.params for opt in (*each.opts, *each.secondary_opts))}


def said_commands(text: str) -> Iterator[str]:
    """What stands behind `streaklike` in code: whole lines of blocks, and code in a sentence."""
    for line in [*code_lines(text), *re.findall(r"`([^`\n]+)`", without_blocks(text))]:
        found = re.match(
            r"(?:.*(?:^|[ =])(?:/opt/streaklike/bin/|\.venv/bin/)|(?:.*command: )|\s*)streaklike (.+)", line
        )
        if found and not re.search(r"pip install|[<:]\w+@", line):
            yield re.split(r"\s+(?:#|>|\|)\s*", found[1])[0]


@pytest.mark.parametrize("document", SPOKEN, ids=lambda path: path.name)
def test_every_command_in_a_document_can_be_given(document: Path):
    commands = list_commands()
    groups = {" ".join(path.split()[:-1]) for path in commands} - {""}
    for said in said_commands(document.read_text("utf-8")):
        words = said.replace("[", " ").replace("]", " ").replace("…", " ").split()
        path = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in commands), None)
        if path is None:
            assert words[0].startswith("--") or words[0] in {*groups, "COMMAND"}, said
            continue
        given = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", " ".join(words)))
        assert given <= options_of(commands[path]), said


def test_the_page_of_commands_has_every_command_and_every_option():
    page = (DOCS / "commands.md").read_text("utf-8")
    missing = []
    for path, command in list_commands().items():
        *_, name = path.split()
        if not re.search(rf"`(?:streaklike )?(?:{re.escape(path)}|… {re.escape(name)})\b", page):
            missing.append(path)
        missing += [
            f"{path} {option}"
            for option in options_of(command) - {"--help"}
            if option.startswith("--") and option not in page
        ]
    assert missing == []


def test_every_setting_in_a_document_is_one():
    known = {f"STREAKLIKE_{name.upper()}" for name in Settings.model_fields}
    for document in SPOKEN:
        named = set(re.findall(r"\bSTREAKLIKE_[A-Z_]*[A-Z]\b", document.read_text("utf-8")))
        assert named <= known, document.name


def test_both_readmes_say_the_same():
    """The same commands, settings and links in the same order, but for the link to the other one."""
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-Hant.md"))
    assert [line.partition("  #")[0].rstrip() for line in code_lines(english)] == [
        line.partition("  #")[0].rstrip() for line in code_lines(chinese)
    ]
    assert re.findall(r"`([^`\n]+)`", without_blocks(english)) == re.findall(
        r"`([^`\n]+)`", without_blocks(chinese)
    )
    assert links_of(english)[0] == "README.zh-Hant.md"
    assert links_of(chinese)[0] == "README.md"
    assert links_of(english)[1:] == links_of(chinese)[1:]
