"""`streaklike search` as people type it."""

import json
from pathlib import Path

import pytest

from streaklike.cli.main import cli

MBOX = """From - Mon Jan  5 10:00:00 2026
From: =?utf-8?B?546L5bCP5piO?= <wang@donor.example>
To: mei@ngo.example
Subject: River day
Date: Mon, 5 Jan 2026 10:00:00 +0800
Message-ID: <one@donor.example>
Content-Type: text/plain; charset=utf-8

下週的志工訓練，我可以參加嗎？

From - Tue Jan  6 10:00:00 2026
From: press@press.example
To: mei@ngo.example
Subject: Interview
Date: Tue, 6 Jan 2026 10:00:00 +0800
Message-ID: <two@press.example>
Content-Type: text/plain; charset=utf-8

May I write of the river? A day is enough.

"""


@pytest.fixture
def found(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STREAKLIKE_DATABASE_URL", database_url)
    (tmp_path / "mail.mbox").write_text(MBOX, encoding="utf-8")
    run("import", "mbox", "mail.mbox", "--mailbox", "mei@ngo.example")
    capsys.readouterr()

    def search(*words: str) -> list[dict]:
        run("search", *words, "--json")
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return search


def run(*arguments: str) -> None:
    cli.main(arguments, standalone_mode=False)


def test_search_gives_lines_newest_first(found):
    assert [line["message_id"] for line in found("river")] == ["two@press.example", "one@donor.example"]
    (line,) = found("志工")
    assert line["from"] == "wang@donor.example"
    assert [line["snippet"][start:end] for start, end in line["marks"]] == ["志工"]
    assert line["at"] == "2026-01-05T02:00:00Z"


def test_search_takes_phrases_senders_and_a_time(found):
    assert [line["message_id"] for line in found('"river day"')] == ["one@donor.example"]
    assert len(found("river", "day")) == len(found("river day")) == 2
    assert [line["message_id"] for line in found("from:press.example", "river")] == ["two@press.example"]
    assert [line["message_id"] for line in found("river", "--before", "2026-01-06T00:00:00Z")] == [
        "one@donor.example"
    ]
    assert len(found("river", "--limit", "1")) == 1


def test_search_that_finds_nothing_says_so_and_fails_not(found, capsys: pytest.CaptureFixture[str]):
    run("search", '"*:(')
    out, err = capsys.readouterr()
    assert out == ""
    assert "Nothing found" in err
