import pytest
from sqlalchemy import func, select

from streaklike.boxes.errors import PipelineNotFound
from streaklike.boxes.pipelines import ensure_start_pipelines, get_pipeline, get_stage, list_pipelines
from streaklike.store.database import Database
from streaklike.store.models import Stage


def test_the_start_set_is_made_once_and_what_the_team_changed_stays(database: Database):
    with database.begin() as session:
        ensure_start_pipelines(session)
        get_pipeline(session, "cases").name_en = "Matters"
        ensure_start_pipelines(session)
        supporters, cases = list_pipelines(session)
        assert (supporters.key, cases.key, cases.name_en) == ("supporters", "cases", "Matters")
        assert [stage.key for stage in supporters.stages] == [
            "stranger", "supporter", "volunteer", "donor", "organiser",
        ]  # fmt: skip
        assert [(stage.name_zh, stage.is_final) for stage in cases.stages] == [
            ("新進", False), ("處理中", False), ("等待回覆", False), ("結案", True),
        ]  # fmt: skip
        assert session.scalar(select(func.count()).select_from(Stage)) == 9


def test_an_unknown_pipeline_or_stage_is_refused_with_a_sentence(database: Database):
    with database.begin() as session:
        ensure_start_pipelines(session)
        cases = get_pipeline(session, "cases")
        assert get_stage(session, cases, "done").is_final
        with pytest.raises(PipelineNotFound, match="Nothing was changed"):
            get_pipeline(session, "members")
        with pytest.raises(PipelineNotFound, match="Choose one of its stages"):
            get_stage(session, cases, "donor")
