"""Pipelines, their stages, and the two pipelines that every team starts with."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from streaklike.boxes.errors import PipelineNotFound
from streaklike.store.models import Pipeline, Stage


@dataclass(frozen=True, slots=True)
class DefaultStage:
    """A default stage. `allowed_days` is how long a box may stay in it (R47); None means no limit."""

    key: str
    name_zh: str
    name_en: str
    allowed_days: int | None = None
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class DefaultPipeline:
    """A default pipeline."""

    key: str
    name_zh: str
    name_en: str
    stages: tuple[DefaultStage, ...]


START_SET = (
    DefaultPipeline(
        "supporters",
        "支持者",
        "Supporters",
        (
            DefaultStage("stranger", "陌生人", "Stranger", 30),
            DefaultStage("supporter", "支持者", "Supporter", 180),
            DefaultStage("volunteer", "志工", "Volunteer", 180),
            DefaultStage("donor", "捐款人", "Donor", 365),
            DefaultStage("organiser", "組織者", "Organiser"),
        ),
    ),
    DefaultPipeline(
        "cases",
        "個案",
        "Cases",
        (
            DefaultStage("new", "新進", "New", 3),
            DefaultStage("in_progress", "處理中", "In progress", 14),
            DefaultStage("waiting", "等待回覆", "Waiting for a reply", 14),
            DefaultStage("done", "結案", "Done", is_final=True),
        ),
    ),
)


def ensure_start_pipelines(session: Session) -> None:
    """Create the default pipelines that are missing. Existing ones are not changed."""
    known = set(session.scalars(select(Pipeline.key)))
    for position, start in enumerate(START_SET):
        if start.key not in known:
            session.add(_build_pipeline(start, position))
    session.flush()


def _build_pipeline(start: DefaultPipeline, position: int) -> Pipeline:
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
                position=index,
                allowed_days=stage.allowed_days,
                is_final=stage.is_final,
            )
            for index, stage in enumerate(start.stages)
        ],
    )


def list_pipelines(session: Session) -> list[Pipeline]:
    """List all pipelines in order, with their stages loaded."""
    query = select(Pipeline).options(selectinload(Pipeline.stages)).order_by(Pipeline.position, Pipeline.key)
    return list(session.scalars(query))


def get_pipeline(session: Session, key: str) -> Pipeline:
    """Return the pipeline with this key. Raises PipelineNotFound."""
    pipeline = session.scalar(select(Pipeline).where(Pipeline.key == key))
    if pipeline is None:
        raise PipelineNotFound(
            f"There is no pipeline {key!r}. Nothing was changed. Choose one of those listed."
        )
    return pipeline


def get_stage(session: Session, pipeline: Pipeline, key: str) -> Stage:
    """Return the pipeline's stage with this key. Raises PipelineNotFound."""
    stage = session.scalar(select(Stage).where(Stage.pipeline_id == pipeline.id, Stage.key == key))
    if stage is None:
        raise PipelineNotFound(
            f"The pipeline {pipeline.key!r} has no stage {key!r}. Nothing was changed. Choose one of its stages."
        )
    return stage
