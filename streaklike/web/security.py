"""The headers every answer carries (Q34), and who may come in at all: nobody, unless a route is marked public (Q24)."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from streaklike.web.requests import SAFE_METHODS

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
VIEWER_MAY = frozenset(
    {"account.sign_out", "account.preferences", "digest.save", "sessions.end", "sessions.end_others"}
)
"""The unsafe endpoints that change only the reader's own sessions, looks or digest."""

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view as open to whoever asks."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Guard every route and dress every answer."""
    app.before_request(_guard)
    app.after_request(_add_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce


def csp_nonce() -> str:
    """The nonce of this answer's scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def content_security_policy(*more: str) -> str:
    """The policy of a page of ours, and what a page allows besides."""
    ours = (
        "default-src 'none'",
        f"script-src 'nonce-{csp_nonce()}'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join((*ours, *more))


def is_public(app: Flask, endpoint: str) -> bool:
    """Whether a route is open to whoever asks: marked so, or a file of `static/`."""
    return endpoint == "static" or getattr(app.view_functions[endpoint], "is_public", False)


def _guard() -> AnyResponse | None:
    if request.endpoint is None:
        return None
    is_unsafe = request.method not in SAFE_METHODS
    if is_unsafe and request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)
    if is_public(current_app, request.endpoint):
        return None
    if g.member is None:
        if is_unsafe:
            abort(401)
        return redirect(_sign_in_url())
    if is_unsafe and not g.member.may_write and request.endpoint not in VIEWER_MAY:
        abort(403)
    return None


def _sign_in_url() -> str:
    wanted = request.full_path.rstrip("?")
    return url_for("account.sign_in", next=wanted if wanted != "/" else None)


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if "Content-Security-Policy" not in response.headers:
        response.headers["Content-Security-Policy"] = content_security_policy()
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
