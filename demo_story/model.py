"""What the story is made of: colleagues, people outside, letters, and what the casebook is to know of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Party:
    """A name and an address as they stand in a header."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the team with one mailbox. `role` is admin, member or viewer; `locale` zh or en."""

    key: str
    name: str
    email: str
    role: str
    locale: str
    title: str
    called: str
    called_en: str
    called_ja: str

    @property
    def party(self) -> Party:
        return Party(self.name, self.email)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody outside. `segment` is donor, volunteer, family, school, company, press or partner.

    `called` is how a colleague addresses them, `sign` how they sign; `look` the mail program they write with;
    `offset` their zone's minutes from UTC. `tier` is what the casebook gives them (R48), `since` the day they came.
    """

    key: str
    name: str
    address: str
    segment: str
    language: str
    called: str
    sign: str
    look: str = "gmail"
    organization: str = ""
    offset: int = 480
    tier: str | None = None
    since: date = date.min

    @property
    def party(self) -> Party:
        return Party(self.name, self.address)


@dataclass(frozen=True, slots=True)
class File:
    """An attachment."""

    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Witness:
    """One mailbox's copy of a letter: under which labels, and whether the group carried it there."""

    mailbox: str
    label_ids: tuple[str, ...]
    is_via_group: bool = False


@dataclass(frozen=True, slots=True)
class MailBody:
    """A MIME body made by hand: its header lines (Content-Type and its kin) and its bytes."""

    headers: tuple[tuple[str, str], ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One distinct message and the mailboxes that hold it.

    `message_id` has no brackets and is empty where the header is missing. `at` is Gmail's internalDate, `dated` the
    Date header where it differs. `text` is the new part; the quote is made of `parent` where `is_quoting`. `thread` is
    the key of the Gmail thread, `kind` the kind of mail by the story's own word.
    """

    message_id: str
    at: int
    author: Party
    to: tuple[Party, ...]
    subject: str
    text: str
    thread: str
    kind: str
    witnesses: tuple[Witness, ...]
    cc: tuple[Party, ...] = ()
    bcc: tuple[Party, ...] = ()
    parent: "Letter | None" = None
    refs: tuple[str, ...] = ()
    look: str = "gmail"
    language: str = "zh"
    offset: int = 480
    signature: str = ""
    is_quoting: bool = True
    dated: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    files: tuple[File, ...] = ()
    body: MailBody | None = None
    charset: str = "utf-8"


@dataclass(frozen=True, slots=True)
class StoryDelivery:
    """One message laid into one mailbox.

    `thread` is None where Gmail's own joining by headers does; else equal names in a mailbox are one thread, as with
    an answer to a mail that has no Message-ID to refer to.
    """

    mailbox: str
    mime: bytes
    label_ids: tuple[str, ...]
    at: int
    thread: str | None


@dataclass(frozen=True, slots=True)
class Gift:
    """A donation that the letters speak of."""

    address: str
    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class Situation:
    """A case that a reader is meant to find: its key, the people in it, and what is to be seen."""

    key: str
    addresses: tuple[str, ...]
    about: str


@dataclass(frozen=True, slots=True)
class Story:
    """The whole story. `letters` are oldest first.

    `thanked` are the Message-IDs of short thanks that ended a thread, `asks` those of letters that ask for money.
    """

    organization: str
    domain: str
    group: Party
    now: int
    seed: int
    colleagues: tuple[Colleague, ...]
    people: tuple[Person, ...]
    letters: tuple[Letter, ...]
    situations: dict[str, Situation] = field(default_factory=dict)
    gifts: tuple[Gift, ...] = ()
    thanked: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()

    @property
    def deliveries(self) -> Iterator[StoryDelivery]:
        """Every copy of every letter, oldest first, as the mailbox would receive it."""
        from demo_story.mime import deliveries_of  # noqa: PLC0415 - mime knows the model

        for letter in self.letters:
            yield from deliveries_of(letter, self)
