"""Who carries what, and what somebody who leaves hands over."""

from collections.abc import Mapping
from typing import Any

import click
from sqlalchemy import select

from streaklike.boxes.handover import hand_over
from streaklike.boxes.undo import undo
from streaklike.cli.context import as_json, get_member, opened, print_json, say
from streaklike.cli.results import VERSION
from streaklike.insights.handover import LeftItem, build_pack, suggested_parts
from streaklike.insights.load import ColleagueLoad, Suggestion, measure_load
from streaklike.instants import HOUR, format_instant, now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.store.models import Event
from streaklike.store.writing import lock_writer


@click.command()
@as_json
def load(*, is_json: bool) -> None:
    """Who owes how many answers and touches this week, and how fast answers came."""
    with opened() as (settings, database):
        refresh_due(database, settings)
        with database.read() as session:
            found = measure_load(session, now=now_instant(), team_zone=settings.timezone)
    emails = {line.user_id: line.email for line in found.colleagues}
    if is_json:
        print_json(
            {
                "until": format_instant(found.to_at),
                "colleagues": [_load_line(line) for line in found.colleagues],
                "suggestions": [_suggestion_line(each, emails) for each in found.suggestions],
            }
        )
        return
    for line in found.colleagues:
        pace = f"{line.pace.working_ms / HOUR:.1f} working h" if line.pace else "no answer"
        click.echo(f"{line.answers:4} answers {line.touches:4} touches  {pace:18} {line.name or 'nobody'}")
    for each in found.suggestions:
        click.echo(f"{each.address}: {each.from_name or 'nobody'} -> {each.to_name} ({each.mails} mails)")


def _load_line(line: ColleagueLoad) -> dict[str, Any]:
    return {
        "user": line.email or None,
        "name": line.name or None,
        "has_left": line.has_left,
        "answers_owed": line.answers,
        "oldest_at": None if line.oldest_at is None else format_instant(line.oldest_at),
        "touches_owed": line.touches,
        "answers_given": line.pace.answers if line.pace else 0,
        "median_hours": round(line.pace.raw_ms / HOUR, 1) if line.pace else None,
        "median_working_hours": round(line.pace.working_ms / HOUR, 1) if line.pace else None,
    }


def _suggestion_line(each: Suggestion, emails: Mapping[int, str]) -> dict[str, Any]:
    return {
        "contact": each.address,
        "name": each.name,
        "waiting_since_at": format_instant(each.waiting_since_at),
        "from": emails.get(each.from_id) or None,
        "to": emails[each.to_id],
        "mails": each.mails,
    }


@click.command()
@click.argument("email")
@click.option("--to", "to_email", metavar="EMAIL", help="Hand all of it to this colleague.")
@click.option("--suggested", "is_suggested", is_flag=True, help="Hand each thing to whom it is tied most.")
@click.option("--undo", "is_undoing", is_flag=True, help="Take the last handover back.")
@click.option("--by", "by_email", metavar="EMAIL", help="Who hands it over.")
@click.option("--reason", default="Handover", show_default=True, help="What the new owners read.")
@as_json
def handover(
    email: str,
    to_email: str | None,
    by_email: str | None,
    reason: str,
    *,
    is_suggested: bool,
    is_undoing: bool,
    is_json: bool,
) -> None:
    """Show all that a member looks after, with a successor for each; or hand it over."""
    if sum((to_email is not None, is_suggested, is_undoing)) > 1:
        raise click.UsageError("Say one of --to, --suggested and --undo.")
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            now, user = now_instant(), get_member(session, email)
            by = get_member(session, by_email) if by_email else None
            pack = build_pack(session, user, now=now)
            if is_undoing:
                undo(session, _newest(session.scalars(_HANDOVERS).all(), user.email), by=by, now=now)
            elif to_email is not None or is_suggested:
                to = get_member(session, to_email) if to_email else None
                parts = suggested_parts(pack) if to is None else [(item.holding, to) for item in pack.items]
                hand_over(session, parts, source=user, reason=reason, by=by, now=now)
                say(f"{len(parts)} handed over. Take it back: streaklike user handover {email} --undo")
            lines = [_item_line(item) for item in pack.items]
        refresh_due(database, settings)
    if is_json:
        print_json({"version": VERSION, "user": email, "items": lines})
        return
    for line in lines:
        successor = line["successor"] or "nobody has a tie"
        click.echo(f"{line['kind']:12} {line['title']}  ({line['about']}) -> {successor}")


_HANDOVERS = (
    select(Event).where(Event.kind == "handover", Event.undone_by_id.is_(None)).order_by(Event.id.desc())
)


def _newest(events: Any, email: str) -> Event:
    found: Event | None = next((event for event in events if event.data["from"] == email), None)
    if found is None:
        raise LookupError(f"Nothing of {email} was handed over that could be taken back.")
    return found


def _item_line(item: LeftItem) -> dict[str, Any]:
    return {
        "kind": item.holding.kind,
        "title": item.title,
        "about": item.about,
        "is_open": item.is_open,
        "last_at": None if item.last_at is None else format_instant(item.last_at),
        "last_direction": item.last_direction,
        "due_at": None if item.due_at is None else format_instant(item.due_at),
        "successor": item.successor.email if item.successor else None,
        "mails": item.successor.mails if item.successor else 0,
    }
