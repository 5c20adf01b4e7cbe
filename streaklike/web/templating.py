"""What templates may call: the texts, times in the reader's zone, icons' helpers. All of it reads `flask.g`."""

import hashlib
import secrets
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, url_for
from jinja2 import StrictUndefined

from streaklike.boxes.undo import UNDO_BY_KIND
from streaklike.cadence.calendar.due_dates import list_due_dates
from streaklike.cadence.calendar.work_calendar import load_calendar
from streaklike.cadence.policy.keys import KEYS, default_of
from streaklike.cadence.rules.expecting import shown_state
from streaklike.store.models import FOREVER
from streaklike.web.account import theme
from streaklike.web.texts import TAGS
from streaklike.wording import times
from streaklike.wording.freshness import measure_freshness
from streaklike.wording.money import format_amount
from streaklike.wording.reasons import say_urgency

TINTS = 7


def init_app(app: Flask) -> None:
    """Make the helpers known to every template and macro."""
    app.jinja_env.globals.update(
        t=translate,
        language_tag=lambda: TAGS[g.locale],
        money=format_amount,
        ago=lambda instant: times.ago(g.t, instant, g.now, g.zone),
        since=lambda instant: times.waited(g.t, instant, g.now, g.zone),
        span=lambda milliseconds: times.span(g.t, milliseconds),
        units={key.name: key.unit for key in KEYS.values()},
        usual={name: default_of(name) for name in KEYS},
        urgency=lambda signs: say_urgency(
            g.t, signs, day=lambda named: times.date_words(g.t, named, times.local(g.now, g.zone).date())
        ),
        shown_state=lambda state, until_at: shown_state(state, until_at, g.now),
        day=lambda instant: times.day(g.t, instant, g.now, g.zone),
        full=lambda instant: times.full(g.t, instant, g.now, g.zone),
        iso=lambda instant: times.local(instant, g.zone).isoformat(timespec="minutes"),
        freshness=lambda: measure_freshness(g.session, g.now),
        theme=theme,
        forever=FOREVER,
        later_choices=later_choices,
        undoable=frozenset(UNDO_BY_KIND),
        asset=asset,
        form_key=lambda: secrets.token_urlsafe(18),
        initials=initials,
        tint=lambda number: number % TINTS + 1,
    )
    app.jinja_env.filters["named"] = lambda email, names: names.get(email, email)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.undefined = StrictUndefined


def translate(key: str, /, **values: Any) -> str:
    """The text in the reader's language."""
    text: str = g.t(key, **values)
    return text


def later_choices() -> dict[str, int]:
    """When something may come back, in the reader's zone: the moments to offer, by name."""
    if "later_choices" not in g:
        calendar = load_calendar(g.session, current_app.config["TIMEZONE"])
        g.later_choices = list_due_dates(g.now, g.zone, calendar)
    choices: dict[str, int] = g.later_choices
    return choices


def asset(name: str) -> str:
    """The address of a file of `static/`, which changes with its content."""
    return url_for("static", filename=name, v=_digest(str(Path(str(current_app.static_folder)) / name)))


@cache
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def initials(name: str) -> str:
    """One or two letters for a person's disc: the last of a Han name, else the first letters of first and last words."""
    words = name.split()
    if not words:
        return "·"
    if not words[0].isascii():
        return words[0][-1]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
