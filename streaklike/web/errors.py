"""Failures as pages of one shape: what happened, what is safe, what to do, one button."""

import logging

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from streaklike.store.database import DatabaseUnavailable
from streaklike.store.faults import BUSY, FULL, describe_fault
from streaklike.tracebacks import format_places
from streaklike.web.forms_seen import GuardMissing
from streaklike.web.requests import accepted_locale
from streaklike.web.texts import load_catalogue

KINDS = {
    400: "bad",
    401: "signed_out",
    403: "forbidden",
    404: "missing",
    405: "missing",
    413: "too_large",
    503: "busy",
}
"""Which text explains which status; every other failure of ours reads `broken`."""

OF_DATABASE = {BUSY: ("busy", 503), FULL: ("full", 507)}
"""Which text and status tell which fault of the database; every other reads `gone`, 503."""

logger = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Show every failure as a page."""
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(DatabaseUnavailable, _show_database)
    app.register_error_handler(DBAPIError, _show_statement)
    app.register_error_handler(Exception, _show_unforeseen)


def _show_http(error: HTTPException) -> tuple[str, int] | HTTPException:
    status = error.code or 500
    if status < 400:
        return error
    cause = getattr(error, "original_exception", None)
    if cause is not None:  # what fails after the view, such as the commit, comes wrapped
        return _show_any(cause)
    if isinstance(error, SecurityError):  # an unknown Host: no links can be made for it, so no page either
        return load_catalogue(accepted_locale())("error.bad.what"), status
    if isinstance(error, (CSRFError, GuardMissing)):
        return _page("stale", 400)
    return _page(KINDS.get(status, "bad" if status < 500 else "broken"), status)


def _show_any(error: BaseException) -> tuple[str, int]:
    if isinstance(error, DatabaseUnavailable):
        return _show_database(error)
    if isinstance(error, DBAPIError):
        return _show_statement(error)
    return _show_unforeseen(error)


def _show_database(error: DatabaseUnavailable) -> tuple[str, int]:
    """The database cannot go on: a page that asks for nothing of it. It is looked for anew at the next request."""
    logger.warning("%s %s: %s", request.method, request.path, error)
    return _page(*OF_DATABASE.get(error.kind, ("gone", 503)))


def _show_statement(error: DBAPIError) -> tuple[str, int]:
    fault = describe_fault(error)
    if fault is None:
        return _show_unforeseen(error)
    return _show_database(DatabaseUnavailable(fault.sentence, fault.kind))


def _show_unforeseen(error: BaseException) -> tuple[str, int]:
    logger.error("%s %s failed: %s", request.method, request.path, format_places(error))
    return _page("broken", InternalServerError.code)


def _page(kind: str, status: int) -> tuple[str, int]:
    if "t" not in g:
        g.locale = accepted_locale()
        g.t = load_catalogue(g.locale)
    return render_template("error.html", kind=kind, status=status), status
