"""The post: turns what somebody writes into a letter, with its ids, its threads and the mailboxes it comes to."""

from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Final
from zlib import crc32

from demo_story.cast import BY_EMAIL, BY_KEY, DOMAIN, GROUP, GROUP_MEMBERS
from demo_story.instants import DAY
from demo_story.model import Colleague, File, Letter, MailBody, Party, Person, Witness

_SIGNED: Final = {
    "zh": "{name}\n{title}\n河岸共學協會　02-5550-0110\nhttps://riverbank.example",
    "en": "{name}\n{title}\nRiverbank Learning Association, Taipei\nhttps://riverbank.example",
}
_ARCHIVED_AFTER: Final = 40 * DAY


@dataclass(slots=True)
class Post:
    """Everything written so far, and the present, beyond which nothing is delivered."""

    seed: int
    now: int
    letters: list[Letter] = field(default_factory=list)

    def send(
        self,
        *,
        at: int,
        author: Person | Colleague | Party,
        to: tuple[Party, ...],
        subject: str,
        text: str,
        thread: str,
        cc: tuple[Party, ...] = (),
        bcc: tuple[Party, ...] = (),
        parent: Letter | None = None,
        kind: str = "human",
        language: str = "zh",
        look: str = "",
        signature: str = "",
        is_quoting: bool = True,
        files: tuple[File, ...] = (),
        headers: tuple[tuple[str, str], ...] = (),
        body: MailBody | None = None,
        charset: str = "utf-8",
        dated: int | None = None,
        message_id: str | None = None,
        witnesses: tuple[Witness, ...] | None = None,
    ) -> Letter | None:
        """Write a letter into every mailbox that it concerns; None, and nothing, where `at` is still to come.

        `message_id` and `witnesses` are found by themselves where they are not given; `""` leaves the id out.
        """
        if at > self.now:
            return None
        party = author if isinstance(author, Party) else author.party
        letter = Letter(
            message_id=self._message_id(party, at, thread) if message_id is None else message_id,
            at=at,
            author=party,
            to=to,
            cc=cc,
            bcc=bcc,
            subject=subject,
            text=text,
            thread=thread,
            kind=kind,
            witnesses=self._witnesses(party, (*to, *cc, *bcc), at) if witnesses is None else witnesses,
            parent=parent,
            refs=_references(parent),
            look=look or (author.look if isinstance(author, Person) else "gmail"),
            language=language,
            offset=author.offset if isinstance(author, Person) else 480,
            signature=signature,
            is_quoting=is_quoting,
            dated=dated,
            headers=headers,
            files=files,
            body=body,
            charset=charset,
        )
        self.letters.append(letter)
        return letter

    def is_chosen(self, letter: Letter, *, one_in: int, lot: str) -> bool:
        """Whether the letter draws the lot, which one in so many does: the same ones whatever is written besides."""
        return crc32(f"{self.seed}:{lot}:{letter.message_id}".encode()) % one_in == 0

    def _message_id(self, author: Party, at: int, thread: str) -> str:
        domain = author.address.rpartition("@")[2]
        digest = sha256(f"{self.seed}:{thread}:{at}:{author.address}".encode()).hexdigest()
        prefix = "CA" if domain in {DOMAIN, "mail.example"} else ""
        return f"{prefix}{digest[:28]}@{domain}"

    def _witnesses(self, author: Party, recipients: tuple[Party, ...], at: int) -> tuple[Witness, ...]:
        held: dict[str, Witness] = {}
        sender = author.address.lower()
        if sender in BY_EMAIL:
            held[sender] = Witness(sender, ("SENT",))
        for recipient in recipients:
            key = recipient.address.lower()
            if key in BY_EMAIL:
                held.setdefault(key, Witness(key, self._labels(at, key)))
        if any(recipient.address == GROUP.address for recipient in recipients):
            for member in GROUP_MEMBERS:
                email = BY_KEY[member].email
                held.setdefault(email, Witness(email, self._labels(at, email), is_via_group=True))
        return tuple(held.values())

    def _labels(self, at: int, mailbox: str) -> tuple[str, ...]:
        rng = Random(f"{self.seed}:{at}:{mailbox}")
        if self.now - at > _ARCHIVED_AFTER and rng.random() < 0.6:
            return ("CATEGORY_PERSONAL",)
        if self.now - at < 2 * DAY and rng.random() < 0.5:
            return ("CATEGORY_PERSONAL", "INBOX", "UNREAD")
        return ("CATEGORY_PERSONAL", "INBOX")


def signature_of(colleague: Colleague, language: str) -> str:
    """A colleague's signature block."""
    return _SIGNED["en" if language != "zh" else "zh"].format(name=colleague.name, title=colleague.title)


def short_name(colleague: Colleague, language: str) -> str:
    """How a colleague signs a reply."""
    if language == "zh" and not colleague.name.isascii():
        return colleague.name[1:]
    return colleague.called_en


def reply_subject(subject: str, look: str, language: str) -> str:
    """The subject of an answer, with the prefix of the writer's mail program."""
    if look == "outlook":
        return f"{'回覆' if language == 'zh' else 'RE'}: {subject}"
    return f"Re: {subject}"


def _references(parent: Letter | None) -> tuple[str, ...]:
    if parent is None:
        return ()
    refs = tuple(ref for ref in (*parent.refs, parent.message_id) if ref)
    return refs if len(refs) <= 12 else (refs[0], *refs[-11:])
