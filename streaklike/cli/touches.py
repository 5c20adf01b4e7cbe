"""What our mail is for, and who asks to be left alone: shown, corrected and decided."""

from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.boxes.undo import undo
from streaklike.cli.context import as_json, get_member, opened, print_json, print_lines
from streaklike.cli.people import read_until
from streaklike.cli.results import as_result, done
from streaklike.instants import format_instant, now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.people.refusals import accept_refusal, decline_refusal, find_refusing, list_proposals
from streaklike.people.touch_classes import TouchExplanation, correct_touch, explain_touches, find_touch
from streaklike.store.models import FOREVER, Event, Message
from streaklike.store.writing import lock_writer

by_member = click.option("--by", "by_email", required=True, metavar="EMAIL", help="Which member says so.")


@click.group()
def touch() -> None:
    """What mail of ours is for: ask, thank, inform or serve."""


@touch.command("explain")
@click.argument("message_id")
@as_json
def touch_explain(message_id: str, *, is_json: bool) -> None:
    """Show the class of a mail, its score, and which words counted with which weights."""
    with opened() as (settings, database):
        refresh_due(database, settings)
        with database.read() as session:
            message = _get_touch(session, message_id)
            said = explain_touches(session, [message.rfc_id])[message.rfc_id]
    if is_json:
        print_json(_explained(message_id, said))
        return
    click.echo(f"{said.touch_class}{'  (corrected)' if said.event_uid else ''}")
    click.echo(f"words say {said.judgement.touch_class}, score {said.judgement.score / 1000:g}")
    for each in said.judgement.counted:
        click.echo(f"  {each.weight / 1000:+g} {each.touch_class:7} {each.word}")


def _explained(message_id: str, said: TouchExplanation) -> dict[str, Any]:
    return {
        "message_id": message_id,
        "class": said.touch_class,
        "classes": list(said.classes),
        "corrected_by": said.corrected_by,
        "is_corrected": said.event_uid is not None,
        "words_say": said.judgement.touch_class,
        "score": said.judgement.score / 1000,
        "words": [
            {"word": each.word, "class": each.touch_class, "weight": each.weight / 1000}
            for each in said.judgement.counted
        ],
    }


@touch.command("class")
@click.argument("message_id")
@click.argument("touch_class", metavar="ask|thank|inform|serve")
@by_member
@as_result
def touch_class(message_id: str, touch_class: str, by_email: str) -> None:
    """Say what a mail of ours is for. It holds at once, and the words learn from it."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            message = _get_touch(session, message_id)
            by = get_member(session, by_email)
            event = correct_touch(session, message, touch_class, by=by, now=now_instant())
        refresh_due(database, settings)
    done(
        f"It counts as {touch_class}. Take it back with: streaklike touch undo {message_id} --by {by_email}"
        if event
        else f"It counts as {touch_class} already."
    )


@touch.command("undo")
@click.argument("message_id")
@by_member
@as_result
def touch_undo(message_id: str, by_email: str) -> None:
    """Take the correction of a mail back: its words decide again."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            message = _get_touch(session, message_id)
            said = explain_touches(session, [message.rfc_id])[message.rfc_id]
            event = session.scalar(select(Event).where(Event.uid == (said.event_uid or "")))
            if event is None:
                raise LookupError(f"Nobody corrected {message_id}. Nothing was changed.")
            undo(session, event, by=get_member(session, by_email), now=now_instant())
        refresh_due(database, settings)
    done("The correction is taken back.")


def _get_touch(session: Session, message_id: str) -> Message:
    message = find_touch(session, message_id)
    if message is None:
        raise LookupError(f"There is no mail of ours with the Message-ID {message_id}. Nothing was changed.")
    return message


@click.group()
def refusal() -> None:
    """Mail that asks us not to write again: proposed, then accepted or declined."""


@refusal.command("list")
@as_json
def refusal_list(*, is_json: bool) -> None:
    """List what nobody decided yet, the newest first (lines)."""
    with opened() as (settings, database):
        refresh_due(database, settings)
        with database.read() as session:
            proposals = list_proposals(session, now=now_instant())
    if is_json:
        print_lines(
            {
                "message_id": each.rfc_id,
                "at": format_instant(each.at),
                "contact": each.address,
                "name": each.name,
                "sentence": each.sentence,
            }
            for each in proposals
        )
        return
    for each in proposals:
        click.echo(f"{format_instant(each.at)} {each.address} <{each.rfc_id}>  {each.sentence}")


@refusal.command("accept")
@click.argument("message_id")
@by_member
@click.option("--until", "until", default="never", metavar="DATE|never", help="Until the end of that day.")
@click.option("--reason", default="", help="Why; their own sentence unless given.")
@as_result
def refusal_accept(message_id: str, by_email: str, until: str, reason: str) -> None:
    """Leave its author alone, as the mail asks."""
    with opened() as (settings, database):
        instant = read_until(until, ZoneInfo(settings.timezone)) or FOREVER
        with database.begin() as session:
            lock_writer(session)
            message = _get_refusing(session, message_id)
            by = get_member(session, by_email)
            accept_refusal(session, message, until=instant, reason=reason, by=by, now=now_instant())
        refresh_due(database, settings)
    done("They are left alone. Change it with: streaklike contact set ADDRESS --do-not-contact-until clear")


@refusal.command("decline")
@click.argument("message_id")
@by_member
@click.option("--reason", default="", help="Why it is none.")
@as_result
def refusal_decline(message_id: str, by_email: str, reason: str) -> None:
    """Say that the mail is no refusal; it is not proposed again."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            message = _get_refusing(session, message_id)
            by = get_member(session, by_email)
            decline_refusal(session, message, reason=reason, by=by, now=now_instant())
        refresh_due(database, settings)
    done("It is not proposed again.")


def _get_refusing(session: Session, message_id: str) -> Message:
    message = find_refusing(session, message_id)
    if message is None:
        raise LookupError(f"No mail with the Message-ID {message_id} refuses contact. Nothing was changed.")
    return message
