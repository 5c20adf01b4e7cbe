"""Who may come in, and what every answer carries: Q24, Q27 and Q34 over the whole url map."""

import secrets

from flask import Flask
from sqlalchemy import func, select, update

from streaklike.digest.links import Take, sign_pause, sign_take
from streaklike.instants import DAY
from streaklike.store.database import Database
from streaklike.store.models import Event, User
from streaklike.web.security import SAFE_METHODS, VIEWER_MAY, is_public
from tests.unit.web.conftest import Reader
from tests.unit.web.web_fixtures import NOW, World

PUBLIC = {
    "static",
    "health.healthz",
    "health.livez",
    "metrics.metrics",  # asks for a sign-in or a token by itself
    "account.sign_in",
    "sign_in_links.page",  # the same for every link and for none
    "sign_in_links.use",  # asks for a link's token by itself
    "account.preferences",
    "digest.pause_page",  # whose link we signed
    "digest.pause",
    "take_links.page",  # whose link we signed, for one action
    "take_links.take",
    "push.receive",  # asks for Google's token by itself
}
PUSH = "push.receive"
"""Pub/Sub calls here with a token of its own, which stands for the form's; test_push.py holds it to that."""
FRAMED = "digest.preview_html"
"""A digest as a mail program shows it, styles and all, in a sandbox without scripts."""
OWN = frozenset({"team.labels", "set_aside.page"})
"""Pages about the reader's own mailbox; another's is not there."""
THEIRS = "sessions.end"
"""Ends a session of the reader's own; another's is not there."""
SIGNED = frozenset({"digest.pause", "take_links.take"})
"""Opened from a mail, without a session, or posted to by a mail program (RFC 8058): the signed link stands for the token."""


def routes(app: Flask, world: World | None = None) -> list[tuple[str, str, str]]:
    """(endpoint, method, path) of every route, with arguments that exist in the world."""
    values = {
        "contact_id": world.chen if world else 1,
        "conversation_id": 1,
        "user_id": world.mei if world else 1,
        "uid": world.box if world else "x",
        "offer_id": "0badc0de",
        "mailbox_id": 1,
        "session_id": 987654,
        "key": "supporters",
        "filename": "tokens.css",
        "token": sign_pause(app.config["SECRET_KEY"], world.looker, "board@ngo.example") if world else "x",
    }
    # A token that is ours and names nobody who waits: its page says so.
    resolved = Take(world.mei, world.chen, 1, 1, NOW + DAY) if world else None
    take = sign_take(app.config["SECRET_KEY"], resolved, "mei@ngo.example") if resolved else "x"
    adapter = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        known = {**values, "token": take} if rule.endpoint.startswith("take_links.") else values
        path = adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments})
        found += [(rule.endpoint, method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return found


def count_events(database: Database) -> int:
    with database.read() as session:
        return session.scalars(select(func.count()).select_from(Event)).one()


def test_Q24_public_routes_are_these_and_no_others(app: Flask):
    assert {endpoint for endpoint in app.view_functions if is_public(app, endpoint)} == PUBLIC


def test_Q24_a_stranger_sees_no_page_and_does_no_deed(
    app: Flask, world: World, database: Database, stranger: Reader
):
    before = count_events(database)
    token = stranger.token()
    for endpoint, method, path in routes(app, world):
        if endpoint in PUBLIC:
            continue
        response = stranger.client.open(path, method=method, data={"csrf_token": token})
        if method in SAFE_METHODS:
            assert response.status_code == 302, path
            assert response.headers["Location"].startswith("/sign-in"), path
        else:
            assert response.status_code == 401, path
    assert count_events(database) == before


def test_Q24_a_viewer_reads_everything_and_writes_nothing(
    app: Flask, world: World, database: Database, looker: Reader
):
    before = count_events(database)
    token = looker.token()
    for endpoint, method, path in routes(app, world):
        form = {"csrf_token": token, "form_key": secrets.token_urlsafe(18)}
        response = looker.client.open(path, method=method, data=form)
        if endpoint in OWN:
            assert response.status_code == (404 if method in SAFE_METHODS else 403), path
        elif method in SAFE_METHODS:
            assert response.status_code in {200, 302}, path
        elif endpoint == THEIRS:
            assert response.status_code == 404, path
        elif endpoint not in VIEWER_MAY | PUBLIC:
            assert response.status_code == 403, path
        response.close()
        if endpoint == "account.sign_out":
            looker.sign_in(world.looker)
            token = looker.token()
    assert count_events(database) == before


def test_Q24_what_is_not_there_is_a_page_of_its_own(mei: Reader):
    for path in ("/people/987654", "/people/99999999999999999999999", "/board/nowhere", "/no/such/page"):
        response = mei.get(path)
        assert response.status_code == 404
        assert "所有資料都還在" in response.text


def test_Q27_every_unsafe_route_refuses_a_post_without_its_token(
    app: Flask, world: World, database: Database, mei: Reader
):
    before = count_events(database)
    unsafe = [
        (method, path)
        for endpoint, method, path in routes(app, world)
        if method not in SAFE_METHODS and endpoint not in {*SIGNED, PUSH}
    ]
    assert len(unsafe) > 10
    for method, path in unsafe:
        for data in ({}, {"csrf_token": "made-up"}):
            response = mei.client.open(path, method=method, data=data)
            assert response.status_code == 400, path
            assert "這一頁開太久了" in response.text
    assert count_events(database) == before


def test_Q27_a_post_from_another_site_is_refused_even_with_a_token(app: Flask, world: World, mei: Reader):
    token = mei.token("/")
    for endpoint, method, path in routes(app, world):
        if method not in SAFE_METHODS and endpoint != PUSH:
            response = mei.client.open(
                path, method=method, data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}
            )
            assert response.status_code == 403, path


def test_Q27_reading_writes_nothing(app: Flask, world: World, database: Database, mei: Reader):
    before = count_events(database)
    for _, method, path in routes(app, world):
        if method in SAFE_METHODS:
            mei.get(path).close()
    assert count_events(database) == before


def test_Q27_a_leaver_is_out_at_once(world: World, database: Database, mei: Reader):
    assert mei.get("/").status_code == 200
    with database.begin() as session:
        session.execute(update(User).where(User.id == world.mei).values(disabled_at=NOW - DAY))
    assert mei.get("/").headers["Location"].startswith("/sign-in")


def test_Q34_every_answer_carries_its_headers(app: Flask, world: World, mei: Reader):
    nonces = set()
    for endpoint, method, path in [*routes(app, world), ("", "GET", "/nowhere")]:
        response = mei.client.open(path, method=method)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        if endpoint == FRAMED:
            assert "script-src" not in policy
            assert "frame-ancestors 'self'" in policy
            assert "sandbox allow-popups" in policy
        else:
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert response.headers["X-Frame-Options"] == "DENY"
            nonces.add(policy.partition("nonce-")[2].partition("'")[0])
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        if endpoint != "static":
            assert response.headers["Cache-Control"] == "no-store"
        response.close()
    assert len(nonces) == len(routes(app, world))  # one answer bears none, and one is of no route


def test_Q34_cookies_are_out_of_reach_of_scripts_and_other_sites(app: Flask, stranger: Reader):
    cookie = stranger.get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_Q34_over_https_cookies_bear_the_host_prefix(database: Database, tmp_path):
    from streaklike.app import create_app
    from streaklike.settings import Settings

    settings = Settings(data_dir=tmp_path, public_url="https://crm.ngo.example", _env_file=None)
    app = create_app(settings, database)
    response = app.test_client().get("/sign-in", base_url="https://crm.ngo.example")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert "Secure" in cookie
    assert "max-age=" in response.headers["Strict-Transport-Security"]


def test_Q34_another_host_name_is_refused(app: Flask):
    assert app.test_client().get("/sign-in", base_url="http://rebound.example").status_code == 400


def test_life_is_told_without_a_sign_in(stranger: Reader):
    response = stranger.get("/livez")
    assert (response.status_code, response.json) == (200, {"status": "ok", "database": "ok"})
