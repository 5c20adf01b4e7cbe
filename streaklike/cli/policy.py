"""The thresholds: what holds and whence, editing them, presets, and trying a change out on the past."""

from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.policy_store import PERSON, STAGE, TIER
from streaklike.boxes.undo import undo as apply_undo
from streaklike.cadence.editing.policy_changes import (
    TEAM_SCOPE,
    PolicyEdit,
    Scope,
    describe_value,
    find_stages,
    list_edits,
    list_team_lines,
    set_threshold,
    with_requested_changes,
)
from streaklike.cadence.editing.policy_presets import PRESETS, apply_preset, plan_preset
from streaklike.cadence.queries.person_policy import list_holding
from streaklike.cadence.replay.outcomes import TOP, Comparison, Moved, compare
from streaklike.cadence.replay.replay import replay
from streaklike.cli.context import as_json, get_member, opened, print_json, print_lines, say
from streaklike.cli.progress import counted_progress
from streaklike.cli.results import as_result, done, list_event
from streaklike.cli.spelling import Choice
from streaklike.instants import format_instant, now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.people.finding import get_contact, root_of
from streaklike.store.models import Contact, Event
from streaklike.store.writing import lock_writer
from streaklike.wording.texts import load_texts

by_option = click.option("--by", "by_email", required=True, metavar="EMAIL", help="Which member it is.")
tier_option = click.option("--tier", metavar="A|B|C", help="For those in this tier.")
stage_option = click.option("--stage", metavar="NAME", help="For those with a box in this stage.")
contact_option = click.option("--contact", "address", metavar="ADDRESS", help="For one person alone.")


@click.group(invoke_without_command=True)
@click.option("--contact", "address", metavar="ADDRESS", help="What holds for one person.")
@as_json
@click.pass_context
def policy(context: click.Context, address: str | None, *, is_json: bool) -> None:
    """Show which thresholds hold, and which level gives them."""
    if context.invoked_subcommand is not None:
        return
    with opened() as (_, database), database.read() as session:
        rows = _list_rows(session, address)
    if is_json:
        print_json({"policy": rows})
        return
    for row in rows:
        where = f" {row['name']}" if row["name"] else ""
        click.echo(f"{row['key']:24} {describe_value(row['value']):>8}  {row['source']}{where}")


def _list_rows(session: Session, address: str | None) -> list[dict[str, Any]]:
    if address is None:
        return [line._asdict() for line in list_team_lines(session)]
    contact = root_of(session, get_contact(session, address))
    return [
        {"key": held.key, "value": held.value, "source": held.level, "name": held.name}
        for held in list_holding(session, contact, now=now_instant())
    ]


def _find_place(session: Session, tier: str | None, stage: str | None, address: str | None) -> Scope:
    given = [each for each in (tier, stage, address) if each is not None]
    if len(given) > 1:
        raise click.UsageError("Give one of --tier, --stage and --contact.")
    if tier is not None:
        return Scope(TIER, tier.upper())
    if stage is not None:
        return Scope(STAGE, find_stages(session, stage))
    if address is not None:
        return Scope(PERSON, contact=root_of(session, get_contact(session, address)))
    return TEAM_SCOPE


@policy.command("set")
@click.argument("key")
@click.argument("value")
@tier_option
@stage_option
@contact_option
@by_option
@as_result
def policy_set(key: str, value: str, **options: Any) -> None:
    """Set a threshold: for the team, a tier, a stage or one person."""
    _change(key, value, **options)


@policy.command("unset")
@click.argument("key")
@tier_option
@stage_option
@contact_option
@by_option
@as_result
def policy_unset(key: str, **options: Any) -> None:
    """Take a threshold away again, so that the next level speaks."""
    _change(key, None, **options)


def _change(
    key: str, value: str | None, *, tier: str | None, stage: str | None, address: str | None, by_email: str
) -> None:
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            by = get_member(session, by_email)
            place = _find_place(session, tier, stage, address)
            event = set_threshold(session, key, value, place=place, by=by, now=now_instant())
            said = _describe_event(event)
        refresh_due(database, settings)
    done(said)


def _describe_event(event: Event | None) -> str:
    if event is None:
        return "It was so already; nothing was changed."
    changed = "; ".join(
        f"{key} {describe_value(before)} -> {describe_value(after)}"
        for _, _, key, before, after in event.data["changes"]
    )
    return f"Changed: {changed}. To take it back: streaklike policy undo {event.uid} --by …"


@policy.command("history")
@contact_option
@click.option("--limit", default=50, show_default=True, help="The newest so many.")
@as_json
def policy_history(address: str | None, limit: int, *, is_json: bool) -> None:
    """Who changed what and when, the newest first."""
    with opened() as (_, database), database.read() as session:
        contact: Contact | None = None
        if address is not None:
            contact = root_of(session, get_contact(session, address))
        edits = list_edits(session, limit=limit, contact=contact)
    if is_json:
        print_lines(_edit_line(edit) for edit in edits)
        return
    for edit in edits:
        undone = " (undone)" if edit.undone_at is not None else ""
        for change in edit.changes:
            where = " ".join(filter(None, (change.level, change.name, edit.contact)))
            click.echo(
                f"{format_instant(edit.at)} {edit.by or '-':24} {where:20} {change.key} "
                f"{describe_value(change.before)} -> {describe_value(change.after)}{undone}  {edit.uid}"
            )


def _edit_line(edit: PolicyEdit) -> dict[str, Any]:
    return {
        "uid": edit.uid,
        "at": format_instant(edit.at),
        "by": edit.by,
        "contact": edit.contact,
        "preset": edit.preset,
        "because": edit.because,
        "changes": [
            {"level": each.level, "name": each.name, "key": each.key, "from": each.before, "to": each.after}
            for each in edit.changes
        ],
        "undone_at": None if edit.undone_at is None else format_instant(edit.undone_at),
    }


@policy.command("undo")
@click.argument("uid")
@by_option
@as_result
def policy_undo(uid: str, by_email: str) -> None:
    """Take one change back, by its id in the history."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            by = get_member(session, by_email)
            event = session.scalar(select(Event).where(Event.uid == uid, Event.kind == "policy"))
            if event is None:
                raise LookupError(f"No change of the policy has the id {uid}. Nothing was changed.")
            apply_undo(session, event, by=by, now=now_instant())
        refresh_due(database, settings)
    done("Taken back.")


@policy.command("preset")
@click.argument("name", type=Choice(list(PRESETS)))
@click.option(
    "--by", "by_email", metavar="EMAIL", help="Which member it is; without, the preset is only shown."
)
@as_json
def policy_preset(name: str, by_email: str | None, *, is_json: bool) -> None:
    """Set the thresholds that suit a kind of work, as one change; without --by, show them and why."""
    with opened() as (settings, database):
        if by_email is None:
            with database.read() as session:
                differing = {change.place for change in plan_preset(session, name)}
            _show_preset(name, differing, is_json=is_json)
            return
        with database.begin() as session:
            lock_writer(session)
            event = apply_preset(session, name, by=get_member(session, by_email), now=now_instant())
            said, events = _describe_event(event), list_event(event)
        refresh_due(database, settings)
    done(said, is_json=is_json, events=events)


def _show_preset(name: str, differing: set[tuple[str, str, str]], *, is_json: bool) -> None:
    t = load_texts("en")
    rows = [
        {
            "key": preset_value.key,
            "value": preset_value.value,
            "tier": preset_value.tier,
            "why": t(f"preset.{name}.why.{preset_value.text}"),
            "changes": (preset_value.place.level, preset_value.place.name, preset_value.key) in differing,
        }
        for preset_value in PRESETS[name]
    ]
    if is_json:
        print_json({"preset": name, "values": rows})
        return
    for row in rows:
        sign = "*" if row["changes"] else " "
        where = f" (tier {row['tier']})" if row["tier"] else ""
        click.echo(f"{sign} {row['key']:24} {row['value']:>6}{where}  {row['why']}")
    say("What bears a * would change. To set them: streaklike policy preset " + name + " --by EMAIL")


@policy.command("replay")
@click.argument("requested", nargs=-1, required=True, metavar="KEY=VALUE …")
@tier_option
@stage_option
@click.option("--months", default=12, show_default=True, type=click.IntRange(1, 60), help="How far back.")
@as_json
def policy_replay(
    requested: tuple[str, ...], tier: str | None, stage: str | None, months: int, *, is_json: bool
) -> None:
    """Try thresholds out on the past: whom they would have flagged, and what followed. Nothing is changed."""
    with opened() as (settings, database), database.read() as session:
        place = _find_place(session, tier, stage, None)
        _, changes = with_requested_changes(
            session, [(*_split_pair(preset_value), place) for preset_value in requested]
        )
        with counted_progress("Looking at the past") as on_progress:
            replayed = replay(
                session,
                changes,
                now=now_instant(),
                months=months,
                team_zone=settings.timezone,
                on_progress=on_progress,
            )
        found = compare(session, replayed)
    if is_json:
        print_json(_comparison(found))
        return
    _show_comparison(found)


def _split_pair(preset_value: str) -> tuple[str, str]:
    key, sign, value = preset_value.partition("=")
    if not sign:
        raise click.UsageError(f"{preset_value!r} is no KEY=VALUE.")
    return key.strip(), value


def _comparison(found: Comparison) -> dict[str, Any]:
    return {
        "from": format_instant(found.start),
        "to": format_instant(found.end),
        "mornings": found.mornings,
        "reasons": [
            {
                "flag": row.flag,
                "reason": row.reason,
                "as_it_was": row.before._asdict(),
                "with_this_change": row.after._asdict(),
            }
            for row in found.rows
        ],
        "newly_flagged": [_moved(each) for each in found.newly],
        "no_longer_flagged": [_moved(each) for each in found.no_longer],
    }


def _moved(moved: Moved) -> dict[str, Any]:
    return {
        "contact": moved.contact,
        "name": moved.name,
        "flag": moved.flag,
        "reason": moved.reason,
        "since": format_instant(moved.since_at),
        "flags": moved.flags,
        "followed": moved.followed._asdict(),
    }


def _show_comparison(found: Comparison) -> None:
    click.echo(f"{'flags':28} {'as it was':>10} {'changed':>10}   answered within 14 days")
    for row in found.rows:
        answered = " -> ".join(f"{side.answered} of {side.answered_of}" for side in (row.before, row.after))
        click.echo(f"{row.flag:15} {row.reason:12} {row.before.flags:10} {row.after.flags:10}   {answered}")
    for title, moved in (("Newly flagged", found.newly), ("No longer flagged", found.no_longer)):
        click.echo(f"{title}: {len(moved)}")
        for each in moved[:TOP]:
            click.echo(f"  {each.contact:40} {each.reason:16} since {format_instant(each.since_at)}")
    say(f"Looked at on {found.mornings} mornings of working days; nothing was changed.")
