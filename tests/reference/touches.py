"""Touches as R44 and R45 word them, one person at a time."""

from typing import NamedTuple

from streaklike.instants import DAY, MINUTE
from tests.reference.history import Bounce, Logged, Mail, Moment

TEN_MINUTES = 10 * MINUTE
A_WEEK = 7 * DAY


class Touch(NamedTuple):
    """A touch, named by its first mail or by the logged event. `matter` is its conversation, or the event's own id."""

    at: int
    by: str
    matter: str
    id: str
    is_ask: bool = False
    weight: float = 1.0
    more: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """R50: every mail of a burst is named."""
        return (self.id, *self.more)


def human_mail_of(moment: Moment, person: str) -> list[Mail]:
    """The human mail that the person wrote."""
    return [mail for mail in moment.of(person, Mail) if mail.sender == person and mail.kind == "human"]


def came_to_us(moment: Moment, person: str) -> list[int]:
    """When the person wrote or, as it was logged, called, met us or sent a message of their own accord (R46, R56)."""
    logged = [event for event in moment.of(person, Logged) if not event.is_ours and event.kind != "note"]
    return [each.at for each in [*human_mail_of(moment, person), *logged]]


def our_delivered(moment: Moment, person: str, kind: str = "human") -> list[Mail]:
    """Our mail that reached the person, in any role (R30: what came back did not)."""
    returned = {bounce.of for bounce in moment.of(person, Bounce)}
    return [
        mail
        for mail in moment.of(person, Mail)
        if mail.is_ours and mail.kind == kind and mail.id not in returned
    ]


def is_response(moment: Moment, person: str, reply: Mail) -> bool:
    """Whether it is the first reply within seven days of the last mail of their unanswered run, in that conversation."""
    run = list_answered(moment, person, reply)
    return bool(run) and reply.at - run[-1] <= A_WEEK


def list_answered(moment: Moment, person: str, reply: Mail) -> list[int]:
    """When the person wrote, in that conversation, what this mail of ours is the first reply to."""
    if reply.kind != "human" or person not in (*reply.to, *reply.cc):
        return []
    earlier = [
        mail.at
        for mail in our_delivered(moment, person)
        if mail.conversation == reply.conversation
        and person in (*mail.to, *mail.cc)
        and (mail.at, mail.id) < (reply.at, reply.id)
    ]
    answered_at = max(earlier, default=-1)
    return [
        mail.at
        for mail in human_mail_of(moment, person)
        if mail.conversation == reply.conversation and answered_at < mail.at <= reply.at
    ]


def find_touches(moment: Moment, person: str) -> list[Touch]:
    """The person's touches, oldest first."""
    key = (person, "touches")
    if key not in moment.kept:
        touches = [*_mail_touches(moment, person), *_logged_touches(moment, person)]
        moment.kept[key] = sorted(touches, key=lambda touch: touch.at)
    found: list[Touch] = moment.kept[key]
    return found


def _mail_touches(moment: Moment, person: str) -> list[Touch]:
    """Several by one sender within ten minutes of the first are one; if any of them is a touch, so is the whole."""
    touches = []
    invitations = our_delivered(moment, person, "invitation")
    small = [mail for mail in invitations if len(mail.to) + len(mail.cc) + len(mail.bcc) <= 3]
    to_them = [mail for mail in [*our_delivered(moment, person), *small] if person in mail.to]
    to_them.sort(key=lambda mail: mail.at)
    for sender in dict.fromkeys(mail.sender for mail in to_them):
        bursts: list[list[Mail]] = []
        for mail in to_them:
            if mail.sender != sender:
                continue
            if bursts and mail.at - bursts[-1][0].at <= TEN_MINUTES:
                bursts[-1].append(mail)
            else:
                bursts.append([mail])
        for burst in bursts:
            if not all(is_response(moment, person, mail) for mail in burst):
                first = burst[0]
                is_ask = any(mail.touch_class == "ask" for mail in burst)
                more = tuple(mail.id for mail in burst[1:])
                touches.append(Touch(first.at, sender, first.conversation, first.id, is_ask, more=more))
    return touches


def _logged_touches(moment: Moment, person: str) -> list[Touch]:
    """A call, meeting or message that went out from us counts on its own (R45)."""
    return [
        Touch(event.at, event.by, event.id, event.id)
        for event in moment.of(person, Logged)
        if event.is_ours and event.kind in ("call", "meeting", "message")
    ]


def our_words(moment: Moment, person: str) -> list[tuple[int, str]]:
    """Every personal word of ours (R47): touches, answers, and what was talked of, whoever of the two began."""
    answers = [mail for mail in our_delivered(moment, person) if list_answered(moment, person, mail)]
    loaded_conversations = [event for event in moment.of(person, Logged) if event.kind != "note"]
    named = [*find_touches(moment, person), *answers, *loaded_conversations]
    return sorted((each.at, each.id) for each in named)


def find_weights(moment: Moment, person: str) -> list[Touch]:
    """All that uses up the budget: touches, and bulk mail of ours, in To or Bcc, at half the weight."""
    bulk = [
        Touch(mail.at, mail.sender, mail.conversation, mail.id, weight=0.5)
        for mail in our_delivered(moment, person, "bulk")
        if person in (*mail.to, *mail.bcc)
    ]
    return sorted([*find_touches(moment, person), *bulk], key=lambda touch: touch.at)
