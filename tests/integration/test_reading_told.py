"""Q11 for mail that is to be read again: in status and on the team's page, in both languages, and silent when done."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from streaklike.cli.main import main
from streaklike.jobs.imports import import_mbox
from streaklike.mail import reading
from streaklike.store.models import User
from tests.integration.rereading import read_all_again
from tests.integration.sync_helpers import AN, MEI, Team, mime
from tests.integration.test_labels_page import Office, office  # noqa: F401 - the fixture


def test_Q11_status_and_team_page_tell_what_is_still_to_be_read_again(
    team: Team,
    office: Office,  # noqa: F811 - the fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    path = tmp_path / "a.mbox"
    mail = b"From an@donor.example Mon Mar  2 09:00:00 2026\n" + mime(AN, [MEI], "From a file", minute=70)
    path.write_bytes(mail)
    for name in ("DATABASE_URL", "DATA_DIR", "GMAIL_ENDPOINT"):
        monkeypatch.setenv(f"STREAKLIKE_{name}", str(getattr(team.settings, name.lower())))
    import_mbox(team.database, team.settings, path, MEI, is_sent=False)

    def status(*options: str) -> str:
        main(["status", *options])
        return capsys.readouterr().out

    def page(language: str) -> str:
        with team.database.begin() as session:
            session.execute(update(User).values(locale=language))
        return office.reader(MEI).get("/team").text

    assert "reading" not in status()
    monkeypatch.setattr(reading, "VERSION", reading.VERSION + 1)
    waiting = json.loads(status("--json"))[0]
    assert waiting["to_read_again"] > 0
    assert waiting["old_reading"] == {"from_file": 1, "gone": 0}
    assert f"{waiting['to_read_again']} stored mail" in status()
    assert "1 mail came from a file and keeps its old reading; import the file again" in status()
    assert "等新版本重新判讀" in page("zh")
    assert "read again by the new version" in page("en")
    read_all_again(team.database, team.settings)
    assert "stored mail" not in status()
    assert "1 mail came from a file" in status()
    assert "等新版本重新判讀" not in page("zh")
    import_mbox(team.database, team.settings, path, MEI, is_sent=False)
    assert "reading" not in status()
    assert "舊版的判讀" not in page("zh")
