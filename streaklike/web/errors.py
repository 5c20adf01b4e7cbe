"""Failures as pages of one shape: what happened, what is safe, what to do, one button."""

import logging

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from streaklike.store.database import DatabaseUnavailable
from streaklike.web.forms_seen import GuardMissing
from streaklike.web.requests import accepted_locale
from streaklike.web.texts import load_catalogue

KINDS = {400: "bad", 401: "signed_out", 403: "forbidden", 404: "missing", 405: "missing", 503: "busy"}
"""Which text explains which status; every other failure of ours reads `broken`."""

logger = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Show every failure as a page."""
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(DatabaseUnavailable, lambda _error: _page("busy", 503))
    app.register_error_handler(Exception, _show_unforeseen)


def _show_http(error: HTTPException) -> tuple[str, int] | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    if isinstance(error, SecurityError):  # an unknown Host: no links can be made for it, so no page either
        return load_catalogue(accepted_locale())("error.bad.what"), status
    if isinstance(error, (CSRFError, GuardMissing)):
        return _page("stale", 400)
    return _page(KINDS.get(status, "bad" if status < 500 else "broken"), status)


def _show_unforeseen(error: Exception) -> tuple[str, int]:
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return _page("broken", InternalServerError.code)


def _page(kind: str, status: int) -> tuple[str, int]:
    if "t" not in g:
        g.locale = accepted_locale()
        g.t = load_catalogue(g.locale)
    return render_template("error.html", kind=kind, status=status), status
