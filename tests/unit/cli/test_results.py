"""`--json` of commands that write: one versioned document, with the events that can be taken back."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from streaklike.cli.main import main
from streaklike.store.database import open_database
from streaklike.store.models import Event
from tests.unit.cli.tree import iter_tree

WITHOUT = {"demo", "serve", "worker", "scheduler", "dump", "digest"}
"""They run until they are stopped, or have a form of their own (docs/commands.md)."""

BY = ("--by", "mei@ngo.example")
PERSON = "yating.chen@donor.example"

Typed = Callable[..., tuple[str, str]]


@pytest.fixture
def typed(
    tmp_path: Path,
    sqlite_world: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Typed:
    """Runs a command on a small world; what it printed on stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STREAKLIKE_DATA_DIR", str(tmp_path))
    shutil.copy(sqlite_world, tmp_path / "streaklike.db")

    def run(*words: str) -> tuple[str, str]:
        capsys.readouterr()
        main(words)
        return capsys.readouterr()

    return run


def test_every_command_but_these_takes_json():
    missing = {
        str(context.info_name)
        for context in iter_tree()
        if not isinstance(context.command, click.Group) or context.command.invoke_without_command
        if not any("--json" in parameter.opts for parameter in context.command.params)
    }
    assert missing == WITHOUT


@pytest.mark.parametrize(
    ("words", "kinds", "fields"),
    [
        (("contact", "set", PERSON, "--tier", "B", "--name", "雅婷"), ["tier", "name"], set()),
        (("log", "call", PERSON, "said hello", *BY), ["call"], set()),
        (("log", "gift", PERSON, "--amount", "500", "--follow-up", "7d", *BY), ["gift", "follow_up"], set()),
        (
            ("task", "add", PERSON, "send the receipt", "--due", "2099-12-03", *BY),
            ["task"],
            {"uid", "due_on"},
        ),
        (("task", "add", PERSON, "ask again", "--follow-up", "7d", *BY), ["follow_up"], {"uid", "due_at"}),
        (
            ("reminder", "add", PERSON, "call", "--at", "2099-12-03 14:30", *BY),
            ["reminder"],
            {"uid", "due_at"},
        ),
        (("snooze", PERSON, "--until", "2099-12-03", *BY), ["snooze"], set()),
        (("policy", "set", "budget_limit", "4", *BY), ["policy"], set()),
        (("policy", "preset", "volunteers", *BY), ["policy"], set()),
        (("form", "add", "form@web.example", *BY), ["form_address"], set()),
        (("user", "add", "new@ngo.example"), [], {"role"}),
        (("user", "role", "wei@ngo.example", "viewer", *BY), ["role"], {"role"}),
        (("user", "sessions", "mei@ngo.example", "--end"), [], {"ended"}),
        (("sign-in-link", "mei@ngo.example"), ["sign_in_link"], {"link"}),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else None,
)
def test_what_was_written_is_one_document_with_its_events(
    words: tuple[str, ...], kinds: list[str], fields: set[str], typed: Typed, tmp_path: Path
):
    out, err = typed(*words, "--json")
    done = json.loads(out)
    assert done["version"] == 1
    assert done["said"] in err
    assert [event["kind"] for event in done["events"]] == kinds
    assert set(done) == {"version", "said", "events", *fields}
    database = open_database(f"sqlite:///{tmp_path / 'streaklike.db'}")
    with database.read() as session:
        stored = session.query(Event.uid).filter(Event.uid.in_([event["uid"] for event in done["events"]]))
        assert stored.count() == len(kinds)
    database.close()


def test_without_json_nothing_but_the_sentence_is_said(typed: Typed):
    out, err = typed("log", "note", PERSON, "met at the river", *BY)
    assert out == ""
    assert "Logged a note" in err


def test_a_second_command_in_one_process_starts_with_no_events(typed: Typed):
    for _ in range(2):
        done = json.loads(typed("log", "note", PERSON, "met at the river", *BY, "--json")[0])
        assert len(done["events"]) == 1
    out, _ = typed("contact", "set", PERSON, "--tier", "A", "--json")
    typed("contact", "set", PERSON, "--tier", "A")
    again = json.loads(typed("contact", "set", PERSON, "--tier", "A", "--json")[0])
    assert again["events"] == []
    assert json.loads(out)["version"] == 1
