"""Resources as JSON bytes, in Gmail's shapes."""

import base64
import itertools
import json
from collections.abc import Iterable

from gmail_emulator.answers import refuse
from gmail_emulator.stored import Stored

_calls = itertools.count(1)
_ATTACHMENT_LEAD = "ANGjdJ"


def reference_json(message_id: str, thread_id: str) -> bytes:
    """The two ids, as listings give them."""
    return f'{{"id":"{message_id}","threadId":"{thread_id}"}}'.encode()


def message_json(message: Stored, form: str, metadata_headers: Iterable[str] = ()) -> bytes:
    """A message in `form`: full, metadata, minimal or raw. No labels means no `labelIds` at all."""
    if form == "full":
        return _full(message)
    if form == "metadata":
        return _envelope(message, b',"payload":' + _metadata(message, metadata_headers))
    if form == "raw":
        encoded = base64.urlsafe_b64encode(message.mime)
        return _envelope(message, b',"raw":"' + encoded + b'"')
    return _envelope(message, b"")


def thread_json(messages: list[Stored], form: str, metadata_headers: Iterable[str] = ()) -> bytes:
    """A thread with all its messages, oldest first."""
    history_id = max(message.history_id for message in messages)
    rows = b",".join(message_json(message, form, metadata_headers) for message in messages)
    head = f'{{"id":"{messages[0].thread_id}","historyId":"{history_id}","messages":['
    return head.encode() + rows + b"]}"


def make_attachment_id(message_id: str, part_id: str) -> str:
    """A new id for an attachment: another at every call, as Gmail's are."""
    inside = f"{next(_calls)}:{message_id}:{part_id}"
    return _ATTACHMENT_LEAD + base64.urlsafe_b64encode(inside.encode()).decode().rstrip("=")


def read_attachment_id(attachment_id: str, message_id: str) -> str:
    """The part an attachment id of this message stands for. Raises Refused (400) where it is none."""
    inside = attachment_id.removeprefix(_ATTACHMENT_LEAD)
    try:
        _, of, part_id = base64.urlsafe_b64decode(inside + "=" * (-len(inside) % 4)).decode().split(":")
    except ValueError:
        raise refuse(400, "Invalid attachment token") from None
    if of != message_id:
        raise refuse(400, "Invalid attachment token")
    return part_id


def _full(message: Stored) -> bytes:
    kept = message.kept_full()
    if kept is not None:
        return kept
    built = message.built
    if not built.part_ids:
        resource = _envelope(message, b',"payload":' + built.pieces[0])
        message.keep_full(resource)
        return resource
    payload = [built.pieces[0]]
    for part_id, piece in zip(built.part_ids, built.pieces[1:], strict=True):
        payload += (b'"', make_attachment_id(message.id, part_id).encode(), b'"', piece)
    return _envelope(message, b',"payload":' + b"".join(payload))


def _metadata(message: Stored, wanted: Iterable[str]) -> bytes:
    names = {name.lower() for name in wanted}
    payload = dict(message.built.metadata)
    if names:
        payload["headers"] = [header for header in payload["headers"] if header["name"].lower() in names]
    return json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")


def _envelope(message: Stored, inside: bytes) -> bytes:
    labels = f',"labelIds":{json.dumps(message.label_ids)}' if message.label_ids else ""
    snippet = json.dumps(message.built.snippet, ensure_ascii=False)
    head = f'{{"id":"{message.id}","threadId":"{message.thread_id}"{labels},"snippet":{snippet}'
    tail = f',"sizeEstimate":{len(message.mime)},"historyId":"{message.history_id}","internalDate":"{message.at}"}}'
    return head.encode("utf-8", "replace") + inside + tail.encode()
