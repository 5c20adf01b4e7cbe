"""`ignored` as R47 words it, one function per reason; reply states (R33); whose tier holds (R48)."""

from collections.abc import Collection

from streaklike.instants import DAY, HOUR
from tests.reference.history import BoxIn, LeaveAlone, Logged, Mail, Moment, Task, TierSet
from tests.reference.over_contacted import Stands
from tests.reference.people import contact_since
from tests.reference.touches import human_mail_of, our_delivered, our_words
from tests.reference.working_time import first_over

TWO_WORKING_DAYS = 16 * HOUR
LONGEST = {"A": 21 * DAY, "B": 45 * DAY, "C": 120 * DAY}
STRICTEST_FIRST = ("A", "B", "C")


def list_waiting(moment: Moment, person: str, conversation: str) -> list[Mail]:
    """The person's mails in the conversation that wait for us (R33 to R37)."""
    answers = [
        mail.at
        for mail in our_delivered(moment, person)
        if mail.conversation == conversation and person in (*mail.to, *mail.cc)
    ]
    answers += [event.at for event in moment.of(person, Logged) if event.ends_waiting]
    marks = moment.marks(conversation)
    if marks and not marks[-1].is_open:
        answers.append(marks[-1].at)
    done_until = max(answers, default=-1)
    return [
        mail
        for mail in human_mail_of(moment, person)
        if mail.conversation == conversation and mail.is_addressed and mail.at > done_until
    ]


def state_of(moment: Moment, person: str) -> str:
    """R33 for one person: open mail or an open call of their own; else whether some mail of ours asks something of them."""
    if list_asked(moment, person):
        return "needs_reply"
    ours, theirs = our_delivered(moment, person), human_mail_of(moment, person)
    states = {"quiet"}
    for conversation in dict.fromkeys(mail.conversation for mail in (*ours, *theirs)):
        if list_waiting(moment, person, conversation):
            return "needs_reply"
        asked_at = max(
            (mail.at for mail in theirs if mail.conversation == conversation and mail.is_addressed),
            default=-1,
        )
        for mail in ours:
            is_asked = person in mail.to or (not mail.to and person in mail.cc)
            if mail.conversation == conversation and is_asked and mail.at > asked_at:
                states.add("awaiting_reply")
    return min(states)


def list_asked(moment: Moment, person: str) -> list[Logged]:
    """What was logged of the person, wants a reply, and had no word of ours in any channel since (R56)."""
    invitations = our_delivered(moment, person, "invitation")
    words = [mail.at for mail in our_delivered(moment, person) if person in (*mail.to, *mail.cc)]
    words += [
        mail.at
        for mail in invitations
        if person in mail.to and len(mail.to) + len(mail.cc) + len(mail.bcc) <= 3
    ]
    words += [event.at for event in moment.of(person, Logged) if event.ends_waiting]
    last = max(words, default=-1)
    return [event for event in moment.of(person, Logged) if event.wants and event.at >= last]


def is_from_before(moment: Moment, conversation: str, waiting: Collection[Mail]) -> bool:
    """R59: all of it was unanswered for over 60 days when its mailbox was first read, and nobody asked for a reply since."""
    if any(mark.is_open for mark in moment.marks(conversation)):
        return False
    first_reads = [(mail, moment.first_read_of(mail)) for mail in waiting]
    return bool(first_reads) and all(read and read - mail.at > 60 * DAY for mail, read in first_reads)


def unanswered(moment: Moment, person: str) -> list[Stands]:
    """They wait for more working time than two working days hold. Thanks raise no flag (R37)."""
    found = []
    asked = list_asked(moment, person)
    if asked:
        since = first_over(asked[0].at, TWO_WORKING_DAYS, moment.days_off())
        if since <= moment.now:
            found.append(Stands("unanswered", since, None, tuple(event.id for event in asked)))
    for conversation in dict.fromkeys(mail.conversation for mail in human_mail_of(moment, person)):
        waiting = list_waiting(moment, person, conversation)
        if is_from_before(moment, conversation, waiting):
            continue
        while waiting and waiting[0].is_thanks:
            waiting.pop(0)
        if waiting:
            since = first_over(waiting[0].at, TWO_WORKING_DAYS, moment.days_off())
            if since <= moment.now:
                found.append(Stands("unanswered", since, None, tuple(mail.id for mail in waiting)))
    return found


def tier_of(moment: Moment, person: str) -> str:
    """The person's own tier, else the strictest of the stages where their boxes stand, else none."""
    own = moment.of(person, TierSet)
    if own:
        return own[-1].tier
    stages = {moment.of_box(box, BoxIn)[-1].tier for box in moment.boxes_of(person)}
    return next((tier for tier in STRICTEST_FIRST if tier in stages), "none")


def open_tasks(moment: Moment, person: str, boxes: Collection[str]) -> list[Task]:
    """What is promised to the person or on one of these boxes, and not done."""
    tasks = [*moment.of(person, Task), *(task for box in boxes for task in moment.of_box(box, Task))]
    return [task for task in tasks if not moment.is_done(task)]


def is_planned(moment: Moment, person: str, boxes: Collection[str]) -> bool:
    """Whether a task lies ahead."""
    return any(task.due_at >= moment.now for task in open_tasks(moment, person, boxes))


def lapsed(moment: Moment, person: str) -> list[Stands]:
    """No personal word of ours for longer than their tier's maximum; the last one is told of."""
    longest, since = LONGEST.get(tier_of(moment, person)), contact_since(moment, person)
    if longest is None or since is None or is_planned(moment, person, list(moment.boxes_of(person))):
        return []
    words = our_words(moment, person)
    last = words[-1][0] if words else since
    if moment.now - last <= longest:
        return []
    return [Stands("lapsed", last + longest + 1, None, tuple(name for _, name in words[-1:]))]


def never_contacted(moment: Moment, person: str) -> list[Stands]:
    """A contact for 14 days to whom no delivered human mail of ours and no logged call or meeting went."""
    since = contact_since(moment, person)
    went = [
        event
        for event in moment.of(person, Logged)
        if event.kind in ("call", "meeting") or (event.is_ours and event.kind == "message")
    ]
    if since is None or our_delivered(moment, person) or went or moment.now < since + 14 * DAY:
        return []
    return [Stands("never_contacted", since + 14 * DAY, None, ())]


def promise_overdue(moment: Moment, person: str) -> list[Stands]:
    """A task past due."""
    tasks = open_tasks(moment, person, list(moment.boxes_of(person)))
    late = [task for task in tasks if moment.now > task.due_at]
    return [Stands("promise_overdue", task.due_at + 1, None, (task.id,)) for task in late]


def stalled(moment: Moment, person: str) -> list[Stands]:
    """A box longer in its stage than the stage allows."""
    found = []
    for box in moment.boxes_of(person):
        stage = moment.of_box(box, BoxIn)[-1]
        if stage.allowed_days is None or is_planned(moment, person, [box]):
            continue
        if moment.now - stage.at > stage.allowed_days * DAY:
            found.append(Stands("stalled", stage.at + stage.allowed_days * DAY + 1, None, (box,)))
    return found


def is_left_alone(moment: Moment, person: str) -> bool:
    """R49: no flag asks us to write."""
    requested = moment.of(person, LeaveAlone)
    until = requested[-1].until if requested else None
    return until is not None and moment.now < until
