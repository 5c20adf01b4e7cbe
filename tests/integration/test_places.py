"""Where a command keeps what it keeps, who else may read it, and what it makes of settings that are nearly right."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from streaklike.settings import Settings, UnknownSetting
from tests.integration.sync_helpers import AN, MEI, at, mime


class Account:
    """One account's programs, started in folders of its own with the umask that is usual: others may read."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "share"
        self.here = folder / "here"
        self.here.mkdir()
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("STREAKLIKE_")
        } | {"XDG_DATA_HOME": str(self.home)}

    def run(self, *arguments: str, at: Path | None = None, **settings: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "streaklike", *arguments],
            cwd=at or self.here,
            env=self.environment | {f"STREAKLIKE_{name}": value for name, value in settings.items()},
            capture_output=True,
            text=True,
            umask=0o022,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def add_user(self, **options) -> tuple[int, str, str]:
        return self.run("user", "add", MEI, "--name", "Mei", "--role", "admin", **options)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in [folder, *folder.rglob("*")]}


def test_the_data_lie_in_the_users_folder_wherever_the_command_is_run(account: Account, tmp_path: Path):
    code, _, said = account.add_user()
    assert code == 0
    assert f"Data folder: {account.home / 'streaklike'}, with a new, empty database." in said
    code, out, said = account.run("status", "--json", at=tmp_path)
    assert (code, json.loads(out)) == (0, [])
    assert "Data folder" not in said
    assert list(account.here.iterdir()) == []


def test_status_where_nothing_is_says_so_and_fails(account: Account):
    code, out, said = account.run("status", "--json")
    assert (code, json.loads(out)) == (1, [])
    assert "with a new, empty database" in said
    assert "wrong place" in said


def test_a_data_folder_of_an_earlier_version_is_found_named_and_closed_to_others(account: Account):
    old = account.here / "data"
    old.mkdir(mode=0o755)
    account.add_user(DATA_DIR=str(old))
    for path in (old, *old.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    code, _, said = account.run("status")
    assert code == 0
    assert f"STREAKLIKE_DATA_DIR={old}" in said
    assert set(modes(old).values()) == {"0o700", "0o600"}
    assert not account.home.exists()


def test_whatever_is_written_is_for_this_account_alone(account: Account, server, tmp_path: Path):
    mailbox = server.add_account(MEI)
    mailbox.deliver(mime(AN, [MEI]), at=at(1))
    file = tmp_path / "mei.json"
    file.write_text(json.dumps(mailbox.credentials()))
    settings = {"GMAIL_ENDPOINT": server.url, "GMAIL_UNITS_PER_MINUTE": "0", "TEAM_DOMAINS": "ngo.example"}
    assert account.run("mailbox", "add", MEI, "--credentials", str(file), **settings)[0] == 0
    code, _, said = account.run("sync", **settings)
    assert code == 0, said
    found = modes(account.home / "streaklike")
    assert found.pop("streaklike") == "0o700"
    assert {"streaklike.db", "secret.key"} <= set(found)
    assert set(found.values()) == {"0o600"}


def test_a_folder_that_is_shared_is_left_and_named(account: Account):
    shared = account.here / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    (shared / "minutes.txt").write_text("of the meeting")
    (shared / "minutes.txt").chmod(0o644)
    code, _, said = account.add_user(DATA_DIR=str(shared))
    assert code == 0
    assert f"The data folder {shared} can be opened by other accounts" in said
    found = modes(shared)
    assert (found["shared"], found["minutes.txt"], found["streaklike.db"]) == ("0o755", "0o644", "0o600")


def test_a_data_folder_that_cannot_be_made_is_a_sentence(account: Account):
    code, _, said = account.add_user(DATA_DIR="/proc/nowhere")
    assert code == 4
    assert "STREAKLIKE_DATA_DIR" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("place", ["environment", ".env"])
@pytest.mark.parametrize(
    ("name", "meant"), [("DATADIR", "DATA_DIR"), ("TEAM_DOMAIN", "TEAM_DOMAINS"), ("TIME_ZONE", "TIMEZONE")]
)
def test_a_name_nearly_right_is_an_error_that_names_the_right_one(
    name: str, meant: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    if place == ".env":
        Path(".env").write_text(f"STREAKLIKE_{name}=x\n")
    else:
        monkeypatch.setenv(f"STREAKLIKE_{name}", "x")
    with pytest.raises(UnknownSetting, match=rf"STREAKLIKE_{name} in .*{place}.* STREAKLIKE_{meant} is one"):
        Settings()


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_another_unknown_name_is_warned_of(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("STREAKLIKE_WEATHER=fine\n" if place == ".env" else "OTHER_NAME=x\n")
    if place == "environment":
        monkeypatch.setenv("STREAKLIKE_WEATHER", "fine")
    Settings()
    (record,) = caplog.records
    assert "STREAKLIKE_WEATHER in " in record.getMessage()
    assert place in record.getMessage()


def test_every_setting_is_known_by_its_own_name(monkeypatch: pytest.MonkeyPatch, caplog):
    fitting = {"trusted_proxy": "127.0.0.1", "trusted_proxy_count": "1"}
    for name in Settings.model_fields:
        usual = "1" if "units" in name else "Asia/Taipei"
        monkeypatch.setenv(f"STREAKLIKE_{name.upper()}", fitting.get(name, usual))
    Settings(_env_file=None)
    assert caplog.records == []


def test_a_misspelt_setting_stops_a_command_before_it_makes_anything(account: Account):
    code, _, said = account.run("status", DATA_DRI="x")
    assert code == 3
    assert "STREAKLIKE_DATA_DIR is one" in said
    assert not account.home.exists()


def test_nobody_unknown_is_left_alone_unless_they_are_added(account: Account):
    order = ("contact", "set", "an@donor.example", "--do-not-contact-until", "never", "--reason", "asked")
    code, _, said = account.run(*order)
    assert code == 3
    assert "Nobody with the address an@donor.example" in said
    assert "--add" in said
    assert account.run("contacts", "--json")[1] == ""
    assert account.run(*order, "--add")[0] == 0
    (line,) = account.run("contacts", "--json")[1].splitlines()
    assert json.loads(line)["addresses"] == ["an@donor.example"]
    assert account.run("contact", "set", "an@donor.example", "--do-not-contact-until", "clear")[0] == 0
