"""Q7: digests go out once, whatever the mail server does; what became of each is written down."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from streaklike.digest import deliver, smtp
from streaklike.digest.preferences import save_preference, set_pause
from streaklike.instants import DAY, HOUR, MINUTE, parse_instant
from streaklike.jobs.digests import Delivered, deliver_due
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.models import DigestDelivery, DigestSetting, User
from tests.integration.mail_server import MailServer, hang_up, refuse, stay_silent
from tests.unit.web.web_fixtures import NOW, World

MEI, ANNA, WEI, BOARD = (f"{name}@ngo.example" for name in ("mei", "anna", "wei", "board"))
TEAM = [ANNA, BOARD, MEI, WEI]


@pytest.fixture
def post() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server
    assert server.offences == []


@pytest.fixture
def settings(tmp_path: Path, post: MailServer) -> Settings:
    return make_settings(tmp_path, post.url)


def make_settings(folder: Path, url: str) -> Settings:
    return Settings(
        data_dir=folder,
        smtp_url=url,
        mail_from="streaklike <digest@ngo.example>",
        public_url="https://crm.ngo.example",
        secret_key="a secret of this test",
        _env_file=None,
    )


def states(database: Database) -> dict[str, tuple[str, str]]:
    with database.read() as session:
        rows = session.execute(
            select(User.email, DigestDelivery.state, DigestDelivery.reason).join(
                User, User.id == DigestDelivery.user_id
            )
        )
        return {email: (state, reason) for email, state, reason in rows}


def only_mei(database: Database) -> None:
    """The others want none."""
    with database.begin() as session:
        session.execute(update(User).where(User.email != MEI).values(disabled_at=NOW - DAY))


def deliver_one(database: Database, settings: Settings, now: int = NOW) -> Delivered:
    (done,) = deliver_due(database, settings, now)
    return done


def test_Q7_each_member_gets_one_a_day(
    database: Database, world: World, settings: Settings, post: MailServer
):
    first = deliver_due(database, settings, NOW)
    assert {(each.email, each.state) for each in first} == {(email, "sent") for email in TEAM}
    assert sorted(letter.recipient for letter in post.letters) == TEAM
    for later in (0, MINUTE, 3 * HOUR):
        assert deliver_due(database, settings, NOW + later) == []
    assert len(post.letters) == 4
    again = deliver_due(database, settings, NOW + DAY)
    assert [each.state for each in again] == ["sent"] * 4


def test_Q7_two_schedulers_at_once_send_each_digest_once(
    database: Database, world: World, settings: Settings, post: MailServer
):
    threads = [threading.Thread(target=deliver_due, args=(database, settings, NOW)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(letter.recipient for letter in post.letters) == TEAM
    assert {state for state, _ in states(database).values()} == {"sent"}


def test_Q7_the_message_id_is_the_one_that_was_written_down_before(
    database: Database, world: World, settings: Settings, post: MailServer
):
    deliver_due(database, settings, NOW)
    with database.read() as session:
        kept = set(session.scalars(select(DigestDelivery.message_id)))
    assert {letter.message_id for letter in post.letters} == kept
    assert all(each.endswith("@ngo.example") for each in kept)


@pytest.mark.parametrize("place", ["connect", "mail", "rcpt", "data", "end"])
@pytest.mark.parametrize("fault", [refuse(451, "try later"), refuse(421, "closing")], ids=["451", "421"])
def test_Q7_what_is_refused_for_now_is_tried_again_and_sent_once(
    database: Database, world: World, settings: Settings, post: MailServer, place: str, fault
):
    only_mei(database)
    post.fail(place, fault)
    done = deliver_one(database, settings)
    assert (done.state, post.letters) == ("failed", [])
    assert deliver_due(database, settings, NOW + MINUTE) == [], "not before its pause is over"
    assert deliver_one(database, settings, NOW + 3 * MINUTE).state == "sent"
    assert len(post.letters) == 1


@pytest.mark.parametrize("place", ["connect", "mail", "rcpt", "data"])
def test_Q7_a_connection_lost_before_the_content_leaves_no_doubt(
    database: Database, world: World, settings: Settings, post: MailServer, place: str
):
    only_mei(database)
    post.fail(place, hang_up)
    assert deliver_one(database, settings).state == "failed"
    assert deliver_one(database, settings, NOW + 3 * MINUTE).state == "sent"
    assert len(post.letters) == 1


@pytest.mark.parametrize("place", ["content", "end", "taken"])
def test_Q7_a_connection_lost_while_handing_over_is_unknown_and_never_sent_again(
    database: Database, world: World, settings: Settings, post: MailServer, place: str
):
    only_mei(database)
    post.fail(place, hang_up)
    done = deliver_one(database, settings)
    assert done.state == "unknown"
    assert "handed over" in done.reason
    for later in (3 * MINUTE, HOUR, 8 * HOUR):
        assert deliver_due(database, settings, NOW + later) == []
    assert len(post.letters) == (1 if place == "taken" else 0)
    assert states(database)[MEI][0] == "unknown"


@pytest.mark.parametrize(("place", "state"), [("connect", "failed"), ("rcpt", "failed"), ("end", "unknown")])
def test_Q7_a_server_that_says_nothing_is_waited_for_no_longer_than_the_timeout(
    database: Database,
    world: World,
    settings: Settings,
    post: MailServer,
    monkeypatch,
    place: str,
    state: str,
):
    only_mei(database)
    monkeypatch.setattr(smtp.send, "__kwdefaults__", {"timeout": 0.3})
    post.fail(place, stay_silent(20))
    assert deliver_one(database, settings).state == state


@pytest.mark.parametrize("place", ["mail", "rcpt", "data", "end"])
def test_Q7_what_is_refused_for_good_is_skipped_and_says_why(
    database: Database, world: World, settings: Settings, post: MailServer, place: str
):
    only_mei(database)
    post.fail(place, refuse(550, "no such mailbox"))
    done = deliver_one(database, settings)
    assert (done.state, done.reason) == ("skipped", "refused: The mail server said 550 no such mailbox")
    assert deliver_due(database, settings, NOW + HOUR) == []
    assert post.letters == []


def test_Q7_what_fails_all_day_ends_skipped_with_the_last_word_of_the_server(
    database: Database, world: World, settings: Settings, post: MailServer
):
    only_mei(database)
    post.fail("rcpt", refuse(452, "full"), times=100)
    for quarter in range(4 * 14):
        deliver_due(database, settings, NOW + quarter * 15 * MINUTE)
    state, reason = states(database)[MEI]
    assert (state, reason) == ("skipped", "late: The mail server said 452 full")
    assert post.letters == []


def test_Q7_what_a_weekend_finds_unsent_is_skipped(
    database: Database, world: World, settings: Settings, post: MailServer
):
    only_mei(database)
    post.fail("rcpt", refuse(452, "full"))
    friday = NOW + 2 * DAY
    assert deliver_one(database, settings, friday).state == "failed"
    assert deliver_due(database, settings, friday + 2 * DAY) == []
    assert states(database)[MEI] == ("skipped", "The mail server said 452 full")


def test_Q7_one_that_fails_harms_no_other(
    database: Database, world: World, settings: Settings, post: MailServer
):
    post.fail("rcpt", refuse(550, "no such mailbox"))
    assert [each.state for each in deliver_due(database, settings, NOW)] == [
        "skipped",
        "sent",
        "sent",
        "sent",
    ]


def test_Q7_a_fault_of_ours_harms_no_other(
    database: Database, world: World, settings: Settings, post: MailServer
):
    with database.begin() as session:
        session.add(DigestSetting(user_id=world.mei, hour=8, language="xx"))
    found = {each.email: each.state for each in deliver_due(database, settings, NOW)}
    assert found == {ANNA: "sent", BOARD: "sent", MEI: "failed", WEI: "sent"}
    with database.begin() as session:
        save_preference(session, world.mei, hour=8, language="en", is_paused=False, now=NOW)
    assert deliver_one(database, settings, NOW + HOUR).state == "sent"


def test_Q7_a_claim_left_behind_is_taken_up_again_and_a_sending_is_unknown(
    database: Database, world: World, settings: Settings, post: MailServer
):
    only_mei(database)
    key = {"user_id": world.mei, "kind": "daily", "message_id": "x@ngo.example", "claimed_at": NOW}
    with database.begin() as session:
        session.add(DigestDelivery(**key, day="2026-11-18", state="claimed"))
    assert deliver_due(database, settings, NOW + MINUTE) == [], "its holder may still be alive"
    assert deliver_one(database, settings, NOW + deliver.LEASE).state == "sent"
    with database.begin() as session:
        session.execute(update(DigestDelivery).values(state="sending", claimed_at=NOW))
    assert deliver_due(database, settings, NOW + deliver.LEASE) == []
    assert states(database)[MEI] == ("unknown", deliver.DIED)
    assert len(post.letters) == 1


def test_Q7_who_lost_the_claim_sends_nothing(
    database: Database, world: World, settings: Settings, post: MailServer, monkeypatch
):
    only_mei(database)

    def steal(*_arguments: object) -> None:
        with database.begin() as session:
            session.execute(update(DigestDelivery).values(tries=DigestDelivery.tries + 1))

    post.fail("data", steal)
    assert deliver_due(database, settings, NOW) == []
    assert post.letters == []


def test_Q7_who_pauses_gets_none_and_the_day_says_so(
    database: Database, world: World, settings: Settings, post: MailServer
):
    only_mei(database)
    with database.begin() as session:
        set_pause(session, world.mei, is_paused=True, now=NOW)
    assert deliver_one(database, settings).reason == "paused"
    assert post.letters == []


def test_Q7_too_late_in_the_day_none_is_sent(
    database: Database, world: World, settings: Settings, post: MailServer
):
    only_mei(database)
    late = parse_instant("2026-11-18T21:00:00+08:00")
    assert deliver_one(database, settings, late).reason == "late"
    assert post.letters == []


def test_none_is_sent_where_there_is_nothing(database: Database, settings: Settings, post: MailServer):
    with database.begin() as session:
        session.add(User(email=MEI, name="小美", role="member", created_at=NOW))
    assert deliver_one(database, settings).reason == "nothing"
    assert post.letters == []


def test_without_a_sender_nothing_is_claimed(database: Database, world: World, tmp_path: Path):
    assert deliver_due(database, Settings(data_dir=tmp_path, _env_file=None), NOW) == []
    assert states(database) == {}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtps://user:p%40ss@mail.example", ("mail.example", 465, True, "user", "p@ss")),
        ("smtp://mail.example:2525", ("mail.example", 2525, False, "", "")),
        ("smtp://mail.example", ("mail.example", 587, False, "", "")),
    ],
)
def test_a_mail_servers_address_is_read(url: str, said: tuple):
    server = smtp.parse_server(url)
    assert (server.host, server.port, server.is_tls, server.user, server.password) == said
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://host:port"])
def test_an_address_of_no_mail_server_is_told_without_its_password(url: str):
    with pytest.raises(smtp.BadServer, match="STREAKLIKE_SMTP_URL"):
        smtp.parse_server(url)
