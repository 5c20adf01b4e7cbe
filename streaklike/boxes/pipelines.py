"""Pipelines and their stages, and the two that every team starts with."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from streaklike.boxes.errors import PipelineNotFound
from streaklike.store.models import Pipeline, Stage


@dataclass(frozen=True, slots=True)
class StageStart:
    """A stage of a start set. `allowed_days` is how long a box may stand in it (R47); None means for ever."""

    key: str
    name_zh: str
    name_en: str
    allowed_days: int | None = None
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class PipelineStart:
    """A pipeline of the start set."""

    key: str
    name_zh: str
    name_en: str
    stages: tuple[StageStart, ...]


START_SET = (
    PipelineStart(
        "supporters",
        "支持者",
        "Supporters",
        (
            StageStart("stranger", "陌生人", "Stranger", 30),
            StageStart("supporter", "支持者", "Supporter", 180),
            StageStart("volunteer", "志工", "Volunteer", 180),
            StageStart("donor", "捐款人", "Donor", 365),
            StageStart("organiser", "組織者", "Organiser"),
        ),
    ),
    PipelineStart(
        "cases",
        "個案",
        "Cases",
        (
            StageStart("new", "新進", "New", 3),
            StageStart("in_progress", "處理中", "In progress", 14),
            StageStart("waiting", "等待回覆", "Waiting for a reply", 14),
            StageStart("done", "結案", "Done", is_final=True),
        ),
    ),
)


def ensure_start_pipelines(session: Session) -> None:
    """Make the start set's pipelines that are missing. What the team changed in one that is there stays."""
    known = set(session.scalars(select(Pipeline.key)))
    for position, start in enumerate(START_SET):
        if start.key not in known:
            session.add(_build_pipeline(start, position))
    session.flush()


def _build_pipeline(start: PipelineStart, position: int) -> Pipeline:
    return Pipeline(
        key=start.key,
        name_zh=start.name_zh,
        name_en=start.name_en,
        position=position,
        stages=[
            Stage(
                key=stage.key,
                name_zh=stage.name_zh,
                name_en=stage.name_en,
                position=place,
                allowed_days=stage.allowed_days,
                is_final=stage.is_final,
            )
            for place, stage in enumerate(start.stages)
        ],
    )


def list_pipelines(session: Session) -> list[Pipeline]:
    """All pipelines in their order, their stages loaded."""
    query = select(Pipeline).options(selectinload(Pipeline.stages)).order_by(Pipeline.position, Pipeline.key)
    return list(session.scalars(query))


def get_pipeline(session: Session, key: str) -> Pipeline:
    """The pipeline with this key. Raises PipelineNotFound."""
    pipeline = session.scalar(select(Pipeline).where(Pipeline.key == key))
    if pipeline is None:
        raise PipelineNotFound(
            f"There is no pipeline {key!r}. Nothing was changed. Choose one of those listed."
        )
    return pipeline


def get_stage(session: Session, pipeline: Pipeline, key: str) -> Stage:
    """The pipeline's stage with this key. Raises PipelineNotFound."""
    stage = session.scalar(select(Stage).where(Stage.pipeline_id == pipeline.id, Stage.key == key))
    if stage is None:
        raise PipelineNotFound(
            f"The pipeline {pipeline.key!r} has no stage {key!r}. Nothing was changed. Choose one of its stages."
        )
    return stage
