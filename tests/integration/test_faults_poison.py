"""Q10: mail that was made to break a reader is stored or set aside, and the mailbox goes on, on each database."""

import pytest
from sqlalchemy import func, select

from streaklike.store.models import Body, MailboxMessage
from streaklike.sync import fetch
from tests.integration.poison import Stopwatch, deliver_poison
from tests.integration.sync_helpers import MEI, Team


def sync_poison(team: Team, monkeypatch: pytest.MonkeyPatch, *, sound: int, step: int = 1) -> dict[str, int]:
    """Sync a mailbox full of poison, each `step`-th kind; how many were left out, by reason."""
    watch = Stopwatch(fetch.read_message)
    monkeypatch.setattr(fetch, "read_message", watch)
    account = team.connect(MEI)
    delivered = deliver_poison(team.server, account, sound=sound, step=step)
    report = team.sync_one()
    assert (report.error, report.complete) == (None, True)
    everything = delivered.sound + len(delivered.poisons)
    assert report.gmail_total == report.messages_total + sum(report.left_out.values()) == everything
    with team.database.read() as session:
        left = session.execute(
            select(MailboxMessage.gmail_id, MailboxMessage.state, MailboxMessage.reason).where(
                MailboxMessage.state != "stored"
            )
        ).all()
        sound_texts = session.scalar(select(func.count()).select_from(Body).where(Body.text.like("sound %")))
    for gmail_id, state, reason in left:
        assert gmail_id in delivered.poisons
        assert (state, reason in ("set_aside", "internal")) == ("left_out", True)
    assert sound_texts == sound
    slow = {delivered.poisons.get(key, key): spent for key, spent in watch.seconds.items() if spent > 2.0}
    assert slow == {}
    assert team.sync_one().quota_units == 2
    return report.left_out


def test_Q10_poison_stops_nothing(team: Team, monkeypatch: pytest.MonkeyPatch):
    left_out = sync_poison(team, monkeypatch, sound=30, step=5)
    assert left_out.get("set_aside", 0) <= 3, "little is so bad that nothing of it can be kept"
