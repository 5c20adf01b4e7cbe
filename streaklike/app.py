"""The composition root of the web app."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from streaklike import web
from streaklike.companion import page as companion_page
from streaklike.gmail.push import Certificates, PushGuard, fetch_certificates
from streaklike.instants import now_instant
from streaklike.jobs.labels import LabelService
from streaklike.jobs.registry import JobService
from streaklike.jobs.team import ensure_team
from streaklike.people.sessions import LIFETIME
from streaklike.settings import Settings, load_secret_key
from streaklike.store.database import Database
from streaklike.web import (
    access,
    account,
    actions,
    before_start,
    board,
    digest,
    due_dates,
    errors,
    form_addresses,
    form_keys,
    forms_seen,
    forwards,
    health,
    load,
    members,
    metrics,
    people,
    person,
    policy,
    push,
    quarantine,
    queue,
    requests,
    search,
    security,
    sessions,
    sign_in_links,
    stale,
    take_links,
    team,
    templating,
    touches,
)

LARGEST_FORM_BYTES = 1_000_000


def create_app(
    settings: Settings,
    database: Database,
    *,
    clock: Callable[[], int] = now_instant,
    ask_for_sync: push.AskForSync | None = None,
    fetch_certificates: Callable[[], Certificates] = fetch_certificates,
) -> Flask:
    """The web app over an open database. `clock` gives the present instant; `ask_for_sync` enqueues a mailbox's sync,
    without it Gmail push notifications are not accepted.

    Members sign in by one-time link only. The demo registers its own sign-in list (`web/demo_sign_in.py`).
    """
    app = Flask(web.__name__)
    _configure(app, settings)
    members.init_app(app, database)
    push.init_app(app, _guard_pushes(settings, fetch_certificates), ask_for_sync)
    requests.init_app(app, database, clock)
    csrf = CSRFProtect(app)
    csrf.exempt(digest.pause)  # a mail program's one click has no form of ours; its link is signed
    csrf.exempt(take_links.take)  # opened from a mail, without a session; its link is signed
    csrf.exempt(push.receive)  # Pub/Sub bears a token of its own, and no cookie
    security.init_app(app)
    templating.init_app(app)
    form_keys.init_app(app, database)
    forms_seen.init_app(app)
    stale.init_app(app)
    errors.init_app(app)
    app.extensions["jobs"] = JobService()
    app.extensions["labels"] = LabelService(database, settings)
    app.extensions["ensure_team"] = partial(ensure_team, database, settings.team_domains)
    for part in (
        access,
        account,
        before_start,
        board,
        companion_page,
        actions,
        digest,
        form_addresses,
        forwards,
        health,
        due_dates,
        load,
        metrics,
        people,
        person,
        policy,
        push,
        queue,
        search,
        sessions,
        sign_in_links,
        quarantine,
        take_links,
        team,
        touches,
    ):
        app.register_blueprint(part.blueprint)
    return app


def _guard_pushes(settings: Settings, fetch: Callable[[], Certificates]) -> PushGuard | None:
    """Return None unless all three push settings are set."""
    if not (settings.gmail_pubsub_topic and settings.gmail_push_audience and settings.gmail_push_account):
        return None
    return PushGuard(settings.gmail_push_audience, settings.gmail_push_account, fetch)


def _configure(app: Flask, settings: Settings) -> None:
    public = urlsplit(settings.public_url)
    is_https = public.scheme == "https"
    app.config.update(
        SECRET_KEY=load_secret_key(settings),
        TIMEZONE=settings.timezone,
        METRICS_TOKEN=settings.metrics_token.get_secret_value(),
        PUBLIC_URL=settings.mailed_url,
        MAIL_FROM=settings.mail_from,
        TRUSTED_HOSTS=[public.hostname or "localhost", "127.0.0.1", "localhost", "[::1]"],
        SESSION_COOKIE_NAME="__Host-session" if is_https else "session",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(milliseconds=LIFETIME),
        MAX_CONTENT_LENGTH=LARGEST_FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # it asks for a Referer, which Referrer-Policy withholds
        WTF_CSRF_SECRET_KEY=load_secret_key(settings) + ":forms",
        TEMPLATES_AUTO_RELOAD=False,
    )
