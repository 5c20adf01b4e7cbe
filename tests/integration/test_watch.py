"""The daily watch: asked for where a topic is set, of mailboxes that are read."""

from sqlalchemy import select, update

from gmail_emulator import Account
from streaklike.instants import now_instant
from streaklike.jobs.registry import JOBS, WATCH
from streaklike.jobs.worker import Worker
from streaklike.store.models import Job, User
from tests.integration.sync_helpers import MEI, Team

TOPIC = "projects/ngo/topics/gmail"


def watch(team: Team) -> list[tuple[str, str | None]]:
    with team.database.read() as session:
        found = select(Job.state, Job.error).where(Job.name == WATCH.name).order_by(Job.id)
        return [(row.state, row.error) for row in session.execute(found)]


def connect_with(team: Team, topic: str) -> Account:
    team.settings = team.settings.model_copy(update={"gmail_pubsub_topic": topic})
    return team.connect(MEI)


def test_a_mailbox_is_watched_as_soon_as_it_is_connected(team: Team):
    account = connect_with(team, TOPIC)
    Worker(team.database, team.settings, JOBS).run_due()
    assert account.watched_topic == TOPIC
    assert watch(team) == [("done", None)]


def test_without_a_topic_nothing_is_watched(team: Team):
    account = connect_with(team, "")
    Worker(team.database, team.settings, JOBS).run_due()
    assert (account.watched_topic, watch(team)) == (None, [])


def test_a_topic_that_google_refuses_is_told_and_not_asked_for_again_that_day(team: Team):
    account = connect_with(team, "nowhere")
    Worker(team.database, team.settings, JOBS).run_due()
    assert account.watched_topic is None
    ((state, error),) = watch(team)
    assert state == "failed"
    assert error


def test_Q27_a_leavers_mailbox_is_not_watched(team: Team):
    account = connect_with(team, TOPIC)
    with team.database.begin() as session:
        session.execute(update(User).values(disabled_at=now_instant()))
    Worker(team.database, team.settings, JOBS).run_due()
    assert account.watched_topic is None
