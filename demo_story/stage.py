"""What the odd mails are written with: a stranger, a question of theirs, an answer of ours."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from demo_story.cast import BY_KEY
from demo_story.hours import at_time, office
from demo_story.instants import HOUR
from demo_story.model import Letter, Person
from demo_story.post import Post, reply_subject


@dataclass(frozen=True, slots=True)
class Scenario:
    """What every oddity needs."""

    post: Post
    today: date
    rng: Random

    def day(self, ago: int, hour: int = 10, minute: int = 0) -> int:
        return at_time(self.today - timedelta(days=ago), hour, minute)


def build_stranger(
    name: str, address: str, *, language: str = "zh", segment: str = "donor", look: str = "plain"
) -> Person:
    return Person(f"odd-{address}", name, address, segment, language, name, name, look=look)


def ask(
    stage: Scenario,
    person: Person,
    ago: int,
    words: tuple[str, str],
    *,
    to: str = "fundraising",
    **more: object,
) -> Letter:
    letter = stage.post.send(
        at=stage.day(ago, 10, ago % 60),
        author=person,
        to=(BY_KEY[to].party,),
        subject=words[0],
        text=words[1],
        thread=person.key,
        language=person.language,
        **more,  # type: ignore[arg-type]  # the keywords of Post.send
    )
    assert letter is not None  # noqa: S101 - every oddity lies in the past
    return letter


def answer(
    stage: Scenario, letter: Letter, text: str, *, by: str = "fundraising", **more: object
) -> Letter | None:
    return stage.post.send(
        at=office(letter.at + 2 * HOUR, stage.rng),
        author=BY_KEY[by],
        to=(letter.author,),
        subject=reply_subject(letter.subject.removeprefix("Re: "), "gmail", letter.language),
        text=text,
        thread=letter.thread,
        parent=letter,
        language=letter.language,
        **more,  # type: ignore[arg-type]  # the keywords of Post.send
    )
