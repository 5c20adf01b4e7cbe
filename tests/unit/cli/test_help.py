"""Help: complete in both languages, with examples that can be typed."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

import streaklike.cli
from streaklike.cli.help import choose_language, find_text, option_key
from streaklike.cli.main import main
from tests.unit.cli.tree import iter_tree, words_of

FOLDER = Path(streaklike.cli.__file__).parent / "texts"
CHINESE = tomllib.loads((FOLDER / "zh.toml").read_text("utf-8"))
EXAMPLES = tomllib.loads((FOLDER / "examples.toml").read_text("utf-8"))
NODES = list(iter_tree())
COMMANDS = [node for node in NODES if not isinstance(node.command, click.Group)]
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def no_locale(monkeypatch: pytest.MonkeyPatch):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


def options_of(node: click.Context) -> list[click.Option]:
    return [each for each in node.command.get_params(node) if isinstance(each, click.Option)]


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.info_name)
def test_every_command_and_option_has_its_help_in_both_languages(node: click.Context):
    name = str(node.info_name)
    assert node.command.help
    assert HAN.search(find_text(CHINESE, name, "about"))
    for option in options_of(node):
        assert option.help, option.opts
        assert not HAN.search(option.help)
        assert HAN.search(find_text(CHINESE, name, option_key(option))), option.opts


def test_no_text_and_no_example_is_left_of_a_command_that_is_gone():
    known = {str(node.info_name): {"about", *map(option_key, options_of(node))} for node in NODES}
    used = {key for keys in known.values() for key in keys}
    for name, texts in CHINESE.items():
        if name not in {"page", "options"}:
            assert set(texts) <= known[name], name
    assert set(CHINESE["options"]) <= used
    assert set(EXAMPLES) == {
        str(node.info_name) for node in NODES if node in COMMANDS or node.command.invoke_without_command
    }


@pytest.mark.parametrize(
    ("name", "line"), [(name, line) for name, lines in EXAMPLES.items() for line in lines]
)
def test_every_example_can_be_typed(name: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for file in ("token.json", "client.json", "takeout.mbox", "sent.mbox"):
        (tmp_path / file).touch()
    program, *words = shlex.split(line.partition(" > ")[0])
    node = next(node for node in NODES if node.info_name == name)
    length = len(words_of(node))
    assert [program, *words[:length]] == ["streaklike", *words_of(node)]
    node.command.make_context(name, words[length:])  # raises where a word is wrong or missing


@pytest.mark.parametrize("node", NODES, ids=lambda node: node.info_name)
@pytest.mark.parametrize("language", ["en_GB.UTF-8", "zh_TW.UTF-8"])
def test_help_is_shown_in_the_language_of_the_locale(
    node: click.Context, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LC_ALL", language)
    main([*words_of(node), "--help"])
    heading = "Examples:" if language.startswith("en") else "範例："
    shown, _, examples = capsys.readouterr().out.partition(f"\n{heading}\n")
    assert examples.splitlines() == [f"  {line}" for line in EXAMPLES.get(str(node.info_name), [])]
    if language.startswith("en"):
        assert not HAN.search(shown)
        assert shown.startswith("Usage: streaklike")
        return
    assert shown.startswith("用法：streaklike")
    assert "\n選項：\n" in shown
    for option in options_of(node):
        assert option.opts[-1] in shown
        assert option.help not in shown, "this is English"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh_TW.UTF-8", "LANGUAGE": "en:zh"}, "en"),
        ({"LANG": "", "LC_ALL": ""}, "en"),
    ],
)
def test_the_locale_is_read_as_gettext_reads_it(environment: dict[str, str], language: str):
    assert choose_language(environment) == language


def test_no_line_of_chinese_help_is_wider_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("LANG", "zh_TW.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    for node in NODES:
        main([*words_of(node), "--help"])
        shown = capsys.readouterr().out.partition("\n範例：")[0]
        wide = [line for line in shown.splitlines() if len(line) + len(HAN.findall(line)) > 80]
        assert wide == [], node.info_name


def test_help_texts_are_not_read_until_they_are_shown():
    done = subprocess.run(
        [
            sys.executable,
            "-X",
            "importtime",
            "-c",
            "from streaklike.cli.main import main; main(['--version'])",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "streaklike.cli.help" in done.stderr
    assert not re.search(r"\| +streaklike\.cli\.(?!main|help|spelling)\w+$", done.stderr, re.MULTILINE)
