"""No word of a mail stands in the log, however the database fails while it is written."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from streaklike.cli.logs import RedactingFormatter, describe_exception
from streaklike.store.database import Database, DatabaseUnavailable
from streaklike.store.models import Setting
from tests.integration.sync_helpers import MEI, Team, at, mime

SECRET = "zqx"
FAULTS = {
    "a row that is refused": {
        "sqlite": "CREATE TRIGGER no BEFORE INSERT ON body WHEN NEW.text LIKE '%zqx%' BEGIN SELECT json(NEW.text); END",
        "postgresql": "ALTER TABLE body ADD CONSTRAINT no CHECK (text NOT LIKE '%zqx%')",
    },
    "a key that is taken": {
        "sqlite": "CREATE UNIQUE INDEX no ON message (subject)",
        "postgresql": "CREATE UNIQUE INDEX no ON message (subject)",
    },
    "a table that is gone": {"sqlite": "DROP TABLE body", "postgresql": "DROP TABLE body"},
    "a value that cannot be read": {
        "sqlite": "CREATE TRIGGER no BEFORE INSERT ON message BEGIN SELECT json(NEW.subject); END",
        "postgresql": "CREATE INDEX no ON message ((CAST(subject AS integer)))",
    },
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("command", [("sync",), ("worker", "--once")], ids=" ".join)
def test_Q31_no_word_of_a_mail_is_logged_when_the_database_fails(
    fault: str, command: tuple[str, ...], team: Team, tmp_path: Path
):
    account = team.connect(MEI)
    for number in range(3):
        account.deliver(
            mime(
                f"Zqxname <zqx{number}@donor.example>",
                [MEI],
                "zqxsubject",
                f"zqxbody {number}",
                minute=number,
            ),
            at=at(number),
        )
    with team.database.begin() as session:
        session.execute(text(FAULTS[fault][team.database.engine.dialect.name]))
    settings = {
        "DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": team.settings.database_url,
        "GMAIL_ENDPOINT": team.server.url,
        "GMAIL_UNITS_PER_MINUTE": "0",
        "TEAM_DOMAINS": "ngo.example",
    }
    done = subprocess.run(
        [sys.executable, "-m", "streaklike", *command],
        env=os.environ | {f"STREAKLIKE_{name}": value for name, value in settings.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.strip()  # there was something to say
    assert SECRET not in (done.stderr + done.stdout).lower()


def log_of(error: BaseException) -> str:
    facts = (type(error), error, error.__traceback__)
    return RedactingFormatter("%(message)s").format(
        logging.LogRecord("x", logging.ERROR, __file__, 1, "It failed: %s", (error,), facts)
    )


def test_an_exception_is_told_by_its_kind_its_place_and_its_code(database: Database):
    def add_twice(name: str) -> None:
        with database.begin() as session:
            session.execute(insert(Setting), [{"name": name, "value": {}}] * 2)

    with pytest.raises(DBAPIError) as caught:
        add_twice("z" + "qx")
    told = log_of(caught.value)
    assert SECRET not in told
    assert "IntegrityError" in told
    assert ("SQLITE_CONSTRAINT_PRIMARYKEY" if database.is_sqlite else "code 23505") in told


def test_what_led_to_an_exception_is_told_in_the_same_way():
    def fail() -> None:
        try:
            int("zqx words")
        except ValueError as error:
            raise DatabaseUnavailable("The disk is full.") from error

    with pytest.raises(DatabaseUnavailable) as caught:
        fail()
    told = log_of(caught.value)
    assert "zqx words'" not in told
    assert "ValueError\n" in told
    assert told.endswith("streaklike.store.database.DatabaseUnavailable: The disk is full.")
    assert describe_exception(KeyError("zqx")) == "KeyError"
    assert describe_exception(FileNotFoundError(2, "No such file or directory", "zqx")) == (
        "FileNotFoundError: No such file or directory"
    )


@pytest.mark.parametrize("where", ["main", "thread", "finalizer"])
def test_what_nobody_catches_is_redacted_too(where: str):
    code = {
        "main": "fail()",
        "thread": "t = threading.Thread(target=fail); t.start(); t.join()",
        "finalizer": "class Late:\n    __del__ = lambda self: fail()\nLate()",
    }[where]
    program = (
        "import threading\nfrom streaklike.cli.logs import set_up_logging\nset_up_logging()\n"
        "word = 'z' + 'qx'\ndef fail(*_): raise ValueError(word)\n" + code
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "ValueError" in done.stderr
    assert "zqx" not in done.stderr
