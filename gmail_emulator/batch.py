"""Google's HTTP batch: many calls in one request, each billed and answered by itself."""

import email
import secrets
from email.message import Message

from gmail_emulator.answers import Answer, Dropped, Request, error_answer
from gmail_emulator.wire import Handle, format_answer, parse_head

MOST_CALLS = 50


def answer_batch(request: Request, handle: Handle) -> Answer:
    """The answers to the calls in a batch, in its order. More than 50 calls are refused whole."""
    content_type = request.headers.get("content-type", "")
    parsed = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + request.body)
    parts = parsed.get_payload()
    if not parsed.get_content_type().startswith("multipart/") or not isinstance(parts, list):
        return error_answer(400, "The batch request could not be parsed.", "badRequest")
    if len(parts) > MOST_CALLS:
        return error_answer(
            400, f"The batch request holds {len(parts)} calls; at most 50 are allowed.", "badRequest"
        )
    boundary = f"batch_{secrets.token_hex(8)}"
    pieces = [_answer_part(part, request, handle, boundary) for part in parts if isinstance(part, Message)]
    body = b"".join(pieces) + f"--{boundary}--\r\n".encode()
    return Answer(200, body, content_type=f"multipart/mixed; boundary={boundary}")


def _answer_part(part: Message, outer: Request, handle: Handle, boundary: str) -> bytes:
    inner, target = _parse_call(part)
    inner.headers.setdefault("authorization", outer.headers.get("authorization", ""))
    try:
        answer = handle(inner, target)
    except Dropped:
        answer = error_answer(503, "The call was lost.")
    content_id = part.get("Content-ID", "").strip("<>")
    head = f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <response-{content_id}>\r\n\r\n"
    return head.encode() + format_answer(answer) + b"\r\n"


def _parse_call(part: Message) -> tuple[Request, str]:
    content = part.get_payload(decode=True)
    text = content if isinstance(content, bytes) else b""
    head, _, body = text.replace(b"\r\n", b"\n").partition(b"\n\n")
    inner, target = parse_head(head.decode("latin-1").replace("\n", "\r\n"))
    inner.body = body
    return inner, target
