"""The policy as a page: everybody sees it, admins change it, and a change is tried on the past before it is set."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from streaklike.cadence.editing.policy_changes import own_values
from streaklike.cadence.evaluate import refresh as refreshing
from streaklike.cadence.policy.policy import load_policy
from streaklike.jobs.registry import JOBS
from streaklike.jobs.worker import Worker
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import Contact, ContactStatus, Flag, Replay, User
from streaklike.web import evaluating
from tests.unit.web.conftest import Reader
from tests.unit.web.test_actions import undo_path
from tests.unit.web.web_fixtures import NOW, World


@pytest.fixture
def worker(database: Database, tmp_path: Path) -> Worker:
    """The jobs, as a worker process would run them; its clock is the app's."""
    settings = Settings(data_dir=tmp_path, _env_file=None)
    return Worker(database, settings, JOBS, clock=lambda: NOW)


def try_out(reader: Reader, worker: Worker, **question: str) -> str:
    """Ask for a trial, let the job run, and read the page of the question."""
    response = reader.post("/policy/try", question)
    assert response.status_code == 303
    assert "data-busy" in reader.get(response.location).text
    assert worker.run_due()
    return reader.get(response.location).text


def limit(database: Database) -> float:
    with database.read() as session:
        return load_policy(session).budget_limit


def test_R48_a_change_is_tried_then_applied_then_undone(
    mei: Reader, world: World, database: Database, worker: Worker
):
    page = mei.get("/policy").text
    assert "聯絡額度" in page
    assert "用過去 12 個月試試看" in mei.get("/policy/try?key=budget_limit&value=2").text
    page = try_out(mei, worker, key="budget_limit", value="2", level="")
    assert "當時" in page
    assert "這樣改的話" in page
    assert limit(database) == 3
    page = mei.post(
        "/policy", {"key": "budget_limit", "value": "2", "next": "/policy"}, follow_redirects=True
    ).text
    assert "規則已更改" in page
    assert limit(database) == 2
    page = mei.get("/policy/try?key=budget_limit&value=2&level=&unset=1").text
    assert "2 次聯絡 → <strong>3 次聯絡" in page
    mei.post("/policy", {"key": "budget_limit", "unset": "1"})
    assert limit(database) == 3
    history = mei.get("/policy").text
    mei.post(re.search(r'class="policy-history">.*?action="(/undo/[0-9a-f]+)"', history, re.DOTALL)[1])
    assert limit(database) == 2
    mei.post(re.findall(r'action="(/undo/[0-9a-f]+)"', mei.get("/policy").text)[-1])
    assert limit(database) == 3
    assert "已復原" in mei.get("/policy").text


def test_R51_the_trial_names_who_would_be_flagged_with_a_link(mei: Reader, world: World, worker: Worker):
    page = try_out(mei, worker, key="unanswered_work_hours", value="1")
    assert f'href="/people/{world.newcomer}"' in page


def test_R48_members_see_the_policy_and_do_not_change_it(stranger: Reader, world: World, database: Database):
    wei = stranger
    with database.read() as session:
        wei.sign_in(session.query(User).filter_by(email="wei@ngo.example").one().id)
    page = wei.get("/policy").text
    assert "由團隊的管理員更改" in page
    assert wei.get("/policy/try?preset=volunteers").status_code == 200
    assert wei.post("/policy/try", {"key": "budget_limit", "value": "2"}).status_code == 303
    assert wei.post("/policy", {"key": "budget_limit", "value": "2"}).status_code == 403
    assert limit(database) == 3


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("key=budget_days&value=0", "必須大於 0"),
        ("key=budget_limit&value=many", "要填數字"),
        ("key=maximum_days&value=10&level=tier:A", "超過了最長的 10 天"),
        ("key=nothing&value=1", "沒有這個數字"),
        ("preset=nothing", "沒有「nothing」這一組設定"),
        ("key=budget_limit&value=3&level=stage:no/where", "沒有「no/where」這個階段"),
    ],
)
def test_R48_what_cannot_be_is_refused_in_the_readers_language(
    mei: Reader, world: World, database: Database, query: str, said: str
):
    assert said in mei.client.get(f"/policy/try?{query}", follow_redirects=True).text
    form = dict(part.split("=") for part in query.split("&"))
    assert said in mei.post("/policy", {**form, "next": "/policy"}, follow_redirects=True).text
    assert limit(database) == 3


def test_a_value_that_is_so_already_is_said_so(mei: Reader, world: World):
    page = mei.get("/policy/try?key=stalled_days&value=30&level=stage:supporters/stranger").text
    assert "本來就是這樣" in page


def test_a_preset_is_shown_with_its_reasons_and_applied_as_one(mei: Reader, world: World, database: Database):
    page = mei.get("/policy/try?preset=volunteers").text
    assert "主動說要幫忙的人，一週沒有回音就走了。" in page
    page = mei.post("/policy", {"preset": "volunteers", "next": "/policy"}, follow_redirects=True).text
    assert limit(database) == 6
    mei.post(undo_path(page))
    assert limit(database) == 3


def test_every_level_has_its_page(mei: Reader, world: World):
    levels = re.findall(r'<option value="((?:tier|stage):[^"]+)"', mei.get("/policy").text)
    assert len(levels) > 10
    for level in levels:
        assert mei.get(f"/policy?level={level}").status_code == 200


def test_R50_this_was_wrong_retunes_the_person_and_is_undone(mei: Reader, world: World, database: Database):
    with database.read() as session:
        flag = session.query(Flag).filter_by(contact_id=world.chen, reason="budget").one()
        form = {"flag": flag.flag, "flag_reason": flag.reason, "since_at": str(flag.since_at)}
    page = mei.post(
        f"/people/{world.chen}/dismiss", {**form, "wrong": "次數算錯了"}, follow_redirects=True
    ).text
    assert "聯絡額度" in page

    def own() -> dict:
        with database.read() as session:
            return own_values(session, session.get_one(Contact, world.chen))

    assert own() == {"budget_limit": 6}
    person = mei.get(f"/people/{world.chen}").text
    assert "個人的數字" in person
    assert "聯絡額度 → 6 次聯絡" in person
    mei.post(undo_path(page))
    assert own() == {}


def test_the_persons_page_and_the_companion_tell_their_rhythm(mei: Reader, world: World):
    assert "節奏" in mei.get(f"/people/{world.chen}").text
    assert "節奏" in mei.get("/companion?email=yating.chen@donor.example").text


def test_R51_a_trial_is_a_job_and_its_page_only_shows_how_far_it_is(
    mei: Reader, looker: Reader, world: World, database: Database, worker: Worker
):
    question = {"key": "budget_limit", "value": "2"}
    address = "/policy/try?" + urlencode(question)
    assert "data-busy" not in mei.get(address).text
    assert count_replays(database) == 0, "looking asks for nothing"
    for _ in range(3):
        assert mei.post("/policy/try", question).location == address
    assert count_replays(database) == 1, "whoever asks again joins"
    page = mei.get(address).text
    assert "data-busy" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    worker.run_due()
    shown = mei.get(address).text
    assert "當時" in shown
    assert "data-busy" not in shown
    assert "重新試算" not in shown
    assert "當時" in looker.get(address).text
    assert looker.post("/policy/try", question).status_code == 403
    mei.post("/policy/try", question)
    assert count_replays(database) == 1, "the same question over unchanged data shows what is kept"
    mei.post(f"/people/{world.chen}/log", {"kind": "note", "text": "電話"})
    assert "重新試算" in mei.get(address).text
    mei.post("/policy/try", question)
    assert "data-busy" in mei.get(address).text
    assert count_replays(database) == 2


def test_R51_a_member_has_one_trial_waiting(mei: Reader, world: World, database: Database):
    for value in ("2", "4", "5"):
        mei.post("/policy/try", {"key": "budget_limit", "value": value})
    assert count_replays(database) == 1
    assert "data-busy" in mei.get("/policy/try?key=budget_limit&value=5").text
    assert "data-busy" not in mei.get("/policy/try?key=budget_limit&value=2").text


def count_replays(database: Database) -> int:
    with database.read() as session:
        return session.query(Replay).count()


def test_R48_a_change_marks_everybody_and_the_job_evaluates_them(
    mei: Reader, world: World, database: Database, worker: Worker, monkeypatch: pytest.MonkeyPatch
):
    evaluated: list[int] = []
    write = refreshing.write_people

    def count(session, evaluations, **kwargs) -> None:
        evaluated.append(len(evaluations))
        write(session, evaluations, **kwargs)

    monkeypatch.setattr(refreshing, "write_people", count)
    monkeypatch.setattr(evaluating, "MOST_IN_A_REQUEST", 3)
    page = mei.post(
        "/policy", {"key": "budget_limit", "value": "2", "next": "/policy"}, follow_redirects=True
    ).text
    assert evaluated == []
    with database.read() as session:
        due = session.query(ContactStatus).filter_by(due_at=0).count()
    assert due > 3
    assert f"正在重新計算 {due} 人" in page
    mei.post(f"/people/{world.chen}/tier", {"tier": "B"})
    assert set(evaluated) == {1}, (
        "before it, to see what has changed, and after it, an action evaluates whom it concerns"
    )
    worker.run_due()
    assert sum(evaluated) >= due
    assert "正在重新計算" not in mei.get("/policy").text
