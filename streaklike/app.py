"""The composition root of the web app."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from streaklike import web
from streaklike.companion import page as companion_page
from streaklike.instants import now_instant
from streaklike.settings import Settings, load_secret_key
from streaklike.store.database import Database
from streaklike.web import (
    access,
    account,
    board,
    deeds,
    digest,
    errors,
    health,
    later,
    load,
    members,
    metrics,
    people,
    person,
    policy,
    queue,
    requests,
    search,
    security,
    templating,
    touches,
)

LARGEST_FORM_BYTES = 1_000_000


def create_app(settings: Settings, database: Database, *, clock: Callable[[], int] = now_instant) -> Flask:
    """The web app over an open database. `clock` gives the present instant.

    `app.config["LOCAL_SIGN_IN"]` is off; who serves this machine alone may switch it on.
    """
    app = Flask(web.__name__)
    _configure(app, settings)
    members.init_app(app)
    requests.init_app(app, database, clock)
    csrf = CSRFProtect(app)
    csrf.exempt(digest.pause)  # a mail program's one click has no form of ours; its link is signed
    security.init_app(app)
    templating.init_app(app)
    errors.init_app(app)
    for part in (
        access,
        account,
        board,
        companion_page,
        deeds,
        digest,
        health,
        later,
        load,
        metrics,
        people,
        person,
        policy,
        queue,
        search,
        touches,
    ):
        app.register_blueprint(part.blueprint)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    public = urlsplit(settings.public_url)
    is_https = public.scheme == "https"
    app.config.update(
        SECRET_KEY=load_secret_key(settings),
        TIMEZONE=settings.timezone,
        PUBLIC_HOST=public.netloc,
        METRICS_TOKEN=settings.metrics_token.get_secret_value(),
        PUBLIC_URL=settings.public_url,
        MAIL_FROM=settings.mail_from,
        LOCAL_SIGN_IN=False,
        TRUSTED_HOSTS=[public.hostname or "localhost", "127.0.0.1", "localhost", "[::1]"],
        SESSION_COOKIE_NAME="__Host-session" if is_https else "session",
        SESSION_COOKIE_SECURE=is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        MAX_CONTENT_LENGTH=LARGEST_FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # it asks for a Referer, which Referrer-Policy withholds
        WTF_CSRF_SECRET_KEY=load_secret_key(settings) + ":forms",
        TEMPLATES_AUTO_RELOAD=False,
    )
