"""One script played by one person and one colleague: a thread of letters, from its first day on."""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from demo_story.cast import BY_KEY, GROUP
from demo_story.files import build_file
from demo_story.filling import Chooser, build_blanks, fill
from demo_story.hours import (
    awake,
    day_of,
    office,
    reply_of_ours,
    reply_of_theirs,
    start_of_ours,
    start_of_theirs,
)
from demo_story.instants import DAY
from demo_story.model import Colleague, Letter, Party, Person
from demo_story.post import Post, reply_subject, short_name, signature_of
from demo_story.scripts import Script, Turn

_THANKS_KEPT: Final = 0.2
_NOBODY_ANSWERS: Final = 0.4
_SECOND_COLLEAGUE: Final = 0.08


@dataclass(frozen=True, slots=True)
class Played:
    """How a thread went: its letters, whether its script was played to the end, and the sum it spoke of."""

    letters: tuple[Letter, ...]
    is_thanks_last: bool
    amount: int


@dataclass(frozen=True, slots=True)
class Scene:
    """Who plays: the person, the colleague, a second outsider beside the person (pair), and the random generator."""

    script: Script
    person: Person
    colleague: Colleague
    day: date
    thread: str
    companion: Person | None = None
    keeps_thanks: bool = True
    is_answered: bool | None = None


def play(post: Post, scene: Scene, rng: Random) -> Played:
    """Send a thread's letters, until its end or the present."""
    script = scene.script
    turns = _turns(scene, rng)
    first_at = _when(turns[0], None, scene.day, rng)
    blanks = build_blanks(scene.person, scene.colleague, day_of(first_at), rng)
    chooser = Chooser(rng)
    subject = fill(chooser.choose(rng.choice(script.subjects)), blanks)
    copied = _second_colleague(scene, rng)
    letters: list[Letter] = []
    last: Letter | None = None
    for turn in turns:
        at = first_at if last is None else _when(turn, last, scene.day, rng)
        text = fill(chooser.choose(turn.text), blanks)
        sent = _send(post, scene, turn, at=at, text=text, subject=subject, last=last, copied=copied)
        if sent is None:
            break
        letters.append(sent)
        last = sent
    ended = bool(letters) and "thanks" in script.turns[len(letters) - 1].words
    return Played(tuple(letters), ended, int(blanks["amount"].replace(",", "")))


def _turns(scene: Scene, rng: Random) -> list[Turn]:
    turns = []
    for turn in scene.script.turns:
        if "thanks" in turn.words and not (scene.keeps_thanks and rng.random() < _THANKS_KEPT):
            break
        answered = rng.random() >= _NOBODY_ANSWERS if scene.is_answered is None else scene.is_answered
        if "maybe" in turn.words and not answered:
            break
        turns.append(turn)
    return turns


def _when(turn: Turn, last: Letter | None, day: date, rng: Random) -> int:
    if last is None:
        return start_of_ours(day, rng) if turn.is_ours else start_of_theirs(day, rng)
    after = last.at + turn.wait_days * DAY
    if turn.is_ours:
        return office(reply_of_ours(after, rng), rng)
    return awake(reply_of_theirs(after, rng), rng)


def _send(
    post: Post,
    scene: Scene,
    turn: Turn,
    *,
    at: int,
    text: str,
    subject: str,
    last: Letter | None,
    copied: Party | None,
) -> Letter | None:
    person, colleague = scene.person, scene.colleague
    companion = (scene.companion.party,) if scene.companion is not None else ()
    group = (GROUP,) if "group" in scene.script.marks else ()
    author = colleague if turn.is_ours else person
    shown = subject if last is None else reply_subject(subject, _look(scene, turn), person.language)
    files = (build_file(turn.file, person.language),) if turn.file else ()
    if turn.is_ours:
        to: tuple[Party, ...] = (person.party,)
        cc = (
            *companion,
            *group,
            *((BY_KEY[turn.cc].party,) if turn.cc else ()),
            *((copied,) if copied else ()),
        )
        text = f"{text}\n\n{short_name(colleague, person.language)}"
    elif last is None:
        to = group or ((colleague.party, copied) if copied else (colleague.party,))
        cc = companion
    else:
        to = (colleague.party,)
        cc = tuple(party for party in (*last.to, *last.cc) if party not in {person.party, colleague.party})
    return post.send(
        at=at,
        author=author,
        to=to,
        cc=_distinct(cc, to),
        subject=shown,
        text=text,
        thread=scene.thread,
        parent=last,
        language=person.language,
        signature=signature_of(colleague, person.language)
        if turn.is_ours and _is_first_of_ours(last)
        else "",
        files=files,
    )


def _look(scene: Scene, turn: Turn) -> str:
    return "gmail" if turn.is_ours else scene.person.look


def _is_first_of_ours(last: Letter | None) -> bool:
    return last is None or not last.refs


def _second_colleague(scene: Scene, rng: Random) -> Party | None:
    """Now and then somebody writes to two colleagues at once."""
    if scene.script.is_ours or "group" in scene.script.marks or rng.random() >= _SECOND_COLLEAGUE:
        return None
    other = BY_KEY["director"] if scene.colleague.key != "director" else BY_KEY["cases"]
    return other.party


def _distinct(cc: tuple[Party, ...], to: tuple[Party, ...]) -> tuple[Party, ...]:
    return tuple(party for party in dict.fromkeys(cc) if party not in to)


def days_of(played: Played) -> tuple[date, date] | None:
    """The first and last day of a thread, or None where nothing was sent."""
    if not played.letters:
        return None
    return day_of(played.letters[0].at), day_of(played.letters[-1].at)
