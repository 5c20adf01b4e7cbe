"""One-time links to sign in: the one that `serve` prints for the first admin, and a member's."""

import click

from streaklike.cli.context import get_member, opened, say
from streaklike.cli.results import as_result, done, wants_json
from streaklike.instants import now_instant
from streaklike.people.sign_in_links import make_sign_in_link, offer_first_link
from streaklike.settings import Settings
from streaklike.store.database import Database
from streaklike.store.writing import lock_writer

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1", "": "127.0.0.1"}  # noqa: S104 - compared, not bound
"""Where somebody at this machine reaches a server that listens on all its addresses."""


@click.command("sign-in-link")
@click.argument("email")
@as_result
def sign_in_link(email: str) -> None:
    """Print a link that signs a member in once, within an hour. It is logged."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            token = make_sign_in_link(session, get_member(session, email), now=now_instant())
        link = build_link(settings.public_url, token)
        if not wants_json():
            click.echo(link)
        if "public_url" not in settings.model_fields_set:
            say(
                "STREAKLIKE_PUBLIC_URL is not set. Where people reach the server elsewhere, put that address in its place."
            )
    done("It works once, within an hour. Whoever has it is that member: hand it to nobody else.", link=link)


def print_first_link(database: Database, settings: Settings, *, host: str, port: int) -> None:
    """Where no admin has signed in yet, print the link that lets one in."""
    with database.begin() as session:
        lock_writer(session)
        token = offer_first_link(session, now=now_instant())
    if token is None:
        return
    say("No admin has signed in yet. This link lets the first one in, once, within an hour:")
    say(f"  {build_link(served_url(settings, host=host, port=port), token)}")


def build_link(base: str, token: str) -> str:
    """The address of a one-time link. The token stands after the #, which browsers send to no server and no log."""
    return f"{base.rstrip('/')}/sign-in/link#{token}"


def served_url(settings: Settings, *, host: str, port: int) -> str:
    """STREAKLIKE_PUBLIC_URL where it is set, else where the server listens."""
    if "public_url" in settings.model_fields_set:
        return settings.public_url
    name = EVERYWHERE.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
