"""The cases a reader is meant to find: threads told word for word in `cases.txt`, dated back from today.

A case holds `about`, its people (`a: name | address | segment | called | tier | language`) and its mails. A mail's head
says who writes (a colleague's key, or a person's letter), on which day (`31d` days ago; `w3` three work days ago; `r1`
the same but never long ago), when, and to whom (`to=`, `cc=`) where that does not follow from the mail before it.
`subject:` opens a thread; `inside` is for colleagues alone; `ask` asks for money; `bounce=5.1.1` comes back.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib import resources

from demo_story.cast import BY_KEY, GROUP
from demo_story.files import build_file
from demo_story.hours import at_time, work_day_before
from demo_story.machines import send_bounce
from demo_story.model import Colleague, Letter, Party, Person, Situation
from demo_story.post import Post, reply_subject


@dataclass(frozen=True, slots=True)
class CaseMail:
    """One mail of a case, as the text file has it."""

    who: str
    when: str
    clock: str
    options: dict[str, str]
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """A case: its key, what is to be seen, its people by letter, its mails."""

    key: str
    about: str
    people: dict[str, Person]
    mails: tuple[CaseMail, ...]


@dataclass(slots=True)
class _Telling:
    """A case while it is told: the last letter, the subject that stands, and how many threads there were."""

    case: Case
    post: Post
    today: date
    last: Letter | None = None
    subject: str = ""
    threads: int = 0
    letters: list[Letter] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)


def read_cases() -> list[Case]:
    """Every case of `cases.txt`."""
    text = (resources.files("demo_story") / "cases.txt").read_text(encoding="utf-8")
    return [_parse_case(chunk) for chunk in text.split("=== ")[1:]]


def tell_cases(post: Post, cases: list[Case], *, today: date) -> tuple[dict[str, Situation], list[str]]:
    """Send every case's mails; the situations by their keys, and the Message-IDs of the asks."""
    asks: list[str] = []
    for case in cases:
        telling = _Telling(case, post, today)
        for mail in case.mails:
            _tell_mail(telling, mail)
        asks += telling.asks
    situations = {
        case.key: Situation(case.key, tuple(person.address for person in case.people.values()), case.about)
        for case in cases
    }
    return situations, asks


def _tell_mail(telling: _Telling, mail: CaseMail) -> None:
    author = BY_KEY.get(mail.who) or telling.case.people[mail.who]
    if mail.subject:
        telling.last, telling.subject = None, mail.subject
        telling.threads += 1
    language = _language_of(telling, mail, author)
    look = author.look if isinstance(author, Person) else "gmail"
    files = (build_file(mail.options["file"], language),) if "file" in mail.options else ()
    is_reply = telling.last is not None
    letter = telling.post.send(
        at=_when(mail, telling.today),
        author=author,
        to=_recipients(telling, mail, author),
        cc=tuple(_party(telling.case, word) for word in mail.options.get("cc", "").split(",") if word),
        subject=reply_subject(telling.subject, look, language) if is_reply else telling.subject,
        text=mail.text,
        thread=f"{telling.case.key}-{telling.threads}",
        parent=telling.last,
        kind="internal_aside" if "inside" in mail.options else "human",
        language=language,
        files=files,
    )
    if letter is not None:
        telling.last = letter
        telling.letters.append(letter)
        if "ask" in mail.options:
            telling.asks.append(letter.message_id)
        if "bounce" in mail.options:
            send_bounce(telling.post, letter, letter.to[0], status=mail.options["bounce"])


def _language_of(telling: _Telling, mail: CaseMail, author: Person | Colleague) -> str:
    """The outsider's who writes, or to whom it goes."""
    if isinstance(author, Person):
        return author.language
    named = telling.case.people.get(mail.options.get("to", "a"), telling.case.people["a"])
    return named.language


def _recipients(telling: _Telling, mail: CaseMail, author: Person | Colleague) -> tuple[Party, ...]:
    if "to" in mail.options:
        return tuple(_party(telling.case, word) for word in mail.options["to"].split(","))
    if isinstance(author, Person):
        return (
            next(letter.author for letter in reversed(telling.letters) if letter.author.address in _INSIDE),
        )
    if telling.last is None:
        return (telling.case.people["a"].party,)
    if telling.last.author == author.party:
        return telling.last.to
    return (telling.last.author,)


def _party(case: Case, word: str) -> Party:
    if word == "group":
        return GROUP
    return BY_KEY[word].party if word in BY_KEY else case.people[word].party


def _when(mail: CaseMail, today: date) -> int:
    hour, minute = (int(part) for part in mail.clock.split(":"))
    if mail.when.endswith("d"):
        return at_time(today - timedelta(days=int(mail.when[:-1])), hour, minute)
    count = int(mail.when[1:])
    day = work_day_before(today, count)
    if mail.when.startswith("r"):
        day = max(day, today - timedelta(days=count + 2))
    return at_time(day, hour, minute)


def _parse_case(chunk: str) -> Case:
    head, *mails = ("\n" + chunk).split("\n--- ")
    key, *lines = head.strip().splitlines()
    facts = dict(line.split(": ", 1) for line in lines)
    about = facts.pop("about")
    people = {letter: _parse_person(f"{key}-{letter}", text) for letter, text in facts.items()}
    return Case(key, about, people, tuple(_parse_mail(mail) for mail in mails))


def _parse_person(key: str, text: str) -> Person:
    name, address, segment, called, tier, language = [
        *(part.strip() for part in text.split("|")),
        "",
        "",
        "",
    ][:6]
    return Person(
        key=key,
        name=name,
        address=address,
        segment=segment,
        language=language or "zh",
        called=called,
        sign=name,
        look="outlook" if segment in {"company", "partner"} else "gmail",
        tier=tier or None,
    )


def _parse_mail(chunk: str) -> CaseMail:
    head, _, text = chunk.partition("\n")
    who, when, clock, *words = head.split()
    options = {name: value for name, _, value in (word.partition("=") for word in words)}
    subject = ""
    if text.startswith("subject: "):
        subject, _, text = text.removeprefix("subject: ").partition("\n")
    return CaseMail(who, when, clock, options, subject, text.strip())


_INSIDE = frozenset(colleague.email for colleague in BY_KEY.values())
