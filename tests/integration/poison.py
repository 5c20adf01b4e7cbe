"""Mail that was made to break a reader, through the whole house."""

import base64
import json
import time
from dataclasses import dataclass

from gmail_emulator import Account, Delivery, Fault, GmailServer
from tests.integration.sync_helpers import AN, MEI, at, mime
from tests.unit.mail.test_poison import CASES

SURROGATE, NUL = "\ud800", "\0"


def list_poisons() -> dict[str, bytes]:
    """By name, each with a Message-ID of its own."""
    return {
        name: source.replace(b"<a@donor.example>", b"<poison%d@donor.example>" % place, 1)
        for place, (name, source) in enumerate(CASES.items())
    }


def list_nasty_answers(gmail_id: str, thread_id: str) -> dict[str, bytes]:
    """What Gmail's JSON may hold that mail's bytes cannot: lone surrogates and NUL in any field of the mail."""

    def resource(**fields: object) -> bytes:
        payload = {
            "mimeType": "text/plain",
            "headers": [
                {"name": "From", "value": fields.get("who", AN)},
                {"name": "To", "value": fields.get("to", MEI)},
                {"name": "Subject", "value": fields.get("subject", "Hello")},
                {"name": "Message-ID", "value": fields.get("message_id", f"<{gmail_id}@donor.example>")},
                {"name": "References", "value": fields.get("refs", "")},
                {"name": "List-Id", "value": fields.get("list_id", "")},
            ],
            "filename": fields.get("filename", ""),
            "body": {"data": base64.urlsafe_b64encode(fields.get("body", b"Hello")).decode(), "size": 5},
        }
        whole = {
            "id": gmail_id,
            "threadId": thread_id,
            "labelIds": ["INBOX"],
            "internalDate": str(at(1)),
            "payload": payload,
        }
        return json.dumps(whole).encode()

    nasty = f"a{SURROGATE}{NUL}b"
    return {
        "subject": resource(subject=nasty),
        "name": resource(who=f'"{nasty}" <an@donor.example>'),
        "address": resource(who=f"an{SURROGATE}{NUL}@donor.example"),
        "to": resource(to=f"{MEI}, {nasty} <x{NUL}@y{SURROGATE}.example>"),
        "message id": resource(message_id=f"<{nasty}@donor.example>"),
        "references": resource(refs=f"<{nasty}@donor.example>"),
        "list": resource(list_id=f"{nasty} <x{NUL}.example>"),
        "file name": resource(filename=nasty),
        "body": resource(body=b"a\0b\xed\xa0\x80c\xff"),
    }


@dataclass(frozen=True, slots=True)
class Delivered:
    """What is in the mailbox now: `poisons` by Gmail's id with their names, and how many sound mails."""

    poisons: dict[str, str]
    sound: int


def deliver_poison(server: GmailServer, account: Account, *, sound: int, step: int) -> Delivered:
    """Every `step`-th poison once, amid so many sound mails; Gmail's nasty answers too."""
    poisons: dict[str, str] = {}
    for place, (name, source) in enumerate(list(list_poisons().items())[::step]):
        poisons[account.deliver(source, at=at(place))] = name
    for name in list_nasty_answers("", ""):
        gmail_id = account.deliver(mime(AN, [MEI], f"Nasty {name}"), at=at(1))
        body = list_nasty_answers(gmail_id, account.messages[gmail_id].thread_id)[name]
        server.faults.add(Fault(path_contains=f"messages/{gmail_id}", body=body, times=None))
        poisons[gmail_id] = f"nasty {name}"
    account.deliver_many(
        Delivery(mime(AN, [MEI], f"Sound {n}", f"sound {n}", minute=n), at=at(n)) for n in range(sound)
    )
    return Delivered(poisons, sound)


class Stopwatch:
    """The processor time of each call, by its argument's id, in seconds."""

    def __init__(self, inner: object) -> None:
        self.seconds: dict[str, float] = {}
        self._inner = inner

    def __call__(self, message: object) -> object:
        began = time.thread_time()
        try:
            return self._inner(message)
        finally:
            self.seconds[message.id] = time.thread_time() - began
