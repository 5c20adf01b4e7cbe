"""What was probably meant. click suggests options and the commands below a group; the rest is here."""

import difflib
from collections.abc import Iterable
from typing import Any

import click


class Choice(click.Choice[str]):
    """One of several words; for a word that is none of them, the nearest is named."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        """Click's message, and the nearest choice where one is near."""
        message = super().get_invalid_choice_message(value, ctx)
        near = difflib.get_close_matches(str(value), self.choices, n=1)
        return f"{message} Did you mean {near[0]!r}?" if near else message


def suggest_command(error: click.exceptions.NoSuchCommand, names: Iterable[str]) -> click.UsageError:
    """The same error with the commands that are near. A group that loads its commands late holds none to compare."""
    return click.exceptions.NoSuchCommand(error.command_name, possibilities=names, ctx=error.ctx)
