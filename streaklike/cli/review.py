"""What follows: the flags with their evidence, and the audit."""

import dataclasses
import sys

import click

from streaklike.cadence.evaluate.as_of import flags_as_of
from streaklike.cadence.queries.audit import audit as count_audit
from streaklike.cadence.queries.flag_views import FlagView, list_flags
from streaklike.cadence.queries.hints import list_gone_quiet
from streaklike.cli.context import as_json, opened, print_json, print_lines
from streaklike.cli.dates import DATE, as_instant
from streaklike.instants import format_instant, now_instant
from streaklike.jobs.evaluate import refresh_due

UNACCOUNTED = 1


@click.command()
@click.option("--as-of", "as_of", callback=as_instant, metavar=DATE, help="The flags of that instant.")
@click.option("--hints", "is_hints", is_flag=True, help="The hints of now instead: who has gone quiet.")
@as_json
def flags(as_of: int | None, *, is_hints: bool, is_json: bool) -> None:
    """Who had too much, who is ignored, and the evidence."""
    if is_hints:
        if as_of is not None:
            raise click.UsageError("Hints are those of now. Leave out --as-of or --hints.")
        _show_hints(is_json=is_json)
        return
    with opened() as (settings, database):
        if as_of is None:
            refresh_due(database, settings)
        with database.read() as session:
            found = (
                list_flags(session, now=now_instant(), team_zone=settings.timezone)
                if as_of is None
                else flags_as_of(session, at=as_of, team_zone=settings.timezone)
            )
    if is_json:
        print_lines(_flag_line(flag) for flag in found)
        return
    for flag in found:
        click.echo(
            f"{flag.flag:15} {flag.reason:16} {flag.contact}: {flag.count:g} {flag.unit}, limit {flag.limit:g}"
        )


def _show_hints(*, is_json: bool) -> None:
    now = now_instant()
    with opened() as (settings, database):
        refresh_due(database, settings)
        with database.read() as session:
            found = list_gone_quiet(session, now=now)
    if is_json:
        print_lines(
            {
                "hint": "gone_quiet",
                "contact": each.address,
                "contact_id": each.contact_id,
                "since": format_instant(each.since_at),
                "last_wrote_at": format_instant(each.last_at),
                "silent_days": each.silent_days(now),
                "usual_days": each.usual_days,
                "gaps": each.gaps,
            }
            for each in found
        )
        return
    for each in found:
        days = each.silent_days(now)
        click.echo(f"gone_quiet {each.address}: silent for {days} days, usually {each.usual_days:g}")


def _flag_line(flag: FlagView) -> dict[str, object]:
    line = dataclasses.asdict(flag)
    line["since"] = format_instant(flag.since)
    line["lapses_at"] = None if flag.lapses_at is None else format_instant(flag.lapses_at)
    line["evidence"] = list(flag.evidence)
    return line


@click.command()
@as_json
def audit(*, is_json: bool) -> None:
    """Prove that every inbound human mail is accounted for; exits 1 where one is not."""
    with opened() as (settings, database):
        refresh_due(database, settings)
        with database.read() as session:
            counted = count_audit(session)
    found = {**dataclasses.asdict(counted), "unaccounted": counted.unaccounted}
    if is_json:
        print_json(found)
    else:
        for name, count in found.items():
            click.echo(f"{name.replace('_', ' '):18} {count:8}")
    if found["unaccounted"]:
        sys.exit(UNACCOUNTED)
