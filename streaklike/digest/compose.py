"""What a digest says, out of what was read: pure. One value, of which the HTML, the text and the JSON say the same."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from streaklike.digest.facts import Daily, Load, Move, Pace, Person, Promise, Weekly
from streaklike.digest.links import Links
from streaklike.digest.schedule import DAILY, WEEKLY
from streaklike.wording import times
from streaklike.wording.freshness import Freshness
from streaklike.wording.reasons import Reason
from streaklike.wording.texts import TAGS, Catalogue, load_texts

TOP: Final = 5
LONGEST: Final = 120
PARTS_IN_SUBJECT: Final = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One person, promise, box or colleague: `link` is its one deep link, `notes` say why it is here, in words."""

    link: Link
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A list of at most five, the `total` of all, and where to see all of them where there are more.

    One that is no list of things is not counted.
    """

    key: str
    title: str
    total: int
    lines: tuple[Line, ...]
    more: Link | None
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest as it is said. `locale` is zh or en, `tag` its language tag; `counts` are by section."""

    kind: str
    locale: str
    tag: str
    subject: str
    day: str
    heading: str
    alarms: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    home: Link
    settings: Link
    pause: Link
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Voice:
    """How it is said: the texts, the reader's zone, the instant, the links."""

    t: Catalogue
    zone: ZoneInfo
    now: int
    links: Links

    def ago(self, instant: int) -> str:
        """How long ago, in words."""
        return times.ago(self.t, instant, self.now, self.zone)

    def day(self, instant: int) -> str:
        """The date in the reader's zone."""
        return times.day(self.t, instant, self.now, self.zone)


def give_voice(locale: str, *, zone: ZoneInfo, now: int, links: Links) -> Voice:
    """A voice in one of the two languages."""
    return Voice(load_texts(locale, "streaklike.digest"), zone, now, links)


def plain(text: str, longest: int = LONGEST) -> str:
    """What strangers wrote, on one line of bounded length, without controls that hide or turn text around."""
    shown = "".join(" " if unicodedata.category(sign) in _HIDDEN else sign for sign in text)
    shown = re.sub(r"\s+", " ", shown).strip()
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"


_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def compose(facts: Daily, voice: Voice) -> Digest:
    """The member's day in words; the counts stand in the subject."""
    t = voice.t
    people = partial(_person_line, voice)
    sections = (
        _section(voice, "waiting", facts.waiting, people, "/?kind=needs_us&whose=mine"),
        _section(
            voice, "promises", facts.promises, partial(_promise_line, voice), "/?kind=forgotten&whose=mine"
        ),
        _section(voice, "too_much", facts.too_much, people, "/?kind=too_much&whose=mine"),
        _section(voice, "unassigned", facts.unassigned, people, "/?kind=needs_us"),
        _section(voice, "moved", facts.moved, partial(_move_line, voice), "/board"),
    )
    shown = tuple(section for section in sections if section.total)
    unaccounted = facts.audit.unaccounted
    counts = [("alarm", unaccounted), *((section.key, section.total) for section in shown)]
    heading = t("mail.join").join(t(f"mail.count.{key}", n=count) for key, count in counts if count)
    short = t("mail.join").join(
        t(f"mail.count.{key}", n=count)
        for key, count in [each for each in counts if each[1]][:PARTS_IN_SUBJECT]
    )
    return _finish(
        voice,
        DAILY,
        subject=t("mail.subject", parts=short or t("mail.nothing"), day=voice.day(facts.now)),
        heading=heading or t("mail.nothing"),
        sections=shown,
        facts=facts,
    )


def compose_week(facts: Weekly, voice: Voice) -> Digest:
    """The week in words, for leads."""
    t = voice.t
    people = partial(_person_line, voice)
    pace = [_pace_line(voice, facts)] if facts.pace or facts.unassigned else []
    sections = (
        _section(voice, "pace", pace, lambda line: line, "/"),
        _section(voice, "loads", facts.loads, partial(_load_line, voice), "/board"),
        _section(voice, "won", facts.won, people, "/people?kind=contact"),
        _section(voice, "lost", facts.lost, people, "/?kind=forgotten"),
    )
    answers = facts.pace.answers if facts.pace else 0
    counts = (
        ("alarm", facts.audit.unaccounted),
        ("answers", answers),
        ("won", len(facts.won)),
        ("lost", len(facts.lost)),
        ("unassigned", facts.unassigned),
    )
    parts = [t(f"mail.count.{key}", n=count) for key, count in counts if count]
    heading = t("mail.join").join(parts) or t("mail.nothing")
    subject = t(
        "mail.subject_week",
        parts=t("mail.join").join(parts[:PARTS_IN_SUBJECT]) or t("mail.nothing"),
        day=voice.day(facts.from_at),
    )
    shown = tuple(section for section in sections if section.total)
    return _finish(voice, WEEKLY, subject=subject, heading=heading, sections=shown, facts=facts)


def _finish(
    voice: Voice,
    kind: str,
    *,
    subject: str,
    heading: str,
    sections: tuple[Section, ...],
    facts: Daily | Weekly,
) -> Digest:
    t, links, audit = voice.t, voice.links, facts.audit
    alarms = [t("mail.alarm", n=abs(audit.unaccounted))] if audit.unaccounted else []
    if facts.freshness.state == "behind":
        alarms.append(t("mail.behind"))
    return Digest(
        kind=kind,
        locale=t.locale,
        tag=TAGS[t.locale],
        subject=subject,
        day=_say_day(voice, facts),
        heading=heading,
        alarms=tuple(alarms),
        sections=sections,
        closing=(
            t("mail.audit", inbound=f"{audit.inbound_human:,}", unaccounted=audit.unaccounted),
            _say_freshness(voice, facts.freshness),
            t("mail.why", host=urlsplit(links.public_url).netloc),
        ),
        home=Link(t("mail.brand"), links.to("/")),
        settings=Link(t("mail.settings"), links.to("/digest")),
        pause=Link(t("mail.pause"), links.pause),
        is_empty=facts.is_empty,
    )


def _say_day(voice: Voice, facts: Daily | Weekly) -> str:
    if isinstance(facts, Daily):
        return voice.day(facts.now)
    return f"{voice.day(facts.from_at)} – {voice.day(facts.to_at - 1)}"


def _say_freshness(voice: Voice, news: Freshness) -> str:
    t = voice.t
    if news.state == "none":
        return t("freshness.none")
    mailboxes = t("freshness.mailboxes", fresh=news.fresh, n=news.total)
    if news.state == "filling":
        return t("freshness.filling") + mailboxes
    if news.synced_at is None:
        return mailboxes
    return t("freshness.synced", ago=voice.ago(min(news.synced_at, voice.now))) + mailboxes


def _section(voice: Voice, key: str, found: Sequence[T], say: Callable[[T], Line], path: str) -> Section:
    total = len(found)
    more = Link(voice.t("mail.all", n=total), voice.links.to(path)) if total > TOP else None
    lines = tuple(say(each) for each in found[:TOP])
    return Section(key, voice.t(f"mail.section.{key}"), total, lines, more, is_counted=key != "pace")


def _person_line(voice: Voice, person: Person) -> Line:
    name = plain(person.name) or plain(person.address) or voice.t("mail.nameless")
    notes = [_say_reason(voice, reason) for reason in person.reasons]
    if person.subject:
        notes.append(voice.t("mail.quoted", text=plain(person.subject)))
    return Line(Link(name, voice.links.to(f"/people/{person.contact_id}")), tuple(notes))


def _say_reason(voice: Voice, reason: Reason) -> str:
    numbers = dict(reason.numbers)
    if reason.since_at is None:
        return voice.t(f"why.{reason.text}", **numbers)
    return voice.t(f"why.{reason.text}", ago=voice.ago(reason.since_at), **numbers)


def _promise_line(voice: Voice, promise: Promise) -> Line:
    t = voice.t
    due = (
        t("mail.promise.overdue", day=voice.day(promise.due_at))
        if promise.is_overdue
        else t("mail.promise.today")
    )
    about = [t("mail.promise.about", about=plain(promise.about))] if promise.about else []
    return Line(Link(plain(promise.text), voice.links.to(promise.path)), (due, *about))


def _move_line(voice: Voice, move: Move) -> Line:
    t = voice.t
    stages = t(
        "mail.move.stages",
        came=plain(move.came_from[t.locale]),
        went=plain(move.went_to[t.locale]),
    )
    when = voice.day(move.at)
    by = t("mail.by", day=when, by=plain(move.by)) if move.by else when
    return Line(Link(plain(move.name) or t("mail.nameless"), voice.links.to(move.path)), (stages, by))


def _load_line(voice: Voice, load: Load) -> Line:
    counts = (("waiting", load.waiting), ("overdue", load.overdue))
    carried = [voice.t(f"mail.week.{key}", n=count) for key, count in counts if count]
    notes = [voice.t("mail.join").join(carried)] if carried else []
    if load.pace:
        notes.append(_say_pace(voice, load.pace))
    return Line(Link(plain(load.name), voice.links.to("/board")), tuple(notes))


def _pace_line(voice: Voice, facts: Weekly) -> Line:
    notes = [_say_pace(voice, facts.pace)] if facts.pace else []
    if facts.unassigned:
        notes.append(voice.t("mail.week.unassigned", n=facts.unassigned))
    return Line(Link(voice.t("mail.week.team"), voice.links.to("/")), tuple(notes))


def _say_pace(voice: Voice, pace: Pace) -> str:
    raw, working = times.span(voice.t, pace.raw_ms), times.span(voice.t, pace.working_ms)
    return voice.t("mail.week.pace", n=pace.answers, raw=raw, working=working)
