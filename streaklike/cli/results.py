"""What a command that writes says: a sentence on stderr, and with `--json` one document on stdout (docs/commands.md)."""

from typing import Any, Final

import click
from sqlalchemy import event
from sqlalchemy.orm import Mapper

from streaklike.cli.context import print_json, say
from streaklike.store.models import Event

VERSION: Final = 1
"""Of the document. It counts up where a field goes or changes its meaning; a new field does not change it."""

_EVENTS: Final = "streaklike.events"


def _listen(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    """With --json: take down each event that the command records, whichever function below does it."""
    if not value or context.resilient_parsing:
        return
    events: list[dict[str, str]] = []

    def take_down(_mapper: Mapper[Event], _connection: Any, recorded: Event) -> None:
        events.extend(list_event(recorded))

    event.listen(Event, "after_insert", take_down)
    context.call_on_close(lambda: event.remove(Event, "after_insert", take_down))
    context.meta[_EVENTS] = events


as_result = click.option(
    "--json",
    is_flag=True,
    expose_value=False,
    callback=_listen,
    help="One JSON document on stdout: what was done, and its events.",
)
"""The option --json of a command that writes and ends with `done`."""


def wants_json() -> bool:
    """Whether the command that runs was given the --json of `as_result`."""
    return _EVENTS in click.get_current_context().meta


def done(sentence: str, *, is_json: bool | None = None, **facts: Any) -> None:
    """Say what was done; with --json print it too, with `facts` and the events that were recorded.

    `is_json` is for a command that also reads, and takes `as_json`: it gives its events, if any, in `facts`.
    """
    say(sentence)
    if wants_json() if is_json is None else is_json:
        events = click.get_current_context().meta.get(_EVENTS, [])
        print_json({"version": VERSION, "said": sentence, "events": events, **facts})


def list_event(recorded: Event | None) -> list[dict[str, str]]:
    """How an event stands in `events`; none where nothing was changed."""
    return [] if recorded is None else [{"uid": recorded.uid, "kind": recorded.kind}]
