"""What members say about conversations: who takes one, and that no reply is needed."""

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from streaklike.cadence.queries.before_queue import close_before
from streaklike.cli.context import as_json, get_member, opened, print_json, say
from streaklike.cli.results import VERSION, as_result, done
from streaklike.instants import now_instant
from streaklike.jobs.evaluate import refresh_due
from streaklike.people.marks import mark_no_reply_needed, take_conversation
from streaklike.store.models import Conversation, Message
from streaklike.store.writing import lock_writer

by_member = click.option("--by", "by_email", required=True, metavar="EMAIL", help="Which member says so.")
with_reason = click.option("--reason", required=True, help="Why no reply is needed, in a word.")


@click.group()
def conversation() -> None:
    """Take a conversation, or say that it needs no reply."""


@conversation.command("take")
@click.argument("message_id", metavar="MESSAGE-ID")
@by_member
@as_result
def conversation_take(message_id: str, by_email: str) -> None:
    """Take the conversation that holds this mail."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            by = get_member(session, by_email)
            is_taken = take_conversation(session, _find(session, message_id), by=by, now=now_instant())
            owner = by.email
        refresh_due(database, settings)
    done(f"{owner} has it." if is_taken else f"{owner} had it before. Nothing was changed.")


@conversation.command("close")
@click.argument("message_id", metavar="MESSAGE-ID")
@by_member
@with_reason
@as_result
def conversation_close(message_id: str, by_email: str, reason: str) -> None:
    """Say that what waits in the conversation that holds this mail needs no reply."""
    with opened() as (settings, database):
        with database.begin() as session:
            lock_writer(session)
            found, by = _find(session, message_id), get_member(session, by_email)
            mark_no_reply_needed(session, found, by=by, reason=reason, now=now_instant())
        refresh_due(database, settings)
    done("Closed, until they write again.")


@conversation.command("close-before")
@by_member
@with_reason
@click.option("--of", "of_email", metavar="EMAIL", help="One member's own alone; all unless given.")
@as_json
def conversation_close_before(by_email: str, reason: str, of_email: str | None, *, is_json: bool) -> None:
    """Close in bulk what was unanswered for long before its mailbox was first read."""
    with opened() as (settings, database):
        refresh_due(database, settings)
        with database.begin() as session:
            lock_writer(session)
            closed = close_before(
                session,
                reason=reason,
                by=get_member(session, by_email),
                now=now_instant(),
                member_id=get_member(session, of_email).id if of_email else None,
            )
            people, conversations = (closed.people, closed.conversations) if closed else (0, 0)
        refresh_due(database, settings)
    if is_json:
        print_json({"version": VERSION, "people": people, "conversations": conversations})
    say(f"Closed: {people} people with {conversations} conversations from before we began.")


def _find(session: Session, message_id: str) -> Conversation:
    found = session.scalar(
        select(Conversation)
        .join(Message, Message.conversation_id == Conversation.id)
        .where(Message.rfc_id == message_id.strip().strip("<>"), Message.is_live)
        .order_by(Message.id)
        .limit(1)
    )
    if found is None:
        raise LookupError(f"No mail has the Message-ID {message_id}. Nothing was changed.")
    return found
