"""What the shell is told where a word is begun."""

import sys

import pytest
from click.shell_completion import ShellComplete

from streaklike.cli.main import COMMANDS, cli


def complete(*words: str) -> list[str]:
    *before, begun = words
    shell = ShellComplete(cli, {}, "streaklike", "_STREAKLIKE_COMPLETE")
    return [item.value for item in shell.get_completions(before, begun)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("sta",), ["status"]),
        (("user", "ro"), ["role"]),
        (("user", "role", "mei@ngo.example", ""), ["admin", "member", "viewer"]),
        (("status", "--j"), ["--jobs", "--json"]),
        (("digest", "mei@ngo.example", "--format", "h"), ["html"]),
    ],
    ids=" ".join,
)
def test_the_shell_completes_commands_options_and_choices(words: tuple[str, ...], found: list[str]):
    assert complete(*words) == found


def test_the_first_word_is_completed_without_loading_any_command(monkeypatch: pytest.MonkeyPatch):
    for place in set(COMMANDS.values()):
        monkeypatch.delitem(sys.modules, place.partition(":")[0], raising=False)
    assert complete("") == list(COMMANDS)
    assert not {place.partition(":")[0] for place in COMMANDS.values()} & set(sys.modules)
