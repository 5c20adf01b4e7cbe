"""A letter as bytes, as it lies in each mailbox: the sender's copy alone shows Bcc, the group rewrites From."""

from base64 import b64encode, encodebytes
from collections.abc import Iterator
from typing import Final

from demo_story import quoting
from demo_story.hours import local
from demo_story.model import File, Letter, MailBody, Party, Story, StoryDelivery, Witness

_PLAIN_ONLY: Final = frozenset({"plain"})
_HTML_ONLY: Final = frozenset({"html"})
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Headers = tuple[tuple[str, str], ...]


def deliveries_of(letter: Letter, story: Story) -> Iterator[StoryDelivery]:
    """Each mailbox's copy of a letter."""
    body = letter.body or build_body(letter)
    thread = letter.thread if _is_outside_of_joining(letter) else None
    tail = render_headers((*letter.headers, ("MIME-Version", "1.0"), *body.headers)) + b"\r\n" + body.content
    for witness in letter.witnesses:
        head = render_headers(_head(letter, witness, story))
        yield StoryDelivery(witness.mailbox, head + tail, witness.label_ids, letter.at, thread)


def _is_outside_of_joining(letter: Letter) -> bool:
    """Whether no header can join the letter to its thread: it lacks a Message-ID, or answers one that does."""
    return not letter.message_id or (letter.parent is not None and not letter.parent.message_id)


def build_body(letter: Letter) -> MailBody:
    """The body of an ordinary letter by the look of its program, its files beside it."""
    text = _text_part("plain", quoting.plain(letter), letter.charset)
    if letter.look in _PLAIN_ONLY:
        body = text
    elif letter.look in _HTML_ONLY:
        body = _text_part("html", quoting.html(letter), letter.charset)
    else:
        parts = (text, _text_part("html", quoting.html(letter), letter.charset))
        body = multipart("alternative", parts, f"alt{letter.at:x}")
    if not letter.files:
        return body
    return multipart("mixed", (body, *(_file_part(file) for file in letter.files)), f"mix{letter.at:x}")


def multipart(kind: str, parts: tuple[MailBody, ...], boundary: str, parameters: str = "") -> MailBody:
    """Parts under one boundary; `parameters` is added to Content-Type."""
    edge = f"--{boundary}\r\n".encode()
    chunks = b"".join(
        edge + render_headers(part.headers) + b"\r\n" + part.content + b"\r\n" for part in parts
    )
    content_type = f'multipart/{kind};{parameters} boundary="{boundary}"'
    return MailBody((("Content-Type", content_type),), chunks + f"--{boundary}--\r\n".encode())


def text_part(subtype: str, text: str, charset: str = "utf-8", *, label: str | None = None) -> MailBody:
    """A text in a charset; `label` is the charset that it claims, where that is another."""
    content = text.replace("\n", "\r\n").encode(charset)
    named = label if label is not None else charset
    parameter = f'; charset="{named}"' if named else ""
    return MailBody(
        (("Content-Type", f"text/{subtype}{parameter}"), ("Content-Transfer-Encoding", "base64")),
        encodebytes(content).replace(b"\n", b"\r\n"),
    )


def _text_part(subtype: str, text: str, charset: str) -> MailBody:
    return text_part(subtype, text, charset)


def _file_part(file: File) -> MailBody:
    name = encode_words(file.name)
    return MailBody(
        (
            ("Content-Type", f'{file.mime_type}; name="{name}"'),
            ("Content-Disposition", f'attachment; filename="{name}"'),
            ("Content-Transfer-Encoding", "base64"),
        ),
        encodebytes(file.content).replace(b"\n", b"\r\n"),
    )


def encode_words(text: str, charset: str = "utf-8") -> str:
    """RFC 2047 words where the text is not ASCII, each short enough for its line."""
    if text.isascii():
        return text
    words = []
    chunk = ""
    for letter in text:
        if len((chunk + letter).encode(charset)) > 42:
            words.append(chunk)
            chunk = ""
        chunk += letter
    words.append(chunk)
    return "\r\n ".join(f"=?{charset}?B?{b64encode(word.encode(charset)).decode()}?=" for word in words)


def format_party(party: Party, charset: str = "utf-8") -> str:
    """A name and an address as a header shows them."""
    if not party.name:
        return party.address
    if not party.name.isascii():
        return f"{encode_words(party.name, charset)} <{party.address}>"
    quoted = party.name.replace('"', "'")
    return (
        f'"{quoted}" <{party.address}>' if set(quoted) & set("(),.:;<>@'") else f"{quoted} <{party.address}>"
    )


def format_date(instant: int, offset: int) -> str:
    """An instant as RFC 5322 writes it, in a zone `offset` minutes east."""
    moment = local(instant, offset)
    sign = "-" if offset < 0 else "+"
    zone = f"{sign}{abs(offset) // 60:02d}{abs(offset) % 60:02d}"
    return f"{_DAYS[moment.weekday()]}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year} {moment:%H:%M:%S} {zone}"


def render_headers(headers: Headers) -> bytes:
    """Header lines as bytes; what is not ASCII must be encoded already."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("ascii")


def _head(letter: Letter, witness: Witness, story: Story) -> Headers:
    head: list[tuple[str, str]] = []
    if "SENT" not in witness.label_ids:
        head.append(("Delivered-To", witness.mailbox))
    head.append(("Date", format_date(letter.at if letter.dated is None else letter.dated, letter.offset)))
    head.extend(_from_group(letter, story) if witness.is_via_group else _from(letter))
    if letter.message_id:
        head.append(("Message-ID", f"<{letter.message_id}>"))
    head.append(("Subject", encode_words(letter.subject, letter.charset)))
    if letter.to:
        head.append(("To", _parties(letter.to)))
    if letter.cc:
        head.append(("Cc", _parties(letter.cc)))
    if letter.bcc and "SENT" in witness.label_ids:
        head.append(("Bcc", _parties(letter.bcc)))
    if letter.refs:
        head.append(("In-Reply-To", f"<{letter.refs[-1]}>"))
        head.append(("References", "\r\n ".join(f"<{ref}>" for ref in letter.refs)))
    return tuple(head)


def _from(letter: Letter) -> Headers:
    return (("From", format_party(letter.author, letter.charset)),)


def _from_group(letter: Letter, story: Story) -> Headers:
    group = story.group
    if letter.author.address.endswith("@" + story.domain):
        sender: Headers = _from(letter)
    else:
        name = f"'{letter.author.name or letter.author.address}' via {group.name}"
        sender = (
            ("From", format_party(Party(name, group.address))),
            ("Reply-To", format_party(letter.author)),
            ("X-Original-From", format_party(letter.author)),
        )
    local_part = group.address.partition("@")[0]
    return (
        *sender,
        ("Sender", group.address),
        ("X-Original-Sender", letter.author.address),
        ("Precedence", "list"),
        ("Mailing-list", f"list {group.address}; contact {local_part}+owners@{story.domain}"),
        ("List-ID", f"<{local_part}.{story.domain}>"),
        ("List-Post", f"<mailto:{group.address}>"),
        ("X-Google-Group-Id", "602214076158"),
    )


def _parties(parties: tuple[Party, ...]) -> str:
    return ",\r\n ".join(format_party(party) for party in parties)
