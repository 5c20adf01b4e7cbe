"""The two forms of a message: `RawMessage` as received, and `Understood` with its parsed content."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the MIME tree.

    `content` has the transfer encoding decoded. `charset` is the declared one; `is_utf8_first` says that the
    source may have converted the text to UTF-8 and kept the label, as Gmail's API does: try strict UTF-8,
    then the label. `size` is in bytes as reported by the source, even if `content` was not fetched (an
    attachment).
    """

    mime_type: str
    content: bytes = b""
    charset: str | None = None
    filename: str = ""
    part_id: str = ""
    size: int = 0
    is_utf8_first: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as received: headers in order with encoded words, and the leaf parts."""

    headers: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A name and address as received. `key` is the address key (R1 to R3), `shown` the address as written."""

    name: str
    shown: str
    key: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to a message. `part_id` is Gmail's, which unlike attachmentId is stable."""

    filename: str
    mime_type: str
    size: int
    part_id: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """Content of a delivery report (R30): failed recipients, RFC 3463 status, and the returned Message-ID."""

    failed: tuple[str, ...]
    status: str
    of_rfc_id: str | None

    @property
    def is_permanent(self) -> bool:
        return self.status.startswith("5")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The original in a manual forward (R17), kept as an offer: author, date text and subject as written."""

    author: Correspondent | None
    dated: str
    subject: str


@dataclass(frozen=True, slots=True)
class Understood:
    """The parsed content of one message, independent of the team and of other messages.

    `rfc_id` is the Message-ID without brackets, or `hash:…` if there is none (R19). `fingerprint`
    distinguishes messages with the same Message-ID: a hash of author key, Date and the letters of the first
    text without list footers, equal for every copy of a message (R54). `author` is the actual author (R15),
    `sender` the From header, `channel` the list or group that carried it. `refs` are References and
    In-Reply-To, oldest first, without duplicates. `kind` is human, automatic, bulk, bounce, calendar or
    receipt according to this message alone (R26, R27, R30 to R32); `is_foreign_list`: it is bulk only because
    of List-Id or Precedence: list. A list of the team's own domain is a channel instead (R15), which the
    caller decides by `channel`. `is_subject_automatic` is the part of R28 that needs no history: the subject
    says so and no header decides. `visitor` is the person for whom a website form may have sent it (R53), and
    `is_foreign_form` whether a third party's form did. `is_by_form` is set by the caller, who knows the team,
    when it makes the visitor the author; `said_kind` and `said_subject_automatic` then hold the original
    values. `dated_at` is the Date header (UTC ms) or None. `text` is the new part, `quoted` the rest (R25).
    """

    rfc_id: str
    fingerprint: str
    author: Correspondent | None
    sender: Correspondent | None
    channel: Correspondent | None
    to: tuple[Correspondent, ...]
    cc: tuple[Correspondent, ...]
    bcc: tuple[Correspondent, ...]
    subject: str
    base_subject: str
    dated_at: int | None
    refs: tuple[str, ...]
    kind: str
    is_foreign_list: bool
    is_subject_automatic: bool
    is_thanks: bool
    is_invitation: bool
    text: str
    quoted: str
    body_hash: str
    bounce: Bounce | None = None
    forwarded: Forwarded | None = None
    attachments: tuple[Attachment, ...] = ()
    list_id: str = ""
    visitor: Correspondent | None = None
    is_foreign_form: bool = False
    is_by_form: bool = False
    said_kind: str = ""
    said_subject_automatic: bool = False
