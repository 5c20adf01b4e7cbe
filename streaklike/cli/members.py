"""The team's members: who they are, and who has no access any more."""

import click

from streaklike.cli.context import as_json, get_member, opened, print_lines, say
from streaklike.cli.load import handover
from streaklike.cli.results import as_result, done
from streaklike.cli.spelling import Choice
from streaklike.insights.handover import build_pack
from streaklike.instants import format_instant, now_instant
from streaklike.jobs.mailboxes import add_user
from streaklike.people.access import ROLES, change_role, disable_member, enable_member
from streaklike.people.sessions import end_sessions, list_sessions
from streaklike.store.writing import lock_writer


@click.group()
def user() -> None:
    """The team's members."""


@user.command("add")
@click.argument("email")
@click.option("--name", default="", help="How colleagues see them.")
@click.option("--role", type=Choice(ROLES), help="member for somebody new; an existing one keeps theirs.")
@as_result
def user_add(email: str, name: str, role: str | None) -> None:
    """Add a member, or change the name of one; the role too where --role says so."""
    with opened() as (settings, database):
        role = add_user(database, settings, email, name=name, role=role)
    done(
        f"{email} is a {role} of the team. Next: streaklike mailbox add {email} --credentials FILE",
        role=role,
    )


@user.command("role")
@click.argument("email")
@click.argument("role", type=Choice(ROLES))
@click.option("--by", "by_email", required=True, metavar="ADMIN", help="The admin who says so.")
@as_result
def user_role(email: str, role: str, by_email: str) -> None:
    """Make a member an admin, a member or a viewer."""
    with opened() as (_, database), database.begin() as session:
        lock_writer(session)
        user = get_member(session, email)
        was = user.role
        event = change_role(session, user, role, by=get_member(session, by_email), now=now_instant())
    if event is None:
        done(f"{email} is a {role} already; nothing was changed.", role=role)
        return
    done(
        f"{email} is a {role} now. To take it back: streaklike user role {email} {was} --by {by_email}",
        role=role,
    )


@user.command("disable")
@click.argument("email")
@click.option("--by", "by_email", required=True, metavar="ADMIN", help="The admin who says so.")
@as_result
def user_disable(email: str, by_email: str) -> None:
    """End a member's access at once: their pages, their digest and the reading of their mailbox."""
    with opened() as (_, database), database.begin() as session:
        lock_writer(session)
        now, user = now_instant(), get_member(session, email)
        event = disable_member(session, user, by=get_member(session, by_email), now=now)
        left = len(build_pack(session, user, now=now).items)
    if event is None:
        done(f"{email} has no access already; nothing was changed.", left=left)
        return
    done(
        f"{email} has no access any more. To take it back: streaklike user enable {email} --by {by_email}",
        left=left,
    )
    if left:
        say(f"They still look after {left} things. Next: streaklike user handover {email}")


@user.command("enable")
@click.argument("email")
@click.option("--by", "by_email", required=True, metavar="ADMIN", help="The admin who says so.")
@as_result
def user_enable(email: str, by_email: str) -> None:
    """Give a member access again."""
    with opened() as (_, database), database.begin() as session:
        lock_writer(session)
        user = get_member(session, email)
        event = enable_member(session, user, by=get_member(session, by_email), now=now_instant())
    done(f"{email} has access again." if event else f"{email} has access already; nothing was changed.")


@user.command("sessions")
@click.argument("email")
@click.option("--end", "is_end", is_flag=True, help="End every one of them.")
@as_json
def user_sessions(email: str, *, is_end: bool, is_json: bool) -> None:
    """List where a member is signed in (lines), or end all of it."""
    with opened() as (_, database):
        if is_end:
            with database.begin() as session:
                count = end_sessions(session, get_member(session, email), now_instant())
            said = f"{count} session{'' if count == 1 else 's'} of {email} ended, and links not used yet are void."
            done(said, is_json=is_json, ended=count)
            return
        with database.read() as session:
            found = list_sessions(session, get_member(session, email).id, now=now_instant())
    rows = [
        {"since": format_instant(row.created_at), "seen": format_instant(row.last_seen_at)} for row in found
    ]
    if is_json:
        print_lines(rows)
        return
    for row in rows:
        click.echo(f"since {row['since']}, last used {row['seen']}")
    say(f"{email} is signed in at {len(rows)} browser{'' if len(rows) == 1 else 's'}.")


user.add_command(handover)
