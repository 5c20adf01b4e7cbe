"""What a digest says, out of what was read: pure. One value, of which the HTML, the text and the JSON say the same."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from streaklike.cadence.queries.dead_addresses import DeadAddress
from streaklike.cadence.queries.due import TASK, Due
from streaklike.digest.facts import Daily, DigestPerson, StageMove, Thanks, Weekly
from streaklike.digest.links import Links
from streaklike.digest.schedule import DAILY, WEEKLY
from streaklike.insights.load import PACE_DAYS, AnswerPace, ColleagueLoad
from streaklike.people.refusals import Proposal
from streaklike.wording import times
from streaklike.wording.freshness import Freshness
from streaklike.wording.money import format_amount
from streaklike.wording.reasons import Reason
from streaklike.wording.texts import TAGS, Catalogue, load_texts

TOP: Final = 5
TOP_OF: Final = {"dealt": 4, "forgotten": 2, "gone_quiet": 2, "dead": 2}
"""Fewer of what nobody waits for: the mail stays short, and small enough for Gmail to show whole."""
LONGEST: Final = 90
LONGEST_NAME: Final = 60
MOST_REASONS: Final = 3
PARTS_IN_SUBJECT: Final = 3
WAITING: Final = ("needs_reply", "unanswered")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DigestLink:
    """Words that lead somewhere, or nowhere where the app has no public address."""

    text: str
    url: str | None


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One person, promise, box or colleague: `link` is its one deep link, `notes` say why it is here, in words.

    `action` is what can be done about it from here.
    """

    link: DigestLink
    notes: tuple[str, ...]
    action: DigestLink | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A list of a few, the `total` of all, and where to see all of them where there are more.

    One that is no list of things is not counted.
    """

    key: str
    title: str
    total: int
    lines: tuple[DigestLine, ...]
    more: DigestLink | None
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
    home: DigestLink
    settings: DigestLink
    pause: DigestLink
    is_empty: bool


@dataclass(frozen=True, slots=True)
class Localizer:
    """How it is said: the texts, the reader's zone, the instant, the links, and whether the reader is an admin."""

    t: Catalogue
    zone: ZoneInfo
    now: int
    links: Links
    is_admin: bool = False

    def ago(self, instant: int) -> str:
        """How long ago, in words."""
        return times.ago(self.t, instant, self.now, self.zone)

    def day(self, instant: int) -> str:
        """The date in the reader's zone."""
        return times.day(self.t, instant, self.now, self.zone)


def make_localizer(
    locale: str, *, zone: ZoneInfo, now: int, links: Links, is_admin: bool = False
) -> Localizer:
    """Texts and times in one of the two languages. An admin also reads what is to be set up."""
    return Localizer(load_texts(locale, "streaklike.digest"), zone, now, links, is_admin)


def plain(text: str, longest: int = LONGEST) -> str:
    """What strangers wrote, on one line of bounded length, without controls that hide or turn text around."""
    shown = "".join(" " if unicodedata.category(sign) in _HIDDEN else sign for sign in text)
    shown = re.sub(r"\s+", " ", shown).strip()
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"


_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def compose(facts: Daily, localizer: Localizer) -> Digest:
    """The member's day in words; the counts stand in the subject."""
    t = localizer.t
    people, brief = partial(_person_line, localizer), partial(_brief_line, localizer)
    sections = (
        _section(localizer, "waiting", facts.waiting, people, "/?kind=needs_us&whose=mine"),
        _section(
            localizer, "promises", facts.promises, partial(_due_line, localizer), "/?kind=due&whose=mine"
        ),
        _section(
            localizer,
            "reminders",
            (*facts.reminders, *facts.back),
            partial(_comes_back_line, localizer),
            "/?kind=due&whose=mine",
        ),
        _section(localizer, "thanks", facts.thanks, partial(_thanks_line, localizer), "/"),
        _section(localizer, "refusals", facts.refusals, partial(_refusal_line, localizer), "/"),
        _dealt_section(localizer, facts),
        _section(localizer, "too_much", facts.too_much, people, "/?kind=too_much&whose=mine"),
        # A reader to whom nobody is dealt sees them all here; else it is the rest.
        _section(
            localizer, "unassigned", facts.unassigned, people, "/?kind=needs_us", 2 if facts.dealt else None
        ),
        _section(localizer, "forgotten", facts.forgotten, brief, "/?kind=forgotten&whose=mine"),
        _section(localizer, "gone_quiet", facts.gone_quiet, brief, "/"),
        _section(localizer, "dead", facts.dead, people, "/"),
        _section(localizer, "moved", facts.moved, partial(_move_line, localizer), "/board"),
    )
    shown = tuple(section for section in sections if section.total)
    unaccounted = facts.audit.unaccounted if facts.audit else 0
    counts = [
        ("alarm", unaccounted),
        *((section.key, section.total) for section in shown if section.is_counted),
    ]
    parts = [t(f"mail.count.{key}", n=count) for key, count in counts if count]
    nothing = t("mail.only_dealt" if facts.dealt else "mail.nothing")
    short = t("mail.join").join(parts[:PARTS_IN_SUBJECT]) or nothing
    return _finish(
        localizer,
        DAILY,
        subject=t("mail.subject", parts=short, day=localizer.day(facts.now)),
        heading=short,
        sections=shown,
        facts=facts,
    )


def compose_week(facts: Weekly, localizer: Localizer) -> Digest:
    """The week in words, for leads."""
    t = localizer.t
    people = partial(_person_line, localizer)
    pace = [_pace_line(localizer, facts.pace)] if facts.pace else []
    sections = (
        _section(localizer, "loads", facts.loads, partial(_load_line, localizer), "/load"),
        _section(localizer, "pace", pace, lambda line: line, "/load"),
        _section(localizer, "won", facts.won, people, "/people?kind=contact"),
        _section(localizer, "lost", facts.lost, people, "/?kind=forgotten"),
    )
    answers = facts.pace.answers if facts.pace else 0
    counts = (
        ("alarm", facts.audit.unaccounted if facts.audit else 0),
        ("unassigned", facts.unassigned),
        ("answers", answers),
        ("won", len(facts.won)),
        ("lost", len(facts.lost)),
    )
    parts = [t(f"mail.count.{key}", n=count) for key, count in counts if count]
    heading = t("mail.join").join(parts) or t("mail.nothing")
    subject = t(
        "mail.subject_week",
        parts=t("mail.join").join(parts[:PARTS_IN_SUBJECT]) or t("mail.nothing"),
        day=localizer.day(facts.from_at),
    )
    shown = tuple(section for section in sections if section.total)
    return _finish(localizer, WEEKLY, subject=subject, heading=heading, sections=shown, facts=facts)


def _finish(
    localizer: Localizer,
    kind: str,
    *,
    subject: str,
    heading: str,
    sections: tuple[Section, ...],
    facts: Daily | Weekly,
) -> Digest:
    t, links, audit, news = localizer.t, localizer.links, facts.audit, facts.freshness
    alarms = [t("mail.alarm", n=abs(audit.unaccounted))] if audit and audit.unaccounted else []
    if news and news.state == "behind":
        alarms.append(t("mail.behind"))
    known = []
    if audit:
        known.append(t("mail.audit", inbound=f"{audit.inbound_human:,}", unaccounted=audit.unaccounted))
    if news:
        known.append(_say_freshness(localizer, news))
    return Digest(
        kind=kind,
        locale=t.locale,
        tag=TAGS[t.locale],
        subject=subject,
        day=_say_day(localizer, facts),
        heading=heading,
        alarms=tuple(alarms),
        sections=sections,
        closing=(*known, *_say_why(localizer)),
        home=DigestLink(t("mail.brand"), links.to("/")),
        settings=DigestLink(t("mail.settings"), links.to("/digest")),
        pause=DigestLink(t("mail.pause"), links.pause),
        is_empty=facts.is_empty,
    )


def _say_why(localizer: Localizer) -> Iterator[str]:
    """Why they get it; and why nothing in it leads anywhere, to whoever can mend that."""
    if localizer.links.public_url:
        yield localizer.t("mail.why", host=urlsplit(localizer.links.public_url).netloc)
        return
    yield localizer.t("mail.why_here")
    if localizer.is_admin:
        yield localizer.t("mail.no_links")


def _say_day(localizer: Localizer, facts: Daily | Weekly) -> str:
    if isinstance(facts, Daily):
        return localizer.day(facts.now)
    return f"{localizer.day(facts.from_at)} – {localizer.day(facts.to_at - 1)}"


def _say_freshness(localizer: Localizer, news: Freshness) -> str:
    t = localizer.t
    if news.state == "none":
        return t("freshness.none")
    mailboxes = t("freshness.mailboxes", fresh=news.fresh, n=news.total)
    if news.state == "filling":
        return t("freshness.filling") + mailboxes
    if news.synced_at is None:
        return mailboxes
    return t("freshness.synced", ago=localizer.ago(min(news.synced_at, localizer.now))) + mailboxes


def _section(
    localizer: Localizer,
    key: str,
    found: Sequence[T],
    say: Callable[[T], DigestLine],
    path: str,
    top: int | None = None,
) -> Section:
    total = len(found)
    top = TOP_OF.get(key, TOP) if top is None else top
    more = _say_more(localizer, total, total - top, path) if total > top else None
    lines = tuple(say(each) for each in found[:top])
    return Section(key, localizer.t(f"mail.section.{key}"), total, lines, more, is_counted=key != "pace")


def _say_more(localizer: Localizer, total: int, left: int, path: str) -> DigestLink:
    url = localizer.links.to(path)
    return DigestLink(localizer.t("mail.all", n=total) if url else localizer.t("mail.more", n=left), url)


def _dealt_section(localizer: Localizer, facts: Daily) -> Section:
    """Whom nobody has taken on, for the reader to look at today; their number is nobody's debt, and is not counted."""
    section = _section(localizer, "dealt", facts.dealt, partial(_dealt_line, localizer), "/?kind=needs_us")
    everywhere = localizer.links.to("/?kind=needs_us")
    more = section.more
    if everywhere and facts.unassigned_total > len(section.lines):
        more = DigestLink(localizer.t("mail.all_unassigned", n=facts.unassigned_total), everywhere)
    return replace(section, more=more, is_counted=False)


def _dealt_line(localizer: Localizer, person: DigestPerson) -> DigestLine:
    url = localizer.links.take(person.contact_id, person.conversation_id, person.waiting_since_at or 0)
    return replace(
        _person_line(localizer, person), action=DigestLink(localizer.t("mail.take"), url) if url else None
    )


def _person_line(localizer: Localizer, person: DigestPerson) -> DigestLine:
    back = [localizer.t("mail.back")] if person.is_back else []
    dead = [_say_dead(localizer, person.dead)] if person.dead else []
    notes = [*back, *(_say_reason(localizer, reason) for reason in person.reasons[:MOST_REASONS]), *dead]
    if person.subject:
        notes.append(localizer.t("mail.quoted", text=plain(person.subject)))
    return DigestLine(_link_person(localizer, person.contact_id, person.name, person.address), tuple(notes))


def _link_person(localizer: Localizer, contact_id: int, *names: str) -> DigestLink:
    """A link to the person by the first name that says anything."""
    known = (plain(name, LONGEST_NAME) for name in names)
    return DigestLink(
        next(filter(None, known), localizer.t("mail.nameless")), localizer.links.to(f"/people/{contact_id}")
    )


def _brief_line(localizer: Localizer, person: DigestPerson) -> DigestLine:
    """Of somebody who does not wait: no subject, and no more than two reasons."""
    return _person_line(localizer, replace(person, reasons=person.reasons[:2], subject=""))


def _say_dead(localizer: Localizer, dead: DeadAddress) -> str:
    """That an address returns mail (R60), and what to do."""
    key = "written" if not dead.is_owed else "owed_other" if dead.other else "owed"
    address, other = plain(dead.address, LONGEST_NAME), plain(dead.other or "", LONGEST_NAME)
    return localizer.t(f"mail.dead.{key}", address=address, day=localizer.day(dead.at), other=other)


def _say_reason(localizer: Localizer, reason: Reason) -> str:
    """The queue's words; shorter where the section's title says already that they wait. The link has the numbers."""
    if reason.text in WAITING and reason.since_at is not None:
        return localizer.t(f"mail.wrote.{reason.text}", ago=localizer.ago(reason.since_at or localizer.now))
    return reason.say(localizer.t, ago=localizer.ago, day=localizer.day)


def _comes_back_line(localizer: Localizer, each: Due | DigestPerson) -> DigestLine:
    return _person_line(localizer, each) if isinstance(each, DigestPerson) else _due_line(localizer, each)


def _due_line(localizer: Localizer, due: Due) -> DigestLine:
    """What is to do, when, and for whom; a follow-up without words of its own says that nobody wrote."""
    t = localizer.t
    name = next(
        filter(None, (plain(each or "", LONGEST_NAME) for each in (due.name, due.address, due.box))), ""
    )
    when = [_say_due(localizer, due.due_at)]
    kind = [t(f"mail.due.{due.kind}")] if due.kind != TASK else []
    notes = [t("mail.comma").join(filter(None, (name, *when, *kind)))]
    if due.subject:
        notes.append(t("mail.quoted", text=plain(due.subject)))
    path = f"/people/{due.contact_id}" if due.contact_id is not None else f"/board/{due.pipeline}"
    if due.contact_id is None and due.pipeline is None:
        path = "/?kind=due&whose=mine"
    return DigestLine(
        DigestLink(plain(due.text) or t("mail.due.ask_again"), localizer.links.to(path)), tuple(notes)
    )


def _say_due(localizer: Localizer, due_at: int) -> str:
    """Today, or since when; what came due on an earlier day of the reader's is overdue."""
    today = times.local(localizer.now, localizer.zone).date()
    if times.local(due_at, localizer.zone).date() >= today:
        return localizer.t("mail.due.today")
    return localizer.t("mail.due.overdue", day=localizer.day(due_at))


def _thanks_line(localizer: Localizer, thanks: Thanks) -> DigestLine:
    t, due = localizer.t, thanks.due
    gift = plain(format_amount(due.amount, due.currency))
    late = "late" if due.is_late(localizer.now) else "soon"
    note = t(f"mail.thanks.{late}", day=localizer.day(due.gift_at), gift=gift or t("mail.thanks.in_kind"))
    owner = [t("mail.thanks.nobodys")] if thanks.is_nobodys else []
    return DigestLine(_link_person(localizer, due.contact_id, due.name), (note, *owner))


def _refusal_line(localizer: Localizer, proposal: Proposal) -> DigestLine:
    t = localizer.t
    said = t("mail.quoted", text=plain(proposal.sentence))
    link = _link_person(localizer, proposal.contact_id, proposal.name, proposal.address)
    return DigestLine(link, (said, t("mail.refusal.on", day=localizer.day(proposal.at))))


def _move_line(localizer: Localizer, move: StageMove) -> DigestLine:
    t = localizer.t
    stages = t(
        "mail.move.stages",
        came=plain(move.came_from[t.locale]),
        went=plain(move.went_to[t.locale]),
    )
    note = t("mail.comma").join(
        filter(None, (stages, plain(move.by or "", LONGEST_NAME), localizer.day(move.at)))
    )
    return DigestLine(
        DigestLink(plain(move.name) or t("mail.nameless"), localizer.links.to(move.path)), (note,)
    )


def _load_line(localizer: Localizer, load: ColleagueLoad) -> DigestLine:
    """What a colleague carries, who waits longest, and how fast they answered of late."""
    t = localizer.t
    carried = [t("mail.week.answers", n=load.answers)] if load.answers else []
    if load.oldest_at is not None:
        waited = times.waited(t, load.oldest_at, localizer.now, localizer.zone)
        carried.append(t("mail.week.oldest", waited=waited))
    if load.touches:
        carried.append(t("mail.week.touches", n=load.touches))
    notes = [t("mail.comma").join(carried)] if carried else []
    if load.pace:
        working = times.span(t, load.pace.working_ms)
        notes.append(t("mail.week.of_late", weeks=PACE_DAYS // 7, n=load.pace.answers, working=working))
    name = plain(load.name) or plain(load.email) or t("mail.week.nobody")
    if load.has_left:
        name = t("mail.week.left", name=name)
    return DigestLine(DigestLink(name, localizer.links.to("/load")), tuple(notes))


def _pace_line(localizer: Localizer, pace: AnswerPace) -> DigestLine:
    return DigestLine(
        DigestLink(localizer.t("mail.week.team"), localizer.links.to("/load")), (_say_pace(localizer, pace),)
    )


def _say_pace(localizer: Localizer, pace: AnswerPace) -> str:
    raw, working = times.span(localizer.t, pace.raw_ms), times.span(localizer.t, pace.working_ms)
    return localizer.t("mail.week.pace", n=pace.answers, raw=raw, working=working)
