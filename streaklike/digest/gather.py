"""Reads what a member's daily digest tells of, at an instant."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from streaklike.cadence.loading.fetching import fetch
from streaklike.cadence.queries.audit import audit
from streaklike.cadence.queries.dead_addresses import DeadAddress, list_dead_addresses
from streaklike.cadence.queries.due import TASK
from streaklike.cadence.queries.flag_views import list_people
from streaklike.cadence.rules.flags import IGNORED
from streaklike.cadence.rules.flags import OVER_CONTACTED as OVER
from streaklike.cadence.rules.gone_quiet import REASON as GONE_QUIET
from streaklike.digest.contact_summaries import (
    ContactSummary,
    list_responsible,
    list_summaries,
    list_summaries_at,
)
from streaklike.digest.dealt import Nobodys, find_nobodys
from streaklike.digest.due import describe_returned, list_own_due, list_own_thanks, read_snoozes
from streaklike.digest.facts import Daily, DigestPerson, StageMove
from streaklike.digest.preferences import Reader
from streaklike.digest.schedule import DAILY
from streaklike.instants import DAY, to_datetime
from streaklike.people.refusals import list_proposals
from streaklike.store.in_values import in_values
from streaklike.store.models import (
    Box,
    Conversation,
    DigestDelivery,
    Event,
    Pipeline,
    Stage,
    User,
)
from streaklike.wording.evidence import keys_of, load_evidence
from streaklike.wording.freshness import measure_freshness
from streaklike.wording.reasons import Reason, explain_person, explain_quiet

LONGEST_LOOK_BACK: Final = 7 * DAY
FORGOTTEN: Final = ("lapsed", "never_contacted", "stalled")
"""Whom we neglect though nobody waits for an answer; a promise of ours stands among the promises."""


def gather(session: Session, reader: Reader, *, now: int, team_zone: str, is_past: bool = False) -> Daily:
    """All that the member's digest says at `now`; of a past instant where `is_past` (R51).

    Who asks not to be written to is told of once, and in no list that would have them written to.
    """
    listed = (
        list_summaries_at(session, at=now, team_zone=team_zone)
        if is_past
        else list_summaries(session, now=now, team_zone=team_zone)
    )
    since = last_told(session, reader, now)
    snoozes = read_snoozes(session, reader.user_id, since=since, now=now)
    refusals = () if is_past else tuple(list_proposals(session, now=now))
    decided = {each.contact_id for each in refusals}
    nobodys = find_nobodys(session, listed, decided=decided, now=now, team_zone=team_zone)
    people = _sort_out(listed, reader, nobodys, hidden=snoozes.asleep | decided)
    shown = [each for found in people.values() for each in found]
    known = {each.contact_id for each in shown}
    dead = {} if is_past else {each.contact_id: each for each in list_dead_addresses(session, now=now)}
    told = describe_people(session, shown, now=now, back=snoozes.back, dead=dead)
    due = list_own_due(session, reader, now, is_past=is_past)
    return Daily(
        now=now,
        waiting=_pick(told, people["waiting"]),
        promises=tuple(each for each in due if each.kind == TASK),
        reminders=tuple(each for each in due if each.kind != TASK),
        back=describe_returned(session, snoozes.back - decided - known),
        thanks=() if is_past else list_own_thanks(session, reader.user_id, now),
        refusals=refusals,
        dealt=_pick(told, people["dealt"]),
        too_much=_pick(told, people["too_much"]),
        forgotten=_pick(told, people["forgotten"]),
        gone_quiet=_pick(told, people["gone_quiet"]),
        dead=_tell_dead(session, dead, reader, but=known | snoozes.asleep | decided),
        moved=_list_moves(session, since, now),
        unassigned=_pick(told, people["unassigned"]),
        unassigned_total=sum(each.needs_us and each.responsible_id is None for each in listed),
        audit=None if is_past else audit(session),
        freshness=None if is_past else measure_freshness(session, now),
    )


def _sort_out(
    listed: Sequence[ContactSummary], reader: Reader, nobodys: Nobodys, *, hidden: Collection[int]
) -> dict[str, list[ContactSummary]]:
    """The reader's lists, each in its order; a person stands in the first that claims them."""

    def is_mine(each: ContactSummary) -> bool:
        came = each.responsible_id is None and reader.user_id in nobodys.addressees.get(each.contact_id, ())
        return each.needs_us and (came or _is_for(each, reader))

    def is_unassigned(each: ContactSummary) -> bool:
        is_nobodys = each.needs_us and each.responsible_id is None
        return is_nobodys and (reader.user_id not in nobodys.members or _is_left(each, nobodys))

    claims: dict[
        str, tuple[Callable[[ContactSummary], bool], Callable[[ContactSummary], tuple[int, int]]]
    ] = {
        "waiting": (is_mine, _longest_first),
        "dealt": (lambda each: nobodys.dealt.get(each.contact_id) == reader.user_id, _longest_first),
        "too_much": (lambda each: _bears(each, reader, flag=OVER), _newest_crossing),
        "unassigned": (is_unassigned, _longest_first),
        "forgotten": (lambda each: _bears(each, reader, reasons=FORGOTTEN), _newest_forgotten),
        "gone_quiet": (lambda each: _is_quiet(each, reader), _newest_quiet),
    }
    left = [each for each in listed if each.contact_id not in hidden]
    found = {}
    for name, (is_claimed, order) in claims.items():
        found[name] = sorted((each for each in left if is_claimed(each)), key=order)
        taken = {each.contact_id for each in found[name]}
        left = [each for each in left if each.contact_id not in taken]
    return found


def _is_left(each: ContactSummary, nobodys: Nobodys) -> bool:
    """Fell to no member: nobody can be dealt to, or all have snoozed them."""
    addressees = nobodys.addressees.get(each.contact_id, set())
    return each.contact_id not in nobodys.dealt and addressees.isdisjoint(nobodys.members)


def _longest_first(each: ContactSummary) -> tuple[int, int]:
    return each.waiting_since_at or 0, each.contact_id


def _newest_crossing(each: ContactSummary) -> tuple[int, int]:
    return min(flag.since for flag in each.flags if flag.flag == OVER), each.contact_id


def _newest_forgotten(each: ContactSummary) -> tuple[int, int]:
    return -max(flag.since for flag in each.flags if flag.reason in FORGOTTEN), each.contact_id


def _newest_quiet(each: ContactSummary) -> tuple[int, int]:
    since = [flag.since for flag in each.flags if flag.reason == GONE_QUIET]
    return -(each.quiet.since_at if each.quiet is not None else max(since)), each.contact_id


def _is_for(each: ContactSummary, reader: Reader) -> bool:
    """Whether the member is responsible for what waits longest, or for other mail of theirs that is unanswered."""
    return each.responsible_id == reader.user_id or any(
        flag.reason == "unanswered" and flag.owner == reader.email for flag in each.flags
    )


def _bears(
    each: ContactSummary, reader: Reader, *, flag: str = IGNORED, reasons: Collection[str] = ()
) -> bool:
    """Bears a flag of the reader's: they are responsible, or can hold back since they wrote last where nobody is."""
    return any(
        found.flag == flag and (not reasons or found.reason in reasons) and found.owner == reader.email
        for found in each.flags
    )


def _is_quiet(each: ContactSummary, reader: Reader) -> bool:
    """Gone quiet (R57), by the hint or where a policy makes a flag of it."""
    is_hinted = each.quiet is not None and each.responsible_id == reader.user_id
    return is_hinted or _bears(each, reader, reasons=(GONE_QUIET,))


def _tell_dead(
    session: Session, dead: Mapping[int, DeadAddress], reader: Reader, *, but: Collection[int]
) -> tuple[DigestPerson, ...]:
    """Whose address is dead (R60) and who stand nowhere else, of those for whom the reader is responsible, the newest first."""
    keepers = list_responsible(session, dead)
    return tuple(
        DigestPerson(each.contact_id, each.name, each.address, (), dead=each)
        for each in dead.values()
        if keepers.get(each.contact_id) == reader.user_id and each.contact_id not in but
    )


def describe_people(
    session: Session,
    stands: Iterable[ContactSummary],
    *,
    now: int,
    back: Collection[int] = (),
    dead: Mapping[int, DeadAddress] | None = None,
) -> dict[int, DigestPerson]:
    """Each person by id, with their name and why they are told of.

    `back` are whose snooze ended, `dead` the addresses that return mail.
    """
    people = {each.contact_id: each for each in stands}
    names = list_people(session, people)
    evidence = load_evidence(
        session, {key for each in people.values() for flag in each.flags for key in keys_of(flag)}
    )
    subjects: dict[int, str] = {  # noqa: C416 - rows are no pairs to dict()
        key: subject
        for key, subject in fetch(
            session,
            select(Conversation.id, Conversation.subject).where(
                in_values(session, Conversation.id, [each.conversation_id or 0 for each in people.values()])
            ),
        )
    }
    return {
        contact_id: DigestPerson(
            contact_id,
            name=names[contact_id][1],
            address=names[contact_id][0],
            reasons=(
                *explain_person(
                    each.flags,
                    evidence,
                    waiting_since_at=each.waiting_since_at,
                    is_thanks_only=each.is_thanks_only,
                ),
                *_explain_quiet(each, now),
            ),
            subject=subjects.get(each.conversation_id or 0, ""),
            is_back=contact_id in back,
            dead=(dead or {}).get(contact_id),
            conversation_id=each.conversation_id or 0,
            waiting_since_at=each.waiting_since_at,
        )
        for contact_id, each in people.items()
    }


def _explain_quiet(each: ContactSummary, now: int) -> tuple[Reason, ...]:
    return () if each.quiet is None else (explain_quiet(each.quiet, now),)


def _pick(told: Mapping[int, DigestPerson], stands: Iterable[ContactSummary]) -> tuple[DigestPerson, ...]:
    return tuple(told[each.contact_id] for each in stands)


def _list_moves(session: Session, since: int, now: int) -> tuple[StageMove, ...]:
    """Boxes whose stage is another than at the member's last digest, the latest first."""
    undoing = aliased(Event)
    rows = session.execute(
        select(Event.box_id, Event.at, Event.data, Box.name, Box.pipeline_id, Pipeline.key, User.name)
        .join(Box, Box.id == Event.box_id)
        .join(Pipeline, Pipeline.id == Box.pipeline_id)
        .outerjoin(User, User.id == Event.author_id)
        .outerjoin(undoing, undoing.id == Event.undone_by_id)
        .where(
            Event.kind == "stage",
            Event.at > since,
            Event.at <= now,
            or_(Event.undone_by_id.is_(None), undoing.at > now),
        )
        .order_by(Event.at, Event.id)
    ).all()
    names = {
        (stage.pipeline_id, stage.key): {"zh": stage.name_zh, "en": stage.name_en}
        for stage in session.scalars(select(Stage))
    }
    first: dict[int, str] = {}
    moves: dict[int, tuple[str, StageMove]] = {}
    for box_id, at, data, name, pipeline_id, pipeline, by in rows:
        start, end = first.setdefault(box_id, data["from"]), data["to"]
        unknown = {"zh": "", "en": ""}
        came, went = names.get((pipeline_id, start), unknown), names.get((pipeline_id, end), unknown)
        moves.pop(box_id, None)
        if start != end:
            moves[box_id] = start, StageMove(name, came, went, at, by, f"/board/{pipeline}")
    return tuple(move for _, move in reversed(moves.values()))


def last_told(session: Session, reader: Reader, now: int) -> int:
    """The instant that the member's last digest told of; else that hour on the last working day, at most a week ago."""
    told: int | None = session.scalar(
        select(func.max(DigestDelivery.composed_at)).where(
            DigestDelivery.user_id == reader.user_id,
            DigestDelivery.kind == DAILY,
            DigestDelivery.state.in_(("sent", "unknown")),
            DigestDelivery.composed_at < now,
        )
    )
    if told is not None:
        return max(told, now - LONGEST_LOOK_BACK)
    day = to_datetime(now).astimezone(reader.zone)
    back = {0: 3, 6: 2}.get(day.weekday(), 1)
    return now - round(timedelta(days=back) / timedelta(milliseconds=1))
