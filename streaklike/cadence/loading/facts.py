"""Loads all facts for evaluating people, set-based: a fixed number of statements however many they are."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from streaklike.cadence.loading.box_facts import add_boxes
from streaklike.cadence.loading.conversation_loader import iter_resolved
from streaklike.cadence.loading.conversations_at import PRESENT, load_past
from streaklike.cadence.loading.first_reads import add_first_reads
from streaklike.cadence.loading.folding import fold_people
from streaklike.cadence.loading.group_answers import add_group_answers
from streaklike.cadence.loading.mail_facts import MailSource, list_conversations
from streaklike.cadence.loading.mail_reader import LoadedConversation, PersonMail
from streaklike.cadence.loading.people_facts import earlier, find_members, load_people
from streaklike.cadence.loading.team_directory import TeamDirectory
from streaklike.cadence.model.history import ContactHistory, Key
from streaklike.cadence.policy.policy import Policy


@dataclass(slots=True)
class Facts:
    """The histories of the people asked about, by root, and every conversation they are part of."""

    histories: dict[int, ContactHistory]
    loaded_conversations: list[LoadedConversation]


def load_facts(
    session: Session,
    root_ids: Collection[int],
    *,
    now: int,
    policy: Policy,
    directory: TeamDirectory,
    is_past: bool = False,
) -> Facts:
    """Load the facts of these roots as of `now`.

    `is_past` folds from events what rows hold only for today (R51).
    """
    ids = list_conversations(session, find_members(session, root_ids))
    past = load_past(session, ids, now=now) if is_past and ids else PRESENT
    source = MailSource(
        session, root_ids, directory=directory, now=now, bounce_ms=policy.bounce_ms, past=past
    )
    loaded_conversations = list(iter_resolved(session, source, ids))
    return Facts(
        load_histories(
            session, root_ids, source.mail_by_person, directory=directory, now=now, is_past=is_past
        ),
        loaded_conversations,
    )


def load_histories(
    session: Session,
    root_ids: Collection[int],
    mail_by_person: dict[Key, PersonMail],
    *,
    directory: TeamDirectory,
    now: int,
    is_past: bool = False,
) -> dict[int, ContactHistory]:
    """Load the histories of these roots. Their mail is removed from `mail_by_person`."""
    people = load_people(session, root_ids, now=now, is_past=is_past)
    if is_past:
        fold_people(people, directory, now)
    add_boxes(session, people, directory, now=now, is_past=is_past)
    for root_id, history in people.histories.items():
        # Popped, so that the mail of each person can be freed as soon as it is used.
        mail = mail_by_person.pop(root_id)
        history.owner_id = directory.with_access(history.owner_id, now)
        history.entries, history.reply_state, history.waiting = mail.sort(), mail.reply_state, mail.waiting
        history.next_at = earlier(history.next_at, mail.next_at)
    add_first_reads(session, people.histories.values())
    add_group_answers(session, people.histories.values(), now=now)
    return people.histories
