"""The two forms of one message: `RawMessage`, as its source gave it, and `Understood`, what it says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the MIME tree.

    `content` is the decoded transfer encoding. `charset` is the declared one; `is_utf8_first` says that the source may
    have converted the text to UTF-8 under its old label, as Gmail's API does: try strict UTF-8, then the label.
    `size` is the size in bytes as the source tells it, also where `content` was not fetched (an attachment).
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
    """One message as its source gave it: headers in their order, encoded words still in them, and the leaves."""

    headers: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A name and an address as received. `key` is the address's key (R1 to R3); `shown` the address as written."""

    name: str
    shown: str
    key: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on a message. `part_id` is Gmail's, which unlike attachmentId stays."""

    filename: str
    mime_type: str
    size: int
    part_id: str


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery report tells (R30): who failed, with which RFC 3463 status, and the Message-ID returned."""

    failed: tuple[str, ...]
    status: str
    of_rfc_id: str | None

    @property
    def is_permanent(self) -> bool:
        return self.status.startswith("5")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The original inside a manual forward (R17), kept as an offer: author, date text and subject as they stand."""

    author: Correspondent | None
    dated: str
    subject: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What one message says, by itself: nothing here depends on the team or on other messages.

    `rfc_id` is the Message-ID without brackets, or `hash:…` where there is none (R19). `fingerprint` tells apart
    different messages under one Message-ID: a hash of author key, Date and the letters of the first text, list footers
    left out, the same for every copy of one message (R54). `author` is the true person (R15), `sender` the From header as it stands, `channel`
    the list or group that carried it. `refs` are In-Reply-To and References, oldest first, each once.
    `kind` is human, automatic, bulk, bounce, calendar or receipt, by this message alone (R26, R27, R30 to R32);
    `is_foreign_list` that only a `List-Id` (or Precedence: list, or List-Unsubscribe beside a List-Id) made it bulk:
    a list of the team's own domain is a channel, not bulk (R15), which the caller decides by `channel`.
    `is_subject_automatic` is R28's half that needs no history: the subject says so and no header speaks.
    `visitor` is who a website's form may have sent it for (R53), and `is_foreign_form` whether it did though the form
    is none of ours; `is_by_form` is set once the caller, who knows the team, made the visitor its author:
    `said_kind` and `said_subject_automatic` are then what the message had said of itself.
    `dated_at` is the Date header as an instant, or None. `text` is the new part, `quoted` the rest (R25).
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
