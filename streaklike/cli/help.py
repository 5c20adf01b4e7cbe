"""Help with examples, in English or Traditional Chinese as the locale says.

The English texts stand with the commands. Chinese ones and the examples are in `texts/`, and are read when help is shown
and not before: a command that does its work must not wait for them.
"""

import inspect
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import click

PROGRAM = "streaklike"


def choose_language(environment: Mapping[str, str]) -> str:
    """`zh` or `en`: the first of LANGUAGE, LC_ALL, LC_MESSAGES and LANG that is set, as gettext reads them."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if wanted := environment.get(name, ""):
            return "zh" if wanted.lower().startswith("zh") else "en"
    return "en"


class HelpContext(click.Context):
    """The context of every command of ours: its help has examples, and is in the language of the locale."""

    def get_help(self) -> str:
        """The whole help of the command, as `--help` prints it."""
        name = " ".join(_words(self)) or PROGRAM
        examples = _read("examples.toml").get(name, [])
        if choose_language(os.environ) == "en":
            formatter = self.make_formatter()
            self.command.format_help(self, formatter)
            _write_examples(formatter, "Examples", examples)
            return formatter.getvalue().rstrip("\n")
        return _compose_chinese(self, name, examples)


def prepare(command: click.Command) -> click.Command:
    """Give a command, and those below it, the context that shows help."""
    command.context_class = HelpContext
    if isinstance(command, click.Group):
        for below in command.commands.values():
            prepare(below)
    return command


def _words(context: click.Context) -> list[str]:
    """What was typed behind the program's name to get to the command."""
    if context.parent is None:
        return []
    return [*_words(context.parent), context.info_name or ""]


def _read(file: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - this module is loaded by every command
    from importlib import resources  # noqa: PLC0415

    return tomllib.loads((resources.files("streaklike.cli") / "texts" / file).read_text("utf-8"))


def _write_examples(formatter: click.HelpFormatter, heading: str, examples: list[str]) -> None:
    if examples:
        with formatter.section(heading):
            for example in examples:  # as they are: a wrapped example cannot be copied
                formatter.write(f"  {example}\n")


def _compose_chinese(context: click.Context, name: str, examples: list[str]) -> str:
    texts = _read("zh.toml")
    page = texts["page"]
    formatter = _WideFormatter(width=context.terminal_width, max_width=context.max_content_width)
    pieces = context.command.collect_usage_pieces(context)
    formatter.write_usage(context.command_path, " ".join(pieces), prefix=page["usage"])
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(find_text(texts, name, "about") or inspect.cleandoc(context.command.help or ""))
    with formatter.section(page["options"]):
        formatter.write_dl(list(_list_options(context, name, texts)))
    if isinstance(context.command, click.Group):
        prefix = "" if name == PROGRAM else f"{name} "
        listed = context.command.list_commands(context)
        with formatter.section(page["commands"]):
            formatter.write_dl(
                [(below, _first_sentence(find_text(texts, prefix + below, "about"))) for below in listed]
            )
    _write_examples(formatter, page["examples"], examples)
    return formatter.getvalue().rstrip("\n")


def _list_options(context: click.Context, name: str, texts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for option in context.command.get_params(context):
        record = option.get_help_record(context)
        if record is None or not isinstance(option, click.Option):
            continue
        said = [find_text(texts, name, option_key(option)) or (option.help or "")]
        extra = option.get_help_extra(context)
        if "default" in extra:
            said.append(f"[{texts['page']['default']}: {extra['default']}]")
        if "required" in extra:
            said.append(f"[{texts['page']['required']}]")
        yield record[0], " ".join(filter(None, said))


def option_key(option: click.Parameter) -> str:
    """The name under which `texts/` has an option: its longest, without the dashes."""
    return max(option.opts, key=len).lstrip("-")


def find_text(texts: Mapping[str, Any], command: str, key: str) -> str:
    """What zh.toml says of an option, or of the command itself under `about`; empty where it says nothing."""
    return str(texts.get(command, {}).get(key) or texts["options"].get(key, "")).strip()


def _first_sentence(text: str) -> str:
    return text.partition("。")[0].partition("\n")[0]


class _WideFormatter(click.HelpFormatter):
    """Wraps by columns: a Chinese character takes two, and may stand at the beginning of any line."""

    def write_heading(self, heading: str) -> None:
        self.write(f"{' ' * self.current_indent}{heading}：\n")

    def write_text(self, text: str) -> None:
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write_paragraph()
            indent = " " * self.current_indent
            for line in _wrap(paragraph, self.width - self.current_indent):
                self.write(f"{indent}{line}\n")

    def write_dl(self, rows: Any, col_max: int = 30, col_spacing: int = 2) -> None:
        rows = list(rows)
        first = min(max((len(name) for name, _ in rows), default=0), col_max) + col_spacing
        indent = " " * self.current_indent
        for name, text in rows:
            lines = _wrap(text, max(self.width - self.current_indent - first, 20))
            if len(name) > first - col_spacing:
                self.write(f"{indent}{name}\n")
            else:
                self.write(f"{indent}{name.ljust(first)}{lines.pop(0)}".rstrip() + "\n")
            for line in lines:
                self.write(f"{indent}{' ' * first}{line}\n")


_NOT_AT_THE_BEGINNING = "，。、；：？！）」』"


def _columns(text: str) -> int:
    import unicodedata  # noqa: PLC0415 - for Chinese help alone

    return sum(2 if unicodedata.east_asian_width(each) in "FW" else 1 for each in text)


_PIECES = re.compile(rf"(?:[!-~]+|[^\x00-\x7f]|\S)[{_NOT_AT_THE_BEGINNING}]*|\s+")


def _wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns. Latin words stay whole; punctuation stays with what it closes."""
    pieces = _PIECES.findall(" ".join(text.split()))
    lines = [""]
    for piece in pieces:
        if lines[-1] and _columns(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]
