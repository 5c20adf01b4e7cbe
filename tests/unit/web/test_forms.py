"""What every form carries: a token, a key by which it is carried out once (Q27), and what its author saw."""

import re
import secrets
from html.parser import HTMLParser
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select

import streaklike
from streaklike.instants import MINUTE
from streaklike.jobs.registry import forget_old_keys
from streaklike.store.database import Database
from streaklike.store.form_keys import KEPT
from streaklike.store.models import Box, Contact, ContactStatus, Conversation, Event, FormKey, User
from streaklike.web.form_keys import REPEATABLE
from streaklike.web.forms_seen import NEVER_STALE, SEEN
from streaklike.web.security import SAFE_METHODS, is_public
from tests.factories import PostOffice
from tests.unit.web.conftest import Reader
from tests.unit.web.test_load import user_id
from tests.unit.web.web_fixtures import MEI, NOW, WANG, World

TEMPLATES = sorted(Path(streaklike.__file__).parent.rglob("templates/*.html"))
SIGNED = frozenset({"digest_pause.html", "digest_take.html"})
"""Opened from a mail, without a session: the link is signed."""


class Forms(HTMLParser):
    """The forms of a page that change something: each its action and fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._is_inside = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post":
            self._is_inside = True
            self.found.append((given["action"], {}))
        elif tag == "input" and self._is_inside and given.get("name"):
            self.found[-1][1].setdefault(given["name"], given.get("value") or "")

    def handle_endtag(self, tag):
        if tag == "form":
            self._is_inside = False


def forms_of(reader: Reader, path: str) -> list[tuple[str, dict[str, str]]]:
    return Forms(reader.get(path, follow_redirects=True).text).found


def form_to(reader: Reader, path: str, action: str, **fields: str) -> dict[str, str]:
    """The form of the page at `path` that is sent to `action` and has these fields."""
    return next(
        {**found} for to, found in forms_of(reader, path) if to == action and fields.items() <= found.items()
    )


def send(reader: Reader, action: str, form: dict[str, str]):
    return reader.client.post(action, data=form, headers=reader.headers)


def count_events(database: Database, kind: str | None = None) -> int:
    with database.read() as session:
        query = select(func.count()).select_from(Event)
        return session.scalars(query.where(Event.kind == kind) if kind else query).one()


def write_in(database: Database, subject: str, text: str, *, minutes: int = 1) -> None:
    """Wang writes again; as after a sync, nobody is evaluated yet."""
    with database.begin() as session:
        office = PostOffice(session, now=NOW - minutes * MINUTE)
        office.post(WANG, to=[MEI], at=NOW - minutes * MINUTE, subject=subject, text=text)
        office.link()


def test_every_form_in_the_templates_is_guarded():
    bare, count = [], 0
    for path in TEMPLATES:
        if path.name in SIGNED:
            continue
        for form in re.findall(r'<form(?=[^>]*method="post").*?</form>', path.read_text("utf-8"), re.DOTALL):
            count += 1
            if "guard(" not in form:
                bare.append((path.name, form[:80]))
    assert bare == []
    assert count > 35


def test_every_action_says_what_it_rests_on_or_why_on_nothing(app: Flask):
    unsafe = {rule.endpoint for rule in app.url_map.iter_rules() if set(rule.methods or ()) - SAFE_METHODS}
    inside = {endpoint for endpoint in unsafe if not is_public(app, endpoint)}
    assert inside == set(SEEN) | set(NEVER_STALE)
    assert not set(SEEN) & set(NEVER_STALE)
    assert all(reason.strip() for reason in NEVER_STALE.values())
    assert inside >= REPEATABLE


def test_every_form_of_every_page_carries_token_key_and_what_was_seen(app: Flask, world: World, mei: Reader):
    pages = ["/", "/?whose=mine", "/?kind=due", "/people", "/board/supporters", "/board/supporters?by=owner"]
    pages += [f"/people/{person}" for person in (world.chen, world.wang, world.quiet, world.newcomer)]
    pages += ["/load", f"/load/{world.mei}/handover", "/team", "/digest", "/policy"]
    pages += ["/policy/try?key=budget_limit&value=4", "/companion?email=wang@volunteer.example"]
    adapter, met = app.url_map.bind("localhost"), set()
    for page in pages:
        for action, fields in forms_of(mei, page):
            endpoint, _ = adapter.match(action, method="POST")
            met.add(endpoint)
            assert len(fields["csrf_token"]) > 20, (page, action)
            assert 16 <= len(fields["form_key"]) <= 64, (page, action)
            assert "next" in fields
            if endpoint in SEEN:
                assert fields["seen"], (page, action)
    assert len(met) > 15, met


def test_a_form_without_its_key_or_what_was_seen_does_nothing(mei: Reader, world: World, database: Database):
    before = count_events(database)
    action = f"/people/{world.wang}/take"
    form = form_to(mei, "/", action)
    for name in ("form_key", "seen"):
        without = {field: value for field, value in form.items() if field != name}
        assert send(mei, action, without).status_code == 400
    assert count_events(database) == before


def test_one_form_sent_twice_does_one_thing_and_shows_the_first_answer(
    mei: Reader, world: World, database: Database
):
    action = f"/people/{world.chen}/log"
    form = form_to(mei, f"/people/{world.chen}", action) | {"kind": "gift", "amount": "5000", "text": "現金"}
    first = send(mei, action, form)
    assert mei.get(first.location).text.count('class="toast"') == 1
    again = send(mei, action, form)
    assert (again.status_code, again.location) == (first.status_code, first.location)
    page = mei.get(again.location).text
    assert "第一次送出時就已經完成" in page
    assert "已記下" in page
    assert count_events(database, "gift") == 1


def test_a_used_form_with_other_content_is_told_and_offered_again(
    mei: Reader, world: World, database: Database
):
    action = f"/people/{world.chen}/log"
    form = form_to(mei, f"/people/{world.chen}", action)
    send(mei, action, form | {"kind": "note", "text": "第一則"})
    answer = send(mei, action, form | {"kind": "note", "text": "第二則"})
    assert answer.status_code == 409
    assert "第二則" in answer.text
    assert count_events(database, "note") == 1
    ((to, offered),) = [each for each in Forms(answer.text).found if each[0] == action]
    assert send(mei, to, offered).status_code == 303
    assert count_events(database, "note") == 2


def test_a_key_is_one_members_own_and_a_refused_form_leaves_none(
    app: Flask, world: World, database: Database
):
    mei, anna = Reader(app).sign_in(world.mei), Reader(app).sign_in(user_id(database, "anna"))
    key = secrets.token_urlsafe(18)
    for reader in (mei, anna):
        reader.post(f"/people/{world.chen}/log", {"kind": "note", "text": "x", "form_key": key})
    assert count_events(database, "note") == 2
    key = secrets.token_urlsafe(18)
    mei.post(f"/people/{world.chen}/log", {"kind": "note", "text": " ", "form_key": key})
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(FormKey)) == 2


def test_keys_are_forgotten_after_some_days(database: Database):
    with database.begin() as session:
        user = User(email="mei@ngo.example", name="小美", role="admin", created_at=0)
        session.add(user)
        session.flush()
        for age in (0, KEPT + 1):
            session.add(FormKey(key_hash=f"k{age}", user_id=user.id, content_hash="", created_at=NOW - age))
        session.flush()
        assert forget_old_keys(session, now=NOW) == 1
        assert session.scalars(select(FormKey.key_hash)).all() == ["k0"]


def test_she_wrote_before_no_reply_needed_was_pressed(mei: Reader, world: World, database: Database):
    action = f"/people/{world.wang}/no-reply-needed"
    form = form_to(mei, "/", action) | {"reason": "已用電話回覆"}
    write_in(database, "我住院了", "我在醫院，這週不能開車。")
    answer = send(mei, action, form)
    assert answer.status_code == 409
    for said in ("這次沒有執行", "王大明", "我住院了", "我在醫院"):
        assert said in answer.text
    assert count_events(database, "no_reply_needed") == 0
    ((to, offered),) = [each for each in Forms(answer.text).found if each[0] == action]
    assert offered["reason"] == "已用電話回覆"
    assert send(mei, to, offered).status_code == 303
    assert count_events(database, "no_reply_needed") == 1


def test_a_page_that_shows_her_mail_but_was_made_before_evaluation_is_stale_too(
    mei: Reader, world: World, database: Database
):
    write_in(database, "我住院了", "我在醫院。")
    action = f"/people/{world.wang}/snooze"
    form = form_to(mei, "/", action) | {"when": "tomorrow"}
    assert send(mei, action, form).status_code == 409
    assert count_events(database, "snooze") == 0


def test_a_take_after_a_colleagues_take_is_told(app: Flask, mei: Reader, world: World, database: Database):
    action = f"/people/{world.wang}/take"
    form = form_to(mei, "/", action)
    wei = user_id(database, "wei")
    Reader(app).sign_in(wei).post(action)
    answer = send(mei, action, form)
    assert answer.status_code == 409
    assert "陳志偉已接手" in answer.text
    with database.read() as session:
        waiting = session.get_one(ContactStatus, world.wang).waiting_conversation_id
        assert session.get_one(Conversation, waiting).owner_id == wei


def test_a_move_from_another_stage_is_told(app: Flask, mei: Reader, world: World, database: Database):
    action = f"/boxes/{world.box}/move"
    form = form_to(mei, "/board/supporters", action)
    Reader(app).sign_in(user_id(database, "wei")).post(action, {"by": "stage", "to": "supporter"})
    answer = send(mei, action, form | {"to": "donor"})
    assert answer.status_code == 409
    assert "陳志偉" in answer.text
    with database.read() as session:
        before = session.scalars(select(Box.stage_id).where(Box.uid == world.box)).one()
    ((to, offered),) = [each for each in Forms(answer.text).found if each[0] == action]
    send(mei, to, offered)
    with database.read() as session:
        assert session.scalars(select(Box.stage_id).where(Box.uid == world.box)).one() != before


def test_each_value_that_a_colleague_changed_is_told(
    app: Flask, mei: Reader, world: World, database: Database
):
    """Tier, do-not-contact and owner of one person, from one page: each the second time by a stale form."""
    wei = Reader(app).sign_in(user_id(database, "wei"))
    page = f"/people/{world.chen}"
    changes = {
        "tier": ({"tier": "B"}, {"tier": "C"}),
        "do-not-contact": ({"reason": "搬家"}, {"reason": "住院"}),
        "owner": ({"user": str(world.mei)}, {"user": ""}),
    }
    for name, (theirs, mine) in changes.items():
        action = f"{page}/{name}"
        form = form_to(mei, page, action)
        assert wei.post(action, theirs).status_code == 303
        answer = send(mei, action, form | mine)
        assert answer.status_code == 409, name
        assert "陳志偉" in answer.text, name
    with database.read() as session:
        chen = session.get_one(Contact, world.chen)
        assert (chen.tier, chen.do_not_contact_reason, chen.owner_id) == ("B", "搬家", world.mei)


def test_a_task_that_is_done_is_not_offered_again(app: Flask, mei: Reader, world: World, database: Database):
    page = f"/people/{world.chen}"
    action, form = next(each for each in forms_of(mei, page) if each[0].startswith("/tasks/"))
    Reader(app).sign_in(user_id(database, "wei")).post(action)
    answer = send(mei, action, form)
    assert answer.status_code == 409
    assert "陳志偉" in answer.text
    assert action not in answer.text


def test_Q24_a_member_neither_undoes_a_policy_nor_hands_over_an_admins_load(
    app: Flask, mei: Reader, world: World, database: Database
):
    mei.post("/policy", {"key": "budget_limit", "value": "4", "level": ""})
    anna = Reader(app).sign_in(user_id(database, "anna"))
    with database.read() as session:
        uid = session.scalars(select(Event.uid).where(Event.kind == "policy")).one()
    assert "只有管理者能做這件事" in anna.post(f"/undo/{uid}", follow_redirects=True).text
    path = f"/load/{world.mei}/handover"
    answer = anna.post(path, {"to": str(user_id(database, "wei"))}, follow_redirects=True)
    assert "找其中一位處理" in answer.text
    assert count_events(database, "undo") == count_events(database, "handover") == 0
    assert 'name="suggested"' not in anna.get(path).text


def test_Q27_a_role_is_changed_on_the_team_page(app: Flask, mei: Reader, world: World, database: Database):
    anna = user_id(database, "anna")
    page = mei.post(f"/members/{anna}/role", {"role": "viewer", "next": "/team"}, follow_redirects=True).text
    assert "現在是檢視者" in page
    her = Reader(app).sign_in(anna)
    assert her.post(f"/people/{world.wang}/take").status_code == 403
    assert 'name="role"' not in her.get("/team").text
    assert (
        Reader(app)
        .sign_in(user_id(database, "wei"))
        .post(f"/members/{anna}/role", {"role": "admin"})
        .status_code
        == 403
    )
