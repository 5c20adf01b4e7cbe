"""Who owes whom a reply in one conversation (R33 to R37, R40): a pure function of its mail and marks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, NamedTuple

from streaklike.cadence.calendar.work_calendar import WorkCalendar
from streaklike.cadence.model.history import (
    ANSWERED,
    AWAITING_REPLY,
    CLOSED,
    FOR_INFORMATION,
    INBOUND,
    NEEDS_REPLY,
    NOBODY,
    OPEN,
    OUTBOUND,
    QUIET,
    Key,
    Mail,
    Mark,
    OpenRun,
    Sender,
)


class Response(NamedTuple):
    """One asker's run and the mail of ours that ended it."""

    asker: Key
    first_at: int
    replied_at: int
    by: Sender


@dataclass(frozen=True, slots=True)
class ResponseTime:
    """R40: a response with its total and its working time (R41), in milliseconds."""

    response: Response
    raw_ms: int
    working_ms: int


_NONE: Final[dict[Any, Any]] = {}
"""Shared and never written to: most conversations hold only our mail, and need no containers of their own."""


class ResolvedConversation:
    """One conversation, resolved.

    `answers` maps each inbound human message's id to its answer status (R39).

    `runs` are the open mails of each asker, `clocks` the reply state of each person who ever asked (R40).
    """

    __slots__ = ("answers", "clocks", "is_ours_last", "responses", "runs")

    def __init__(self) -> None:
        self.answers: dict[int, str] = _NONE
        self.runs: dict[Key, list[Mail]] = _NONE
        self.clocks: dict[Key, str] = _NONE
        self.responses: list[Response] = []
        self.is_ours_last = False

    @property
    def state(self) -> str:
        """R33 for the conversation as a whole."""
        if self.runs:
            return NEEDS_REPLY
        return AWAITING_REPLY if self.is_ours_last else QUIET

    @property
    def needs_reply_at(self) -> int | None:
        """When its oldest open mail was sent; None if there is none."""
        return min(run[0].at for run in self.runs.values()) if self.runs else None

    def state_of(self, key: Key, *, owes: bool = False) -> str:
        """Return the reply state of one person (R33).

        An asker's own (R40), whatever else is in the conversation.

        `owes`: for other people, whether our mail asks something of them (`list_owing`, R34).
        """
        return self.clocks.get(key) or (AWAITING_REPLY if owes else QUIET)

    def run_of(self, key: Key) -> OpenRun | None:
        """Return the person's open run, or None."""
        run = self.runs.get(key)
        if run is None:
            return None
        asking = next((number for number, mail in enumerate(run) if not mail.is_thanks), None)
        counted = run if asking is None else run[asking:]
        return OpenRun(
            run[0].at,
            None if asking is None else counted[0].at,
            tuple(mail.rfc_id for mail in counted),
            tuple((mail.id, mail.at) for mail in run),
        )

    def add(self, mail: Mail) -> None:
        """Process the next message."""
        if mail.effect == INBOUND:
            self._add_inbound(mail)
        elif mail.effect == OUTBOUND:
            self._add_outbound(mail)

    def _add_inbound(self, mail: Mail) -> None:
        # Replace the shared empty dict before the first write.
        if self.answers is _NONE:
            self.answers, self.runs, self.clocks = {}, {}, {}
        key = mail.author
        if not mail.is_addressed or key == NOBODY:
            self.answers[mail.id] = FOR_INFORMATION
            return
        self.answers[mail.id] = OPEN
        self.is_ours_last = False
        self.clocks[key] = NEEDS_REPLY
        run = self.runs.get(key)
        if run is None:
            self.runs[key] = [mail]
        else:
            run.append(mail)

    def _add_outbound(self, mail: Mail) -> None:
        if self.runs:
            reached = mail.to + mail.cc
            if mail.lists:
                reached += self._list_asked_through(mail.lists)
            for key in reached:
                if key in self.runs:
                    run = self._end(key, ANSWERED)
                    self.responses.append(Response(key, run[0].at, mail.at, mail.author))
        owing = list_owing(mail)
        if owing:
            self.is_ours_last = True
            clocks = self.clocks
            for key in owing if clocks else ():
                if key in clocks:
                    clocks[key] = AWAITING_REPLY

    def _list_asked_through(self, lists: tuple[int, ...]) -> tuple[Key, ...]:
        """Return askers whose open mail went to or through one of these outside lists.

        A reply to the list reaches them (R35).
        """
        return tuple(
            key
            for key, run in self.runs.items()
            if any(not set(lists).isdisjoint(asked.lists) for asked in run)
        )

    def add_mark(self, mark: Mark) -> None:
        """End the runs that the mark covers."""
        keys = tuple(self.runs) if mark.key is None else (mark.key,)
        for key in keys:
            if key in self.runs and key not in mark.except_keys:
                self._end(key, mark.answer)

    def _end(self, key: Key, answer: str) -> list[Mail]:
        run = self.runs.pop(key)
        self.clocks[key] = QUIET
        for mail in run:
            self.answers[mail.id] = answer
        return run


def resolve(mails: Iterable[Mail], marks: Sequence[Mark] = ()) -> ResolvedConversation:
    """Resolve a conversation from its mails, oldest first, and marks. A mark also covers mail of its own instant."""
    resolved = ResolvedConversation()
    waiting = sorted(marks, key=attrgetter("at"), reverse=True) if marks else []
    for mail in mails:
        while waiting and waiting[-1].at < mail.at:
            resolved.add_mark(waiting.pop())
        resolved.add(mail)
    while waiting:
        resolved.add_mark(waiting.pop())
    return resolved


def resolve_ours(mails: Iterable[Mail]) -> ResolvedConversation:
    """`resolve` for a conversation in which nobody ever asked, as in most: one of two shared results."""
    for mail in mails:
        if mail.effect == OUTBOUND and list_owing(mail):
            return _OWED
    return _NOT_OWED


def list_owing(mail: Mail) -> tuple[Key, ...]:
    """Return who owes an answer to our mail: those in To, or in Cc if it shows no To (R34).

    Machines and lists never do.
    """
    owing = mail.to or (mail.cc if mail.is_addressed else ())
    return tuple(key for key in owing if key != NOBODY) if NOBODY in owing else owing


_NOT_OWED: Final = ResolvedConversation()
_OWED: Final = ResolvedConversation()
_OWED.is_ours_last = True


class Verdict(NamedTuple):
    """A user's statement about a conversation.

    Done (`is_closing`) or reopened, for one asker or all (`key` None).

    `answer` is the status given to the mail up to `reaches_at`, or up to the verdict's own instant if None.
    """

    at: int
    is_closing: bool
    key: Key | None = None
    answer: str = CLOSED
    reaches_at: int | None = None


def build_marks(verdicts: Iterable[Verdict]) -> list[Mark]:
    """Return the closing marks in effect: "reopened" cancels what was closed before it (R37)."""
    ordered = sorted(verdicts, key=lambda verdict: (verdict.at, not verdict.is_closing))
    marks = []
    for number, closing in enumerate(ordered):
        if not closing.is_closing:
            continue
        reopened = {later.key for later in ordered[number + 1 :] if not later.is_closing}
        if None in reopened or (closing.key is not None and closing.key in reopened):
            continue
        excepted = frozenset(key for key in reopened if key is not None)
        reaches_at = closing.at if closing.reaches_at is None else closing.reaches_at
        marks.append(Mark(reaches_at, closing.answer, closing.key, excepted))
    return marks


def measure(responses: Iterable[Response], calendar: WorkCalendar) -> list[ResponseTime]:
    """Return R40's response times, total and in working time (R41)."""
    return [
        ResponseTime(
            response,
            response.replied_at - response.first_at,
            calendar.working_ms(response.first_at, response.replied_at),
        )
        for response in responses
    ]
