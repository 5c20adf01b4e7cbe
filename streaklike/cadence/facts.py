"""Loads all that the evaluation of some people rests on, set-based: a handful of statements whatever their number."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from streaklike.cadence.box_facts import add_boxes
from streaklike.cadence.conversations_at import PRESENT, load_past
from streaklike.cadence.first_reads import add_first_reads
from streaklike.cadence.folding import fold_people
from streaklike.cadence.group_answers import add_group_answers
from streaklike.cadence.history import ContactHistory, Key
from streaklike.cadence.mail_facts import MailSource, list_conversations
from streaklike.cadence.mail_reader import Filed, Talk
from streaklike.cadence.people_facts import earlier, find_members, load_people
from streaklike.cadence.policy import Policy
from streaklike.cadence.roster import Roster
from streaklike.cadence.talks import iter_settled


@dataclass(slots=True)
class Facts:
    """The histories of the people asked about, by root, and every conversation they stand in."""

    histories: dict[int, ContactHistory]
    talks: list[Talk]


def load_facts(
    session: Session,
    root_ids: Collection[int],
    *,
    now: int,
    policy: Policy,
    roster: Roster,
    is_past: bool = False,
) -> Facts:
    """All that stood at `now` about these roots. `is_past` folds from events what rows say of the present (R51)."""
    ids = list_conversations(session, find_members(session, root_ids))
    past = load_past(session, ids, now=now) if is_past and ids else PRESENT
    source = MailSource(session, root_ids, roster=roster, now=now, bounce_ms=policy.bounce_ms, past=past)
    talks = list(iter_settled(session, source, ids))
    return Facts(
        load_histories(session, root_ids, source.filed, roster=roster, now=now, is_past=is_past), talks
    )


def load_histories(
    session: Session,
    root_ids: Collection[int],
    filed: dict[Key, Filed],
    *,
    roster: Roster,
    now: int,
    is_past: bool = False,
) -> dict[int, ContactHistory]:
    """The histories of these roots: their mail, which leaves what was filed, and all else that is known of them."""
    people = load_people(session, root_ids, now=now, is_past=is_past)
    if is_past:
        fold_people(people, roster, now)
    add_boxes(session, people, roster, now=now, is_past=is_past)
    for root_id, history in people.histories.items():
        mail = filed.pop(root_id)
        history.owner_id = roster.with_access(history.owner_id, now)
        history.entries, history.reply_state, history.waiting = mail.sort(), mail.reply_state, mail.waiting
        history.next_at = earlier(history.next_at, mail.next_at)
    add_first_reads(session, people.histories.values())
    add_group_answers(session, people.histories.values(), now=now)
    return people.histories
