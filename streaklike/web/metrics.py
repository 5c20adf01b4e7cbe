"""`/metrics` in Prometheus' text form: lag, failures and next run of mailboxes and jobs, the queue, the clock (Q11).

It names mailboxes, so it is open to nobody but who signed in or bears the token that the settings name.
"""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, g, request
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.instants import SECOND
from streaklike.store.job_state import JobState, measure_jobs
from streaklike.store.models import Mailbox
from streaklike.sync.health import find_stall
from streaklike.web.security import public

blueprint = Blueprint("metrics", __name__)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure with its meaning, and its values by label."""

    name: str
    meaning: str
    values: Sequence[tuple[dict[str, str], float]]


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """The figures; 401 for a stranger."""
    if not _may_read():
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    figures = generate_latest(_Figures(collect(g.session, now=g.now)))
    return Response(figures, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read() -> bool:
    if g.member is not None:
        return True
    token = current_app.config["METRICS_TOKEN"]
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return bool(token) and kind.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())


def collect(session: Session, *, now: int) -> list[Gauge]:
    """Every figure at `now`, times in seconds."""
    mailboxes = session.scalars(
        select(Mailbox).where(Mailbox.source == "gmail").order_by(Mailbox.email)
    ).all()
    state = measure_jobs(session, now=now)
    lag = [({"mailbox": m.email}, (now - m.synced_at) / SECOND) for m in mailboxes if m.synced_at is not None]
    stalled = [({"mailbox": m.email}, float(find_stall(m, now) is not None)) for m in mailboxes]
    return [
        Gauge("mailbox_lag_seconds", "Since the mailbox's last good sync.", lag),
        Gauge("mailbox_stalled", "1 where the mailbox stands still.", stalled),
        *_list_job_gauges(state),
    ]


def _list_job_gauges(state: JobState) -> list[Gauge]:
    labels = [{"job": line.name, "subject": line.subject} for line in state.lines]
    pairs = list(zip(labels, state.lines, strict=True))
    next_runs = [(label, line.next_at / SECOND) for label, line in pairs if line.next_at is not None]
    leader = [({"holder": state.leader}, float(state.clock == "led"))] if state.leader else []
    queue = (("waiting", state.waiting), ("put_off", state.put_off), ("running", state.running))
    return [
        Gauge(
            "job_failures", "How often in a row the job failed.", [(at, line.failures) for at, line in pairs]
        ),
        Gauge("job_running", "1 while the job runs.", [(at, line.is_running) for at, line in pairs]),
        Gauge("job_next_run_timestamp_seconds", "When the job is begun next.", next_runs),
        Gauge("queue_jobs", "Jobs by state.", [({"state": name}, count) for name, count in queue]),
        Gauge("queue_given_up", "Jobs that failed for good within 14 days.", [({}, state.given_up)]),
        Gauge(
            "queue_lag_seconds", "How long the job that is due first has waited.", [({}, state.lag / SECOND)]
        ),
        Gauge("standstill", "1 where the clock or every worker was killed.", [({}, bool(state.standstill))]),
        Gauge("clock_leader", "1 for the process that keeps the clock, 0 where it was killed.", leader),
    ]


class _Figures(Collector):
    """Gauges as prometheus-client collects them; no registry, since the figures are computed for each request."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        for gauge in self._gauges:
            labels = list(gauge.values[0][0]) if gauge.values else []
            family = GaugeMetricFamily(f"streaklike_{gauge.name}", gauge.meaning, labels=labels)
            for values, figure in gauge.values:
                family.add_metric(list(values.values()), float(figure))
            yield family
