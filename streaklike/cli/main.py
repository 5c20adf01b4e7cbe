"""`streaklike`: the commands. Each is imported when it is called, so that `--version` answers at once."""

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click
from click.shell_completion import CompletionItem

from streaklike import __version__
from streaklike.cli.help import PROGRAM, HelpContext, prepare
from streaklike.cli.spelling import suggest_command
from streaklike.private_files import PRIVATE_UMASK
from streaklike.stopping import Stopped

COMMANDS = {
    "audit": "streaklike.cli.review:audit",
    "contact": "streaklike.cli.people:contact",
    "contacts": "streaklike.cli.contacts:contacts",
    "conversation": "streaklike.cli.conversations:conversation",
    "demo": "streaklike.cli.demo:demo",
    "digest": "streaklike.cli.digest:digest",
    "dump": "streaklike.cli.records:dump",
    "flags": "streaklike.cli.review:flags",
    "form": "streaklike.cli.forms:form",
    "forward": "streaklike.cli.forwards:forward",
    "import": "streaklike.cli.mail:import_",
    "load": "streaklike.cli.load:load",
    "log": "streaklike.cli.people:log",
    "mailbox": "streaklike.cli.mail:mailbox",
    "refusal": "streaklike.cli.touches:refusal",
    "policy": "streaklike.cli.policy:policy",
    "queue": "streaklike.cli.due_dates:queue",
    "reminder": "streaklike.cli.due_dates:reminder",
    "scheduler": "streaklike.cli.serve:scheduler",
    "search": "streaklike.cli.search:search",
    "serve": "streaklike.cli.serve:serve",
    "sign-in-link": "streaklike.cli.sign_in:sign_in_link",
    "snooze": "streaklike.cli.due_dates:snooze",
    "status": "streaklike.cli.status:status",
    "sync": "streaklike.cli.sync:sync",
    "task": "streaklike.cli.people:task",
    "timeline": "streaklike.cli.people:timeline",
    "touch": "streaklike.cli.touches:touch",
    "user": "streaklike.cli.members:user",
    "worker": "streaklike.cli.serve:worker",
}


SUMMARIES = {
    "audit": "Prove that every inbound human mail is accounted for; exits 1 where one is not.",
    "contact": "Change what is kept of a person.",
    "contacts": "List contacts and candidates.",
    "conversation": "Take a conversation, or say that it needs no reply.",
    "demo": "Show it all: a Gmail server on loopback, a first sync, and the web app, ready to click.",
    "digest": "That member's digest: who waits for them, what is due, what moved.",
    "dump": "Print the database in its canonical form: equal content gives equal bytes on any database.",
    "flags": "Who had too much, who is ignored, and the evidence.",
    "form": "Addresses of website forms: who stands in Reply-To of their mail wrote it.",
    "forward": "Outside mail that colleagues forwarded to each other: offers that count once they are accepted.",
    "import": "Bring in what is elsewhere.",
    "load": "Who owes how many answers and touches this week, and how fast answers came.",
    "log": "Log a note, a call, a meeting, a message of another channel or a gift onto a person's timeline.",
    "mailbox": "The mailboxes that are read.",
    "policy": "Show which thresholds hold, and which level gives them.",
    "queue": "The review queue: what is due, who waits, who had too much, whom we forget.",
    "refusal": "Mail that asks us not to write again: proposed, then accepted or declined.",
    "reminder": "A member's own dates; nobody else sees them.",
    "scheduler": "Keep the clock.",
    "search": "Find mail that holds all WORDS, newest first.",
    "serve": "Serve the web app, and poll the mailboxes every minute.",
    "sign-in-link": "Print a link that signs a member in once, within an hour.",
    "snooze": "Have a person out of one member's queue for a while; it ends early when they write.",
    "status": "How fresh each mailbox is, and whether its proof holds; exits 1 where one, the clock or the queue stands still, and where the database is empty.",
    "sync": "Read the mailboxes until all is in.",
    "task": "What was promised.",
    "timeline": "Show everything with one person, oldest first.",
    "touch": "What mail of ours is for: ask, thank, inform or serve.",
    "user": "The team's members.",
    "worker": "Run the jobs that the clock and people's actions enqueue.",
}
"""What `--help` says of each command. That of the command itself would have to be imported: all of the program."""


def _load(module: str) -> None:
    """Import a command's module with the garbage collector off: nothing of what is loaded is garbage.

    What is loaded then stays out of the collector's sight. Both save a tenth of a second at the prompt.
    """
    gc.disable()
    try:
        importlib.import_module(module)
    finally:
        gc.enable()
    gc.freeze()


class LazyGroup(click.Group):
    """A group whose commands are imported only when they are asked for."""

    context_class = HelpContext

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's own signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        if module not in sys.modules:
            _load(module)
        command: click.Command = getattr(sys.modules[module], name)
        return prepare(command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names alone, without their help: nobody waits at Tab until every command is imported."""
        names = [CompletionItem(name) for name in COMMANDS if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise suggest_command(error, COMMANDS) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands as click does, of `SUMMARIES`: nothing is imported."""
        names = self.list_commands(ctx)
        room = formatter.width - 6 - max(map(len, names))
        rows = [(name, click.Command(name, help=SUMMARIES[name]).get_short_help_str(room)) for name in names]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.option(
    "--traceback", is_flag=True, help="Where a command fails, print where in the code; no mail is in it."
)
def cli(*, traceback: bool) -> None:
    """One timeline per supporter out of the team's Gmail: whose turn it is, who had too much, who is ignored."""
    from streaklike.cli.logs import set_up_logging  # noqa: PLC0415 - `--version` answers at once

    _WANTED.traceback = traceback
    os.umask(PRIVATE_UMASK)  # whatever a command writes is for this account alone
    set_up_logging()


@dataclass
class _Wanted:
    """What was asked for before the command's name."""

    traceback: bool = False


_WANTED = _Wanted()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command; a known failure is one sentence on stderr and an exit code of its kind."""
    try:
        given = list(arguments) if arguments is not None else None
        cli.main(args=given, prog_name=PROGRAM, standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, Stopped):
        from streaklike.cli.stopping import SENTENCE, STOPPED, has_stragglers  # noqa: PLC0415 - only where it is stopped

        click.echo(SENTENCE, err=True)
        if has_stragglers():
            os._exit(STOPPED)  # the interpreter would wait for threads that wait for something themselves
        sys.exit(STOPPED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except Exception as error:  # noqa: BLE001 - nobody is shown a traceback
        from streaklike.cli.failures import (  # noqa: PLC0415 - only a failure needs to know every kind
            explain,
            explain_unforeseen,
        )
        from streaklike.tracebacks import format_places  # noqa: PLC0415

        explained = explain(error) or explain_unforeseen(error)
        if _WANTED.traceback:
            click.echo(format_places(error), err=True)
        click.echo(f"Error: {explained.sentence}", err=True)
        sys.exit(explained.exit_code)


if __name__ == "__main__":
    main()
