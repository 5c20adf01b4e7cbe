"""Walks every command with hostile values for every argument and option, found from the tree of commands."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import click

from streaklike.cli.exit_codes import OUR_FAULT
from streaklike.cli.main import cli, main

BLOCKING = frozenset({"serve", "demo", "worker", "scheduler"})
"""They run until they are told to stop: only what their options refuse is tried."""
REMOTE = frozenset({"sync", "mailbox connect"})
"""They speak to Google: tried with what they refuse before that."""
SENSIBLE = (
    (r"email|\bby\b", "mei@ngo.example"),
    (r"address|contact|^keep|^other", "yating.chen@donor.example"),
    (r"due|until|when", "2099-12-03"),
    (r"wishes", "budget_limit=2"),
)
"""By a name of an argument or option, a value that can be used."""
SURROGATE = "\udcff\udc80"


@dataclass
class Findings:
    """What a walk did, and what went wrong."""

    runs: int = 0
    fields: set[tuple[str, str]] = field(default_factory=set)
    codes: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        by_code = ", ".join(f"{count} x {code}" for code, count in sorted(self.codes.items()))
        return (
            f"{self.runs} runs of {len({name for name, _ in self.fields})} commands with {len(self.fields)} arguments and "
            f"options; exit codes {by_code}; {len(self.broken)} broken, {len(self.silent)} without a sentence, "
            f"{len(self.written)} wrote though refused"
        )


def iter_commands(
    command: click.Command = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that can be run, with its words."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from iter_commands(found, (*path, name))
        if not command.invoke_without_command or not path:
            return
    yield path, command


class CommandWalker:
    """Runs commands in this process, on the database that the environment names."""

    def __init__(
        self,
        folder: Path,
        *,
        version: Callable[[], object],
        content: Callable[[], str],
        restore: Callable[[], None],
    ) -> None:
        self._folder, self._version, self._content, self._restore = folder, version, content, restore
        self.found = Findings()
        self._file = folder / "given.json"
        self._file.write_text(json.dumps({"not": "a token"}))
        self._stands_at, self._stood = version(), content()

    def walk(self, values: Callable[[str, str], Sequence[str]]) -> Findings:
        """Each argument and option of each command with the `values` given for it by command and name."""
        for path, command in iter_commands():
            for parameter in command.params:
                name = parameter.name or ""
                self.found.fields.add((" ".join(path), name))
                for value in (*values(" ".join(path), name), SURROGATE):
                    if "\x00" not in value:  # no operating system passes one on
                        self._try(path, command, parameter, value)
        return self.found

    def _try(
        self, path: tuple[str, ...], command: click.Command, parameter: click.Parameter, value: str
    ) -> None:
        words = list(path)
        if not {path[0], " ".join(path)}.isdisjoint(BLOCKING | REMOTE) and not _is_refused(parameter, value):
            return
        for each in command.params:
            given = value if each is parameter else self._good(each)
            if given is None:
                continue
            if isinstance(each, click.Option):
                words.append(f"{max(each.opts, key=len)}={given}")
        for each in command.params:
            if isinstance(each, click.Argument):
                words += ["--"] if each is parameter else []
                words.append(value if each is parameter else str(self._good(each) or "x"))
        self.run(words)

    def _good(self, parameter: click.Parameter) -> str | None:
        """A value that makes sense, for what must be given; None for what need not."""
        if not parameter.required and parameter.name != "by_email":
            return None
        if isinstance(parameter.type, click.Path):
            return str(self._file)
        if isinstance(parameter.type, click.Choice):
            return str(next(iter(parameter.type.choices)))
        if isinstance(parameter.type, click.types.IntParamType):
            return "1"
        name = f"{parameter.name} {getattr(parameter, 'metavar', '')}".lower()
        return next((value for words, value in SENSIBLE if re.search(words, name)), "x")

    def run(self, words: Sequence[str]) -> None:
        """One command. Nothing but an exit comes out of it."""
        out, err = StringIO(), StringIO()
        code, said = 0, " ".join(words)[:200]
        self.found.runs += 1
        try:
            with redirect_stdout(out), redirect_stderr(err):
                main(words)
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        except BaseException as error:  # noqa: BLE001 - whatever comes out would be a traceback
            self.found.broken.append(f"{said!r}: {error!r}")
        self.found.codes[code] += 1
        if code == OUR_FAULT or "Traceback" in err.getvalue():
            self.found.broken.append(f"{said!r}: {err.getvalue()[-300:]}")
        if code and not (err.getvalue() + out.getvalue()).strip():
            self.found.silent.append(said)
        if self._version() != self._stands_at:
            if code and self._content() != self._stood:
                self.found.written.append(f"{said!r} ({code}): {err.getvalue()[-200:]}")
            self._restore()
            self._stands_at = self._version()


def _is_refused(parameter: click.Parameter, value: str) -> bool:
    """Whether click itself refuses the value, before the command begins."""
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return True  # a flag takes no value
    try:
        parameter.type.convert(value, parameter, None)
    except (click.BadParameter, UnicodeEncodeError):
        return True
    return False
