"""The tree of commands, walked, so that a new command is tested without being named."""

from collections.abc import Iterator

import click

from streaklike.cli.main import cli


def iter_tree(command: click.Command = cli, words: tuple[str, ...] = ()) -> Iterator[click.Context]:
    """The context of every command and group, with its words as `info_name` of each step."""
    context = click.Context(command, info_name=" ".join(words) or "streaklike")
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            under = command.get_command(context, name)
            assert under
            yield from iter_tree(under, (*words, name))


def words_of(context: click.Context) -> list[str]:
    """What is typed behind `streaklike` to get there."""
    name = context.info_name or ""
    return [] if name == "streaklike" else name.split()
