"""A slip in a command, an option or a choice names what was probably meant."""

import click
import pytest

from streaklike.cli.main import cli
from streaklike.cli.spelling import Choice
from tests.unit.cli.tree import iter_tree, words_of

NODES = list(iter_tree())


def misspell(word: str) -> str:
    return word[:-1] + ("z" if word[-1] != "z" else "q") if len(word) > 3 else word + "z"


def refuse(words: list[str]) -> str:
    with pytest.raises(click.UsageError) as refused:
        cli.main(args=words, standalone_mode=False)
    return refused.value.format_message()


@pytest.mark.parametrize("context", NODES[1:], ids=lambda context: context.info_name)
def test_a_misspelt_command_is_told_the_right_one(context: click.Context):
    *above, name = words_of(context)
    said = refuse([*above, misspell(name)])
    assert "Did you mean" in said
    assert repr(name) in said


@pytest.mark.parametrize("context", NODES[1:], ids=lambda context: context.info_name)
def test_a_misspelt_option_or_choice_is_told_the_right_one(context: click.Context):
    for parameter in context.command.params:
        if isinstance(parameter, click.Option):
            name = max(parameter.opts, key=len)
            said = refuse([*words_of(context), misspell(name)])
            assert "Did you mean" in said, name
            assert repr(name) in said, name
        assert not isinstance(parameter.type, click.Choice) or isinstance(parameter.type, Choice)
        if isinstance(parameter.type, Choice):
            for meant in parameter.type.choices:
                if len(meant) > 1:
                    with pytest.raises(click.BadParameter, match=f"Did you mean '{meant}'"):
                        parameter.type.convert(misspell(meant), parameter, context)
