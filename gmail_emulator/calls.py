"""Gmail's calls, each a function from an account and a request to an answer. They run under the account's lock."""

import base64
import json
from typing import Any

from gmail_emulator.account import SYSTEM_LABELS
from gmail_emulator.answers import Answer, Request, json_answer, not_found, refuse
from gmail_emulator.house import Asked
from gmail_emulator.rendering import message_json, read_attachment_id, thread_json

_FORMS = frozenset({"full", "metadata", "minimal", "raw"})
_WATCH_DAYS = 7


def get_profile(asked: Asked) -> Answer:
    return json_answer(
        {
            "emailAddress": asked.account.email,
            "messagesTotal": len(asked.account.messages),
            "threadsTotal": len(asked.account.threads),
            "historyId": str(asked.account.history_id),
        }
    )


def get_message(asked: Asked) -> Answer:
    message = asked.account.messages.get(_gmail_id(asked.ids[0]))
    if message is None:
        raise not_found()
    return Answer(
        200, message_json(message, _form(asked.request), asked.request.query.get("metadataHeaders", ()))
    )


def get_thread(asked: Asked) -> Answer:
    messages = asked.account.threads.get(_gmail_id(asked.ids[0]))
    if not messages:
        raise not_found()
    form = _form(asked.request)
    if form == "raw":
        raise refuse(400, "Invalid value for format: raw")
    return Answer(200, thread_json(messages, form, asked.request.query.get("metadataHeaders", ())))


def get_attachment(asked: Asked) -> Answer:
    message = asked.account.messages.get(_gmail_id(asked.ids[0]))
    if message is None:
        raise not_found()
    content = message.built.attachments.get(read_attachment_id(asked.ids[1], message.id))
    if content is None:
        raise not_found()
    return json_answer({"size": len(content), "data": base64.urlsafe_b64encode(content).decode()})


def list_labels(asked: Asked) -> Answer:
    rows = [{"id": name, "name": name, "type": "system"} for name in SYSTEM_LABELS]
    shown = {"messageListVisibility": "show", "labelListVisibility": "labelShow", "type": "user"}
    rows += [{"id": label_id, "name": name, **shown} for label_id, name in asked.account.labels.items()]
    return json_answer({"labels": rows})


def get_label(asked: Asked) -> Answer:
    label_id = asked.ids[0]
    if label_id not in SYSTEM_LABELS and label_id not in asked.account.labels:
        raise not_found()
    inside = [m for m in asked.account.messages.values() if label_id in m.label_ids]
    return json_answer(
        {
            "id": label_id,
            "name": asked.account.labels.get(label_id, label_id),
            "type": "user" if label_id in asked.account.labels else "system",
            "messagesTotal": len(inside),
            "messagesUnread": sum("UNREAD" in m.label_ids for m in inside),
            "threadsTotal": len({m.thread_id for m in inside}),
        }
    )


def send_message(asked: Asked) -> Answer:
    body = _json_body(asked.request)
    try:
        mime = base64.urlsafe_b64decode(str(body["raw"]) + "==")
    except (KeyError, ValueError):
        raise refuse(
            400, "'raw' RFC822 payload message string or uploading message via /upload/* URL required"
        ) from None
    thread_id = body.get("threadId")
    if thread_id is not None and thread_id not in asked.account.threads:
        raise not_found()
    message_id = asked.account.deliver(mime, label_ids=["SENT"], thread_id=thread_id)
    asked.house.post(asked.account, mime)
    sent = asked.account.messages[message_id]
    return json_answer({"id": sent.id, "threadId": sent.thread_id, "labelIds": sent.label_ids})


def watch(asked: Asked) -> Answer:
    topic = str(_json_body(asked.request).get("topicName", ""))
    if not topic.startswith("projects/") or "/topics/" not in topic:
        raise refuse(400, "Invalid topicName does not match projects/*/topics/*")
    asked.account.watched_topic = topic
    expiration = asked.house.now_ms() + _WATCH_DAYS * 86_400_000
    return json_answer({"historyId": str(asked.account.history_id), "expiration": str(expiration)})


def _form(request: Request) -> str:
    form = (request.first("format") or "full").lower()
    if form not in _FORMS:
        raise refuse(400, f"Invalid value for format: {form}")
    return form


def _gmail_id(text: str) -> str:
    if not text or len(text) > 16 or any(letter not in "0123456789abcdef" for letter in text):
        raise refuse(400, "Invalid id value")
    return text


def _json_body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        raise refuse(400, "Invalid JSON payload received.", "parseError") from None
    return body if isinstance(body, dict) else {}
